"""A learner's model as it was made: are its layers the expected ones, and which of its weights plays which part?

"Oracle" is what the course's network computes with the weights that are copied into the learner's model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Other, Returned
from checks.core.exceptions import BATCH_OF_ONE, KnownError, mismatched
from checks.core.mistakes import first_shown
from checks.core.result import CheckFailure
from checks.core.run import CheckRun, probe
from checks.models.evidence import Built, Parameter
from checks.models.layer_table import SYMPTOMS, Difference, table
from checks.models.network import Network, Shape, Weights, compute, random_weights, weight_shapes
from checks.models.operations import Mode, build, call, load, make_another
from checks.models.reference import Alternative, Images
from checks.models.weights import Match, match, view_of


def make(run: CheckRun, name: str, images: Images, latent: int, hidden: int) -> Built:
    """Has the learner's class, called `name`, make a model of these sizes."""
    return run.observe(
        build,
        f"{name}(latent_dim_size={latent}, hidden_dim_size={hidden})",
        sizes={"latent_dim_size": latent, "hidden_dim_size": hidden},
        images=images.shape(2),
    )


def sizes_written_out(batch: int, latent: int, hidden: int) -> list[KnownError]:
    """What is raised where a number in a view, a Rearrange or the noise stands for a size that was asked otherwise."""
    one = f"{latent}|{2 * latent}|{hidden}"
    all_of_them = "|".join(str(batch * size) for size in (latent, 2 * latent, hidden))
    return [
        KnownError("RuntimeError|EinopsError", pattern, "hard-coded-sizes", NOT_BY_NUMBER)
        for pattern in (
            rf"shape '\[(-1|2|{batch}), (2, |-1, )?\d+\]' is invalid for input of size ({all_of_them})$",
            rf"can't divide axis of length ({one}) in chunks of \d+|Shape mismatch, ({one}) != \d+",
            rf"unflatten: Provided sizes .* size of dim 1 \(({one})\)",
            rf"size of tensor a \({latent}\) must match the size of tensor b \(\d+\) at non-singleton dimension 1",
            rf"equal size, but got \[{batch}, \d+\] at entry 0 and \[{batch}, \d+\]",
        )
    ]


NOT_BY_NUMBER = "a size is written as a number, and this model was made with others: use `latent_dim_size` and `hidden_dim_size`, or -1."


@dataclass(frozen=True)
class Half:
    """An encoder or a decoder: `network(latent, hidden)`, what is equally good (one list for each free choice), and
    what goes wrong with it."""

    network: Callable[[int, int], Network]
    equal_ways: Sequence[Sequence[Alternative]]
    mistakes: Sequence[Alternative]


