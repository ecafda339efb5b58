"""The statistics of the beta exercise: what each computes, by another road than the recipe, and what it is tried on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence

from checks.exercises.beta_vae.mistakes import (
    ACTIVITY_MISTAKES,
    DIVERGENCE_MISTAKES,
    MOMENTS_MISTAKES,
    REAL_BETA_MISTAKES,
    Activity,
    Divergences,
    Moments,
    RealBeta,
)
from checks.core.mistakes import Mistake

Answer = tuple[Tensor, ...]
"""What a function gives, as tensors: one, or mean and standard deviation."""


def divergences(mu: Tensor, logsigma: Tensor) -> Answer:
    return (kl_divergence(Normal(mu, logsigma.exp()), Normal(0.0, 1.0)).mean(0),)


def activity(mu: Tensor, threshold: float = 0.01) -> Answer:
    return (torch.cov(mu.T, correction=0).reshape(mu.shape[1], -1).diagonal() > threshold,)


def moments(mu: Tensor, logsigma: Tensor) -> Answer:
    """Of the mixture of all clouds, each as likely as any other."""
    clouds = Normal(mu.T.double(), logsigma.T.double().exp())
    mixture = MixtureSameFamily(Categorical(torch.ones(mu.shape[::-1])), clouds)
    return mixture.mean, mixture.variance.sqrt()


def unbiased_moments(mu: Tensor, logsigma: Tensor) -> Answer:
    return mu.mean(0), (mu.var(0) + (2 * logsigma).exp().mean(0)).sqrt()


def real_beta(
    beta_kl: float, latent_dim_size: int, n_pixels: int = 784, decoder_variance: float = 1.0
) -> Answer:
    """Both losses' slopes along the sum of KLs, once both have the same slope along the sum of squared errors."""
    course = torch.tensor([1 / n_pixels, beta_kl / latent_dim_size], dtype=torch.float64)
    theory = 1 / (2 * decoder_variance)
    return ((course * theory / course[0])[1],)


@dataclass(frozen=True)
class Kind:
    """What one of the functions computes: by another road, and by steps that may go wrong."""

    oracle: Callable[..., Answer]
    recipe: Callable[..., Any]
    mistakes: Sequence[Mistake]
    arguments: tuple[str, ...]
    returns: str


CODES = ("mu", "logsigma")
KINDS = {
    "kl_per_latent": Kind(divergences, Divergences(), DIVERGENCE_MISTAKES, CODES, "one tensor, (latent,)"),
    "active_units": Kind(
        activity,
        Activity(),
        ACTIVITY_MISTAKES,
        ("mu", "threshold"),
        "one tensor, (latent,), of True and False",
    ),
    "aggregate_moments": Kind(
        moments,
        Moments(),
        MOMENTS_MISTAKES,
        CODES,
        "two tensors, mean and standard deviation, each (latent,)",
    ),
    "effective_beta": Kind(
        real_beta,
        RealBeta(),
        REAL_BETA_MISTAKES,
        ("beta_kl", "latent_dim_size", "n_pixels", "decoder_variance"),
        "a number",
    ),
}

QUIET, LOUD = 0.0, 3.0
MEANS_AND_QUIET, LOUD = 0.0, 3.0
MEANS_AND_VARIANCES = (
    (0.0, LOUD), (0.0, 0.004), (0.08, QUIET), (1.5, QUIET), (-1.5, QUIET), (-0.5, 0.02), (0.5, 0.05),
    (0.0, QUIET), (0.0, 0.00004), (0.0, 0.0005), (0.0, 0.015), (0.2, 0.012),
)  # fmt: skip
"""Of mu over the images, for `active_units`: every known mistake takes another latent for active, and no variance is
so near a threshold that n − 1 for n would matter."""


def codes(n: int, latent: int, generator: torch.Generator) -> list[Tensor]:
    """mu and log sigma of clouds of different widths, about means that are not centred on 0."""
    place, width = torch.randn(2, 1, latent, generator=generator)
    mu = place + 0.5 + torch.randn(n, latent, generator=generator)
    return [mu, 0.3 * width - 0.5 + 0.5 * torch.randn(n, latent, generator=generator)]


def spread_out(n: int, generator: torch.Generator) -> Tensor:
    """mu (n, latent) with exactly the MEANS_AND_VARIANCES over the images."""
    means, variances = torch.tensor(MEANS_AND_VARIANCES).T
    z = torch.randn(n, len(means), generator=generator)
    z = (z - z.mean(0)) / z.std(0, correction=0)
    return z * variances.sqrt() + means
