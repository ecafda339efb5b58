"""The loss of the two-level VAE part by part, and what goes wrong in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from checks.core.compare import same
from checks.core.exceptions import KnownError
from checks.core.mistakes import Symptom, table
from checks.exercises.hierarchical_vae.divergence import Divergence
from checks.exercises.hierarchical_vae.rig import PARTS, lose
from checks.functions.function import Answer, FunctionCheck, FunctionSpec, Outcome, Trial

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
    least: Callable = lambda kl1, kl2: (kl1, kl2)
    price: Callable = lambda kl1, kl2, n1, n2: (kl1, kl2)
    """What of the two levels goes into the total, before it is divided; n1 and n2 are the levels' latents."""
    weigh: Callable = lambda mse, kl1, kl2, latents, beta: mse + beta * (kl1 + kl2) / latents

    def __call__(self, out: Outputs, x: Tensor, beta_kl: float) -> dict[str, Tensor]:
        mse = self.reconstruction(out["reconstruction"], x)
        kl1, kl2, latents = self.add_up(self.lower(out), self.upper(out))
        kl1, kl2 = self.least(kl1, kl2)
        prices = self.price(kl1, kl2, out["z1"].shape[1], out["z2"].shape[1])
        total = self.weigh(mse, *prices, latents, beta_kl)
        return {"total": total, "reconstruction": mse, "kl1": kl1, "kl2": kl2}


LOSS_MISTAKES = [
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
        ("squared-error-halved", "the squared error is halved.", lambda y, x: F.mse_loss(y, x) / 2),
    ),
    *table(
        "lower",
        (
            "lower-prior-ignored",
            "kl1 compares q(z1|x) with N(0, I). That would be z1's prior in a plain VAE; here it is p1 = p(z1|z2).",
            lambda out: to_standard(out["q1"]),
        ),
        ("q-and-p-swapped", "kl1 is KL(p1 ‖ q1); q comes first.", lambda out: divergence(*out["p1"], *out["q1"])),
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
            lambda out: divergence(torch.zeros_like(out["q2"][0]), torch.zeros_like(out["q2"][0]), *out["q2"]),
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
            "divided-by-the-batch",
            "the sum of both is divided by the latents of the whole batch (`numel()`), or by the number of images once more; "
            "divide by the latents of one image.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), lower.numel() + upper.numel()),
        ),
        (
            "levels-swapped",
            "kl1 and kl2 have changed places: kl1 is the lower level's, q1 against p1.",
            lambda lower, upper: (upper.sum(1).mean(), lower.sum(1).mean(), lower.shape[1] + upper.shape[1]),
        ),
    ),
    *table(
        "least",
        *(
            (
                "free-bits",
                f"{which} {least} at least (free bits, or free nats); the exercise takes the KL as it is.",
                lambda kl1, kl2, least=least, change=change: change(kl1, kl2, least),
            )
            for least in (0.1, 0.25, 0.5, 1.0)
            for which, change in (
                ("kl1 counts as", lambda kl1, kl2, least: (kl1.clamp(min=least), kl2)),
                ("kl2 counts as", lambda kl1, kl2, least: (kl1, kl2.clamp(min=least))),
                ("kl1 and kl2 each count as", lambda kl1, kl2, least: (kl1.clamp(min=least), kl2.clamp(min=least))),
            )
        ),
    ),
    *table(
        "price",
        (
            "weighted-per-level",
            "in the total each level's KL is divided by its own number of latents. Then a nat costs more in the level with "
            "fewer latents: add up both first, and divide once.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) / n1, kl2 * (n1 + n2) / n2),
        ),
        (
            "weighted-per-level",
            "in the total each level's KL is divided by its own number of latents, and the mean of the two is taken. Add up "
            "both first, and divide once.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) / n1 / 2, kl2 * (n1 + n2) / n2 / 2),
        ),
        (
            "weighted-per-level",
            "in the total each level's KL is divided by the *other* level's number of latents. Add up both first, and "
            "divide once, by the number of all.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) / n2, kl2 * (n1 + n2) / n1),
        ),
        (
            "weighted-per-level",
            "in the total each level's KL is multiplied by its number of latents; a nat costs the same in both.",
            lambda kl1, kl2, n1, n2: (kl1 * n1, kl2 * n2),
        ),
        (
            "weighted-per-level",
            "in the total kl1 counts half; a nat costs the same in both levels.",
            lambda kl1, kl2, n1, n2: (kl1 / 2, kl2),
        ),
        (
            "weighted-per-level",
            "in the total kl2 counts half; a nat costs the same in both levels.",
            lambda kl1, kl2, n1, n2: (kl1, kl2 / 2),
        ),
        ("kl-halved", "in the total the KL is halved.", lambda kl1, kl2, n1, n2: (kl1 / 2, kl2 / 2)),
        (
            "multiplied-by-the-latents",
            "the sum of both is multiplied by the number of latents; divide by it.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) ** 2, kl2 * (n1 + n2) ** 2),
        ),
    ),
    *table(
        "weigh",
        ("beta-ignored", "beta_kl changes nothing in the total.", lambda mse, kl1, kl2, n, beta: mse + (kl1 + kl2) / n),
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
        ("only-one-kl", "kl2 is missing in the total.", lambda mse, kl1, kl2, n, beta: mse + beta * kl1 / n),
        ("only-one-kl", "kl1 is missing in the total.", lambda mse, kl1, kl2, n, beta: mse + beta * kl2 / n),
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
        (
            "beta-squared",
            "beta_kl is in the total twice, as its square.",
            lambda mse, kl1, kl2, n, beta: mse + beta**2 * (kl1 + kl2) / n,
        ),
        (
            "beta-on-one-level",
            "the upper level's KL is multiplied by beta_kl twice; once is asked.",
            lambda mse, kl1, kl2, n, beta: mse + beta * (kl1 + beta * kl2) / n,
        ),
        ("no-kl", "the total is the reconstruction alone.", lambda mse, kl1, kl2, n, beta: mse + 0 * kl1),
    ),
]


