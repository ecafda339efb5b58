"""The loss of the two-level VAE part by part, and the ways in which each of them goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.exercises.hierarchical_vae.divergence import Divergence
from checks.core.mistakes import table

Outputs = dict[str, Any]
"""reconstruction, z1, z2 as tensors, and q1, q2, p1 as pairs of tensors (mean, log sigma), each (b, latent)."""
Divided = tuple[Tensor, Tensor, int]
divergence = Divergence()


def to_standard(q: tuple[Tensor, Tensor]) -> Tensor:
    return divergence(*q, torch.zeros_like(q[0]), torch.zeros_like(q[0]))


def single_sample(out: Outputs) -> Tensor:
    """log q(z1|x) − log p(z1|z2) at the z1 that was drawn, up to a constant that both share."""
    (mq, sq), (mp, sp), z1 = out["q1"], out["p1"], out["z1"]
    return sp - sq + (((z1 - mp) / sp.exp()) ** 2 - ((z1 - mq) / sq.exp()) ** 2) / 2


def sums_per_image(lower: Tensor, upper: Tensor) -> Divided:
    return lower.sum(1).mean(), upper.sum(1).mean(), lower.shape[1] + upper.shape[1]


@dataclass(frozen=True)
class Loss:
    """The right loss in parts; a mistake changes one of them."""

    reconstruction: Callable[[Tensor, Tensor], Tensor] = F.mse_loss
    lower: Callable[[Outputs], Tensor] = lambda out: divergence(*out["q1"], *out["p1"])
    upper: Callable[[Outputs], Tensor] = lambda out: to_standard(out["q2"])
    add_up: Callable[[Tensor, Tensor], Divided] = sums_per_image
    weigh: Callable = lambda mse, kl1, kl2, latents, beta: mse + beta * (kl1 + kl2) / latents

    def __call__(self, out: Outputs, x: Tensor, beta_kl: float) -> dict[str, Tensor]:
        mse = self.reconstruction(out["reconstruction"], x)
        kl1, kl2, latents = self.add_up(self.lower(out), self.upper(out))
        return {
            "total": self.weigh(mse, kl1, kl2, latents, beta_kl),
            "reconstruction": mse,
            "kl1": kl1,
            "kl2": kl2,
        }


MISTAKES = [
    *table(
        "reconstruction",
        (
            "squared-error-summed",
            "the squared error is added up; take its mean over all pixels of all images (`F.mse_loss`).",
            lambda y, x: ((y - x) ** 2).sum(),
        ),
        (
            "squared-error-summed",
            "the squared error is added up over the pixels of an image; take its mean over all pixels.",
            lambda y, x: ((y - x) ** 2).sum((1, 2, 3)).mean(),
        ),
        ("absolute-error", "that is the mean absolute error; square it.", F.l1_loss),
        (
            "squared-error-halved",
            "the squared error is halved.",
            lambda y, x: F.mse_loss(y, x) / 2,
        ),
    ),
    *table(
        "lower",
        (
            "lower-prior-ignored",
            "kl1 compares q(z1|x) with N(0, I). That would be z1's prior in a plain VAE; here it is p1 = p(z1|z2).",
            lambda out: to_standard(out["q1"]),
        ),
        (
            "q-and-p-swapped",
            "kl1 is KL(p1 ‖ q1); q comes first.",
            lambda out: divergence(*out["p1"], *out["q1"]),
        ),
        (
            "single-sample",
            "kl1 is the log ratio log q(z1|x) − log p(z1|z2) at the one z1 that was drawn. That gives a bound too, a tighter "
            "one even (section 2), but here the closed form is asked: `kl_between_gaussians(*out.q1, *out.p1)`.",
            single_sample,
        ),
    ),
    *table(
        "upper",
        (
            "q-and-p-swapped",
            "kl2 is KL(N(0, I) ‖ q2); q comes first.",
            lambda out: divergence(
                torch.zeros_like(out["q2"][0]), torch.zeros_like(out["q2"][0]), *out["q2"]
            ),
        ),
        (
            "sigma-for-logsigma",
            "kl2 compares q2 with a normal distribution of sigma e: 1 was handed over as *log* sigma. The log of 1 is 0.",
            lambda out: divergence(*out["q2"], torch.zeros_like(out["q2"][0]), torch.ones_like(out["q2"][0])),
        ),
    ),
    *table(
        "add_up",
        (
            "means-of-each-level",
            "kl1 and kl2 are means over the latents. Add up over a level's latents first, then take the mean over the "
            "batch: nats per image, which can be compared between levels of different size.",
            lambda lower, upper: (lower.mean(), upper.mean(), lower.shape[1] + upper.shape[1]),
        ),
        (
            "means-of-each-level",
            "each level's KL is averaged over its own latents, and the two means are added. The bound adds up nats of both "
            "levels alike; so a nat would cost more in the level with fewer latents. Add up first, divide once.",
            lambda lower, upper: (lower.mean(), upper.mean(), 1),
        ),
        (
            "summed-over-batch",
            "kl1 and kl2 are added up over the batch too; take the mean over the images.",
            lambda lower, upper: (lower.sum(), upper.sum(), lower.shape[1] + upper.shape[1]),
        ),
        (
            "divided-by-one-level",
            "the sum of both is divided by the number of z1's latents; divide by that of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), lower.shape[1]),
        ),
        (
            "divided-by-one-level",
            "the sum of both is divided by the number of z2's latents; divide by that of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), upper.shape[1]),
        ),
        (
            "not-divided",
            "the sum of both is not divided by the number of latents of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), 1),
        ),
        (
            "divided-by-two",
            "the sum of both is divided by 2, the number of levels; divide by the number of latents of both.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), 2),
        ),
        (
            "levels-swapped",
            "kl1 and kl2 have changed places: kl1 is the lower level's, q1 against p1.",
            lambda lower, upper: (
                upper.sum(1).mean(),
                lower.sum(1).mean(),
                lower.shape[1] + upper.shape[1],
            ),
        ),
    ),
    *table(
        "weigh",
        (
            "beta-ignored",
            "beta_kl changes nothing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + (kl1 + kl2) / n,
        ),
        (
            "beta-on-reconstruction",
            "beta_kl multiplies the reconstruction; it belongs before the KL.",
            lambda mse, kl1, kl2, n, beta: beta * mse + (kl1 + kl2) / n,
        ),
        (
            "beta-on-everything",
            "beta_kl multiplies the whole loss; it belongs before the KL only.",
            lambda mse, kl1, kl2, n, beta: beta * (mse + (kl1 + kl2) / n),
        ),
        (
            "beta-on-one-level",
            "beta_kl multiplies one level's KL only; it belongs before both.",
            lambda mse, kl1, kl2, n, beta: mse + (beta * kl1 + kl2) / n,
        ),
        (
            "beta-on-one-level",
            "beta_kl multiplies one level's KL only; it belongs before both.",
            lambda mse, kl1, kl2, n, beta: mse + (kl1 + beta * kl2) / n,
        ),
        (
            "only-one-kl",
            "kl2 is missing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + beta * kl1 / n,
        ),
        (
            "only-one-kl",
            "kl1 is missing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + beta * kl2 / n,
        ),
        (
            "kl-sign",
            "the KL is subtracted from the loss; it is a price, so it is added.",
            lambda mse, kl1, kl2, n, beta: mse - beta * (kl1 + kl2) / n,
        ),
        (
            "kl-sign",
            "one level's KL is subtracted; both are prices, and are added.",
            lambda mse, kl1, kl2, n, beta: mse + beta * (kl1 - kl2) / n,
        ),
        ("no-kl", "the total is the reconstruction alone.", lambda mse, kl1, kl2, n, beta: mse + 0 * kl1),
    ),
]
