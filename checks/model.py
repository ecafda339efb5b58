"""A learner's model under examination: its layers, its two halves, its gradients."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from checks.evidence import Built, Other, Returned
from checks.exam import Exam, probe
from checks.explain import Explanation, applied, explain
from checks.layer_table import Difference, clue_for, table
from checks.networks import FORWARD_MISTAKES, Architecture, Variant
from checks.oracle import Network, Shape, Weights, pointwise, random_weights, run, weight_shapes
from checks.transplant import Match, match


@dataclass
class Ways:
    """What is equally good and what goes wrong, for each half of one architecture."""

    encoder: list[list[Variant]]
    decoder: list[list[Variant]]
    encoder_mistakes: list[Variant]
    decoder_mistakes: list[Variant]


@dataclass
class Subject:
    """The class under test. Calling it makes a model of odd sizes and looks at what came out."""

    current: Exam
    architecture: Architecture
    ways: Ways
    model: type[Model]

    def __call__(self, latent_dim_size: int, hidden_dim_size: int) -> Model:
        exam = self.current
        if exam.target is None:
            exam.target = exam.ask("look_at", "looking at the class")
        self.is_a_module()
        name = exam.target.name
        sizes = {"latent_dim_size": latent_dim_size, "hidden_dim_size": hidden_dim_size}
        made = exam.ask(
            "build",
            f"{name}(latent_dim_size={latent_dim_size}, hidden_dim_size={hidden_dim_size})",
            sizes=sizes,
        )
        return self.model(exam, self.architecture, self.ways, name, latent_dim_size, hidden_dim_size, made)

    def is_a_module(self) -> None:
        target, exam = self.current.target, self.current
        exam.probe = "is_a_module"
        asked = exam.exercise.names[0]
        if target.kind == "class" and target.is_module:
            return
        if target.kind == "class":
            exam.fail(
                f"{target.name} is a class, but not a module: write `class {asked}(nn.Module):`, so that torch finds "
                "its layers and weights.",
                cause="not-a-module",
            )
        if target.kind == "instance":
            exam.fail(
                f"this is a model made from a class, not the class: hand over `{asked}`, without brackets behind it.",
                cause="instance-instead-of-class",
            )
        exam.fail(f"this is a {target.kind} where the class `{asked}` should be.", cause="not-a-class")


@dataclass
class Model:
    """One model that the learner's class made, with the oracle's weights copied in where they belong."""

    exam: Exam
    architecture: Architecture
    ways: Ways
    name: str
    latent: int
    hidden: int
    made: Built
    reached: dict[str, list[str]] = field(default_factory=dict)
    found: dict[str, Explanation] = field(default_factory=dict)
    reconstruction: int | None = None
    """Where forward's reconstruction stands in what it returns; None where it is all there is."""

    # What is expected

    @cached_property
    def networks(self) -> dict[str, Network]:
        return {
            "encoder": self.architecture.encoder(self.latent, self.hidden),
            "decoder": self.architecture.decoder(self.latent, self.hidden),
        }

    @cached_property
    def parts(self) -> dict[str, Shape]:
        return {
            f"{half}.{part}": shape
            for half, network in self.networks.items()
            for part, shape in weight_shapes(network).items()
        }

    @cached_property
    def weights(self) -> dict[str, Weights]:
        return {half: random_weights(network, self.exam.generator) for half, network in self.networks.items()}

    def images(self, batch_size: int) -> Tensor:
        return torch.randn(batch_size, 1, 28, 28, generator=self.exam.generator)

    def latents(self, batch_size: int) -> Tensor:
        return torch.randn(batch_size, self.latent, generator=self.exam.generator)

    # What was seen

    def call(self, method: str, x: Tensor, **request: Any) -> Returned:
        tried = f"{self.name}.{method}(x) with x of shape {tuple(x.shape)}"
        return self.exam.ask("call", tried, handle=self.made.handle, method=method, arguments=[x], **request)

    def where(self, *methods: str) -> str | None:
        return self.exam.where(*methods, "__init__")

    @probe
    def keeps_sizes(self) -> None:
        """`latent_dim_size` and `hidden_dim_size` are kept as attributes."""
        for name, size in (("latent_dim_size", self.latent), ("hidden_dim_size", self.hidden)):
            kept = self.made.attributes.get(name)
            if kept != size or isinstance(kept, bool):
                self.exam.fail(
                    f"{self.name} is to keep `{name}` as an attribute: after {self.name}(latent_dim_size="
                    f"{self.latent}, hidden_dim_size={self.hidden}), `model.{name}` should be {size}, and it is {kept!r}.",
                    cause="attribute-missing",
                    where=self.where(),
                    likely_cause=f"the line `self.{name} = {name}` is missing in `__init__`.",
                )

    @probe
    def has_layers(self) -> None:
        """Exactly the expected weights: shapes and numbers, each seen by torch."""
        self.sees_weights()
        matched = self.match_by_name()
        frozen = [each.name for each in self.made.parameters if not each.learnable]
        if frozen:
            self.exam.fail(
                f"these weights are frozen (requires_grad is False): {', '.join(frozen)}.",
                cause="frozen-weights",
                where=self.where(),
            )
        if matched.extra or matched.missing:
            self.fail_with_table(matched)

    def sees_weights(self) -> None:
        if not self.made.hidden:
            return
        hidden = ", ".join(f"`self.{name}`" for name in self.made.hidden)
        self.exam.fail(
            f"torch does not see the weights in {hidden}, so an optimiser would never change them.",
            cause="layers-in-plain-list",
            where=self.where(),
            likely_cause="layers kept in a plain list, tuple or dict (use `Sequential` or `nn.ModuleList`), or a plain "
            "tensor where `nn.Parameter` is needed.",
        )

    def match_by_name(self) -> Match:
        """Pairs parameters with parts: by the name of the half first, then whatever is left."""
        found, left, missing = Match(), list(self.made.parameters), {}
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
        clue = clue_for(Difference(matched.extra, matched.missing, self.latent, self.hidden))
        self.exam.fail(
            f"the layers of {self.name}(latent_dim_size={self.latent}, hidden_dim_size={self.hidden}) do not add up.\n"
            + table(self.made.parameters, self.parts, matched),
            cause=clue.cause if clue else None,
            numbers={
                "extra": {each.name: list(each.shape) for each in matched.extra},
                "missing": {name: list(shape) for name, shape in matched.missing.items()},
            },
            likely_cause=clue.text if clue else None,
            where=self.where(),
        )

    @probe
    def starts_random(self) -> None:
        """Weights start finite and not all alike, or training cannot tell them apart."""
        for each in self.made.parameters:
            if not each.finite or (len(each.shape) > 1 and not 1e-4 < each.spread < 10):
                state = "not finite" if not each.finite else f"spread by {each.spread:.2g}"
                self.exam.fail(
                    f"`{each.name}` starts {state}. Weights that start all alike stay alike, and huge ones never settle.",
                    cause="bad-initialisation",
                    where=self.where(),
                    likely_cause="a parameter made with `torch.zeros`, `torch.ones`, `torch.empty` or an unscaled "
                    "`torch.randn`; the course's layers start with small random numbers.",
                )

    # Behaviour

    @cached_property
    def transplanted(self) -> bool:
        """Copies the oracle's weights in, each half's found by following its gradients."""
        self.sees_weights()
        values: dict[str, Tensor] = {}
        for half, x in (("encoder", self.images(2)), ("decoder", self.latents(2))):
            reached = self.call(half, x, trace=True).reached or []
            self.reached[half] = reached
            parts = weight_shapes(self.networks[half])
            matched = match([each for each in self.made.parameters if each.name in reached], parts)
            if not matched.complete:
                self.fail_unreached(half, matched)
            values |= matched.cut(self.weights[half])
        self.exam.ask("load", "copying weights into your layers", handle=self.made.handle, values=values)
        return True

    def fail_unreached(self, half: str, matched: Match) -> None:
        overall = self.match_by_name()
        if overall.missing or overall.extra:
            self.fail_with_table(overall)
        unreached = [each.name for each in self.made.parameters if each.name.startswith(half)]
        unreached = [name for name in unreached if name not in self.reached[half]] or list(matched.missing)
        self.exam.fail(
            f"{self.name}.{half}(x) does not depend on {', '.join(unreached)}, as far as gradients can tell.",
            cause="detached",
            where=self.where(half, "forward"),
            likely_cause="a layer that is made but never used, or a `.detach()`, `.data`, `torch.no_grad()` or "
            "`.numpy()` on the way.",
        )

    @probe
    def encodes(self, *shape: int | str) -> None:
        """The encoder's output has this shape ("b" stands for the batch) and is the reference's."""
        self.same_as_oracle("encoder", self.images, shape, self.ways.encoder, self.ways.encoder_mistakes)

    @probe
    def decodes(self, *shape: int | str) -> None:
        """The decoder's output has this shape and is the reference's."""
        self.same_as_oracle("decoder", self.latents, shape, self.ways.decoder, self.ways.decoder_mistakes)

    def same_as_oracle(self, half: str, make, shape, equal_ways, mistakes) -> None:
        assert self.transplanted
        for batch_size in (5, 1):
            x = make(batch_size)
            seen = self.call(half, x, seed=1)
            output = self.tensor(seen, half, x, tuple(batch_size if size == "b" else size for size in shape))
            again = self.tensor(self.call(half, x, seed=2), half, x, tuple(output.shape))
            network, weights = self.networks[half], self.weights[half]
            found = explain(output, network, weights, x, equal_ways, mistakes)
            self.found.setdefault(half, found)
            if not found.right and not torch.equal(output, again):
                self.exam.fail(
                    f"{self.name}.{half}(x) gives another result each time it is called with the same x.",
                    cause="random-half",
                    where=self.where(half, "forward"),
                    likely_cause=f"randomness inside the {half} (Dropout, added noise): the exercise asks for none there.",
                )
            if not found.right:
                self.fail_output(half, batch_size, output, run(network, weights, x), found)
            if seen.changed_input:
                self.exam.fail(
                    f"{self.name}.{half}(x) changes x itself.",
                    cause="changes-input",
                    where=self.where(half, "forward"),
                    likely_cause="an in-place operation on the input (`x -= …`, `x.relu_()`, `ReLU(inplace=True)` as first layer).",
                )
            for note in found.notes:
                self.exam.note(f"in the {half}, {note}")

    def tensor(self, seen: Returned, method: str, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The one tensor that came out, in the expected shape, or a failure that says what came instead."""
        value = seen.value
        if isinstance(value, tuple | list) and shape[0] == 2 and len(value) == 2 and len(shape) == 3:
            if all(isinstance(each, Tensor) and tuple(each.shape) == shape[1:] for each in value):
                self.exam.note(
                    f"{method}(x) gives a pair; stacked it would have the shape {shape} of the exercise."
                )
                value = torch.stack([each.float() for each in value])
        if not isinstance(value, Tensor):
            self.fail_not_a_tensor(value, method, x, shape)
        if tuple(value.shape) != shape:
            cause, text = shape_trouble(tuple(value.shape), shape)
            self.exam.fail(
                f"{self.name}.{method}(x) with x of shape {tuple(x.shape)} gave shape {tuple(value.shape)}; expected {shape}.",
                cause=cause,
                numbers={"seen": list(value.shape), "expected": list(shape)},
                likely_cause=text,
                where=self.where(method, "forward"),
            )
        if not value.is_floating_point() or value.dtype in (torch.float16, torch.bfloat16):
            self.exam.fail(
                f"{self.name}.{method}(x) gave numbers of type {value.dtype}; expected torch.float32.",
                cause="wrong-dtype",
            )
        return value

    def fail_not_a_tensor(self, value: Any, method: str, x: Tensor, shape: tuple[int, ...]) -> None:
        cause, what = (
            "not-a-tensor",
            f"a {value.kind}" if isinstance(value, Other) else f"a {type(value).__name__}",
        )
        text = None
        if value is None:
            cause, what, text = "returns-none", "None", "a `return` is missing."
        elif isinstance(value, Other) and value.kind == "ellipsis":
            cause, what, text = "left-in-place", "`...`", "the `...` still stands where the answer belongs."
        elif isinstance(value, tuple | list):
            cause, what = "returns-tuple", f"{len(value)} things (a {type(value).__name__})"
            text = f"`{method}` is to return one tensor."
        self.exam.fail(
            f"{self.name}.{method}(x) with x of shape {tuple(x.shape)} gave {what}; expected a tensor of shape {shape}.",
            cause=cause,
            likely_cause=text,
            where=self.where(method, "forward"),
        )

    def fail_output(self, half: str, batch_size: int, seen: Tensor, expected: Tensor, found) -> None:
        first, wanted = seen.flatten()[:4], expected.flatten()[:4]
        self.exam.fail(
            f"the {half} computes something else than the exercise asks for.",
            cause=found.cause,
            numbers={
                "seen": first.tolist(),
                "expected": wanted.tolist(),
                "largest difference": gap(seen, expected),
            },
            tried=f"{self.name}.{half}(x) on {batch_size} random input{'s' * (batch_size > 1)}, with known weights copied into your layers",
            came_out=f"{numbers(first)} …",
            expected=f"{numbers(wanted)} …",
            likely_cause=found.text or None,
            look_at=self.where(half, "forward")
            if found.text
            else f"every step of the {half}: {steps(self.networks[half])}",
        )

    def as_written(self, half: str) -> Network:
        """The oracle's network in the learner's own flattening order and order of heads."""
        assert self.transplanted
        if half not in self.found:
            x = (self.images if half == "encoder" else self.latents)(5)
            equal_ways = self.ways.encoder if half == "encoder" else self.ways.decoder
            seen = self.call(half, x).value
            seen = torch.stack(list(seen)) if isinstance(seen, tuple | list) else seen
            self.found[half] = explain(seen, self.networks[half], self.weights[half], x, equal_ways, [])
        return applied(self.networks[half], self.found[half].way)

    def oracle(self, half: str, x: Tensor) -> Tensor:
        return run(self.as_written(half), self.weights[half], x)

    @probe
    def reconstructs(self) -> None:
        """forward(x) is decoder(encoder(x))."""
        for batch_size in (3, 1):
            x = self.images(batch_size)
            whole = (
                pointwise("encode", lambda x: self.oracle("encoder", x)),
                pointwise("decode", lambda z: self.oracle("decoder", z)),
            )
            seen = self.tensor(self.call("forward", x), "forward", x, tuple(x.shape))
            found = explain(seen, whole, {}, x, [], FORWARD_MISTAKES)
            if not found.right:
                self.exam.fail(
                    "forward(x) is not decoder(encoder(x)).",
                    cause=found.cause,
                    numbers={"largest difference": gap(seen, run(whole, {}, x))},
                    likely_cause=found.text or None,
                    where=self.where("forward"),
                )

    @probe
    def lets_gradients_through(self) -> None:
        """A loss on forward's first output reaches every weight."""
        reached = self.call("forward", self.images(2), trace=True, output=self.reconstruction).reached or []
        lost = [each.name for each in self.made.parameters if each.name not in reached]
        if lost:
            self.exam.fail(
                f"a loss on the reconstruction does not reach these weights: {', '.join(lost)}. They would never learn.",
                cause="detached",
                where=self.where("forward"),
                likely_cause="a `.detach()`, `.data`, `.item()` or `torch.no_grad()` between the input and the output.",
            )


def steps(network: Network) -> str:
    return ", ".join(layer.text for layer in network)


def gap(seen: Tensor, expected: Tensor) -> float | None:
    return float((seen - expected).abs().max()) if seen.shape == expected.shape else None


def numbers(values: Tensor) -> str:
    return " ".join(f"{value:.3f}" for value in values.tolist())


def shape_trouble(seen: tuple[int, ...], expected: tuple[int, ...]) -> tuple[str | None, str | None]:
    """What a wrong shape most likely comes from."""
    if len(expected) == 3 and expected[0] == 2:
        two, batch, latent = expected
        if seen == (batch, two * latent):
            return (
                "not-split",
                "the encoder's last numbers are not split: Rearrange them to (2, batch, latent).",
            )
        if seen in ((batch, two, latent), (batch, latent, two)):
            return "split-on-wrong-axis", "the 2 (mean, log sigma) is to come first: (2, batch, latent)."
        if seen == (batch, latent):
            return (
                "latents-not-doubled",
                "there is one number per latent; a VAE's encoder gives a mean and a log sigma.",
            )
    if (expected[0] == 1 and seen == expected[1:]) or seen == tuple(size for size in expected if size != 1):
        return (
            "squeezed-batch",
            "a dimension of size 1 is lost: `squeeze()` drops every one, the batch of one too.",
        )
    if len(seen) == len(expected) and seen[0] != expected[0]:
        return (
            "hard-coded-batch",
            "the batch size is written as a fixed number (or taken from another dimension).",
        )
    return "wrong-shape", None