def scaled_sums(per_image1: Callable[[Tensor], Tensor], per_image2: Callable[[Tensor], Tensor]) -> Callable:
    """Each level's KL added up in its own way."""
    return lambda lower, upper: (per_image1(lower), per_image2(upper), lower.shape[1] + upper.shape[1])


def right_sum(each: Tensor) -> Tensor:
    return each.sum(1).mean()


def weighed(price: Callable) -> Callable:
    """A total of the squared error and beta_kl times this price of kl1, kl2 and all latents."""
    return lambda mse, kl1, kl2, n, beta: mse + beta * price(kl1, kl2, n)


RARE = [
    *table(
        "add_up",
        (
            "levels-unlike",
            "kl1 is a mean over the latents and kl2 a sum; add up over the latents in both, and average over the batch.",
            scaled_sums(Tensor.mean, right_sum),
        ),
        (
            "levels-unlike",
            "kl2 is a mean over the latents and kl1 a sum; add up over the latents in both, and average over the batch.",
            scaled_sums(right_sum, Tensor.mean),
        ),
        (
            "summed-over-batch",
            "kl1 is added up over the batch too; take the mean over the images.",
            scaled_sums(Tensor.sum, right_sum),
        ),
        (
            "summed-over-batch",
            "kl2 is added up over the batch too; take the mean over the images.",
            scaled_sums(right_sum, Tensor.sum),
        ),
        (
            "summed-over-the-wrong-dimension",
            "the KLs are added up over the batch and averaged over the latents; the other way round: `sum(1).mean()`.",
            scaled_sums(lambda each: each.sum(0).mean(), lambda each: each.sum(0).mean()),
        ),
        ("kl-halved", "kl1 is halved.", scaled_sums(lambda each: right_sum(each) / 2, right_sum)),
        ("kl-halved", "kl2 is halved.", scaled_sums(right_sum, lambda each: right_sum(each) / 2)),
        (
            "kl-sign",
            "kl1 has the wrong sign; a divergence is never below 0.",
            scaled_sums(lambda e: -right_sum(e), right_sum),
        ),
        (
            "kl-sign",
            "kl2 has the wrong sign; a divergence is never below 0.",
            scaled_sums(right_sum, lambda e: -right_sum(e)),
        ),
    ),
    *table(
        "least",
        *(
            (
                "free-bits",
                f"kl1 and kl2 each count as {least} at least (free bits, or free nats); the exercise takes the KL as it is.",
                lambda kl1, kl2, least=least: (kl1.clamp(min=least), kl2.clamp(min=least)),
            )
            for least in (0.2, 2.0, 3.0, 5.0)
        ),
    ),
    *table(
        "upper",
        *(
            (
                "free-bits",
                f"in kl2 the KL of each latent counts as {least} at least (free bits); the exercise takes it as it is.",
                lambda out, least=least: to_standard(out["q2"]).clamp(min=least),
            )
            for least in (0.05, 0.1, 0.25, 0.5, 1.0)
        ),
    ),
    *table(
        "lower",
        *(
            (
                "free-bits",
                f"in kl1 the KL of each latent counts as {least} at least (free bits); the exercise takes it as it is.",
                lambda out, least=least: divergence(*out["q1"], *out["p1"]).clamp(min=least),
            )
            for least in (0.05, 0.1, 0.25, 0.5, 1.0)
        ),
        (
            "wrong-distribution",
            "kl1 compares p(z1|z2) with N(0, I); it is to compare q(z1|x) with p(z1|z2).",
            lambda out: to_standard(out["p1"]),
        ),
        (
            "not-unpacked",
            "the arguments of kl1 stand in another order: mu and logsigma of q1, then mu and logsigma of p1.",
            lambda out: divergence(out["q1"][0], out["p1"][0], out["q1"][1], out["p1"][1]),
        ),
        (
            "sample-for-mean",
            "the sample z1 stands in kl1 where p1's mean belongs.",
            lambda out: divergence(*out["q1"], out["z1"], out["p1"][1]),
        ),
        (
            "sample-for-mean",
            "the sample z1 stands in kl1 where q1's mean belongs.",
            lambda out: divergence(out["z1"], out["q1"][1], *out["p1"]),
        ),
    ),
    *table(
        "upper",
        (
            "sample-for-mean",
            "the sample z2 stands in kl2 where q2's mean belongs.",
            lambda out: to_standard((out["z2"], out["q2"][1])),
        ),
        (
            "single-sample",
            "kl2 is the log ratio log q(z2|z1) − log p(z2) at the one z2 that was drawn; the closed form is asked.",
            lambda out: (out["z2"] ** 2 - ((out["z2"] - out["q2"][0]) / out["q2"][1].exp()) ** 2) / 2 - out["q2"][1],
        ),
        (
            "sigma-for-logsigma",
            "sigma is handed to kl2 as q2's *log* sigma: leave the exp out.",
            lambda out: to_standard((out["q2"][0], out["q2"][1].exp())),
        ),
        (
            "wrong-prior",
            "kl2 compares q2 with a normal distribution about 1; its mean is 0.",
            lambda out: divergence(*out["q2"], torch.ones_like(out["q2"][0]), torch.zeros_like(out["q2"][0])),
        ),
        (
            "penalty-for-kl",
            "kl2 is the size of q2's means alone; take the KL, sigma included.",
            lambda out: out["q2"][0].square(),
        ),
        (
            "logvar-formula",
            "kl2 is written for a log variance; here the encoder gives log sigma.",
            lambda out: (out["q2"][1].exp() + out["q2"][0] ** 2 - 1 - out["q2"][1]) / 2,
        ),
        (
            "sigma-for-variance",
            "sigma stands in kl2 where sigma² should.",
            lambda out: (out["q2"][1].exp() + out["q2"][0] ** 2 - 1) / 2 - out["q2"][1],
        ),
        ("kl-without-half", "the factor 1/2 is missing in kl2.", lambda out: 2 * to_standard(out["q2"])),
    ),
    *table(
        "reconstruction",
        (
            "cross-entropy",
            "that is a binary cross-entropy; normalised pixels are no probabilities.",
            F.binary_cross_entropy_with_logits,
        ),
        ("root-of-mse", "that is the root of the mean squared error.", lambda y, x: F.mse_loss(y, x).sqrt()),
        ("squared-error-doubled", "the squared error is doubled.", lambda y, x: 2 * F.mse_loss(y, x)),
        (
            "squared-error-summed",
            "the squared error is added up over an image's pixels, and halved; take its mean over all pixels.",
            lambda y, x: ((y - x) ** 2).sum((1, 2, 3)).mean() / 2,
        ),
    ),
    *table(
        "price",
        (
            "weighted-per-level",
            "in the total kl1 is divided by its latents and kl2 by nothing. Add up both first, and divide once.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) / n1, kl2 * (n1 + n2)),
        ),
        (
            "weighted-per-level",
            "in the total kl2 is divided by its latents and kl1 by nothing. Add up both first, and divide once.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2), kl2 * (n1 + n2) / n2),
        ),
        (
            "divided-by-the-product",
            "the sum of both is divided by the product of the latents' numbers; divide by their sum.",
            lambda kl1, kl2, n1, n2: (kl1 * (n1 + n2) / (n1 * n2), kl2 * (n1 + n2) / (n1 * n2)),
        ),
        ("weighted-per-level", "in the total kl1 counts twice.", lambda kl1, kl2, n1, n2: (2 * kl1, kl2)),
        ("weighted-per-level", "in the total kl2 counts twice.", lambda kl1, kl2, n1, n2: (kl1, 2 * kl2)),
    ),
    *table(
        "weigh",
        (
            "brackets",
            "brackets are missing: only kl2 is divided by the latents.",
            weighed(lambda one, two, n: one + two / n),
        ),
        (
            "divided-by-pixels",
            "the KL is divided by the number of pixels, 784.",
            weighed(lambda one, two, n: (one + two) / 784),
        ),
        ("one-kl-twice", "kl1 is in the total twice, and kl2 is not.", weighed(lambda one, two, n: 2 * one / n)),
        (
            "beta-complement",
            "the reconstruction is weighted by 1 − beta_kl; its weight is 1.",
            lambda mse, kl1, kl2, n, beta: (1 - beta) * mse + beta * (kl1 + kl2) / n,
        ),
        (
            "sign",
            "the total has the wrong sign, so training makes it larger.",
            lambda mse, kl1, kl2, n, beta: -mse - beta * (kl1 + kl2) / n,
        ),
    ),
]
"""What is looked for by itself alone."""

