"""Known mistakes as data: each changes one part of the right answer, and the one that reproduces what was seen is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeVar

Right = TypeVar("Right")


@dataclass(frozen=True)
class Mistake:
    """A wrong answer's cause, what to tell the learner, and the part of the right answer that it changes."""

    cause: str
    text: str
    part: str
    change: Any


def table(part: str, *rows: tuple[str, str, Any]) -> list[Mistake]:
    """Mistakes of one part, each as (cause, text, change)."""
    return [Mistake(cause, text, part, change) for cause, text, change in rows]


def mutants(
    right: Right, mistakes: Sequence[Mistake], least: int, most: int
) -> Iterator[tuple[Right, tuple[Mistake, ...]]]:
    """The right answer with `least` mistakes, in as many parts, and so on up to `most`."""
    for number in range(least, most + 1):
        for chosen in combinations(mistakes, number):
            changes = {mistake.part: mistake.change for mistake in chosen}
            if len(changes) == number:
                yield replace(right, **changes), chosen


def causes_of(chosen: Sequence[Mistake]) -> str | None:
    """The causes of several mistakes as one slug, or None for no mistake."""
    return "+".join(dict.fromkeys(mistake.cause for mistake in chosen)) or None


def texts_of(chosen: Sequence[Mistake]) -> str | None:
    return " And: ".join(mistake.text for mistake in chosen) or None
