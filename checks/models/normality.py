"""Are these numbers independent and standard normal? Statistics that say how far they are from it.

Each is measured in thresholds, of seven standard errors: proper noise exceeds one of them with a probability of
3·10⁻¹². Ninety are looked at in one check, so that a right answer fails less than once in 10⁹ runs.
eps has the shape (draws, images, latent); a cell is one latent of one image.
"""

from math import inf, lgamma, log, pi

import torch
from einops import rearrange
from torch import Tensor

ERRORS = 7.0


def worst(*statistics: Tensor | float) -> float:
    """The largest; what is not a number counts as infinite."""
    values = [float(torch.as_tensor(each).abs().max()) for each in statistics]
    return max((value if value == value else inf for value in values), default=0.0)


def chi_square_errors(ratio: Tensor, freedom: int) -> Tensor:
    """How many standard errors a variance is off, ratio = seen / expected (Wilson and Hilferty 1931)."""
    error = 2 / (9 * freedom)
    return (ratio ** (1 / 3) - (1 - error)) / error**0.5


def moments(eps: Tensor) -> float:
    """Mean 0 and variance 1, in each cell and over all."""
    draws = len(eps)
    return (
        worst(
            eps.mean(0) * draws**0.5,
            chi_square_errors(eps.var(0), draws - 1),
            chi_square_errors((eps**2).mean(), eps.numel()),
        )
        / ERRORS
    )


def share(seen: Tensor, number: int) -> float:
    """A part of `number` things that should be one half."""
    return worst((seen - 0.5) * 2 * number**0.5) / ERRORS


def shape(eps: Tensor) -> float:
    """The shape of a normal distribution: as many below 0 as above, and Geary's ratio of mean absolute to standard
    deviation, √(2/π) (Geary 1935). Unlike skewness and kurtosis, neither is upset by one rare large number."""
    number = eps.numel()
    ratio = eps.abs().mean() / (eps**2).mean().sqrt()
    return (
        worst(
            share((eps > 0).double().mean(), number) * ERRORS,
            (ratio - (2 / pi) ** 0.5) * (number / (1 - 3 / pi)) ** 0.5,
        )
        / ERRORS
    )


def correlation(a: Tensor, b: Tensor) -> float:
    """In standard errors, 1/√n."""
    a, b = a.flatten() - a.mean(), b.flatten() - b.mean()
    return float((a * b).sum() / (a.norm() * b.norm() + 1e-12)) * a.numel() ** 0.5


def latents_together(eps: Tensor) -> float:
    pairs = torch.combinations(torch.arange(eps.shape[-1])).tolist()
    return worst(*(correlation(eps[..., i], eps[..., j]) for i, j in pairs)) / ERRORS


def rows_together(eps: Tensor) -> float:
    """Neighbours in the batch, and the same image's next draw."""
    rows = rearrange(eps, "draw image latent -> (draw image) latent")
    return worst(*(correlation(rows[shift:], rows[:-shift]) for shift in (1, eps.shape[1]))) / ERRORS


def rows_alike(eps: Tensor, known: float) -> bool:
    """Whether rows are equal or opposite that would not be so by chance; each number of eps is `known` so well."""
    rows = eps.flatten(0, 1)
    near = sum(int((torch.cdist(rows, other, p=inf) < known).triu(1).sum()) for other in (rows, -rows))
    return near >= too_many(pairs(len(rows)) * 2 * near_by_chance(known) ** rows.shape[1])


def numbers_alike(eps: Tensor, known: float) -> bool:
    """The same of single numbers, some of which are always alike."""
    near = int((eps.flatten().abs().sort().values.diff() < known).sum())
    return near >= too_many(pairs(eps.numel()) * 2 * near_by_chance(known))


def pairs(number: int) -> float:
    return number * (number - 1) / 2


def near_by_chance(distance: float) -> float:
    """How often two normal numbers come so near to each other: their difference has the density 1/√(4π) at 0."""
    return min(1.0, distance / pi**0.5)


def too_many(expected: float) -> int:
    """The least number of coincidences that comes about less than once in 10¹² where so many are expected (Poisson)."""
    number = int(expected) + 1
    while number * log(expected) - expected - lgamma(number + 1) - log(1 - expected / (number + 1)) > log(1e-12):
        number += 1
    return number


def standard_normal(eps: Tensor) -> float:
    """The largest of all statistics; at most 1 for a proper sample."""
    return worst(moments(eps), shape(eps), latents_together(eps), rows_together(eps))
