"""The divergence between two normal distributions, beside torch.distributions' own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

import checks.hierarchical_hands  # noqa: F401 (their operations join the table)
from checks.evidence import Raised
from checks.exam import Exam, probe
from checks.mistakes import causes_of, table, texts_of, variants
from checks.parts_hands import Applied
from checks.returned import instead_of_tensor
from checks.troubles import Trouble

TOLERANCE = 1e-9
"""Largest difference, relative to the size of the numbers: everything here is float64."""

Shape = tuple[int, ...]
SHAPES: tuple[tuple[Shape, Shape], ...] = (
    *(((7, 3), (7, 3)), ((5,), (5,)), ((2, 3, 4), (2, 3, 4)), ((1, 1), (1, 1))),
    *(((7, 3), ()), ((7, 3), (3,)), ((7, 3), (7, 1))),
)
"""Of q's two tensors and of p's."""

NAMES = ("mu_q", "logsigma_q", "mu_p", "logsigma_p")
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

DTYPES = Trouble(
    "RuntimeError|TypeError",
    r"scalar type|same dtype|must be Tensor, not float|argument 'input'",
    "wrong-type",
    "the four are tensors, here of float64: compute with them as they are.",
)
IN_PLACE = Trouble(
    "RuntimeError",
    r"leaf Variable that requires grad|modified by an inplace operation",
    "changes-its-input",
    "one of the four is changed in place (`+=`, `exp_()`). Make a new tensor instead.",
)
BROADCASTING = Trouble(
    "RuntimeError|ValueError|EinopsError|IndexError|AssertionError",
    r"",
    "does-not-broadcast",
    "the four need not have one shape: p may be one number for all, or a row. Plain `+`, `-`, `*` and `/` take care of it.",
)


@dataclass
class GaussianDivergence:
    """The function under test."""

    exam: Exam
    name: str = "kl_between_gaussians"

    def look(self) -> None:
        target = self.exam.ask("take", f"looking for `{self.name}`", name=self.name)
        self.exam.target, self.exam.probe = target, "look"
        if target.kind != "function":
            self.exam.fail(
                f"this is a {target.kind} where the function `{self.name}` should be.", cause="not-a-function"
            )

    @probe
    def agrees_with_torch(self) -> None:
        """The right number for each element, whatever the shapes, and the inputs as they were.

        p may be smaller than q, such as one mean and one log sigma for all.
        """
        for shape_q, shape_p in SHAPES:
            given = self.inputs(shape_q, shape_p)
            suspects = (BROADCASTING,) if shape_p != shape_q else ()
            applied = self.apply(given, suspects=suspects)
            self.compare(given, applied.value)
            if applied.changed_input:
                self.exam.fail(
                    f"{self.name} changes one of the tensors that it was given. Whoever calls it still needs them.",
                    cause="changes-its-input",
                    where=self.where(),
                    likely_cause=IN_PLACE.text,
                )
        self.note_extremes()

    @probe
    def lets_gradients_through(self) -> None:
        """Each of the four gets its gradient."""
        given = self.inputs((7, 3), (7, 3))
        cotangent = torch.rand(7, 3, generator=self.exam.generator, dtype=torch.float64) + 0.5
        leaves = [each.clone().requires_grad_() for each in given]
        wanted = torch.autograd.grad((Divergence()(*leaves) * cotangent).sum(), leaves)
        applied = self.apply(given, cotangent=cotangent)
        for number, name in enumerate(NAMES):
            found = applied.gradients.get(str(number))
            if found is None or not close(found, wanted[number]):
                self.exam.fail(
                    f"{self.name} gives {name} {'no' if found is None else 'a wrong'} gradient, so training could not "
                    "change it for the better.",
                    cause="detached" if found is None else "wrong-gradient",
                    where=self.where(),
                    likely_cause="a `.detach()`, `.data`, `.item()`, `torch.tensor(…)` or `torch.no_grad()` on the way.",
                )

    # How

    def where(self) -> str | None:
        return self.exam.where(self.name)

    def inputs(self, shape_q: Shape, shape_p: Shape) -> list[Tensor]:
        """Means and log sigmas that are far from 0 and from each other, so that each one shows."""
        generator = self.exam.generator

        def numbers(shape: Shape, low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)

        return [
            numbers(shape_q, 0.5, 2.0),
            numbers(shape_q, -1.2, -0.2),
            numbers(shape_p, -2.0, -0.5),
            numbers(shape_p, 0.2, 0.9),
        ]

    def apply(self, given: list[Tensor], suspects: tuple[Trouble, ...] = (), **how: Any) -> Applied:
        return self.exam.ask(
            "apply",
            f"{self.name} with q of shape {tuple(given[0].shape)} and p of shape {tuple(given[2].shape)}",
            suspects=(DTYPES, IN_PLACE, *suspects),
            arguments=given,
            **how,
        )

    def compare(self, given: list[Tensor], seen: Any) -> None:
        tried = f"{self.name} with q of shape {tuple(given[0].shape)} and p of shape {tuple(given[2].shape)}"
        if not isinstance(seen, Tensor):
            cause, what, text = instead_of_tensor(seen, self.name)
            self.exam.fail(f"{tried} gave {what}.", cause=cause, where=self.where(), likely_cause=text)
        mq, sq, mp, sp = torch.broadcast_tensors(*given)
        expected = kl_divergence(Normal(mq, sq.exp()), Normal(mp, sp.exp()))
        if close(seen, expected):
            return
        wrong = variants(Divergence(), MISTAKES, 1, 2)
        chosen = next((chosen for each, chosen in wrong if close(seen, each(*given))), ())
        cause, text = causes_of(chosen), texts_of(chosen)
        if not chosen and seen.dtype == torch.float32 and close(seen, expected, 1e-5):
            cause, text = "float32-only", "it goes through float32 on the way; leave the type as it is."
        one = [float(each.flatten()[0]) for each in torch.broadcast_tensors(*given)]
        at = ", ".join(f"{name} = {value:.2f}" for name, value in zip(NAMES, one, strict=True))
        if seen.shape == expected.shape:
            what = f"at {at} it gives {float(seen.flatten()[0]):.4f}; expected {float(expected.flatten()[0]):.4f}"
        else:
            what = f"it gave shape {tuple(seen.shape)}; expected {tuple(expected.shape)}"
        self.exam.fail(
            f"{tried}: {what}.",
            cause=cause,
            numbers={"seen": seen.flatten()[:4].tolist(), "expected": expected.flatten()[:4].tolist()},
            likely_cause=text,
            compare=None if text else FORMULA,
            where=self.where(),
        )

    def note_extremes(self) -> None:
        """A note, no failure: what comes of standard deviations that float32 cannot square."""
        given = [torch.zeros(1), torch.full((1,), -60.0), torch.zeros(1), torch.full((1,), -60.0)]
        applied = self.exam.performer.perform("apply", arguments=given)
        value = None if isinstance(applied, Raised) else applied.value
        if not isinstance(value, Tensor) or not close(value.double(), torch.zeros(1).double(), 1e-4):
            self.exam.note(
                "for two equal distributions whose log sigma is −60 it does not give 0, since float32 cannot hold so small a "
                "sigma². exp(2·(logsigma_q − logsigma_p)) takes the quotient first, and can."
            )


def close(seen: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> bool:
    if seen.shape != expected.shape or seen.is_complex() or not bool(expected.isfinite().all()):
        return False
    return bool(
        ((seen.double() - expected.double()).abs() <= tolerance * (1 + expected.double().abs())).all()
    )


def gaussian_divergence(exam: Exam) -> GaussianDivergence:
    """What a check's specification works with: the function, alone or inside a module."""
    function = GaussianDivergence(exam)
    function.look()
    return function
