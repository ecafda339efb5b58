"""Equal up to rounding: the one way to compare what the learner's code gave with what it should have given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor

TOLERANCE = 1e-4
"""Largest difference, relative to the size of the numbers, between two float32 ways of computing one thing."""

LENIENCE: ContextVar[float] = ContextVar("LENIENCE", default=1.0)
"""How many times as far apart two things may be and still count as equal; `lenient` sets it."""


def same(seen: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two numbers or tensors, or two collections of them, are equal up to rounding; see `difference`."""
    return difference(seen, expected) <= tolerance


def difference(seen: Any, expected: Any) -> float:
    """The largest difference between two numbers or tensors, relative to 1 + the largest of the expected numbers.

    Of two sequences, or two mappings with the same keys, it is that of the pair that differs most. It is infinite where
    shapes or keys differ, where what was seen is no number or complex, and where nan or inf stands in one of them and not
    in the other.
    """
    return apart(seen, expected) / LENIENCE.get()


@contextlib.contextmanager
def lenient(times: float) -> Iterator[None]:
    """In the block, differences count as so many times smaller. No check uses it: it is for measuring how often wrong things
    agree by chance (`tools.chance`)."""
    token = LENIENCE.set(times)
    try:
        yield
    finally:
        LENIENCE.reset(token)


def apart(seen: Any, expected: Any) -> float:
    """`difference`, whatever the lenience."""
    if isinstance(seen, float) and isinstance(expected, float) and isfinite(seen) and isfinite(expected):
        return abs(seen - expected) / (1 + abs(expected))  # as below, but fast: a search compares thousands
    if isinstance(expected, Mapping):
        if not isinstance(seen, Mapping) or seen.keys() != expected.keys():
            return inf
        seen, expected = list(seen.values()), [expected[key] for key in seen]
    if isinstance(expected, Sequence):
        if not isinstance(seen, Sequence) or len(seen) != len(expected):
            return inf
        return max(map(apart, seen, expected), default=0.0)
    if not isinstance(seen, Tensor | int | float | complex):
        return inf
    seen, expected = torch.as_tensor(seen), torch.as_tensor(expected)
    if seen.shape != expected.shape or seen.is_complex():
        return inf
    return between(seen.double(), expected.double()) if seen.numel() else 0.0


def between(seen: Tensor, expected: Tensor) -> float:
    finite = torch.isfinite(expected)
    if not bool(finite.all()):
        if not torch.allclose(seen[~finite], expected[~finite], equal_nan=True):
            return inf
        seen, expected = seen[finite], expected[finite]
        if not len(expected):
            return 0.0
    largest = float((seen - expected).abs().max() / (1 + expected.abs().max()))
    return inf if largest != largest else largest
