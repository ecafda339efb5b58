"""Is this a sample from N(mu, sigma²)? Statistics that a right answer fails less than once in 10⁹ runs.

Every threshold is seven standard errors of its statistic under the normal distribution (two-sided tail 3·10⁻¹²).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

ERRORS = 7.0


@dataclass
class Draws:
    """z (draws, images, latent) for each of `images` inputs; mu and logsigma (images, latent), as float64."""

    z: Tensor
    mu: Tensor
    logsigma: Tensor

    @property
    def offset(self) -> Tensor:
        return self.z - self.mu

    @property
    def eps(self) -> Tensor:
        return self.offset / self.logsigma.exp()


@dataclass(frozen=True)
class Fault:
    """One way for a sample to be wrong: `holds` says whether these draws show it."""

    cause: str
    text: str
    holds: Callable[[Draws], bool]


def fits(
    centre: Callable[[Tensor, Tensor], Tensor], spread: Callable[[Tensor, Tensor], Tensor]
) -> Callable[[Draws], bool]:
    """Whether each (image, latent) cell has this mean and this standard deviation, as functions of mu and log sigma."""

    def holds(draws: Draws) -> bool:
        number = draws.z.shape[0]
        mean, deviation = centre(draws.mu, draws.logsigma), spread(draws.mu, draws.logsigma)
        if not bool((deviation > 1e-6).all()):
            return False
        offset = (draws.z.mean(0) - mean) / deviation * number**0.5
        ratio = draws.z.std(0) / deviation - 1
        pooled = float(ratio.mean()) * (2 * number * ratio.numel()) ** 0.5
        each = ratio * (2 * number) ** 0.5
        return bool((offset.abs() < ERRORS).all() and (each.abs() < ERRORS).all()) and abs(pooled) < ERRORS

    return holds


def mean(mu: Tensor, _logsigma: Tensor) -> Tensor:
    return mu


def no_noise(draws: Draws) -> bool:
    return float(draws.offset.abs().max()) < 1e-2


def shared_in_batch(draws: Draws) -> bool:
    return float((draws.offset - draws.offset[:1]).abs().max()) < 1e-2


def correlation(a: Tensor, b: Tensor) -> float:
    """The correlation in standard errors (√n · r)."""
    a, b = a.flatten() - a.mean(), b.flatten() - b.mean()
    return float((a * b).sum() / (a.norm() * b.norm() + 1e-12)) * a.numel() ** 0.5


def latents_together(draws: Draws) -> bool:
    pairs = torch.combinations(torch.arange(draws.z.shape[-1]))
    return any(abs(correlation(draws.eps[..., i], draws.eps[..., j])) > ERRORS for i, j in pairs.tolist())


def rows_together(draws: Draws) -> bool:
    rows = rearrange(draws.eps, "draw image latent -> (draw image) latent")
    return any(abs(correlation(rows[shift:], rows[:-shift])) > ERRORS for shift in (1, draws.z.shape[1]))


def not_normal(draws: Draws) -> bool:
    eps = draws.eps.flatten()
    eps = (eps - eps.mean()) / eps.std()
    skewness, kurtosis = float((eps**3).mean()), float((eps**4).mean()) - 3
    number = eps.numel()
    return abs(skewness) * (number / 6) ** 0.5 > ERRORS or abs(kurtosis) * (number / 24) ** 0.5 > 1.5 * ERRORS


FAULTS = (
    Fault("no-noise", "z is mu itself: nothing is sampled.", no_noise),
    Fault(
        "noise-shared-across-batch",
        "all images of a batch get the same noise: draw eps in the shape of mu, (batch, latent).",
        shared_in_batch,
    ),
    Fault(
        "exp-forgotten",
        "the noise is multiplied by log sigma itself: exp is missing.",
        fits(mean, lambda m, s: s.abs()),
    ),
    Fault(
        "sigma-ignored", "the noise is not multiplied by sigma.", fits(mean, lambda m, s: torch.ones_like(s))
    ),
    Fault(
        "logvar",
        "the spread is exp(logsigma / 2): that is for a log variance. Here the encoder gives log sigma, so sigma is exp(logsigma).",
        fits(mean, lambda m, s: (s / 2).exp()),
    ),
    Fault(
        "variance-for-sigma",
        "the noise is multiplied by sigma², exp(2·logsigma), not by sigma.",
        fits(mean, lambda m, s: (2 * s).exp()),
    ),
    Fault(
        "sign-of-logsigma",
        "the spread is exp(−logsigma): a sign is wrong.",
        fits(mean, lambda m, s: (-s).exp()),
    ),
    Fault(
        "softplus-for-exp",
        "the spread is softplus(logsigma), not exp(logsigma).",
        fits(mean, lambda m, s: F.softplus(s)),
    ),
    Fault(
        "sigmoid-for-exp",
        "the spread is sigmoid(logsigma), not exp(logsigma).",
        fits(mean, lambda m, s: s.sigmoid()),
    ),
    Fault("wrong-base", "the spread is 2^logsigma, not exp(logsigma).", fits(mean, lambda m, s: 2**s)),
    Fault(
        "mean-and-logsigma-swapped",
        "mean and log sigma have changed places: z is spread about log sigma, by exp(mu).",
        fits(lambda m, s: s, lambda m, s: m.exp()),
    ),
    Fault(
        "mean-missing",
        "the mean is not added: z is noise about 0.",
        fits(lambda m, s: 0 * m, lambda m, s: s.exp()),
    ),
    Fault(
        "mean-subtracted",
        "z is spread about −mu: a sign is wrong.",
        fits(lambda m, s: -m, lambda m, s: s.exp()),
    ),
    Fault(
        "mean-scaled",
        "mu is multiplied by sigma too: z = (mu + eps)·sigma. Only the noise is.",
        fits(lambda m, s: m * s.exp(), lambda m, s: s.exp()),
    ),
    Fault(
        "sigma-added",
        "z is mu + eps + sigma: the noise is to be multiplied by sigma.",
        fits(lambda m, s: m + s.exp(), lambda m, s: torch.ones_like(s)),
    ),
    Fault(
        "uniform-noise",
        "the noise comes from `rand` (uniform between 0 and 1), not from `randn` (standard normal).",
        fits(lambda m, s: m + s.exp() / 2, lambda m, s: s.exp() / 12**0.5),
    ),
    Fault(
        "uniform-noise",
        "the noise is uniform, not standard normal: use `torch.randn_like(mu)`.",
        fits(mean, lambda m, s: s.exp() / 3**0.5),
    ),
    Fault(
        "mean-for-sigma",
        "the spread is |mu|: the noise is multiplied by mu, not by sigma.",
        fits(mean, lambda m, s: m.abs()),
    ),
)

RIGHT = fits(mean, lambda m, s: s.exp())

DEPENDENCE = (
    Fault(
        "noise-shared-across-latents",
        "the latents of one image share their noise: draw eps in the shape of mu, (batch, latent).",
        latents_together,
    ),
    Fault(
        "noise-shared-across-batch",
        "images of a batch share noise: draw eps in the shape of mu.",
        rows_together,
    ),
    Fault(
        "uniform-noise",
        "the noise is not standard normal (its shape is another): use `torch.randn_like(mu)`.",
        not_normal,
    ),
)


def fault_of(draws: Draws) -> Fault | None:
    """The first fault that the draws show, or None for a proper sample."""
    if not bool(torch.isfinite(draws.z).all()):
        return Fault("not-finite", "z holds nan or inf.", lambda _: True)
    if not RIGHT(draws):
        unknown = Fault("", "", lambda _: True)
        return next((fault for fault in FAULTS if fault.holds(draws)), unknown)
    return next((fault for fault in DEPENDENCE if fault.holds(draws)), None)


def describe(draws: Draws) -> str:
    """Mean and spread of the first cells beside what they should be."""
    seen_mean, seen_spread = draws.z.mean(0)[0], draws.z.std(0)[0]
    cells = zip(seen_mean, seen_spread, draws.mu[0], draws.logsigma[0].exp(), strict=True)
    return "; ".join(
        f"mean {a:.2f} and spread {b:.2f} for mu = {c:.2f}, sigma = {d:.2f}" for a, b, c, d in cells
    )