PAIRS = KnownError(
    "TypeError",
    r"missing \d required positional argument|got an unexpected keyword|tuple|Gaussian",
    "not-unpacked",
    "q1, q2 and p1 are pairs (mu, logsigma): a star unpacks one, `kl_between_gaussians(*out.q1, *out.p1)`.",
)
RETURN = "`return HierarchicalLoss(total, reconstruction, kl1, kl2)`."
INSTEAD = (
    Symptom("returns-one", RETURN, lambda value: isinstance(value, Tensor)),
    Symptom("returns-tuple", RETURN, lambda value: isinstance(value, tuple | list)),
    Symptom(
        "not-a-tensor",
        "an `.item()` or `float(…)` makes a plain number, which has no gradient.",
        lambda value: isinstance(value, dict),
    ),
)


def in_another_order(outcome: Outcome) -> bool:
    """The right numbers, and not just the two KLs exchanged."""
    seen, expected = (torch.stack(each).sort().values for each in (outcome.seen, outcome.expected))
    return same(seen, expected) and not same(outcome.seen[0], outcome.expected[0])


def only_the_kls_wrong(outcome: Outcome) -> bool:
    right = same(outcome.seen[:2], outcome.expected[:2])
    return right and not same(outcome.seen[2:], outcome.expected[:1:-1])


