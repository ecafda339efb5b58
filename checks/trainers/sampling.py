"""How a trainer got the latents that it decoded: by the model's own sampling, by the learner's, or wrongly.

A learner may leave sampling to the model, or write it out in training_step. In the first case the noise is the
stage's own, in the second it is what torch draws from a seed that the stage set: so the judge knows both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.mistakes import Mistake, mutants, table
from checks.trainers.rig import TrainerRig

Noise = Callable[[TrainerRig, list[int]], Tensor]


def from_the_model(rig: TrainerRig, rows: list[int]) -> Tensor:
    return rig.noise[rows]


def drawn(kind: Callable[..., Tensor], shared: bool = False) -> Noise:
    """What `kind` (torch.randn, …) draws after these images went through the encoder."""

    def noise(rig: TrainerRig, rows: list[int]) -> Tensor:
        generator = torch.Generator().manual_seed(rig.seed_for(rows))
        return kind(1 if shared else len(rows), rig.latent_dim_size, generator=generator)

    return noise


def as_they_are(rig: TrainerRig, rows: list[int]) -> Tensor:
    return rig.images[rows]


@dataclass(frozen=True)
class Sampling:
    """z = formula(mu, logsigma, eps), with eps (b, latent) from `noise`; `images` is what enters the encoder."""

    images: Noise = as_they_are
    noise: Noise = from_the_model
    formula: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda mu, logsigma, eps: mu + logsigma.exp() * eps

    def __call__(self, rig: TrainerRig, rows: list[int], mu: Tensor, logsigma: Tensor) -> Tensor:
        return self.formula(mu, logsigma, self.noise(rig, rows))


BY_THE_MODEL = Sampling()
RIGHT = (
    BY_THE_MODEL,
    Sampling(noise=drawn(torch.randn)),
    Sampling(
        noise=drawn(lambda *shape, generator: -torch.randn(*shape, generator=generator))
    ),  # as good, by symmetry
)

MISTAKES = [
    *table(
        "formula",
        (
            "no-noise",
            "the mean is decoded, not a sample: `self.model(img)` gives the decoded sample.",
            lambda m, s, e: m + 0 * s,
        ),
        (
            "exp-forgotten",
            "the noise is multiplied by log sigma itself: exp is missing.",
            lambda m, s, e: m + s * e,
        ),
        (
            "logvar",
            "the noise is multiplied by exp(logsigma / 2), which is for a log variance; sigma is exp(logsigma).",
            lambda m, s, e: m + (s / 2).exp() * e,
        ),
        (
            "variance-for-sigma",
            "the noise is multiplied by sigma², exp(2·logsigma), not by sigma.",
            lambda m, s, e: m + (2 * s).exp() * e,
        ),
        ("sigma-ignored", "the noise is not multiplied by sigma.", lambda m, s, e: m + 0 * s + e),
        ("mean-missing", "the mean is not added to the noise.", lambda m, s, e: 0 * m + s.exp() * e),
        (
            "mean-and-logsigma-swapped",
            "mean and log sigma have changed places in the sampling.",
            lambda m, s, e: s + m.exp() * e,
        ),
        ("decodes-logsigma", "log sigma is decoded, not a sample.", lambda m, s, e: s + 0 * m),
        ("decodes-noise", "noise alone is decoded: the image has no say in it.", lambda m, s, e: 0 * m + e),
    ),
    *table(
        "noise",
        ("uniform-noise", "the noise is uniform (`rand`), not standard normal (`randn`).", drawn(torch.rand)),
        (
            "noise-shared-across-batch",
            "all images of the batch get the same noise: draw it in the shape of mu.",
            drawn(torch.randn, shared=True),
        ),
    ),
]


def samplings(
    rig: TrainerRig, rows: list[int], mu: Tensor, logsigma: Tensor, decoded: list[Tensor]
) -> Iterator[tuple[Sampling, tuple[Mistake, ...]]]:
    """Every way that gives a latent which was decoded, right ones first."""
    for most, right in [(0, right) for right in RIGHT] + [(1, right) for right in RIGHT]:
        for sampling, chosen in mutants(right, MISTAKES, most, most):
            if any(
                z.shape == mu.shape and torch.allclose(z, sampling(rig, rows, mu, logsigma), 1e-4, 1e-5)
                for z in decoded
            ):
                yield sampling, chosen
