"""The divergence between two normal distributions term by term, and the ways in which each term goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.mistakes import table

FORMULA = "log(sigma_p / sigma_q) + (sigma_q² + (mu_q − mu_p)²) / (2 sigma_p²) − 1/2"


@dataclass(frozen=True)
class Divergence:
    """The formula term by term; a mistake changes one of them."""

    order: Callable = lambda mq, sq, mp, sp: (mq, sq, mp, sp)
    sigma: Callable[[Tensor], Tensor] = torch.exp
    logarithm: Callable[[Tensor, Tensor], Tensor] = lambda sq, sp: sp - sq
    spread: Callable[[Tensor, Tensor], Tensor] = lambda q, p: (q / p) ** 2
    distance: Callable = lambda mq, mp, q, p: ((mq - mp) / p) ** 2
    together: Callable = lambda log, spread, distance: log + (spread + distance - 1) / 2
    reduction: Callable[[Tensor], Tensor] = lambda kl: kl

    def __call__(self, *given: Tensor) -> Tensor:
        mq, sq, mp, sp = self.order(*given)
        q, p = self.sigma(sq), self.sigma(sp)
        terms = self.logarithm(sq, sp), self.spread(q, p), self.distance(mq, mp, q, p)
        return self.reduction(self.together(*terms))


MISTAKES = [
    *table(
        "order",
        (
            "q-and-p-swapped",
            "this is KL(p ‖ q). It is not the same: q is the one that the average is taken over.",
            lambda mq, sq, mp, sp: (mp, sp, mq, sq),
        ),
        (
            "prior-ignored",
            "p plays no part: this is the divergence from N(0, 1). Here p has a mean and a log sigma of its own.",
            lambda mq, sq, mp, sp: (mq, sq, 0 * mp, 0 * sp),
        ),
        (
            "mean-and-logsigma-swapped",
            "means and log sigmas have changed places: the order is mu_q, logsigma_q, mu_p, logsigma_p.",
            lambda mq, sq, mp, sp: (sq, mq, sp, mp),
        ),
    ),
    *table(
        "sigma",
        (
            "exp-forgotten",
            "log sigma stands where sigma should: sigma = exp(logsigma).",
            lambda s: s,
        ),
        (
            "logvar",
            "sigma is taken as exp(logsigma / 2), which is for a log variance; here sigma = exp(logsigma).",
            lambda s: (s / 2).exp(),
        ),
        (
            "variance-for-sigma",
            "sigma² is squared once more: exp(2·logsigma) is the variance already.",
            lambda s: (2 * s).exp(),
        ),
    ),
    *table(
        "logarithm",
        (
            "sign-of-the-logarithm",
            "the logarithm has the wrong sign: log(sigma_p / sigma_q) is logsigma_p − logsigma_q.",
            lambda sq, sp: sq - sp,
        ),
        (
            "logarithm-missing",
            "the logarithm of the sigmas is missing: without it, ever smaller sigma_q would cost nothing.",
            lambda sq, sp: 0 * (sp - sq),
        ),
        (
            "logarithm-of-variances",
            "the logarithm of the *variances'* ratio stands there, twice what it should be (or its half is missing).",
            lambda sq, sp: 2 * (sp - sq),
        ),
        (
            "logarithm-halved",
            "the logarithm is halved. Half of log(sigma_p² / sigma_q²) is right, half of log(sigma_p / sigma_q) is not.",
            lambda sq, sp: (sp - sq) / 2,
        ),
        (
            "wrong-base",
            "the logarithm is to the base 2; the formula's is the natural one.",
            lambda sq, sp: (sp - sq) / torch.log(torch.tensor(2.0, dtype=sp.dtype)),
        ),
    ),
    *table(
        "spread",
        (
            "sigma-for-variance",
            "sigma_q / sigma_p is not squared.",
            lambda q, p: q / p,
        ),
        (
            "ratio-turned-round",
            "the ratio of the variances is turned round: sigma_q² stands above, sigma_p² below.",
            lambda q, p: (p / q) ** 2,
        ),
        (
            "not-divided-by-variance",
            "sigma_q² is not divided by sigma_p².",
            lambda q, p: q**2,
        ),
        (
            "sigma-for-variance",
            "sigma_q² is divided by sigma_p; divide by sigma_p².",
            lambda q, p: q**2 / p,
        ),
    ),
    *table(
        "distance",
        (
            "not-divided-by-variance",
            "the squared distance of the means is not divided by sigma_p².",
            lambda mq, mp, q, p: (mq - mp) ** 2,
        ),
        (
            "sigma-for-variance",
            "the squared distance of the means is divided by sigma_p; divide by sigma_p².",
            lambda mq, mp, q, p: (mq - mp) ** 2 / p,
        ),
        (
            "divided-by-the-wrong-variance",
            "the squared distance of the means is divided by sigma_q²; divide by sigma_p².",
            lambda mq, mp, q, p: ((mq - mp) / q) ** 2,
        ),
        (
            "distance-not-squared",
            "the distance of the means is not squared.",
            lambda mq, mp, q, p: (mq - mp) / p**2,
        ),
        (
            "means-added",
            "the means are added where their difference belongs.",
            lambda mq, mp, q, p: ((mq + mp) / p) ** 2,
        ),
        (
            "means-squared-one-by-one",
            "mu_q² − mu_p² is not (mu_q − mu_p)².",
            lambda mq, mp, q, p: (mq**2 - mp**2) / p**2,
        ),
        (
            "means-ignored",
            "the means play no part.",
            lambda mq, mp, q, p: 0 * (mq - mp) * p,
        ),
    ),
    *table(
        "together",
        (
            "half-missing",
            "the half in front of the quotient is missing: it is divided by 2 sigma_p².",
            lambda log, spread, distance: log + spread + distance - 0.5,
        ),
        (
            "half-missing",
            "everything but the logarithm is twice too large: a half is missing.",
            lambda log, spread, distance: log + spread + distance - 1,
        ),
        (
            "constant-missing",
            "the − 1/2 is missing: for q = p the divergence must be 0.",
            lambda log, spread, distance: log + (spread + distance) / 2,
        ),
        (
            "wrong-constant",
            "1 is taken off where it should be 1/2: for q = p the divergence must be 0.",
            lambda log, spread, distance: log + (spread + distance) / 2 - 1,
        ),
    ),
    *table(
        "reduction",
        ("sign", "the sign is wrong: a divergence is never below 0.", lambda kl: -kl),
        (
            "summed",
            "all elements are added up. Leave them apart: the loss adds them up itself, level by level.",
            torch.sum,
        ),
        (
            "summed",
            "the last dimension is added up. Leave the elements apart: the loss adds them up itself.",
            lambda kl: kl.sum(-1),
        ),
        ("averaged", "the mean is taken over all elements. Leave them apart.", torch.mean),
        (
            "averaged",
            "the mean is taken over the last dimension. Leave the elements apart.",
            lambda kl: kl.mean(-1),
        ),
        (
            "in-bits",
            "the result is in bits, divided by log 2. Nats are asked: natural logarithms.",
            lambda kl: kl / torch.log(torch.tensor(2.0, dtype=kl.dtype)),
        ),
    ),
]
