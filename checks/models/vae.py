"""A learner's VAE at work: what `Model` looks at, and sampling.

Its statistics and its samples are looked at with weights for which everything can be seen: mu and log sigma are of every
size, and z can be read off from the reconstruction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn import functional as F

from checks.core.compare import same
from checks.core.mistakes import Known, Symptom, causes_of, diagnose, first_shown, table, texts_of
from checks.core.return_values import instead_of_three, kind
from checks.core.run import probe
from checks.models.autoencoder import Model, most_different, numbers
from checks.models.changes import change_of
from checks.models.mistakes import CODES, ENDS, FUNCTIONS, WITH_RELU
from checks.models.network import Weights, compute, drop, weight_shapes
from checks.models.normality import numbers_alike
from checks.models.sampling import FROZEN, REPEATED, Draws, Fault, describe, fault_for_one, fault_of
from checks.models.seeded import Seeded, coarseness_in, proper, regularity_in
from checks.models.seeded import fault_of as fault_of_seeded

IMAGES = 5
"""How many different images are looked at."""

FOLLOWED = 2
"""How many of them gradients are followed for."""

ALONE = 12
"""How often one image is sampled by itself."""

NUMBER_BY_NUMBER = 1e-4
"""How well the noise behind a returned z is known."""

READ_OFF = 0.02
"""How well the noise behind a decoded z is known; about 0.005 for faces."""

EVEN, READ_OFF_EVEN = 0.03, {1: 2e-4, 3: 6e-4}
"""For weights for which every sigma is about 1: what the last layer is multiplied by, and how well the noise behind a decoded
z is known then, of grey images and of coloured ones."""

COARSE = 25
"""How many draws show whether noise is rounded."""

KINK = 5e-6
"""A number this near to 0 in front of a ReLU may come out on either side of it, as the rounding goes, and its gradient
with it. Of the numbers about 1 in size that stand there, 23,000 for digits and 140,000 for faces, few are."""

SOLVED = 0.003
"""How well a z is known that was solved for (`difference` of `checks.core.compare`)."""

GRADIENTS = 0.01
"""Of the largest gradient: the noise behind an image is known to three digits, and a cut changes gradients by their
size."""


FIRST_OF = {"sample_latent_vector": "z", "forward": "x'"}
"""What each method returns before mu and logsigma."""


@dataclass
class Solvable:
    """A few images, with what the oracle's encoder says of each: mu and logsigma (images, latent)."""

    x: Tensor
    mu: Tensor
    logsigma: Tensor

    def first(self, number: int) -> Solvable:
        """Only the first images."""
        return Solvable(self.x[:number], self.mu[:number], self.logsigma[:number])


# What is known to go wrong, beside what `checks.models.sampling` knows of the sample itself


@dataclass
class Statistics:
    """What a method returned beside its `first` thing, with the `right` numbers and the z of the same seed."""

    first: Tensor
    mu: Tensor
    logsigma: Tensor
    z: Any
    right: Solvable


WRONG_STATISTICS = (
    Symptom(
        "mean-and-logsigma-swapped",
        "mu and logsigma have changed places: encoder(x)[0] is mu, encoder(x)[1] is logsigma.",
        lambda seen: same(seen.mu, seen.right.logsigma) and same(seen.logsigma, seen.right.mu),
    ),
    Symptom("returns-same-twice", "mu and logsigma are the same numbers.", lambda seen: same(seen.mu, seen.logsigma)),
    Symptom(
        "returns-sigma",
        "the third is sigma; return logsigma, without exp.",
        lambda seen: same(seen.logsigma, seen.right.logsigma.exp()),
    ),
    Symptom(
        "returns-variance",
        "the third is sigma²; return logsigma.",
        lambda seen: same(seen.logsigma, (2 * seen.right.logsigma).exp()),
    ),
    Symptom(
        "returns-logvar",
        "the third is log sigma², twice what is asked.",
        lambda seen: same(seen.logsigma, 2 * seen.right.logsigma),
    ),
    *(
        Symptom(
            cause,
            f"the third is {text}; return logsigma.",
            lambda seen, of=of: same(seen.logsigma, of(seen.right.logsigma)),
        )
        for cause, text, of in (
            ("returns-half-logsigma", "logsigma / 2", lambda s: s / 2),
            ("returns-sigma", "exp(logsigma / 2)", lambda s: (s / 2).exp()),
            ("returns-wrong-logsigma", "−logsigma", torch.neg),
            ("returns-wrong-logsigma", "|logsigma|", torch.abs),
            ("returns-wrong-logsigma", "softplus(logsigma)", F.softplus),
            ("returns-wrong-logsigma", "log(softplus(logsigma))", lambda s: F.softplus(s).log()),
            ("returns-wrong-logsigma", "tanh(logsigma)", torch.tanh),
        )
    ),
    *(
        Symptom(
            "returns-wrong-mean",
            f"the second is {text}; return mu.",
            lambda seen, of=of: same(seen.mu, of(seen.right.mu)),
        )
        for text, of in (
            ("tanh(mu)", torch.tanh),
            ("exp(mu)", torch.exp),
            ("the batch's mean of mu", lambda m: m.mean(0, keepdim=True).expand_as(m)),
        )
    ),
    Symptom(
        "wrong-return-order",
        "the three stand in another order.",
        lambda seen: same(seen.first, seen.right.mu) or same(seen.logsigma, seen.right.mu),
    ),
    Symptom(
        "returns-z-for-mu",
        "z stands where mu belongs. Look at the order in which the three are unpacked, too.",
        lambda seen: isinstance(seen.z, Tensor) and same(seen.mu, seen.z),
    ),
)


