"""The noise on a denoising autoencoder's input: is it normal, of the right size and new each time? What else is it?

It is judged by its statistics. A wrong one is named by drawing it again: the stage sets torch's seed before each
training step, so a known mistake must give exactly the images that went into the encoder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

from checks.core.mistakes import Mistake, table, mutants
from checks.models.normality import standard_normal
from checks.trainers.rig import TrainerRig

Shape = tuple[int, ...]


def is_proper(noisy: list[Tensor], clean: list[Tensor], std: float) -> bool:
    """Whether the differences, lists of (b, 1, 28, 28), are independent normal numbers of this spread."""
    return distance(noisy, clean, std) <= 1


def distance(noisy: list[Tensor], clean: list[Tensor], std: float) -> float:
    """How far they are from that, in thresholds of `checks.models.normality`."""
    eps = (torch.cat(noisy).double() - torch.cat(clean).double()) / std
    return standard_normal(rearrange(eps, "image 1 h w -> (h w) 1 image"))


def is_repeated(noisy: list[Tensor], clean: list[Tensor]) -> bool:
    """Whether the noise of a step's first image is that of every other step's first image."""
    first, *others = (after[0] - before[0] for after, before in zip(noisy, clean, strict=True))
    return all(torch.allclose(first, other, atol=1e-4) for other in others)


def randn(shape: Shape, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


def rand(shape: Shape, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator)


@dataclass(frozen=True)
class Corruption:
    """noisy = finish(combine(x, scale(std) · draw)), in steps that can each be wrong by themselves."""

    draw: Callable[[Shape, torch.Generator], Tensor] = randn
    scale: Callable[[float], float] = lambda std: std
    combine: Callable[[Tensor, Tensor], Tensor] = lambda x, noise: x + noise
    finish: Callable[[Tensor], Tensor] = lambda noisy: noisy

    def __call__(self, rig: TrainerRig, rows: list[int]) -> Tensor:
        generator = torch.Generator().manual_seed(rig.seed_for(rows))
        x = rig.images[rows]
        noise = self.scale(rig.noise_std) * self.draw(tuple(x.shape), generator)
        return self.finish(self.combine(x, noise))


AFRESH = "draw it in the shape of the images, `torch.randn_like(img)`"

MISTAKES = [
    *table(
        "draw",
        (
            "uniform-noise",
            f"the noise is uniform between 0 and 1 (`rand`), so it only ever brightens; {AFRESH}.",
            rand,
        ),
        (
            "uniform-noise",
            f"the noise is uniform between −1 and 1, not normal; {AFRESH}.",
            lambda shape, generator: 2 * rand(shape, generator) - 1,
        ),
        (
            "uniform-noise",
            f"the noise is uniform between −½ and ½, not normal; {AFRESH}.",
            lambda shape, generator: rand(shape, generator) - 0.5,
        ),
        (
            "noise-shared-across-batch",
            f"all images of a batch get the same noise; {AFRESH}.",
            lambda shape, generator: randn(shape[1:], generator),
        ),
        (
            "one-number-per-image",
            f"one number is drawn for each image, which only brightens or darkens it; {AFRESH}.",
            lambda shape, generator: randn((shape[0], 1, 1, 1), generator),
        ),
        (
            "one-noise-for-all",
            f"one number is drawn for the whole batch; {AFRESH}.",
            lambda shape, generator: randn((), generator),
        ),
        (
            "folded-noise",
            "the noise is never negative (an `abs`); a normal number is, half of the time.",
            lambda shape, generator: randn(shape, generator).abs(),
        ),
    ),
    *table(
        "scale",
        (
            "variance-for-std",
            "the noise is multiplied by noise_std², which is the variance; multiply by noise_std.",
            lambda std: std**2,
        ),
        (
            "root-of-std",
            "the noise is multiplied by the root of noise_std, as if that were a variance; multiply by noise_std.",
            lambda std: std**0.5,
        ),
        ("std-ignored", "noise_std is not used: the noise has a spread of 1.", lambda std: 1.0),
        *(
            (
                "std-fixed",
                f"the noise has a fixed spread of {fixed}: use `self.args.noise_std`.",
                lambda std, fixed=fixed: fixed,
            )
            for fixed in (0.1, 0.2, 0.25, 0.3, 0.5, 2.0)
        ),
        ("std-divides", "the noise is divided by noise_std; multiply.", lambda std: 1 / std),
        ("std-halved", "the noise is multiplied by half of noise_std.", lambda std: std / 2),
    ),
    *table(
        "combine",
        (
            "noise-multiplied",
            "the image is multiplied by the noise; add it.",
            lambda x, noise: x * noise,
        ),
        (
            "noise-multiplied",
            "the noise is multiplied by the image, so that grey pixels get none; add the noise itself.",
            lambda x, noise: x + x * noise,
        ),
        (
            "image-missing",
            "the encoder gets the noise alone; add the image.",
            lambda x, noise: noise.expand_as(x),
        ),
    ),
    *table(
        "finish",
        (
            "noisy-clamped",
            "the noisy image is clamped to 0 … 1; normalised pixels go beyond both.",
            lambda noisy: noisy.clamp(0, 1),
        ),
        (
            "noisy-clamped",
            "the noisy image is clamped to −1 … 1; normalised pixels go beyond both.",
            lambda noisy: noisy.clamp(-1, 1),
        ),
        (
            "noisy-clamped",
            "the noisy image is clamped to the range of the digits' pixels; leave the noise as it is.",
            lambda noisy: noisy.clamp(-0.1307 / 0.3081, (1 - 0.1307) / 0.3081),
        ),
        (
            "normalised-again",
            "the noisy image is normalised once more; it comes normalised.",
            lambda noisy: (noisy - 0.1307) / 0.3081,
        ),
    ),
]

RIGHT = Corruption()


def known_corruption(rig: TrainerRig, rows: list[int], noisy: Tensor) -> tuple[Mistake, ...]:
    """The one or two mistakes with which these very images come out; none where no known one does."""
    for corruption, chosen in mutants(RIGHT, MISTAKES, 1, 2):
        again = corruption(rig, rows)
        if again.shape == noisy.shape and torch.allclose(again, noisy, rtol=1e-4, atol=1e-4):
            return chosen
    return ()