@dataclass
class Layers:
    """One model that the learner's class made, for inputs like `made_for`, and what is expected of its `halves`.

    `matches` tells for each half which of the learner's weights plays which part, once weights are copied in.
    """

    run: CheckRun
    made_for: Images
    halves: dict[str, Half]
    name: str
    latent: int
    hidden: int
    made: Built
    matches: dict[str, Match] = field(default_factory=dict)
    mode: Mode = "train"
    """What the model is in when it is called."""
    makes: dict[str, list[str]] = field(default_factory=dict)
    """The kinds of layers that each method made when it was called, where it made any."""

    # What is expected

    @cached_property
    def networks(self) -> dict[str, Network]:
        return {name: half.network(self.latent, self.hidden) for name, half in self.halves.items()}

    @cached_property
    def parts(self) -> dict[str, Shape]:
        """Every weight that is expected: "encoder.conv1.weight" and its shape."""
        return {
            f"{half}.{part}": shape
            for half, network in self.networks.items()
            for part, shape in weight_shapes(network).items()
        }

    @cached_property
    def weights(self) -> dict[str, Weights]:
        return {half: random_weights(network, self.run.generator) for half, network in self.networks.items()}

    def images(self, batch_size: int) -> Tensor:
        """(b, c, h, w), standard normal."""
        return torch.randn(*self.made_for.shape(batch_size), generator=self.run.generator)

    def latents(self, batch_size: int) -> Tensor:
        """(b, latent), standard normal."""
        return torch.randn(batch_size, self.latent, generator=self.run.generator)

    def inputs(self, half: str, batch_size: int) -> Tensor:
        return self.images(batch_size) if half == "encoder" else self.latents(batch_size)

    # What was seen

    @property
    def sizes(self) -> dict[str, int]:
        return {"latent_dim_size": self.latent, "hidden_dim_size": self.hidden}

    @property
    def made_as(self) -> str:
        return f"{self.name}(latent_dim_size={self.latent}, hidden_dim_size={self.hidden})"

    def call(self, method: str, x: Tensor, **request: Any) -> Returned:
        """What the learner's method gives for x; `request` as in `checks.models.operations.call`."""
        seen = self.run.observe(
            call,
            f"{self.name}.{method}(x) with x of shape {tuple(x.shape)}",
            known_errors=(
                *(BATCH_OF_ONE if len(x) == 1 else ()),
                mismatched(self.made_for.flat),
                *sizes_written_out(len(x), self.latent, self.hidden),
            ),
            about=self.where(method),
            handle=self.made.handle,
            method=method,
            arguments=[x.clone()],
            mode=self.mode,
            **request,
        )
        if seen.made:
            self.makes[method] = seen.made
        return seen

    def glance(self, method: str, x: Tensor) -> Returned | None:
        """What a method gives for x, and which weights it reaches; None where it raises something."""
        try:
            return self.call(method, x, trace=True)
        except CheckFailure:
            return None

    def borrowed(self) -> list[str]:
        """The weights that several halves use, as far as gradients tell."""
        seen = [self.glance(half, self.inputs(half, 2)) for half in self.halves]
        reached = Counter(name for each in seen if each for name in each.reached or ())
        return [name for name, times in reached.items() if times > 1]

    def outside(self, half: str, within: Sequence[str]) -> list[str]:
        """The layers of this half, by their weights' shapes, that are not `within` it and that forward uses."""
        forward = self.glance("forward", self.images(2))
        large = {each.name for each in self.made.parameters if len(each.shape) > 1}
        reached = large.intersection(forward.reached or () if forward else ()).difference(within)
        parts = {name: part for name, (part, _) in self.match_by_name().views.items() if name in reached}
        return [name.rpartition(".")[0] or name for name, part in parts.items() if part.startswith(f"{half}.")]

    def where(self, *methods: str) -> str | None:
        return self.run.where(*methods, "__init__")

    @probe
    def keeps_sizes(self) -> None:
        """`latent_dim_size` and `hidden_dim_size` are kept as attributes."""
        for name, size in self.sizes.items():
            kept = self.made.attributes.get(name)
            if kept == size and not isinstance(kept, bool):
                continue
            missing = name not in self.made.attributes
            self.run.fail(
                f"after `model = {self.made_as}`, `model.{name}` should be {size}; "
                + ("there is no such attribute." if missing else f"it is {kept!r}."),
                cause="attribute-missing" if missing else "attribute-wrong",
                where=self.where(),
                likely_cause=f"the line `self.{name} = {name}` is "
                + ("missing in `__init__`." if missing else "another one in `__init__`."),
            )

    @probe
    def has_layers(self) -> None:
        """Exactly the expected weights: shapes and numbers, each seen by torch."""
        self.sees_weights()
        matched = self.match_by_name()
        frozen = [each.name for each in self.made.parameters if not each.learnable]
        if frozen:
            self.run.fail(
                f"these weights are frozen (requires_grad is False), so training would never change them: "
                f"{', '.join(frozen)}.",
                cause="frozen-weights",
                where=self.where(),
            )
        if matched.extra or matched.missing:
            self.fail_with_table(matched)
        self.makes_another()

    def makes_another(self) -> None:
        """Fails where a second model, made as the trainers make it, is of other sizes or has weights in common."""
        places = ", ".join(map(str, self.sizes.values()))
        another = self.run.observe(
            make_another, f"{self.name}({places})", about=self.where(), handle=self.made.handle, sizes=self.sizes
        )
        if not another.alike:
            self.run.fail(
                f"{self.name}({places}) makes other layers than {self.made_as}. The trainers give the sizes in this order, "
                "without names.",
                cause="wrong-signature",
                where=self.where(),
                likely_cause=f"`__init__` is to take these first, in this order: `({', '.join(('self', *self.sizes))})`.",
            )
        if another.shared:
            self.run.fail(
                f"two models that {self.made_as} makes share weights: {', '.join(another.shared)}. What one of them learns "
                "changes the other.",
                cause="shared-between-models",
                where=self.where(another.shared[0].partition(".")[0]),
                likely_cause="layers that are made outside `__init__` (at the top of the file, in the class's body, as a default "
                "argument) or kept in a cache: make them anew in `__init__`.",
            )

    def sees_weights(self) -> None:
        """No half is still a gap, and nothing that learns is hidden from torch."""
        for half in self.halves:
            gap = self.made.attributes.get(half, "")
            if gap is None or (isinstance(gap, Other) and gap.kind == "ellipsis"):
                self.run.fail(
                    f"`self.{half}` is {'None' if gap is None else '`...`'}: that is where your layers belong.",
                    cause="left-in-place",
                    where=self.where(half),
                )
        if self.made.hidden:
            hidden = ", ".join(f"`self.{name}`" for name in self.made.hidden)
            self.run.fail(
                f"torch does not see the weights in {hidden}, so an optimiser would never change them.",
                cause="layers-in-plain-list",
                where=self.where(self.made.hidden[0]),
                likely_cause="layers kept in a plain list, tuple or dict (use `Sequential` or `nn.ModuleList`), or a "
                "plain tensor where `nn.Parameter` is needed.",
            )

    def match_by_name(self) -> Match:
        """Pairs parameters with parts: by the name of the half first, then whatever is left."""
        found, left = Match(), list(self.made.parameters)
        missing: dict[str, Shape] = {}
        for half in self.networks:
            mine = [each for each in left if each.name.startswith(half)]
            matched = match(mine, {name: part for name, part in self.parts.items() if name.startswith(half)})
            found.views |= matched.views
            missing |= matched.missing
            left = [each for each in left if each.name not in matched.views]
        rest = match(left, missing)
        found.views |= rest.views
        found.missing, found.extra = rest.missing, rest.extra
        return found

    def fail_with_table(self, matched: Match) -> None:
        plain = {name: value for name, value in self.made.attributes.items() if isinstance(value, Tensor)}
        difference = Difference(
            matched.extra,
            matched.missing,
            self.latent,
            self.hidden,
            self.made_for,
            shared=self.made.shared,
            borrowed=self.borrowed() if matched.missing else [],
            plain_tensors=[
                name
                for name, value in plain.items()
                if any(view_of(tuple(value.shape), part) for part in matched.missing.values())
            ],
        )
        cause, text = first_shown(SYMPTOMS, difference)
        self.run.fail(
            f"the layers of {self.made_as} do not add up.\n" + table(self.made.parameters, self.parts, matched),
            cause=cause,
            numbers={
                "extra": {each.name: list(each.shape) for each in matched.extra},
                "missing": {name: list(shape) for name, shape in matched.missing.items()},
            },
            likely_cause=text,
            where=self.where([*matched.missing, *(each.name for each in matched.extra)][0].partition(".")[0]),
        )

    @probe
    def starts_random(self) -> None:
        """Weights start finite and not all alike, or training cannot tell them apart."""
        for each in self.made.parameters:
            matrix = sum(size > 1 for size in each.shape) > 1
            if each.finite and (not matrix or 1e-4 < each.spread < 10):
                if matrix and each.spread * min(each.shape[0], each.shape[1]) ** 0.5 > 5:
                    self.run.note(
                        f"`{each.name}` starts with numbers of spread {each.spread:.2g}. Torch's own layers start near "
                        "1/√(number of inputs); from so large a start, training is slow or fails."
                    )
                continue
            state = f"with a spread of {each.spread:.2g}" if each.finite else "with nan or inf in it"
            self.run.fail(
                f"`{each.name}` starts {state}. Weights that start all alike stay alike, and huge ones never settle.",
                cause="bad-initialisation",
                where=self.where(),
                likely_cause="a parameter made with `torch.zeros`, `torch.ones` or `torch.empty`, or set to one "
                "number afterwards; the course's layers start with small random numbers.",
            )

    # Copying weights in

    def copy_weights(self) -> None:
        """Copies the oracle's weights in, once; which of the learner's belong to a half is told by its gradients."""
        if self.matches:
            return
        within, self.run.probe = self.run.probe, "takes_weights"  # what fails here fails under a name of its own
        self.sees_weights()
        for half, network in self.networks.items():
            x = self.inputs(half, 2)
            try:
                seen = self.call(half, x, trace=True)
            except CheckFailure as failure:
                if failure.cause != "takes-too-long":
                    self.refuse_layers_outside(half, x, None)
                raise
            reached = seen.reached or []
            mine = [each for each in self.made.parameters if each.name in reached]
            self.matches[half] = match(mine, weight_shapes(network))
            if not self.matches[half].complete:
                self.refuse_layers_outside(half, x, seen)
                self.fail_unreached(half, mine)
        self.load(self.weights)
        self.run.probe = within

    def refuse_layers_outside(self, half: str, x: Tensor, seen: Returned | None) -> None:
        """Fails where a half, which gave what was `seen` for x or raised something, lacks layers that forward uses beside it."""
        blank = {part: torch.zeros(shape) for part, shape in weight_shapes(self.networks[half]).items()}
        asked = tuple(compute(self.networks[half], blank, x).shape)
        came = tuple(seen.value.shape) if seen and isinstance(seen.value, Tensor) else None
        if came == asked or (seen and came is None):
            return
        within = (seen and seen.reached) or [
            each.name for each in self.made.parameters if each.name.startswith(f"{half}.")
        ]
        if within and (outside := self.outside(half, within)):
            them = ", ".join(f"`self.{name}`" for name in outside)
            stand = "stand outside it, and belong" if len(outside) > 1 else "stands outside it, and belongs"
            self.run.fail(
                f"{self.name}.{half}, called by itself with shape {tuple(x.shape)}, "
                + (
                    f"gives shape {came}; it is to give {asked}."
                    if came
                    else f"raises an error; it is to give {asked}."
                ),
                cause="layers-outside-half",
                where=self.where(half),
                likely_cause=f"{them} {stand} to it: put all of the {half} into `self.{half}`, or write a method `{half}`. The "
                "lessons call both halves by themselves.",
            )

    def load(self, weights: dict[str, Weights]) -> None:
        """Replaces the weights of these halves, in the learner's model and in the oracle."""
        self.weights.update(weights)
        values = {
            name: value for half, known in weights.items() for name, value in self.matches[half].cut(known).items()
        }
        self.run.observe(load, "copying weights into your layers", handle=self.made.handle, values=values)

    def fail_unreached(self, half: str, reached: list[Parameter]) -> None:
        overall = self.match_by_name()
        if overall.missing or overall.extra:
            self.fail_with_table(overall)
        mine = [each.name for each in self.made.parameters if each.name.startswith(half)]
        lost = [name for name in mine if name not in {each.name for each in reached}]
        self.run.fail(
            f"{self.name}.{half}(x) does not depend on {', '.join(lost or self.matches[half].missing)}, as far as "
            "gradients can tell.",
            cause="detached",
            where=self.where(half),
            likely_cause="a layer that is made but never used, or a `.detach()`, `.data`, `torch.no_grad()` or "
            "`.numpy()` on the way.",
        )