SYMPTOMS = (
    Symptom(
        "not-a-scalar",
        "add up over the latents, then take the mean over the batch.",
        lambda outcome: outcome.other_shape,
    ),
    Symptom("wrong-order", "the fields stand in another order: total, reconstruction, kl1, kl2.", in_another_order),
    Symptom(
        "parts-scaled",
        "the total is right, but kl1 and kl2 are not nats per image: hand back the sums over each level's latents, "
        "averaged over the batch, before beta_kl or anything else multiplies them.",
        only_the_kls_wrong,
    ),
)


# How it is judged


def by_torch(out: Outputs, x: Tensor, beta_kl: float) -> dict[str, Tensor]:
    q1, q2, p1 = (Normal(out[name][0], out[name][1].exp()) for name in ("q1", "q2", "p1"))
    kl1, kl2 = kl_divergence(q1, p1), kl_divergence(q2, Normal(0.0, 1.0))
    squared_error = (out["reconstruction"] - x).square().mean()
    total = squared_error + beta_kl * (kl1.sum() + kl2.sum()) / torch.cat((kl1, kl2), 1).numel()
    return dict(zip(PARTS, (total, squared_error, kl1.sum() / len(x), kl2.sum() / len(x)), strict=True))


def parts_of(value: Any) -> Answer | None:
    """The four fields of a HierarchicalLoss; a tensor with one number is a scalar."""
    fields = [value.get(name) for name in PARTS] if isinstance(value, dict) else []
    tensors = [each for each in fields if isinstance(each, Tensor)]
    if len(tensors) != len(PARTS):
        return None
    return tuple(each.reshape(()) if each.numel() == 1 else each for each in tensors)


