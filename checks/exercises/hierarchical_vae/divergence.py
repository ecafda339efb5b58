"""The divergence between two normal distributions term by term, what goes wrong in each, and torch's own beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import softplus

from checks.core.compare import same
from checks.core.exceptions import KnownError
from checks.core.mistakes import Symptom, table
from checks.functions.function import FunctionSpec, Outcome, Trial, furthest, gradients, noted, told_apart

FORMULA = "log(sigma_p / sigma_q) + (sigma_q² + (mu_q − mu_p)²) / (2 sigma_p²) − 1/2"


@dataclass(frozen=True)
class Divergence:
    """The formula term by term; a mistake changes one of them."""

    order: Callable = lambda mq, sq, mp, sp: (mq, sq, mp, sp)
    sigma: Callable[[Tensor], Tensor] = torch.exp
    logarithm: Callable[[Tensor, Tensor], Tensor] = lambda sq, sp: sp - sq
    spread: Callable[[Tensor, Tensor], Tensor] = lambda q, p: (q / p) ** 2
    distance: Callable = lambda mq, mp, q, p: ((mq - mp) / p) ** 2
    quotient: Callable = lambda spread, distance, mq, mp, q, p: (spread, distance)
    """Twice the quotient, as two terms."""
    together: Callable = lambda log, spread, distance: log + (spread + distance - 1) / 2
    reduction: Callable[[Tensor], Tensor] = lambda kl: kl

    def __call__(self, *given: Tensor) -> Tensor:
        mq, sq, mp, sp = self.order(*given)
        q, p = self.sigma(sq), self.sigma(sp)
        quotient = self.quotient(self.spread(q, p), self.distance(mq, mp, q, p), mq, mp, q, p)
        return self.reduction(self.together(self.logarithm(sq, sp), *quotient))


DIVERGENCE_MISTAKES = [
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
        ("exp-forgotten", "log sigma stands where sigma should: sigma = exp(logsigma).", lambda s: s),
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
        (
            "logarithm-cut",
            "the logarithm is taken without its sign (`abs`); it is below 0 where sigma_q is the larger one.",
            lambda sq, sp: (sp - sq).abs(),
        ),
        (
            "logarithm-cut",
            "the logarithm is cut off at 0 (`clamp`, `relu`); it is below 0 where sigma_q is the larger one.",
            lambda sq, sp: (sp - sq).clamp(min=0),
        ),
    ),
    *table(
        "spread",
        ("sigma-for-variance", "sigma_q / sigma_p is not squared.", lambda q, p: q / p),
        (
            "ratio-turned-round",
            "the ratio of the variances is turned round: sigma_q² stands above, sigma_p² below.",
            lambda q, p: (p / q) ** 2,
        ),
        ("not-divided-by-variance", "sigma_q² is not divided by sigma_p².", lambda q, p: q**2),
        ("sigma-for-variance", "sigma_q² is divided by sigma_p; divide by sigma_p².", lambda q, p: q**2 / p),
        ("sigma-for-variance", "sigma_q is divided by sigma_p² without being squared.", lambda q, p: q / p**2),
        ("spread-missing", "sigma_q² is missing in the quotient.", lambda q, p: 0 * q * p),
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
        ("distance-not-squared", "the distance of the means is not squared.", lambda mq, mp, q, p: (mq - mp) / p**2),
        (
            "distance-not-squared",
            "the distance of the means, divided by sigma_p, is not squared.",
            lambda mq, mp, q, p: (mq - mp) / p,
        ),
        (
            "distance-not-squared",
            "the distance of the means is not squared, but taken without its sign.",
            lambda mq, mp, q, p: (mq - mp).abs() / p**2,
        ),
        (
            "distance-not-squared",
            "the distance of the means, divided by sigma_p, is not squared, but taken without its sign.",
            lambda mq, mp, q, p: (mq - mp).abs() / p,
        ),
        (
            "distance-cut",
            "the distance of the means is cut off at 0 (`clamp`, `relu`) before it is squared; either mean may be the larger one.",
            lambda mq, mp, q, p: ((mq - mp).clamp(min=0) / p) ** 2,
        ),
        (
            "variance-for-sigma",
            "the distance of the means is divided by sigma_p² and squared then; the variance is a square already.",
            lambda mq, mp, q, p: ((mq - mp) / p**2) ** 2,
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
        ("means-ignored", "the means play no part.", lambda mq, mp, q, p: 0 * (mq - mp) * p),
    ),
    *table(
        "quotient",
        (
            "squared-outside",
            "sigma_q and the distance of the means are added first and squared then: (a + b)² is not a² + b².",
            lambda spread, distance, mq, mp, q, p: (((q + mq - mp) / p) ** 2, 0 * distance),
        ),
        (
            "squared-outside",
            "sigma_q² and the distance of the means are added before the square; square each of sigma_q and the distance.",
            lambda spread, distance, mq, mp, q, p: (((q**2 + mq - mp) / p) ** 2, 0 * distance),
        ),
        (
            "squared-outside",
            "the 2 below the line is squared with sigma_p: (2 sigma_p)² is 4 sigma_p².",
            lambda spread, distance, mq, mp, q, p: (spread / 2, distance / 2),
        ),
        (
            "squared-outside",
            "the whole quotient is squared; the squares belong to sigma_q, to the distance and to sigma_p.",
            lambda spread, distance, mq, mp, q, p: ((spread + distance) ** 2 / 2, 0 * distance),
        ),
        (
            "brackets",
            "`/ 2 * sigma_p**2` multiplies by sigma_p²; put brackets round what stands below the line.",
            lambda spread, distance, mq, mp, q, p: (spread * p**4, distance * p**4),
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
        ("averaged", "the mean is taken over the last dimension. Leave the elements apart.", lambda kl: kl.mean(-1)),
        (
            "in-bits",
            "the result is in bits, divided by log 2. Nats are asked: natural logarithms.",
            lambda kl: kl / torch.log(torch.tensor(2.0, dtype=kl.dtype)),
        ),
    ),
]

RARE = [
    *table(
        "logarithm",
        (
            "exp-forgotten",
            "the logarithm is taken of the log sigmas' ratio; log(sigma_p / sigma_q) is logsigma_p − logsigma_q.",
            lambda sq, sp: (sp / sq).log(),
        ),
        (
            "exp-forgotten",
            "the logarithm is taken of the log sigmas' ratio, without its sign; it is logsigma_p − logsigma_q.",
            lambda sq, sp: (sp / sq).abs().log(),
        ),
        (
            "wrong-base",
            "the logarithm is to the base 10; the formula's is the natural one.",
            lambda sq, sp: (sp - sq) / torch.log(torch.tensor(10.0, dtype=sp.dtype)),
        ),
        ("log1p", "`log1p` adds 1 before the logarithm.", lambda sq, sp: (sp - sq).exp().log1p()),
    ),
    *table(
        "spread",
        ("half-missing", "sigma_q² / sigma_p² is not halved.", lambda q, p: 2 * (q / p) ** 2),
        ("squared-twice", "the variances are squared once more.", lambda q, p: (q / p) ** 4),
    ),
    *table(
        "distance",
        ("half-missing", "the squared distance is not halved.", lambda mq, mp, q, p: 2 * ((mq - mp) / p) ** 2),
        (
            "not-divided-by-variance",
            "the squared distance of the means is divided by nothing, neither 2 nor sigma_p².",
            lambda mq, mp, q, p: 2 * (mq - mp) ** 2,
        ),
        (
            "means-squared-one-by-one",
            "mu_q² + mu_p² is not (mu_q − mu_p)².",
            lambda mq, mp, q, p: (mq**2 + mp**2) / p**2,
        ),
        ("mean-of-p-ignored", "mu_p plays no part.", lambda mq, mp, q, p: (mq / p) ** 2 + 0 * mp),
        ("mean-of-q-ignored", "mu_q plays no part.", lambda mq, mp, q, p: (mp / p) ** 2 + 0 * mq),
        (
            "distance-subtracted",
            "the squared distance of the means is subtracted; it is added.",
            lambda mq, mp, q, p: -(((mq - mp) / p) ** 2),
        ),
    ),
    *table(
        "quotient",
        (
            "brackets",
            "only the distance is divided: put brackets round sigma_q² + (mu_q − mu_p)².",
            lambda spread, distance, mq, mp, q, p: (2 * q**2, distance),
        ),
    ),
    *table(
        "sigma", ("sign-of-logsigma", "sigma is taken as exp(−logsigma); it is exp(logsigma).", lambda s: (-s).exp())
    ),
    *table(
        "order",
        (
            "softplus-for-exp",
            "sigma is taken as softplus(logsigma); it is exp(logsigma).",
            lambda mq, sq, mp, sp: (mq, softplus(sq).log(), mp, softplus(sp).log()),
        ),
    ),
    *table(
        "together",
        (
            "wrong-constant",
            "1/2 is added where it is taken off: for q = p the divergence must be 0.",
            lambda log, spread, distance: log + (spread + distance + 1) / 2,
        ),
    ),
    *table(
        "reduction",
        ("kl-halved", "the divergence is halved.", lambda kl: kl / 2),
        ("kl-doubled", "the divergence is doubled.", lambda kl: 2 * kl),
        ("summed", "the first dimension is added up. Leave the elements apart.", lambda kl: kl.sum(0)),
        ("averaged", "the mean is taken over the first dimension. Leave the elements apart.", lambda kl: kl.mean(0)),
    ),
]
"""What is looked for by itself alone."""

DTYPES = KnownError(
    "RuntimeError|TypeError",
    r"scalar type|same dtype|must be Tensor, not float|argument 'input'",
    "wrong-type",
    "the four are tensors, here of float64: compute with them as they are.",
)
IN_PLACE = KnownError(
    "RuntimeError",
    r"leaf Variable that requires grad|modified by an inplace operation",
    "changes-its-input",
    "one of the four is changed in place (`+=`, `exp_()`). Make a new tensor instead.",
)
BROADCASTING = KnownError(
    "RuntimeError|ValueError|EinopsError|IndexError|AssertionError",
    r"",
    "does-not-broadcast",
    "the four need not have one shape: p may be one number for all, or a row. Plain `+`, `-`, `*` and `/` take care of it.",
)
FLOAT32_ONLY = Symptom(
    "float32-only",
    "it goes through float32 on the way; leave the type as it is.",
    lambda outcome: outcome.seen[0].dtype == torch.float32 and same(outcome.seen, outcome.expected, tolerance=1e-5),
)

NAMES = ("mu_q", "logsigma_q", "mu_p", "logsigma_p")
Shape = tuple[int, ...]


def trial(generator: Generator, shape_q: Shape, shape_p: Shape) -> Trial:
    """Means and log sigmas, as float64, that are far from 0 and from each other, so that each one shows. In turns q or p
    has the larger mean, and the larger sigma."""

    def numbers(shape: Shape, low: float, high: float, turn: int) -> Tensor:
        """From ±low to ±high, of another sign after each `turn` numbers."""
        values = low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)
        signs = 1 - 2 * (torch.arange(values.numel()) // turn % 2)
        return values * signs.reshape(shape)

    given = (
        *(numbers(shape_q, 0.5, 2.0, 1), numbers(shape_q, -1.2, -0.2, 2)),
        *(numbers(shape_p, -2.0, -0.5, 1), numbers(shape_p, 0.2, 0.9, 2)),
    )
    return Trial(given, known_errors=(BROADCASTING,) if shape_p != shape_q else ())


def of_all_shapes(generator: Generator) -> list[Trial]:
    """Of one shape, of others that broadcast, and with standard deviations that float32 cannot square."""
    alike = ((7, 3), (5,), (2, 3, 4), (1, 1))
    broadcast = (((7, 3), ()), ((7, 3), (3,)), ((7, 3), (7, 1)))
    tiny = [torch.zeros(1), torch.full((1,), -60.0)] * 2
    extremes = noted(
        "for two equal distributions whose log sigma is −60 it does not give 0, since float32 cannot hold so small a "
        "sigma². exp(2·(logsigma_q − logsigma_p)) takes the quotient first, and can."
    )
    return [
        *(trial(generator, shape, shape) for shape in alike),
        *(trial(generator, *shapes) for shapes in broadcast),
        Trial(tiny, compare=extremes, tolerance=1e-4),
    ]


def by_torch(*given: Tensor) -> Tensor:
    mq, sq, mp, sp = torch.broadcast_tensors(*given)
    return kl_divergence(Normal(mq, sq.exp()), Normal(mp, sp.exp()))


def tell(outcome: Outcome) -> str:
    """The element that is furthest off, with the numbers that it comes from."""
    (seen,), (expected,) = outcome.seen, outcome.expected
    if outcome.other_shape:
        return f"gave shape {tuple(seen.shape)}; expected {tuple(expected.shape)}"
    place = furthest(seen, expected)
    at = ", ".join(
        f"{name} = {float(each.flatten()[place]):.2f}"
        for name, each in zip(NAMES, torch.broadcast_tensors(*outcome.arguments), strict=True)
    )
    came, right = told_apart(float(seen.flatten()[place]), float(expected.flatten()[place]), 4)
    return f"gave {came} at {at}; expected {right}"


kl_between_gaussians = FunctionSpec(
    "kl_between_gaussians",
    oracle=by_torch,
    recipe=Divergence(),
    mistakes=DIVERGENCE_MISTAKES,
    rare=RARE,
    takes=NAMES,
    tolerance=1e-9,
    known_errors=(DTYPES, IN_PLACE),
    symptoms=(FLOAT32_ONLY,),
    tell=tell,
    text=lambda mq, _sq, mp, _sp: (
        f"kl_between_gaussians with q of shape {tuple(mq.shape)} and p of shape {tuple(mp.shape)}"
    ),
    formula=FORMULA,
    trials={
        "agrees_with_torch": of_all_shapes,
        "lets_gradients_through": lambda g: [replace(trial(g, (7, 3), (7, 3)), compare=gradients)],
    },
)
