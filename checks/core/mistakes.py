"""What is known to go wrong, as data, and the search for that which explains what was seen.

A `Mistake` does one step of the right answer otherwise; it is found by computing with it. A `Symptom` is seen in the
evidence itself. (What an exception means is a `KnownError`, in `checks.core.exceptions`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Protocol, TypeVar

Right = TypeVar("Right", bound=Any)
"""A dataclass with a field for each step of the right answer."""

Cause = tuple[str | None, str | None]
"""A cause's slug and what to tell the learner; (None, None) where nothing that is known explains what was seen."""

DOES_NOT_FIT = (RuntimeError, IndexError, ValueError, ArithmeticError)
"""What a mistake raises on data that it does not go with: shapes that do not fit, a division by 0."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer's cause, what to tell the learner, and the step of the right answer that it does otherwise."""

    cause: str
    text: str
    step: str
    change: Any


def table(step: str, *rows: tuple[str, str, Any]) -> list[Mistake]:
    """Mistakes of one step, each as (cause, text, change)."""
    return [Mistake(cause, text, step, change) for cause, text, change in rows]


def mutants(
    right: Right, mistakes: Sequence[Mistake], least: int, most: int
) -> Iterator[tuple[Right, tuple[Mistake, ...]]]:
    """The right answer (a dataclass, a field for each step) with `least` mistakes, in as many steps, and so on up to
    `most`; and beside each the mistakes that were made."""
    for number in range(least, most + 1):
        for chosen in combinations(mistakes, number):
            if len({mistake.step for mistake in chosen}) == number:
                yield mutant(right, chosen), chosen


def mutant(right: Right, chosen: Iterable[Mistake]) -> Right:
    """The right answer with these mistakes."""
    return replace(right, **{mistake.step: mistake.change for mistake in chosen})


def diagnose(
    right: Right, mistakes: Sequence[Mistake], agrees: Callable[[Right], bool], most: int = 2
) -> tuple[Mistake, ...]:
    """The mistakes, as few as possible and `most` at most, with which the right answer `agrees` with what was seen;
    none where no known ones do."""
    for wrong, chosen in mutants(right, mistakes, 1, most):
        try:
            if agrees(wrong):
                return chosen
        except DOES_NOT_FIT:
            continue
    return ()


def diagnose_nearest(
    right: Right, mistakes: Sequence[Mistake], off: Callable[[Right], float], tolerance: float, most: int = 2
) -> tuple[Mistake, ...]:
    """The same where what was seen is a number or two, which several mistakes may come near: the nearest of those that
    are `off` by no more than the tolerance, as few as possible."""

    def measured(mutant: Right) -> float:
        try:
            return off(mutant)
        except DOES_NOT_FIT:
            return float("inf")

    for number in range(1, most + 1):
        found = [(measured(mutant), chosen) for mutant, chosen in mutants(right, mistakes, number, number)]
        nearest, chosen = min(found, key=lambda each: each[0], default=(float("inf"), ()))
        if nearest <= tolerance:
            return chosen
    return ()


@dataclass(frozen=True)
class Symptom:
    """A wrong answer's cause, what to tell the learner, and how the evidence `shows` it."""

    cause: str
    text: str
    shows: Callable[..., bool]


def first_shown(symptoms: Iterable[Symptom], *evidence: Any) -> Cause:
    """The cause and the text of the first symptom that the evidence shows."""
    return next(((each.cause, each.text) for each in symptoms if each.shows(*evidence)), (None, None))


class Known(Protocol):
    """A `Mistake`, a `Symptom`, or whatever else has a cause and a text."""

    @property
    def cause(self) -> str: ...

    @property
    def text(self) -> str: ...


def causes_of(chosen: Sequence[Known]) -> str | None:
    """The causes of several mistakes as one slug, "missing-relu+final-relu"; None for no mistake."""
    return "+".join(dict.fromkeys(mistake.cause for mistake in chosen)) or None


def texts_of(chosen: Sequence[Known]) -> str | None:
    """What to tell the learner of several mistakes; None for no mistake."""
    return " And: ".join(mistake.text for mistake in chosen) or None
