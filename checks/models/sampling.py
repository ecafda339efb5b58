"""Which mistake made a z that is no sample of N(mu, sigma²)?

z = mu + sigma · eps with sigma = exp(logsigma) is solved for its noise, eps = (z − mu) / sigma, and z is a proper sample
where this eps is standard normal. A mistake is another formula whose eps is, or another noise in the right formula, or
both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf, pi

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import Mistake, causes_of, diagnose, diagnose_nearest, table, texts_of
from checks.models.normality import (
    latents_together,
    moments,
    numbers_alike,
    rows_alike,
    rows_together,
    shape,
    share,
    standard_normal,
    worst,
)

NAMED = 0.65
"""A mistake is named where no statistic exceeds this part of its threshold: four and a half standard errors."""

NEAR = 0.02
"""Largest difference between two numbers that are the same but for rounding (z may have been solved for)."""


@dataclass
class Draws:
    """z (draws, images, latent) for each of `images` inputs; mu and logsigma (images, latent), as float64. How well the
    noise behind it is `known` depends on whether z was returned or solved for."""

    z: Tensor
    mu: Tensor
    logsigma: Tensor
    known: float = 5e-6


@dataclass(frozen=True)
class SampleRecipe:
    """How z is made. `formula` gives the eps behind (z, mu, logsigma), and `noise` says how badly an eps is described by
    the noise that is drawn, in thresholds of `checks.models.normality`."""

    formula: Formula
    noise: Callable[[Tensor], float]


@dataclass(frozen=True)
class Formula:
    """z of (mu, logsigma, eps), and the same solved for the noise: eps of (z, mu, logsigma)."""

    z: Callable[[Tensor, Tensor, Tensor], Tensor]
    eps: Callable[[Tensor, Tensor, Tensor], Tensor]


def around(centre: Callable[[Tensor, Tensor], Tensor], spread: Callable[[Tensor, Tensor], Tensor]) -> Formula:
    """z = centre + spread · eps, as functions of mu and log sigma."""
    return Formula(
        lambda m, s, eps: centre(m, s) + spread(m, s) * eps, lambda z, m, s: (z - centre(m, s)) / spread(m, s)
    )


def spread_by(spread: Callable[[Tensor], Tensor]) -> Formula:
    """z = mu + spread(log sigma) · eps."""
    return around(lambda m, s: m, lambda m, s: spread(s))


def centred_at(centre: Callable[[Tensor, Tensor], Tensor]) -> Formula:
    """z = centre + sigma · eps."""
    return around(centre, lambda m, s: s.exp())


WRONG_FORMULAS = table(
    "formula",
    ("exp-forgotten", "the noise is multiplied by log sigma itself: exp is missing.", spread_by(lambda s: s)),
    (
        "logvar",
        "the spread is exp(logsigma / 2): that is for a log variance. Here the encoder gives log sigma, so sigma is "
        "exp(logsigma).",
        spread_by(lambda s: (s / 2).exp()),
    ),
    (
        "variance-for-sigma",
        "the noise is multiplied by sigma², exp(2·logsigma), not by sigma.",
        spread_by(lambda s: (2 * s).exp()),
    ),
    ("sigma-ignored", "the noise is not multiplied by sigma.", spread_by(torch.ones_like)),
    (
        "mean-and-logsigma-swapped",
        "mean and log sigma have changed places: z is spread about log sigma, by exp(mu). encoder(x)[0] is mu.",
        around(lambda m, s: s, lambda m, s: m.exp()),
    ),
    (
        "sign-of-logsigma",
        "the spread is exp(−logsigma): a sign is wrong, or the noise is divided by sigma.",
        spread_by(lambda s: (-s).exp()),
    ),
    ("softplus-for-exp", "the spread is softplus(logsigma), not exp(logsigma).", spread_by(F.softplus)),
    ("sigmoid-for-exp", "the spread is sigmoid(logsigma), not exp(logsigma).", spread_by(torch.sigmoid)),
    ("wrong-base", "the spread is 2^logsigma; log sigma is a natural logarithm.", spread_by(torch.exp2)),
    ("wrong-base", "the spread is 10^logsigma; log sigma is a natural logarithm.", spread_by(lambda s: 10**s)),
    ("log-for-exp", "the spread is log|logsigma|: exp undoes a log.", spread_by(lambda s: s.abs().log())),
    ("mean-missing", "the mean is not added: z is noise about 0.", centred_at(lambda m, s: 0 * m)),
    ("mean-subtracted", "z is spread about −mu: a sign is wrong.", centred_at(lambda m, s: -m)),
    (
        "mean-scaled",
        "mu is multiplied by sigma too: z = (mu + eps)·sigma. Only the noise is.",
        centred_at(lambda m, s: m * s.exp()),
    ),
    (
        "mean-scaled",
        "mu is multiplied by sigma, and the noise is not: z = mu·sigma + eps.",
        around(lambda m, s: m * s.exp(), lambda m, s: torch.ones_like(s)),
    ),
    ("mean-for-sigma", "the noise is multiplied by mu, not by sigma.", around(lambda m, s: m, lambda m, s: m)),
    (
        "sigma-added",
        "z is mu + sigma + eps: the noise is to be multiplied by sigma.",
        around(lambda m, s: m + s.exp(), lambda m, s: torch.ones_like(s)),
    ),
    (
        "logsigma-added",
        "z is mu + logsigma + eps: the noise is to be multiplied by sigma = exp(logsigma).",
        around(lambda m, s: m + s, lambda m, s: torch.ones_like(s)),
    ),
    (
        "standard-noise",
        "z is pure noise: neither mu nor sigma is in it.",
        around(lambda m, s: 0 * m, lambda m, s: torch.ones_like(s)),
    ),
    (
        "noise-inside-exp",
        "z is mu + exp(logsigma · eps): the noise belongs outside the exp.",
        Formula(lambda m, s, eps: m + (s * eps).exp(), lambda z, m, s: (z - m).log() / s),
    ),
)

# Noises


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


WRONG_NOISES = table(
    "noise",
    ("no-noise", "z is mu itself: nothing is sampled.", constant(0)),
    ("sigma-without-noise", "z is mu + sigma: the noise is missing, or it is ones.", constant(1)),
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
    ("folded-noise", "the noise is never negative: a normal number is, half of the time.", folded),
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
    (
        "noise-not-independent",
        "the noises of an image's latents depend on each other: draw eps in the shape of mu, (batch, latent).",
        lambda eps: only_if(latents_together(eps) > 1, worst(moments(eps), shape(eps))),
    ),
    (
        "not-normal",
        "z is not normally distributed: use `torch.randn_like(mu)` for the noise, and leave z as it is.",
        lambda eps: only_if(shape((eps - eps.mean(0)) / eps.std(0)) > 1, 0),
    ),
)

RIGHT = SampleRecipe(spread_by(torch.exp), standard_normal)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sample; `cause` is None where no known mistake fits."""

    cause: str | None
    text: str | None = None
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

    @cache
    def eps(formula: Formula) -> Tensor:
        return formula.eps(draws.z, draws.mu, draws.logsigma)

    def misfit(recipe: SampleRecipe) -> float:
        return recipe.noise(eps(recipe.formula))

    if misfit(RIGHT) <= 1:
        return repetition_in(draws)
    return fault_from(mistakes_behind(misfit))