def tell(outcome: Outcome) -> str:
    def listed(answer: Answer) -> str:
        values = (f"{float(x):.4f}" if not x.ndim else f"of shape {tuple(x.shape)}" for x in answer)
        return "; ".join(f"{name} {value}" for name, value in zip(PARTS, values, strict=True))

    return (
        f"gives other numbers than asked.\n  Came out: {listed(outcome.seen)}\n  Expected: {listed(outcome.expected)}"
    )


def gradients_of_the_total(check: FunctionCheck, trial: Trial) -> None:
    """The total's gradient reaches the reconstruction and all three distributions."""
    out, x, beta_kl = trial.arguments
    leaves = {"reconstruction": out["reconstruction"].clone().requires_grad_()}
    for name in ("q1", "q2", "p1"):
        leaves |= {f"{name}.{head}": out[name][head].clone().requires_grad_() for head in (0, 1)}
    followed = {name: (leaves[f"{name}.0"], leaves[f"{name}.1"]) for name in ("q1", "q2", "p1")}
    total = by_torch({"reconstruction": leaves["reconstruction"], **followed}, x, beta_kl)["total"]
    wanted = torch.autograd.grad(total, list(leaves.values()))
    found = check.observe(trial).gradients
    spoken = {name: name.replace(".0", ".mu").replace(".1", ".logsigma") for name in leaves}
    check.compare_gradients(
        trial,
        {spoken[name]: found.get(name) for name in leaves},
        {spoken[name]: each for name, each in zip(leaves, wanted, strict=True)},
        "a `.detach()`, `.data`, `.item()` or `torch.no_grad()` on the way. q1, q2 *and* p1 learn from the KL terms.",
    )


def trial(generator: Generator, batch: int, beta_kl: float, **more: Any) -> Trial:
    """Outputs of a model with 4 and 3 latents, all numbers far from what would hide a mistake."""

    def numbers(*shape: int, low: float = -1.5, high: float = 1.5) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    def gaussian(latent: int, low: float) -> tuple[Tensor, Tensor]:
        return numbers(batch, latent), numbers(batch, latent, low=low, high=low + 0.8)

    out = {
        "reconstruction": numbers(batch, 1, 28, 28),
        "z1": numbers(batch, 4),
        "z2": numbers(batch, 3),
        "q1": gaussian(4, -1.0),
        "q2": gaussian(3, -1.2),
        "p1": gaussian(4, -0.1),
    }
    return Trial((out, numbers(batch, 1, 28, 28), beta_kl), **more)


def with_small_kls(generator: Generator) -> Trial:
    """Each q is near the p that it is compared with, so that a least price of the KL shows."""
    of_any = trial(generator, 7, 0.6)
    out, x, beta_kl = of_any.arguments
    out["q1"] = tuple(each + 0.1 * noise for each, noise in zip(out["p1"], out["q1"], strict=True))
    out["q2"] = tuple(0.1 * each for each in out["q2"])
    return replace(of_any, arguments=(out, x, beta_kl))


hierarchical_loss = FunctionSpec(
    "hierarchical_loss",
    oracle=by_torch,
    recipe=Loss(),
    mistakes=LOSS_MISTAKES,
    rare=RARE,
    returns="a HierarchicalLoss of four tensors",
    read=parts_of,
    instead=INSTEAD,
    known_errors=(PAIRS,),
    symptoms=SYMPTOMS,
    tell=tell,
    text=lambda _out, x, beta_kl: (
        f"hierarchical_loss(out, x, beta_kl={beta_kl}) with {len(x)} images and 4 and 3 latents"
    ),
    formula="total = reconstruction + beta_kl · (kl1 + kl2) / (4 + 3)",
    operation=lose,
    request=lambda out, x, beta_kl: {"out": out, "x": x, "beta_kl": beta_kl},
    trials={
        "returns_each_part": lambda g: (
            [trial(g, *each) for each in ((11, 0.3), (1, 0.7), (6, 0.0))] + [with_small_kls(g)]
        ),
        "lets_gradients_through": lambda g: [trial(g, 5, 0.3, compare=gradients_of_the_total)],
    },
)
