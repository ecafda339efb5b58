"""Ways to put a sample together from mu, log sigma and noise, each solved for the noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Formula:
    """How z is put together, solved for the noise."""

    cause: str
    text: str
    eps: Callable[[Tensor, Tensor, Tensor], Tensor]


def around(
    centre: Callable[[Tensor, Tensor], Tensor], spread: Callable[[Tensor, Tensor], Tensor]
) -> Callable:
    """z = centre + spread · eps, as functions of mu and log sigma."""
    return lambda z, m, s: (z - centre(m, s)) / spread(m, s)


def spread_by(spread: Callable[[Tensor], Tensor]) -> Callable:
    """z = mu + spread(log sigma) · eps."""
    return around(lambda m, s: m, lambda m, s: spread(s))


def centred_at(centre: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """z = centre + sigma · eps."""
    return around(centre, lambda m, s: s.exp())


RIGHT = Formula("", "", spread_by(torch.exp))
WRONG_FORMULAS = tuple(
    Formula(*each)
    for each in (
        (
            "exp-forgotten",
            "the noise is multiplied by log sigma itself: exp is missing.",
            spread_by(lambda s: s),
        ),
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
        (
            "sigma-ignored",
            "the noise is not multiplied by sigma.",
            spread_by(torch.ones_like),
        ),
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
        (
            "softplus-for-exp",
            "the spread is softplus(logsigma), not exp(logsigma).",
            spread_by(F.softplus),
        ),
        ("sigmoid-for-exp", "the spread is sigmoid(logsigma), not exp(logsigma).", spread_by(torch.sigmoid)),
        ("wrong-base", "the spread is 2^logsigma; log sigma is a natural logarithm.", spread_by(torch.exp2)),
        (
            "wrong-base",
            "the spread is 10^logsigma; log sigma is a natural logarithm.",
            spread_by(lambda s: 10**s),
        ),
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
        (
            "mean-for-sigma",
            "the noise is multiplied by mu, not by sigma.",
            around(lambda m, s: m, lambda m, s: m),
        ),
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
            lambda z, m, s: (z - m).log() / s,
        ),
    )
)