def fault_from(chosen: Sequence[Mistake]) -> Fault:
    causes = {mistake.cause for mistake in chosen}
    return Fault(
        causes_of(chosen),
        texts_of(chosen),
        random=not causes & {"no-noise", "sigma-without-noise"},
        shared=bool(causes & {"one-noise-for-all", "noise-shared-across-batch"}),
    )


SHARED = Fault(
    "noise-shared-across-batch",
    "some images of a batch share their noise, or one has another's with the opposite sign: draw eps in the shape of mu, "
    "(batch, latent).",
    shared=True,
    what="has noise that is not independent",
)
REPEATED = Fault(
    "noise-repeated",
    "the same numbers come again and again in the noise of one call, as they are or with the opposite sign: draw as many "
    "as mu has, with `torch.randn_like(mu)`.",
    shared=True,
    what="has noise that is not independent",
)


FROZEN = Fault(
    "noise-frozen",
    "a seed is set in the method, or noise that was drawn once is kept (in `__init__`, in a buffer or a cache): draw it anew "
    "in each call.",
    what="is the same again at another call",
)


def repetition_in(draws: Draws) -> Fault | None:
    """What is shared in noise that is standard normal otherwise."""
    eps = RIGHT.formula.eps(draws.z, draws.mu, draws.logsigma)
    if rows_alike(eps, draws.known):
        return SHARED
    # Where numbers are not known well, too many are alike by chance.
    return REPEATED if draws.known < 1e-4 and numbers_alike(eps, draws.known) else None


def fault_for_one(draws: Draws) -> Fault | None:
    """What is wrong with draws for one input, each made alone. They are too few for a cause that hangs on numbers."""
    if not bool(torch.isfinite(draws.z).all()):
        return Fault("not-finite", "it holds nan or inf. Are numbers divided by a spread over the batch? One has none.")
    eps = RIGHT.formula.eps(draws.z, draws.mu, draws.logsigma)
    if worst(eps) < NEAR:
        return Fault("no-noise", "z is mu itself: nothing is sampled.", random=False)
    if rows_alike(eps, draws.known):
        return Fault("noise-frozen", "its noise comes again at another call. Is a seed set in the method?")
    return Fault(None, "its noise is not standard normal.") if moments(eps) > 1 else None


def mistakes_behind(misfit: Callable[[SampleRecipe], float]) -> tuple[Mistake, ...]:
    """One wrong formula, or one wrong noise, or one of each; of formulas the nearest, of noises the first that fits,
    since the later ones describe what the earlier ones make too."""
    alone = diagnose_nearest(RIGHT, WRONG_FORMULAS, misfit, NAMED, most=1) or diagnose(
        RIGHT, WRONG_NOISES, lambda recipe: misfit(recipe) <= NAMED, most=1
    )
    if alone:
        return alone
    for noise in WRONG_NOISES:
        if noise.cause in ("noise-scaled", "wrong-spread", "not-normal", "noise-not-independent"):
            continue  # with these any formula would do
        with_noise = replace(RIGHT, noise=noise.change)
        if formula := diagnose_nearest(with_noise, WRONG_FORMULAS, misfit, NAMED, most=1):
            return (*formula, noise)
    return ()


def describe(draws: Draws) -> str:
    """Mean and spread of the first cells beside what they should be."""
    seen_mean, seen_spread = draws.z.mean(0)[0], draws.z.std(0)[0]
    cells = zip(seen_mean, seen_spread, draws.mu[0], draws.logsigma[0].exp(), strict=True)
    return "; ".join(f"mean {a:.2f} and spread {b:.2f} for mu = {c:.2f}, sigma = {d:.2f}" for a, b, c, d in cells)
