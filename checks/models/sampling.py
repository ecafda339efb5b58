"""Which formula, and which noise, made a z that is no sample of N(mu, sigma²)?

A formula is solved for its noise: eps = (z − mu) / sigma for the right one. The z is a proper sample when this eps
is standard normal. A mistake is another formula whose eps is, or another noise behind the right formula, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, pi

import torch
from torch import Tensor

from checks.models.formulas import RIGHT, WRONG_FORMULAS, Formula
from checks.models.normality import moments, rows_together, shape, share, standard_normal, worst

NAMED = 0.65
"""A mistake is named where no statistic exceeds this part of its threshold: four and a half standard errors."""

NEAR = 0.02
"""Largest difference between two numbers that are the same but for rounding (z may have been solved for)."""


@dataclass
class Draws:
    """z (draws, images, latent) for each of `images` inputs; mu and logsigma (images, latent), as float64."""

    z: Tensor
    mu: Tensor
    logsigma: Tensor


@dataclass(frozen=True)
class Noise:
    """A kind of noise: `misfit` says how badly eps is described by it, in thresholds."""

    cause: str
    text: str
    misfit: Callable[[Tensor], float]


def constant(value: float) -> Callable[[Tensor], float]:
    return lambda eps: worst(eps - value) / NEAR


def uniform(low: float, high: float) -> Callable[[Tensor], float]:
    middle, spread = (low + high) / 2, (high - low) / 12**0.5

    def misfit(eps: Tensor) -> float:
        inside = bool(((eps > low - NEAR) & (eps < high + NEAR)).all())
        # Half of the numbers lie in the middle half.
        half = ((eps - middle).abs() < (high - low) / 4).double().mean()
        return only_if(inside, worst(moments((eps - middle) / spread), share(half, eps.numel())))

    return misfit


def only_if(condition: bool, misfit: float) -> float:
    return misfit if condition else inf


def folded(eps: Tensor) -> float:
    return only_if(bool((eps > -NEAR).all()), moments((eps - (2 / pi) ** 0.5) / (1 - 2 / pi) ** 0.5))


def scaled(eps: Tensor) -> float:
    return standard_normal(eps / (eps**2).mean().sqrt())


def scaled_by_cell(eps: Tensor) -> float:
    return standard_normal(eps / (eps**2).mean(0).sqrt())


NORMAL = Noise("", "", standard_normal)
WRONG_NOISES = tuple(
    Noise(*each)
    for each in (
        ("no-noise", "z is mu itself: nothing is sampled.", constant(0)),
        (
            "sigma-without-noise",
            "z is mu + sigma: the noise is missing, or it is ones.",
            constant(1),
        ),
        (
            "one-noise-for-all",
            "one number is drawn for all images and all latents: draw eps in the shape of mu, (batch, latent).",
            lambda eps: worst(eps - eps[:1, :1, :1]) / NEAR,
        ),
        (
            "noise-shared-across-batch",
            "all images of a batch get the same noise: draw eps in the shape of mu, (batch, latent).",
            lambda eps: worst(eps - eps[:1, :1]) / NEAR,
        ),
        (
            "noise-shared-across-latents",
            "the latents of one image share their noise: draw eps in the shape of mu, (batch, latent).",
            lambda eps: worst(worst(eps - eps[..., :1]) / NEAR, moments(eps)),
        ),
        (
            "uniform-noise",
            "the noise comes from `rand` (uniform between 0 and 1), not from `randn` (standard normal).",
            uniform(0, 1),
        ),
        (
            "uniform-noise",
            "the noise is uniform between −1 and 1, not standard normal: use `torch.randn_like(mu)`.",
            uniform(-1, 1),
        ),
        (
            "uniform-noise",
            "the noise is uniform, not standard normal: use `torch.randn_like(mu)`.",
            uniform(-(3**0.5), 3**0.5),
        ),
        (
            "folded-noise",
            "the noise is never negative: a normal number is, half of the time.",
            folded,
        ),
        (
            "noise-shared-across-batch",
            "some images of a batch share their noise: draw eps in the shape of mu, (batch, latent).",
            lambda eps: only_if(rows_together(eps) > 1, moments(eps)),
        ),
        (
            "not-normal",
            "the noise has mean 0 and spread 1, but it is not normal: use `torch.randn_like(mu)`.",
            lambda eps: only_if(shape(eps) > 1, moments(eps)),
        ),
        ("noise-scaled", "the noise is normal, but its spread is not 1.", scaled),
        (
            "wrong-spread",
            "z is normal and lies about mu, but its spread is not exp(logsigma): was something added to sigma, or was it "
            "cut off? Compare the spreads above.",
            scaled_by_cell,
        ),
    )
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sample; `cause` is None where no known mistake fits."""

    cause: str | None
    text: str
    random: bool = True
    """Whether there is any noise in z."""
    shared: bool = False
    """Whether images of a batch have the same noise."""
    what: str = ""
    """What is wrong with z, where it is a sample of the right distribution."""


def fault_of(draws: Draws) -> Fault | None:
    """What is wrong with these draws, or None for a proper sample."""
    if not bool(torch.isfinite(draws.z).all()):
        return Fault("not-finite", "z holds nan or inf.")
    formulas = (RIGHT, *WRONG_FORMULAS)
    eps = {formula: formula.eps(draws.z, draws.mu, draws.logsigma) for formula in formulas}
    if NORMAL.misfit(eps[RIGHT]) <= 1:
        return None

    def best(noise: Noise, among: tuple[Formula, ...]) -> Formula | None:
        misfits = {formula: noise.misfit(eps[formula]) for formula in among}
        formula = min(misfits, key=misfits.__getitem__)
        return formula if misfits[formula] <= NAMED else None

    orders = (
        ((NORMAL, WRONG_FORMULAS),),
        tuple((noise, (RIGHT,)) for noise in WRONG_NOISES),
        tuple(
            (noise, WRONG_FORMULAS)
            for noise in WRONG_NOISES
            if noise.cause not in ("noise-scaled", "wrong-spread")
        ),
    )
    for noise, among in (each for order in orders for each in order):
        if formula := best(noise, among):
            mistakes = [each for each in (formula, noise) if each.cause]
            return Fault(
                "+".join(each.cause for each in mistakes),
                " And: ".join(each.text for each in mistakes),
                random=noise.cause not in ("no-noise", "sigma-without-noise"),
                shared=noise.cause in ("one-noise-for-all", "noise-shared-across-batch"),
            )
    return Fault(None, "")


def describe(draws: Draws) -> str:
    """Mean and spread of the first cells beside what they should be."""
    seen_mean, seen_spread = draws.z.mean(0)[0], draws.z.std(0)[0]
    cells = zip(seen_mean, seen_spread, draws.mu[0], draws.logsigma[0].exp(), strict=True)
    return "; ".join(
        f"mean {a:.2f} and spread {b:.2f} for mu = {c:.2f}, sigma = {d:.2f}" for a, b, c, d in cells
    )
