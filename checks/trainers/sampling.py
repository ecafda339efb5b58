"""How a trainer got the latents that it decoded: by the model's own sampling, by the learner's, or wrongly.

A learner may leave sampling to the model, or write it out in training_step. In the first case the noise is that of
the rig's model, in the second it is what torch draws from the seed that the rig set: so both are known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.compare import same
from checks.core.mistakes import Mistake, mutants, table
from checks.trainers.rig import TrainerRig

ForImages = Callable[[TrainerRig, list[int]], Tensor]
"""Something for each of these images of the rig: (b, …)."""


def from_the_model(rig: TrainerRig, rows: list[int]) -> Tensor:
    return rig.noise[rows]


def drawn(kind: Callable[..., Tensor], shared: bool = False) -> ForImages:
    """What `kind` (torch.randn, …) draws after these images went through the encoder."""

    def noise(rig: TrainerRig, rows: list[int]) -> Tensor:
        return kind(1 if shared else len(rows), rig.latent_dim_size, generator=rig.random_numbers(rows))

    return noise


def as_they_are(rig: TrainerRig, rows: list[int]) -> Tensor:
    return rig.images[rows]


@dataclass(frozen=True)
class Sampling:
    """z = formula(mu, logsigma, eps), with eps (b, latent) from `noise`; `images` is what enters the encoder."""

    images: ForImages = as_they_are
    noise: ForImages = from_the_model
    formula: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda mu, logsigma, eps: mu + logsigma.exp() * eps

    def __call__(self, rig: TrainerRig, rows: list[int], mu: Tensor, logsigma: Tensor) -> Tensor:
        """z (b, latent) of these images, with mu and logsigma (b, latent)."""
        return self.formula(mu, logsigma, self.noise(rig, rows))


BY_THE_MODEL = Sampling()
RIGHT_SAMPLINGS = (
    BY_THE_MODEL,
    Sampling(noise=drawn(torch.randn)),
    # mu − sigma · eps is as good, by symmetry
    Sampling(noise=drawn(lambda *shape, generator: -torch.randn(*shape, generator=generator))),
)

SAMPLING_MISTAKES = [
    *table(
        "formula",
        (
            "no-noise",
            "the mean is decoded, not a sample: `self.model(img)` gives the decoded sample.",
            lambda m, s, e: m + 0 * s,
        ),
        ("exp-forgotten", "the noise is multiplied by log sigma itself: exp is missing.", lambda m, s, e: m + s * e),
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
    """Every way, with at most one mistake, that gives a latent which was decoded (b, latent); right ones first."""
    for number in (0, 1):
        for right in RIGHT_SAMPLINGS:
            for sampling, chosen in mutants(right, SAMPLING_MISTAKES, number, number):
                if any(same(z, sampling(rig, rows, mu, logsigma)) for z in decoded):
                    yield sampling, chosen