@dataclass(frozen=True)
class ForwardRecipe:
    """What forward does: draws a `sample` of mu, sigma and eps, hands `latents` made of z, mu and logsigma to the decoder,
    and makes its `output` of what is decoded, x and `Images`."""

    sample: Callable[..., Tensor]
    latents: Callable[..., Tensor]
    output: Callable[..., Tensor]


RIGHT = ForwardRecipe(
    sample=lambda mu, sigma, eps: mu + sigma * eps,
    latents=lambda z, mu, logsigma: z,
    output=lambda decoded, x, images: decoded,
)


def of_first(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """The change of the first of several arguments."""
    return lambda first, *_: change(first)


CUT_SAMPLES = table(
    "sample",
    (
        "detached-sample",
        "z is cut off from mu and sigma: `torch.normal(mu, sigma)` and `.sample()` pass no gradient. "
        "Write mu + sigma·eps (or `.rsample()`), without `.detach()` or `torch.no_grad()`.",
        lambda mu, sigma, eps: (mu + sigma * eps).detach(),
    ),
    (
        "detached-mu",
        "no gradient comes back from z to mu: only sigma would learn from the reconstruction.",
        lambda mu, sigma, eps: mu.detach() + sigma * eps,
    ),
    (
        "detached-sigma",
        "no gradient comes back from z to log sigma: only mu would learn from the reconstruction.",
        lambda mu, sigma, eps: mu + sigma.detach() * eps,
    ),
)

WRONG_LATENTS = table(
    "latents",
    ("decodes-mean", "forward decodes mu itself; it is to decode the sample z.", lambda z, mu, logsigma: mu),
    ("decodes-logsigma", "forward decodes logsigma; it is to decode z.", lambda z, mu, logsigma: logsigma),
    ("decodes-wrong-sum", "forward decodes z + mu: mu is in z already.", lambda z, mu, logsigma: z + mu),
    (
        "decodes-wrong-sum",
        "forward decodes z − mu, the noise alone; it is to decode z.",
        lambda z, mu, logsigma: z - mu,
    ),
    (
        "decodes-wrong-sum",
        "forward decodes the mean of z and mu; it is to decode z.",
        lambda z, mu, logsigma: (z + mu) / 2,
    ),
    (
        "images-mixed",
        "forward decodes another image's z: the batch is turned round.",
        lambda z, mu, logsigma: z.flip(0),
    ),
    (
        "images-mixed",
        "forward decodes the batch's mean of z for every image.",
        lambda z, mu, logsigma: z.mean(0, keepdim=True).expand_as(z),
    ),
    *((cause, f"forward {text}; it is to decode z as it is.", of_first(change)) for cause, text, change in CODES),
    *(
        (
            "activation-on-latent",
            f"forward puts a {name} on z before decoding it; a latent may be any number.",
            of_first(change),
        )
        for name, change in WITH_RELU.items()
    ),
)

WRONG_OUTPUTS = table(
    "output",
    *(
        (
            "final-activation",
            f"forward puts a {name} behind the decoder; x' is what the decoder makes of z.",
            of_first(change),
        )
        for name, change in ENDS.items()
    ),
    *(
        (
            "changed-output",
            f"forward puts the reconstruction through {name}; x' is what the decoder makes of z.",
            of_first(change),
        )
        for name, change in FUNCTIONS.items()
    ),
    (
        "clamped-output",
        "forward clamps the reconstruction to 0…1; x' is what the decoder makes of z.",
        of_first(lambda decoded: decoded.clamp(0, 1)),
    ),
    (
        "denormalised-output",
        "forward undoes the normalisation of the reconstruction; x' is what the decoder makes of z.",
        lambda decoded, x, images: images.denormalise(decoded),
    ),
    (
        "residual",
        "forward adds x to the reconstruction; x' is what the decoder makes of z.",
        lambda decoded, x, images: decoded + x,
    ),
    ("returns-input", "forward returns x itself; x' is what the decoder makes of z.", lambda decoded, x, images: x),
)


@dataclass
class VAEModel(Model):
    """A model that samples: `sample_latent_vector`, and a forward that returns (x', mu, logsigma)."""

    reconstruction: int | None = 0

    @probe
    def samples(self) -> None:
        """sample_latent_vector(x) returns (z, mu, logsigma), and z is a fresh sample of N(mu, sigma²)."""
        self.samples_in_both_modes("sample_latent_vector", self.draw)

    @probe
    def decodes_a_sample(self) -> None:
        """forward(x) returns (x', mu, logsigma), and x' decodes a fresh sample."""
        self.samples_in_both_modes("forward", self.draw_through_decoder)

    @probe
    def learns_from_samples(self) -> None:
        """Gradients reach the weights of mu and of log sigma, through the sample as well as directly."""
        for method in FIRST_OF:
            self.passes_gradients(method)
            with self.in_eval_mode():
                self.passes_gradient(method, 0, FIRST_OF[method])

    def works_as_a_whole(self) -> None:
        """Both methods return three tensors; that these are right is seen where weights are known for it."""
        for method in FIRST_OF:
            for batch_size in self.batches:
                self.three(method, self.call(method, self.images(batch_size), seed=1).value, batch_size)

    # Weights for which everything can be seen

    @cached_property
    def solvable(self) -> Solvable:
        """Loads weights for which mu and log sigma go up to ±1.3, and z can be read off from x'."""
        self.as_written("encoder"), self.as_written("decoder")  # settle the orders before the weights change
        x = self.images_off_the_kinks()
        self.load({"encoder": self.calm(x)})
        mu, logsigma = self.oracle("encoder", x)
        self.load({"decoder": self.affine(float((mu.abs() + 8 * logsigma.exp()).max()))})
        return Solvable(x, mu, logsigma)

    def images_off_the_kinks(self) -> Tensor:
        """Images for which rounding does not decide which of the encoder's units a ReLU lets through."""
        drawn = (self.images(IMAGES) for _ in range(100))
        return next((x for x in drawn if self.nearest_kink(x) > KINK), self.images(IMAGES))

    def nearest_kink(self, x: Tensor) -> float:
        """The smallest number, in size, in front of a ReLU of the encoder."""
        nearest = float("inf")
        for layer in self.as_written("encoder"):
            if layer.name.startswith("relu"):
                nearest = min(nearest, float(x.abs().min()))
            x = layer.apply(self.weights["encoder"], x)
        return nearest

    def calm(self, x: Tensor) -> Weights:
        """Encoder weights for which each latent's mu and log sigma are spread about 0 over these images, up to ±1.3."""
        weights = dict(self.weights["encoder"])
        rows = compute(drop("split")(self.as_written("encoder")), weights, x)  # (b, 2 latent), in whatever order
        middle = rows.mean(0)
        scale = 1.3 / (rows - middle).abs().amax(0)
        weights["linear2.weight"] = weights["linear2.weight"] * scale[:, None]
        weights["linear2.bias"] = (weights["linear2.bias"] - middle) * scale
        return weights

    def affine(self, largest: float) -> Weights:
        """Decoder weights for which no ReLU ever cuts while |z| ≤ `largest`: x' is then linear in z, and z can be solved for.

        Each row of a linear layer moves by at most half of its bias (its absolute sum is bounded), and all
        transposed convolutions but the last have positive weights only. The last one's weights add up to 0 over the channels, so that
        most of the constant part cancels.
        """
        shapes = weight_shapes(self.networks["decoder"])
        draw = {role: torch.randn(shape, generator=self.run.generator) for role, shape in shapes.items()}

        *before, last = (f"{name}.weight" for name in self.made_for.convolutions)

        def bounded(weight: Tensor, largest: float) -> Tensor:
            return weight / weight.abs().sum(1, keepdim=True) / largest

        return {
            "linear1.weight": bounded(draw["linear1.weight"], largest),
            "linear1.bias": torch.full(shapes["linear1.bias"], 2.0),
            "linear2.weight": bounded(draw["linear2.weight"], 3.0),
            "linear2.bias": torch.full(shapes["linear2.bias"], 2.0),
            **{name: draw[name].abs() * 0.05 for name in before},
            last: draw[last] - draw[last].mean(0),
        }

    @cached_property
    def plane(self) -> tuple[Tensor, Tensor]:
        """x' = z @ columns + zero with the prepared weights, as float64: (latent, pixels) and (1, pixels)."""
        weights = {role: value.double() for role, value in self.weights["decoder"].items()}
        z = torch.cat((torch.zeros(1, self.latent), torch.eye(self.latent))).double()
        zero, ones = pixels(compute(self.as_written("decoder"), weights, z)).split((1, self.latent))
        return ones - zero, zero

    def solved(self, images: Tensor) -> Tensor | None:
        """The z (b, latent), as float64, whose decodings these are, by least squares; None where they are no decodings."""
        columns, zero = self.plane
        seen = pixels(images)
        z = torch.linalg.lstsq(columns.T, (seen - zero).T).solution.T
        return z if same(z @ columns + zero, seen, 1e-3) else None

    # What a method returns

    def statistics_are_right(self, method: str) -> list[Tensor]:
        """A method returns three tensors, and the last two are the encoder's mu and logsigma. The first of each batch
        is what comes back."""
        firsts = []
        for batch_size in (IMAGES, 1):
            right = self.solvable.first(batch_size)
            seen = self.call(method, right.x, seed=1)
            first, mu, logsigma = self.three(method, seen.value, batch_size)
            self.refuse_changes(method, seen)
            if not (same(mu, right.mu) and same(logsigma, right.logsigma)):
                z = first
                if method == "forward":
                    z = self.call("sample_latent_vector", right.x, seed=1).value[0]
                self.fail_statistics(method, Statistics(first, mu, logsigma, z, right))
            firsts.append(first)
        return firsts

    def encoded_by(self, method: str, x: Tensor) -> tuple[Tensor, ...]:
        """mu and logsigma as a method returns them with another seed."""
        return self.three(method, self.call(method, x, seed=2).value, len(x))[1:]

    def fail_statistics(self, method: str, seen: Statistics) -> NoReturn:
        cause, text = first_shown(WRONG_STATISTICS, seen)
        name, got, wanted = (
            ("logsigma", seen.logsigma, seen.right.logsigma)
            if same(seen.mu, seen.right.mu)
            else ("mu", seen.mu, seen.right.mu)
        )
        if again := self.made_anew(method):
            cause, text = "layers-made-in-call", again
        elif not cause and not same(self.encoded_by(method, seen.right.x), (seen.mu, seen.logsigma)):
            cause = "random-half"
            text = "mu and logsigma are others at each call: is there noise on x, or Dropout? The noise belongs to z alone."
        elif not cause and (change := change_of(wanted, got)):
            cause, text = f"returns-wrong-{'mean' if name == 'mu' else name}", change.text
        got, wanted = most_different(got, wanted)
        self.run.fail(
            f"the {name} that {self.name}.{method}(x) returns is not the encoder's.",
            cause=cause,
            numbers={"seen": got.tolist(), "expected": wanted.tolist()},
            came_out=numbers(got),
            expected=numbers(wanted),
            likely_cause=text,
            where=self.where(method),
        )

    def three(self, method: str, value: Any, batch_size: int) -> tuple[Tensor, ...]:
        """The three tensors that came, or a failure that says what came instead."""
        latents = (batch_size, self.latent)
        names = (FIRST_OF[method], "mu", "logsigma")
        shapes = (self.made_for.shape(batch_size) if method == "forward" else latents, latents, latents)
        asked = f"{self.name}.{method}(x) is to return ({', '.join(names)})"
        if isinstance(value, Tensor) and tuple(value.shape) == (3, *shapes[1]) and shapes[0] == shapes[1]:
            value = tuple(value)
        if not isinstance(value, tuple | list) or len(value) != 3:
            cause, what, text = instead_of_three(value, names[0])
            self.run.fail(f"{asked}; it returned {what}.", cause=cause, likely_cause=text, where=self.where(method))
        seen = [tuple(each.shape) if isinstance(each, Tensor) else None for each in value]
        for name, each, shape, mine in zip(names, value, shapes, seen, strict=True):
            if mine == shape and each.dtype == torch.float32:
                continue
            cause, text = "wrong-shape", None
            what = f"has shape {mine}, expected {shape}"
            if mine is None:
                cause, what = "not-a-tensor", f"is a {kind(each)}"
            if mine == shape:
                cause, what = "wrong-dtype", f"is of type {each.dtype}, expected torch.float32"
            elif Counter(seen) == Counter(shapes):
                cause, text = "wrong-return-order", "another order."
            elif mine == latents:
                cause, text = "returns-code", "decode z."
            self.run.fail(f"{asked}; its {name} {what}.", cause=cause, likely_cause=text, where=self.where(method))
        return tuple(value)

    # Sampling

    def samples_in_both_modes(self, method: str, draw: Callable[[Tensor, int], Tensor]) -> None:
        """Judges what a method returns, in both modes. Only where one seed gives another thing in eval mode, many z are
        drawn again."""
        in_training = self.statistics_are_right(method)
        self.is_a_sample(method, draw)
        self.is_new_at_each_call(method)
        with self.in_eval_mode():
            if not same(self.statistics_are_right(method), in_training):
                self.is_a_sample(method, draw)
            self.is_new_at_each_call(method)

    def draw(self, x: Tensor, seed: int) -> Tensor:
        """The z (b, latent) that sample_latent_vector gives, as float64."""
        return self.call("sample_latent_vector", x, seed=seed).value[0].double()

    def draw_through_decoder(self, x: Tensor, seed: int) -> Tensor:
        """The z (b, latent) that forward decodes, as float64."""
        z = self.solved(self.call("forward", x, seed=seed).value[0])
        if z is None:
            cause, text = self.behind_decoder()
            self.run.fail(
                "the reconstruction that forward returns is no decoding of a latent.",
                cause=cause,
                likely_cause=text,
                where=self.where("forward"),
            )
        return z

    def behind_decoder(self) -> tuple[str | None, str]:
        """What forward does to the decoder's output: with one seed it is a known change of what decoding that seed's
        sample gives."""
        x = self.solvable.x
        decoded = self.oracle("decoder", self.draw(x, 7).float())
        seen = self.call("forward", x, seed=7).value[0]

        def agrees(recipe: ForwardRecipe) -> bool:
            return same(seen, recipe.output(decoded, x, self.made_for))

        change = change_of(decoded, seen)
        chosen: Sequence[Known] = diagnose(RIGHT, WRONG_OUTPUTS, agrees, most=1) or ((change,) if change else ())
        chosen = chosen or self.beside_the_code()
        unknown = "something is done to the decoder's output, or between sampling and decoding."
        return causes_of(chosen), texts_of(chosen) or unknown

    def is_a_sample(self, method: str, draw: Callable[[Tensor, int], Tensor]) -> None:
        """Judges z number by number where its noise is torch's own for each seed, and by its statistics where it is not."""
        many = repeat(self.solvable.x, "image c h w -> (draw image) c h w", draw=self.made_for.draws)
        first, one = draw(many, 1), self.solvable.first(1)
        large = self.seeded(method, first, 1)
        few = [self.seeded(method, draw(images.x, seed), seed) for images, seed in ((self.solvable, 2), (one, 3))]
        if proper([large, *few]):
            if method == "forward" and (even := self.even_noise(many[:COARSE])) and (fault := coarseness_in(even)):
                self.fail_sample(method, fault, f"{COARSE} draws in one call, with weights for which sigma is about 1")
            return
        second = draw(many, 2)
        calls = [few[0], large, self.seeded(method, second, 2)]
        if fault := self.fault_in(method, draw, first, second, calls) or regularity_in(calls):
            self.fail_sample(
                method,
                fault,
                f"{2 * self.made_for.draws} draws for each of {IMAGES} images, with known weights",
                None if fault.what else describe(self.draws(method, first, second)),
            )
        if method == "forward" and self.forward_repeats_noise(many):
            self.fail_sample(method, REPEATED, "many draws in one call, with weights for which sigma is about 1")
        alone = torch.stack([draw(one.x, seed) for seed in range(ALONE)])
        if fault := fault_for_one(self.draws_of(method, one, alone)):
            if fault.cause == "no-noise" and method == "forward":
                fault = self.handed_on(draw, 1) or fault
            self.fail_sample(method, fault, f"{ALONE} draws for a batch of one image; larger batches are right")

    def is_new_at_each_call(self, method: str) -> None:
        """That three calls in a row, alike but for the random state, give three things; the last is made without a seed."""
        for images in (self.solvable.x, self.solvable.first(1).x):
            first, second, third = (self.call(method, images, seed=seed).value[0] for seed in (4, 5, None))
            if any(torch.equal(*pair) for pair in ((first, second), (second, third), (first, third))):
                self.fail_sample(method, FROZEN, f"three calls in a row with x of shape {tuple(images.shape)}")

    def seeded(self, method: str, z: Tensor, seed: int) -> Seeded:
        """One call's z for the images in turn."""
        mu, logsigma = (each.double() for each in (self.solvable.mu, self.solvable.logsigma))
        draws = -(-len(z) // IMAGES)
        known = READ_OFF if method == "forward" else NUMBER_BY_NUMBER
        return Seeded(z, mu.repeat(draws, 1)[: len(z)], logsigma.repeat(draws, 1)[: len(z)], seed, known)

    def forward_repeats_noise(self, many: Tensor) -> bool:
        """Whether the same numbers come again in noise that forward draws for itself."""
        even = self.even_noise(many)
        return even is not None and numbers_alike((even.z - even.mu) / even.logsigma.exp(), even.known)

    def even_noise(self, many: Tensor) -> Seeded | None:
        """What forward decodes with every sigma about 1, so that z is read off exactly enough to see how fine its noise is."""
        known = {half: self.weights[half] for half in self.halves}
        even = {role: value * (EVEN if "linear2" in role else 1) for role, value in known["encoder"].items()}
        self.load({"encoder": even})
        mu, logsigma = self.oracle("encoder", many)
        self.load({"decoder": self.affine(float((mu.abs() + 8 * logsigma.exp()).max()))})
        del self.plane
        z = self.solved(self.call("forward", many, seed=1).value[0])
        self.load(known)
        del self.plane
        exactly = READ_OFF_EVEN[self.made_for.channels[0]]
        return None if z is None else Seeded(z, mu.double(), logsigma.double(), 1, exactly)

    def fail_sample(self, method: str, fault: Fault, tried: str, came_out: str | None = None) -> NoReturn:
        what = fault.what or "is no sample of N(mu, sigma²), sigma = exp(logsigma)"
        again = self.made_anew(method)
        self.run.fail(
            f"the z that {method} {'decodes' if method == 'forward' else 'returns'} {what}.",
            cause="layers-made-in-call" if again else fault.cause,
            tried=tried,
            came_out=came_out,
            likely_cause=again or fault.text,
            where=self.where(method),
        )

    def draws(self, method: str, *z: Tensor) -> Draws:
        """The z (draws · images, latent) of one call, or of several."""
        cells = rearrange(torch.cat(z), "(draw image) latent -> draw image latent", image=IMAGES)
        return self.draws_of(method, self.solvable, cells)

    def draws_of(self, method: str, images: Solvable, z: Tensor) -> Draws:
        return Draws(
            z, images.mu.double(), images.logsigma.double(), **({"known": READ_OFF} if method == "forward" else {})
        )

    def fault_in(
        self, method: str, draw: Callable[[Tensor, int], Tensor], first: Tensor, second: Tensor, calls: Sequence[Seeded]
    ) -> Fault | None:
        """What is wrong with a method's sampling, whose z of two seeds these are; None where nothing is."""
        fault = fault_of(self.draws(method, first, second))
        if fault:
            in_one_call = fault_of(self.draws(method, first)) or fault
            # Noise that a whole call shares is another in the next call, and shows in one call only.
            fault = in_one_call if in_one_call.shared or not fault.cause else fault
        if fault:
            handed_on = self.handed_on(draw) if method == "forward" else None
            fault = handed_on or fault_of_seeded(calls) or fault
        if (not fault or fault.random) and same(first, second):
            return FROZEN
        if not fault and not same(draw(self.solvable.x, 1), draw(self.solvable.x, 1)):
            return Fault(
                "noise-not-torch",
                "the noise comes from NumPy or Python, or from a generator of its own: use `torch.randn_like(mu)`.",
                what="does not follow `torch.manual_seed`, so no run could be repeated",
            )
        return fault

    def handed_on(self, draw: Callable[[Tensor, int], Tensor], images: int = IMAGES) -> Fault | None:
        """Which change of sample_latent_vector's own z forward decodes, where it is a known one."""
        at = self.solvable.first(images)
        decoded, z = draw(at.x, 7).float(), self.draw(at.x, 7).float()

        def agrees(recipe: ForwardRecipe) -> bool:
            return same(decoded, recipe.latents(z, at.mu, at.logsigma), SOLVED)

        chosen = diagnose(RIGHT, WRONG_LATENTS, agrees, most=1)
        return Fault(causes_of(chosen), texts_of(chosen), random=False) if chosen else None

    # Gradients

    def passes_gradients(self, method: str) -> None:
        """The gradient of the sum of each of the three outputs is right, for every weight of the encoder."""
        for place, name in enumerate((FIRST_OF[method], "mu", "logsigma")):
            self.passes_gradient(method, place, name)

    @cached_property
    def followed(self) -> tuple[Tensor, dict[str, Tensor], Tensor, Tensor]:
        """A few images, the encoder's weights, and the mu and logsigma that the oracle makes of them, for gradients."""
        x = self.solvable.first(FOLLOWED).x
        leaves = {role: value.clone().requires_grad_() for role, value in self.weights["encoder"].items()}
        mu, logsigma = compute(self.as_written("encoder"), leaves, x)
        return x, leaves, mu, logsigma

    def passes_gradient(self, method: str, place: int, name: str) -> None:
        x, leaves, mu, logsigma = self.followed
        seen = self.call(method, x, seed=3, trace=True, output=place, gradients_of=list(self.matches["encoder"].views))
        first = self.three(method, seen.value, len(x))[0]
        if place == 0:
            total = self.sum_of_first(method, first, mu, logsigma)

            def agrees(recipe: ForwardRecipe) -> bool:
                return self.are_gradients(seen.gradients, total(recipe), leaves)

            if agrees(RIGHT):
                return
            chosen = diagnose(RIGHT, CUT_SAMPLES, agrees, most=1)
            cause, text = causes_of(chosen), texts_of(chosen)
        else:
            if self.are_gradients(seen.gradients, (mu, logsigma)[place - 1].sum(), leaves):
                return
            cut = self.are_gradients(seen.gradients, torch.zeros(()), leaves)
            cause, text = "detached" if cut else None, None
        taught = "the reconstruction" if place == 0 else "the KL term"
        self.run.fail(
            f"the gradient that comes back through the {name} of {self.name}.{method}(x) is not the right one, so "
            f"{taught} could not teach the encoder.",
            cause=cause,
            likely_cause=text or f"a `.detach()`, `.data` or `torch.no_grad()` before {name} is returned.",
            where=self.where(method),
        )

    def sum_of_first(
        self, method: str, output: Tensor, mu: Tensor, logsigma: Tensor
    ) -> Callable[[ForwardRecipe], Tensor]:
        """The sum of the first output, made with the noise that is behind it, as each recipe makes it."""
        through_decoder = method == "forward"
        weight = self.plane[0].sum(1).float() if through_decoder else torch.ones(self.latent)
        z = self.solved(output) if through_decoder else output
        sigma = logsigma.exp()
        eps = ((z.float() - mu) / sigma).detach() if z is not None else torch.zeros_like(mu)
        return lambda recipe: (recipe.sample(mu, sigma, eps) @ weight).sum()

    def are_gradients(self, seen: dict[str, Tensor], total: Tensor, leaves: dict[str, Tensor]) -> bool:
        """Whether these are the gradients of `total` for the learner's weights, up to a part of the largest."""
        found = (
            torch.autograd.grad(total, list(leaves.values()), retain_graph=True)
            if total.requires_grad
            else [torch.zeros_like(each) for each in leaves.values()]
        )
        wanted = self.matches["encoder"].cut(dict(zip(leaves, found, strict=True)))
        largest = max(float(each.abs().max()) for each in wanted.values()) or 1.0
        return same(
            [seen.get(name, torch.zeros_like(each)) / largest for name, each in wanted.items()],
            [each / largest for each in wanted.values()],
            GRADIENTS,
        )


def pixels(images: Tensor) -> Tensor:
    """(b, c, h, w) → (b, pixels), as float64."""
    return rearrange(images, "b c h w -> b (c h w)").double()
