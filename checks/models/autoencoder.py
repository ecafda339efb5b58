"""A learner's model at work: its two halves, the whole, and its gradients, each beside the reference's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import torch
from torch import Tensor

from checks.core.compare import same
from checks.core.evidence import Returned
from checks.core.mistakes import Known, Symptom, causes_of, first_shown, texts_of
from checks.core.result import CheckFailure
from checks.core.return_values import instead_of_tensor
from checks.core.run import probe
from checks.models.layers import Layers, make
from checks.models.mistakes import forward_mistakes
from checks.models.network import Network, Shape, compute, pointwise
from checks.models.normality import moments, shape, worst
from checks.models.reference import Alternative
from checks.models.search import Search, Way, applied

BRIEF = (2,)
"""How many inputs are looked at, one batch after the other, where a brief look will do."""


def pair(shape: Shape) -> bool:
    """Mean and log sigma: (2, b, latent)."""
    return len(shape) == 3 and shape[0] == 2


def image(shape: Shape) -> bool:
    """(b, c, h, w)."""
    return len(shape) == 4


WRONG_SHAPES = (  # shown by the shape seen, the one expected, and the number of latents
    Symptom(
        "not-split",
        "the encoder's last numbers are not split: Rearrange them to (2, batch, latent).",
        lambda seen, expected, latent: pair(expected) and seen == (expected[1], 2 * expected[2]),
    ),
    Symptom(
        "split-on-wrong-axis",
        "the 2 (mean, log sigma) is to come first: (2, batch, latent).",
        lambda seen, expected, latent: (
            pair(expected) and seen in ((expected[1], 2, expected[2]), (expected[1], expected[2], 2))
        ),
    ),
    Symptom(
        "latents-not-doubled",
        "there is one number per latent; a VAE's encoder gives a mean and a log sigma.",
        lambda seen, expected, latent: pair(expected) and seen == expected[1:],
    ),
    Symptom(
        "returns-code",
        "that is the code, not an image: decode it.",
        lambda seen, expected, latent: image(expected) and seen == (expected[0], latent),
    ),
    Symptom(
        "squeezed-batch",
        "a dimension of size 1 is lost: `squeeze()` drops every one, the batch of one too.",
        lambda seen, expected, latent: (
            seen == tuple(size for size in expected if size != 1)
            or (expected[1 if pair(expected) else 0] == 1 and seen == expected[1:])
        ),
    ),
    Symptom(
        "wrong-stride-or-padding",
        "a (transposed) convolution has another stride or padding than asked; with kernel 4, stride 2 and padding 1 "
        "each one halves (or doubles) height and width exactly.",
        lambda seen, expected, latent: image(expected) and seen[:2] == expected[:2],
    ),
    Symptom(
        "hard-coded-batch",
        "the batch size is written as a fixed number (or taken from another dimension).",
        lambda seen, expected, latent: len(seen) == len(expected) and seen[0] != expected[0],
    ),
)


MIXED = Symptom(
    "images-mixed",
    "what comes out for an image depends on the others in its batch: a reshape that runs across the batch, or a mean, a "
    "softmax or a normalisation over it.",
    lambda among_others, before: bool(before.isfinite().all()) and not same(among_others, before),
)

STEADY = -15.0
"""A code that every image gets, to see what comes beside it. As a log sigma it leaves a VAE no noise to speak of."""


@dataclass
class Beside:
    """What forward reconstructs from one and the same code: for some images, with another seed, for other images, and what the
    decoder makes of that code."""

    seen: Tensor
    another_seed: Tensor
    other_images: Tensor
    decoded: Tensor

    @property
    def noise(self) -> float:
        """How far what is added to the decoded image is from normal noise of some spread (see `checks.models.normality`)."""
        added = (self.seen - self.decoded).double().reshape(-1, 1, 1)
        return worst(moments(added / added.std()), shape(added))


BESIDE_THE_CODE = (
    Symptom(
        "noise-on-pixels",
        "forward adds noise to what the decoder gives. The reconstruction is the decoder's output as it is, the mean of p(x|z); "
        "noise belongs to the latents alone.",
        lambda beside: not same(beside.seen, beside.another_seed) and beside.noise <= 1,
    ),
    Symptom(
        "random-half",
        "something random is done on the way that is not z's noise (Dropout, perhaps).",
        lambda beside: not same(beside.seen, beside.another_seed),
    ),
    Symptom(
        "skip-connection",
        "something of x reaches the reconstruction beside its code, so it need not pass the bottleneck: images that have one and "
        "the same code are reconstructed differently. Is there a skip connection (as in a U-Net), or x itself, or its mean? "
        "forward is to be decoder(code), and nothing else of x.",
        lambda beside: not same(beside.seen, beside.other_images),
    ),
)

NOT_IN_EVAL = (
    "`self.training`, or a layer that works otherwise in eval mode. In training mode this is right, and the exercise asks "
    "for the same in both modes."
)

MEANS = ("no-noise", "decodes-mean", "encodes-mean")
"""Causes that have one of their own in eval mode, since many VAEs do this on purpose there."""


NOT_BY_NUMBER = "3, 37, or another number, where one of the sizes that the model is made with belongs: {made} is right."


def tell(failure: CheckFailure, when: str, look_for: str) -> None:
    """Adds to a remark when only it is so, and what to look for."""
    message, hints, rest = failure.message.partition("\n  Hints: ")
    failure.message = f"{when}, {message}\n  Look for: {look_for}{hints}{rest}"
    failure.args = (failure.message,)


@dataclass
class Model(Layers):
    """A model whose layers are right, at work with weights that are known."""

    found: dict[str, Way] = field(default_factory=dict)
    """In which of the equally good ways each half is written."""
    reconstruction: int | None = None
    """Where forward's reconstruction stands in what it returns; None where it is all there is."""

    briefly: bool = False
    """Whether a brief look will do: one batch, in training mode."""

    @property
    def batches(self) -> Sequence[int]:
        return BRIEF if self.briefly else (self.made_for.batch, 1)

    # In both modes

    def in_both_modes(self, ask: Callable[[], None]) -> None:
        """Asks in training mode, and once more in eval mode."""
        ask()
        if not self.briefly:
            with self.in_eval_mode():
                ask()

    @contextlib.contextmanager
    def in_eval_mode(self) -> Iterator[None]:
        """What fails in the block says that it is right in training mode and not behind `model.eval()`."""
        self.mode = "eval"
        try:
            yield
        except CheckFailure as failure:
            tell(failure, "after `model.eval()`", NOT_IN_EVAL)
            if failure.cause in MEANS:
                failure.cause = "mean-in-eval"
            raise
        finally:
            self.mode = "train"

    @probe
    def encodes(self, *shape: int | str) -> None:
        """The encoder's output has this shape ("b" stands for the batch) and is the reference's."""
        self.same_as_oracle("encoder", shape)

    @probe
    def decodes(self, *shape: int | str) -> None:
        """The decoder's output has this shape and is the reference's."""
        self.same_as_oracle("decoder", shape)

    @probe
    def reconstructs(self) -> None:
        """forward(x) is decoder(encoder(x))."""
        self.in_both_modes(self.forward_is_right)

    @probe
    def lets_gradients_through(self) -> None:
        """A loss on forward's first output reaches every weight."""
        self.in_both_modes(self.reaches_every_weight)

    @probe
    def takes_other_sizes(self) -> None:
        """A second model, of odd sizes that are drawn anew in each run, is right as well."""
        latent = self.drawn(each for each in range(5, 11, 2) if each % self.latent)
        hidden = self.drawn(each for each in range(21, 61, 2) if each % self.hidden)
        with self.told_of_other_sizes():
            made = make(self.run, self.name, self.made_for, latent, hidden)
            other = replace(self, latent=latent, hidden=hidden, made=made, matches={}, found={}, briefly=True)
            other.keeps_sizes()
            other.has_layers()
            other.encodes(*other.shape_of("encoder"))
            other.decodes(*other.shape_of("decoder"))
            other.works_as_a_whole()

    # How

    @contextlib.contextmanager
    def told_of_other_sizes(self) -> Iterator[None]:
        """What fails in the block says that it is right in the sizes of this model."""
        try:
            yield
        except CheckFailure as failure:
            tell(failure, "in other sizes", NOT_BY_NUMBER.format(made=self.made_as))
            failure.cause, failure.check = "hard-coded-sizes", "takes_other_sizes"
            raise

    def drawn(self, sizes: Iterable[int]) -> int:
        among = list(sizes)
        return among[int(torch.randint(len(among), (), generator=self.run.generator))]

    def shape_of(self, half: str) -> tuple[int, ...]:
        """Of the half's output, for as many inputs as a brief look takes."""
        x = self.inputs(half, BRIEF[0])
        return tuple(compute(self.networks[half], self.weights[half], x).shape)

    def works_as_a_whole(self) -> None:
        """What a brief look asks of forward."""
        self.reconstructs()

    def forward_is_right(self) -> None:
        for batch_size in self.batches:
            x = self.images(batch_size)
            whole = (
                pointwise("encode", lambda x: self.oracle("encoder", x)),
                pointwise("decode", lambda z: self.oracle("decoder", z)),
            )
            seen = self.call("forward", x, seed=1)
            search = Search(self.tensor(seen, "forward", x, tuple(x.shape)), whole, {}, x)
            if search.way() is None:
                self.refuse_random("forward", x, search.seen)
                self.fail_output("forward", search, forward_mistakes(self.made_for))
            self.refuse_changes("forward", seen)

    def reaches_every_weight(self) -> None:
        reached = self.call("forward", self.images(2), trace=True, output=self.reconstruction).reached or []
        lost = [each.name for each in self.made.parameters if each.name not in reached]
        if lost:
            self.run.fail(
                f"a loss on the reconstruction does not reach these weights: {', '.join(lost)}. They would never learn.",
                cause="detached",
                where=self.where("forward"),
                likely_cause="a `.detach()`, `.data`, `.item()` or `torch.no_grad()` between the input and the output.",
            )

    def same_as_oracle(self, half: str, shape: tuple[int | str, ...]) -> None:
        """Fails where a half's output is not the oracle's, for a batch and for a single input, in both modes."""
        self.copy_weights()
        self.in_both_modes(lambda: self.half_is_right(half, shape))

    def half_is_right(self, half: str, shape: tuple[int | str, ...]) -> None:
        for batch_size in self.batches:
            x = self.inputs(half, batch_size)
            expected = tuple(batch_size if size == "b" else int(size) for size in shape)
            seen = self.call(half, x, seed=1)
            search = self.search(half, self.tensor(seen, half, x, expected), x)
            way = search.way()
            if way is None:
                self.refuse_random(half, x, search.seen)
                self.fail_output(half, search, self.halves[half].mistakes)
            self.refuse_changes(half, seen)
            self.found.setdefault(half, way)
            for choice in way:
                if choice.text:
                    self.run.note(f"in the {half}, {choice.text}")

    def search(self, half: str, output: Tensor, x: Tensor) -> Search:
        """The search for the version of a half that gave this output for x."""
        return Search(output, self.networks[half], self.weights[half], x, self.halves[half].equal_ways)

    def as_written(self, half: str) -> Network:
        """The oracle's network in the learner's own flattening order and order of heads."""
        self.copy_weights()
        if half not in self.found:
            x = self.inputs(half, 3)
            output = self.call(half, x).value
            output = torch.stack(list(output)) if isinstance(output, tuple | list) else output
            self.found[half] = self.search(half, output, x).way() or ()
        return applied(self.networks[half], self.found[half])

    def oracle(self, half: str, x: Tensor) -> Tensor:
        """What the half should make of x, with the weights that it has now."""
        return compute(self.as_written(half), self.weights[half], x)

    def tensor(self, seen: Returned, method: str, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The one tensor that came out, in the expected shape, or a failure that says what came instead."""
        value = seen.value
        several = isinstance(value, tuple | list) and len(shape) == 3 and len(value) == shape[0]
        if several and all(isinstance(each, Tensor) and tuple(each.shape) == shape[1:] for each in value):
            self.run.note(
                f"{method}(x) gives a pair (mu, logsigma). That does as well as one tensor of shape (2, batch, latent); "
                "only code that asks for `.shape` would notice."
            )
            value = torch.stack(list(value))
        tried = f"{self.name}.{method}(x) with x of shape {tuple(x.shape)} gave"
        if not isinstance(value, Tensor):
            cause, what, text = instead_of_tensor(value, method)
            self.run.fail(
                f"{tried} {what}; expected a tensor of shape {shape}.",
                cause=cause,
                likely_cause=text,
                where=self.where(method),
            )
        if tuple(value.shape) != shape:
            cause, text = first_shown(WRONG_SHAPES, tuple(value.shape), shape, self.latent)
            self.run.fail(
                f"{tried} shape {tuple(value.shape)}; expected {shape}.",
                cause=cause or "wrong-shape",
                numbers={"seen": list(value.shape), "expected": list(shape)},
                likely_cause=text,
                where=self.where(method),
            )
        if value.dtype != x.dtype:
            self.run.fail(
                f"{tried} numbers of type {value.dtype}; expected {x.dtype}, like x.",
                cause="wrong-dtype",
                where=self.where(method),
            )
        return value

    def refuse_random(self, method: str, x: Tensor, first: Tensor) -> None:
        """Fails where a second call gives something else than the `first`."""
        again = self.call(method, x, seed=2).value
        if isinstance(again, Tensor) and not torch.equal(first, again) and not bool(first.isnan().any()):
            self.run.fail(
                f"{self.name}.{method}(x) gives another result each time it is called with the same x.",
                cause="layers-made-in-call" if self.made_anew(method) else "random-half",
                where=self.where(method),
                likely_cause=self.made_anew(method)
                or "something random on the way (Dropout, added noise): the exercise asks for none there.",
            )

    def made_anew(self, method: str) -> str | None:
        """What to say where the method makes layers with weights; None where it makes none."""
        layers = ", ".join(self.makes.get(method, ()))
        return (
            f"{method} makes a layer ({layers}) each time it is called, with new random weights that no optimiser ever "
            "sees. Make it once, in `__init__`."
            if layers
            else None
        )

    def refuse_changes(self, method: str, seen: Returned) -> None:
        """Fails where the call has changed its own input."""
        if seen.changed_input:
            self.run.fail(
                f"{self.name}.{method}(x) changes x itself, and the loss is to compare with x.",
                cause="changes-input",
                where=self.where(method),
                likely_cause="an in-place operation on the input: `x -= …`, `x.clamp_()`, or `ReLU(inplace=True)` as "
                "the first layer.",
            )

    def images_mixed(self, method: str, search: Search) -> Sequence[Known]:
        """Whether the first image's output, or the last one's, depends on the others of its batch."""
        others = torch.randn(search.x.shape, generator=self.run.generator)
        for place in (0, len(search.x) - 1):
            x = others.clone()
            x[place] = search.x[place]
            seen = self.call(method, x, seed=1).value
            seen = torch.stack(list(seen)) if isinstance(seen, tuple | list) else seen
            rows = (each.select(search.batch_axis, place) for each in (seen, search.seen))
            if MIXED.shows(*rows):
                return (MIXED,)
        return ()

    def beside_the_code(self) -> Sequence[Known]:
        """What comes into forward's reconstruction beside the code; nothing where that cannot be seen."""
        known = self.weights["encoder"]
        last = {"linear2.weight": torch.zeros_like(known["linear2.weight"])}
        last["linear2.bias"] = torch.full_like(known["linear2.bias"], STEADY)
        self.load({"encoder": {**known, **last}})
        x, others = self.images(3), self.images(3)
        with contextlib.suppress(CheckFailure):
            values = [self.call("forward", images, seed=seed).value for images, seed in ((x, 1), (x, 2), (others, 1))]
            outputs = values if self.reconstruction is None else [value[self.reconstruction] for value in values]
            decoded = self.oracle("decoder", torch.full((3, self.latent), STEADY))
            if all(bool(each.isfinite().all()) for each in outputs):
                seen, another_seed, other_images = outputs
                beside = Beside(seen, another_seed, other_images, decoded)
                return [symptom for symptom in BESIDE_THE_CODE if symptom.shows(beside)][:1]
        return ()

    def fail_output(self, method: str, search: Search, known: Sequence[Alternative]) -> NoReturn:
        """Fails with the mistake, or the two, of those `known` that give the numbers seen."""
        mixed = self.images_mixed(method, search)
        mistakes = search.mistakes([mistake for mistake in known if mistake.mixes or not mixed]) or mixed
        mistakes = mistakes or (self.beside_the_code() if method == "forward" else ())
        expected = search.compute(search.network)
        first, wanted = most_different(search.seen, expected)
        what = "forward(x) is not decoder(encoder(x))" if method == "forward" else f"the {method} computes"
        whole = ", ".join(layer.text for layer in search.network)
        self.run.fail(
            f"{what}." if method == "forward" else f"{what} something else than the exercise asks for.",
            cause=causes_of(mistakes),
            numbers={
                "seen": first.tolist(),
                "expected": wanted.tolist(),
                "largest difference": float((search.seen - expected).abs().max()),
            },
            tried=f"{self.name}.{method}(x) with x of shape {tuple(search.x.shape)}, with known weights copied into "
            "your layers",
            came_out=numbers(first),
            expected=numbers(wanted),
            likely_cause=texts_of(mistakes),
            where=self.where(method),
            compare="no known mistake gives these numbers. Go through the steps: " + whole if not mistakes else None,
        )


def most_different(seen: Tensor, expected: Tensor) -> tuple[Tensor, Tensor]:
    """The four numbers that differ most, in their order, and what they should be."""
    seen, expected = seen.flatten(), expected.flatten()
    places = (seen - expected).abs().nan_to_num(torch.inf).topk(min(4, len(seen))).indices.sort().values
    return seen[places], expected[places]


def numbers(values: Tensor) -> str:
    """The first few numbers of a tensor."""
    return " ".join(f"{value:.3f}" for value in values.flatten()[:4].tolist()) + " …"
