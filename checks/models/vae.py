"""A learner's VAE at work: what `Model` looks at, and sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from einops import rearrange, repeat
from torch import Tensor

from checks.core.compare import same
from checks.core.return_values import instead_of_three
from checks.core.run import probe
from checks.models.autoencoder import numbers
from checks.models.gradients import SampleGradients
from checks.models.mistakes import WITH_RELU
from checks.models.sampling import Draws, Fault, describe, fault_of
from checks.models.solvable import IMAGES


@dataclass
class VAEModel(SampleGradients):
    """Adds `sample_latent_vector` and what forward returns to what is looked at."""

    reconstruction: int | None = 0

    @probe
    def samples(self) -> None:
        """sample_latent_vector(x) returns (z, mu, logsigma), and z is a fresh sample of N(mu, sigma²)."""
        self.statistics_are_right("sample_latent_vector")
        self.is_a_sample("sample_latent_vector", self.draw)

    @probe
    def decodes_a_sample(self) -> None:
        """forward(x) returns (x', mu, logsigma), and x' decodes a fresh sample."""
        self.statistics_are_right("forward")
        self.is_a_sample("forward", self.draw_through_decoder)

    @probe
    def learns_from_samples(self) -> None:
        """Gradients reach the weights of mu and of log sigma, through the sample as well as directly."""
        for method in ("sample_latent_vector", "forward"):
            self.passes_gradients(method)

    # What a method returns

    def statistics_are_right(self, method: str) -> None:
        """A method returns three tensors, and the last two are the encoder's mu and logsigma."""
        for batch_size in (IMAGES, 1):
            x, mu, logsigma = (each[:batch_size] for each in vars(self.solvable).values())
            seen = self.call(method, x, seed=1)
            first, seen_mu, seen_logsigma = self.three(method, seen.value, batch_size)
            self.refuse_changes(method, seen)
            if not (same(seen_mu, mu) and same(seen_logsigma, logsigma)):
                self.fail_statistics(method, first, (seen_mu, seen_logsigma), (mu, logsigma))

    def fail_statistics(
        self, method: str, first: Tensor, seen: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]
    ) -> None:
        (seen_mu, seen_logsigma), (mu, logsigma) = seen, expected
        x = self.solvable.x[: len(mu)]
        z = first if method != "forward" else self.call("sample_latent_vector", x, seed=1).value[0]
        guesses = (
            (
                same(seen_mu, logsigma) and same(seen_logsigma, mu),
                "mean-and-logsigma-swapped",
                "mu and logsigma have changed places: encoder(x)[0] is mu, encoder(x)[1] is logsigma.",
            ),
            (same(seen_mu, seen_logsigma), "returns-same-twice", "mu and logsigma are the same numbers."),
            (
                same(seen_logsigma, logsigma.exp()),
                "returns-sigma",
                "the third is sigma; return logsigma, without exp.",
            ),
            (
                same(seen_logsigma, (2 * logsigma).exp()),
                "returns-variance",
                "the third is sigma²; return logsigma.",
            ),
            (
                same(seen_logsigma, 2 * logsigma),
                "returns-logvar",
                "the third is log sigma², twice what is asked.",
            ),
            (
                same(first, mu) or same(seen_logsigma, mu),
                "wrong-return-order",
                "the three stand in another order.",
            ),
            (
                isinstance(z, Tensor) and same(seen_mu, z),
                "returns-z-for-mu",
                "z stands where mu belongs. Look at the order in which the three are unpacked, too.",
            ),
        )
        cause, text = next(((slug, text) for holds, slug, text in guesses if holds), (None, None))
        wrong_mu = not same(seen_mu, mu)
        name, got, wanted = ("mu", seen_mu, mu) if wrong_mu else ("logsigma", seen_logsigma, logsigma)
        self.run.fail(
            f"the {name} that {self.name}.{method}(x) returns is not the encoder's.",
            cause=cause,
            numbers={"seen": got.flatten()[:4].tolist(), "expected": wanted.flatten()[:4].tolist()},
            came_out=numbers(got),
            expected=numbers(wanted),
            likely_cause=text,
            where=self.where(method),
        )

    def three(self, method: str, value: Any, batch_size: int) -> tuple[Tensor, ...]:
        """The three tensors that came, or a failure that says what came instead."""
        latents = (batch_size, self.latent)
        names = ("x'" if method == "forward" else "z", "mu", "logsigma")
        shapes = (self.made_for.shape(batch_size) if method == "forward" else latents, latents, latents)
        asked = f"{self.name}.{method}(x) is to return ({', '.join(names)})"
        if isinstance(value, Tensor) and tuple(value.shape) == (3, *shapes[1]) and shapes[0] == shapes[1]:
            value = tuple(value)
        if not isinstance(value, tuple | list) or len(value) != 3:
            cause, what, text = instead_of_three(value, names[0])
            self.run.fail(
                f"{asked}; it returned {what}.", cause=cause, likely_cause=text, where=self.where(method)
            )
        seen = [tuple(each.shape) if isinstance(each, Tensor) else None for each in value]
        for name, each, shape, mine in zip(names, value, shapes, seen, strict=True):
            if mine == shape and each.dtype == torch.float32:
                continue
            if mine == shape:
                cause, what, text = "wrong-dtype", f"is of type {each.dtype}, expected torch.float32", None
            elif None not in seen and sorted(seen) == sorted(shapes):
                cause, what, text = (
                    "wrong-return-order",
                    f"has shape {mine}, expected {shape}",
                    "another order.",
                )
            elif mine == shapes[1]:
                cause, what, text = "returns-code", f"has shape {mine}, expected {shape}", "decode z."
            else:
                cause, text = "wrong-shape", None
                what = f"is {each!r}" if mine is None else f"has shape {mine}, expected {shape}"
            self.run.fail(
                f"{asked}; its {name} {what}.", cause=cause, likely_cause=text, where=self.where(method)
            )
        return tuple(value)

    # Sampling

    def draw(self, x: Tensor, seed: int) -> Tensor:
        """The z that sample_latent_vector gives."""
        return self.call("sample_latent_vector", x, seed=seed).value[0].double()

    def draw_through_decoder(self, x: Tensor, seed: int) -> Tensor:
        """The z that forward decodes."""
        seen = self.call("forward", x, seed=seed).value[0]
        z = self.solved(seen)
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
        plain = self.oracle("decoder", self.draw(x, 7).float())
        seen = self.call("forward", x, seed=7).value[0]
        known = [
            *(
                ("final-activation", f"puts a {name} behind the decoder", f(plain))
                for name, f in WITH_RELU.items()
            ),
            ("clamped-output", "clamps the reconstruction to 0…1", plain.clamp(0, 1)),
            (
                "denormalised-output",
                "undoes the normalisation of the reconstruction",
                self.made_for.denormalise(plain),
            ),
            ("residual", "adds x to the reconstruction", plain + x),
            ("returns-input", "returns x itself", x),
        ]
        found = (
            (cause, f"forward {text}; x' is what the decoder makes of z.")
            for cause, text, y in known
            if same(seen, y)
        )
        return next(
            found, (None, "something is done to the decoder's output, or between sampling and decoding.")
        )

    def is_a_sample(self, method: str, draw: Callable[[Tensor, int], Tensor]) -> None:
        """Judges the z of two seeds by their statistics."""
        many = repeat(self.solvable.x, "image c h w -> (draw image) c h w", draw=self.made_for.draws)
        first, second = (draw(many, seed) for seed in (1, 2))
        fault = self.fault_in(method, draw, first, second)
        if not fault:
            return
        what = fault.what or "is no sample of N(mu, sigma²), sigma = exp(logsigma)"
        self.run.fail(
            f"the z that {method} {'decodes' if method == 'forward' else 'returns'} {what}.",
            cause=fault.cause,
            tried=f"{2 * self.made_for.draws} draws for each of {IMAGES} images, with known weights",
            came_out=describe(self.draws(first, second)),
            likely_cause=fault.text or None,
            where=self.where(method),
        )

    def draws(self, *z: Tensor) -> Draws:
        cells = rearrange(torch.cat(z), "(draw image) latent -> draw image latent", image=IMAGES)
        return Draws(cells, self.solvable.mu.double(), self.solvable.logsigma.double())

    def fault_in(self, method: str, draw: Callable, first: Tensor, second: Tensor) -> Fault | None:
        fault = fault_of(self.draws(first, second))
        if fault:
            in_one_call = fault_of(self.draws(first)) or fault
            # Noise that a whole call shares is another in the next call, and shows in one call only.
            fault = in_one_call if in_one_call.shared or not fault.cause else fault
        if fault and method == "forward":
            fault = self.handed_on(draw) or fault
        if (not fault or fault.random) and same(first, second):
            return Fault(
                "noise-frozen",
                "a seed is set in the method, or the noise is drawn once, in `__init__`: draw it anew in each call.",
                what="is the same at every call",
            )
        if not fault and not same(draw(self.solvable.x, 1), draw(self.solvable.x, 1)):
            return Fault(
                "noise-not-torch",
                "the noise comes from NumPy or Python, or from a generator of its own: use `torch.randn_like(mu)`.",
                what="does not follow `torch.manual_seed`, so no run could be repeated",
            )
        return fault

    def handed_on(self, draw: Callable) -> Fault | None:
        """Which change of sample_latent_vector's own z forward decodes, where it is a known one."""
        x = self.solvable.x
        decoded, z = draw(x, 7).float(), self.draw(x, 7).float()
        known = [
            (
                "decodes-mean",
                "forward decodes mu itself; it is to decode the sample z.",
                self.solvable.mu,
            ),
            ("decodes-logsigma", "forward decodes logsigma; it is to decode z.", self.solvable.logsigma),
            *(
                (
                    "activation-on-latent",
                    f"forward puts a {name} on z before decoding it; a latent may be any number.",
                    change(z),
                )
                for name, change in WITH_RELU.items()
            ),
        ]
        found = (
            Fault(cause, text, random=False)
            for cause, text, latents in known
            if float((decoded - latents).abs().max()) < 0.01
        )
        return next(found, None)
