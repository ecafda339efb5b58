"""The divergence between two normal distributions, beside torch.distributions' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from checks.core.evidence import Raised
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.exercises.hierarchical_vae.divergence_mistakes import FORMULA, MISTAKES, Divergence
from checks.core.mistakes import causes_of, texts_of, mutants
from checks.functions.operations import Applied, apply
from checks.core.return_values import instead_of_tensor
from checks.core.exceptions import KnownError

TOLERANCE = 1e-9
"""Largest difference, relative to the size of the numbers: everything here is float64."""

Shape = tuple[int, ...]
SHAPES: tuple[tuple[Shape, Shape], ...] = (
    *(((7, 3), (7, 3)), ((5,), (5,)), ((2, 3, 4), (2, 3, 4)), ((1, 1), (1, 1))),
    *(((7, 3), ()), ((7, 3), (3,)), ((7, 3), (7, 1))),
)
"""Of q's two tensors and of p's."""

NAMES = ("mu_q", "logsigma_q", "mu_p", "logsigma_p")
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


@dataclass
class GaussianDivergence:
    """The function under test."""

    run: CheckRun
    name: str = "kl_between_gaussians"

    @probe
    def agrees_with_torch(self) -> None:
        """The right number for each element, whatever the shapes, and the inputs as they were.

        p may be smaller than q, such as one mean and one log sigma for all.
        """
        for shape_q, shape_p in SHAPES:
            given = self.inputs(shape_q, shape_p)
            known_errors = (BROADCASTING,) if shape_p != shape_q else ()
            applied = self.apply(given, known_errors=known_errors)
            self.compare(given, applied.value)
            if applied.changed_input:
                self.run.fail(
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
        cotangent = torch.rand(7, 3, generator=self.run.generator, dtype=torch.float64) + 0.5
        leaves = [each.clone().requires_grad_() for each in given]
        wanted = torch.autograd.grad((Divergence()(*leaves) * cotangent).sum(), leaves)
        applied = self.apply(given, cotangent=cotangent)
        for number, name in enumerate(NAMES):
            found = applied.gradients.get(str(number))
            if found is None or not close(found, wanted[number]):
                self.run.fail(
                    f"{self.name} gives {name} {'no' if found is None else 'a wrong'} gradient, so training could not "
                    "change it for the better.",
                    cause="detached" if found is None else "wrong-gradient",
                    where=self.where(),
                    likely_cause="a `.detach()`, `.data`, `.item()`, `torch.tensor(…)` or `torch.no_grad()` on the way.",
                )

    # How

    def where(self) -> str | None:
        return self.run.where(self.name)

    def inputs(self, shape_q: Shape, shape_p: Shape) -> list[Tensor]:
        """Means and log sigmas that are far from 0 and from each other, so that each one shows."""
        generator = self.run.generator

        def numbers(shape: Shape, low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)

        return [
            numbers(shape_q, 0.5, 2.0),
            numbers(shape_q, -1.2, -0.2),
            numbers(shape_p, -2.0, -0.5),
            numbers(shape_p, 0.2, 0.9),
        ]

    def apply(self, given: list[Tensor], known_errors: tuple[KnownError, ...] = (), **how: Any) -> Applied:
        return self.run.observe(
            apply,
            f"{self.name} with q of shape {tuple(given[0].shape)} and p of shape {tuple(given[2].shape)}",
            known_errors=(DTYPES, IN_PLACE, *known_errors),
            arguments=given,
            **how,
        )

    def compare(self, given: list[Tensor], seen: Any) -> None:
        tried = f"{self.name} with q of shape {tuple(given[0].shape)} and p of shape {tuple(given[2].shape)}"
        if not isinstance(seen, Tensor):
            cause, what, text = instead_of_tensor(seen, self.name)
            self.run.fail(f"{tried} gave {what}.", cause=cause, where=self.where(), likely_cause=text)
        mq, sq, mp, sp = torch.broadcast_tensors(*given)
        expected = kl_divergence(Normal(mq, sq.exp()), Normal(mp, sp.exp()))
        if close(seen, expected):
            return
        wrong = mutants(Divergence(), MISTAKES, 1, 2)
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
        self.run.fail(
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
        applied = self.run.runner.run_operation(apply, arguments=given)
        value = None if isinstance(applied, Raised) else applied.value
        if not isinstance(value, Tensor) or not close(value.double(), torch.zeros(1).double(), 1e-4):
            self.run.note(
                "for two equal distributions whose log sigma is −60 it does not give 0, since float32 cannot hold so small a "
                "sigma². exp(2·(logsigma_q − logsigma_p)) takes the quotient first, and can."
            )


def close(seen: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> bool:
    if seen.shape != expected.shape or seen.is_complex() or not bool(expected.isfinite().all()):
        return False
    return bool(
        ((seen.double() - expected.double()).abs() <= tolerance * (1 + expected.double().abs())).all()
    )


def gaussian_divergence(run: CheckRun) -> GaussianDivergence:
    """What a check's specification works with: the function, alone or inside a module."""
    function = GaussianDivergence(run)
    require_function(run, function.name)
    return function
