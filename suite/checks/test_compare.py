"""The one comparison of the checks: rounding is forgiven, and nothing else."""

from math import inf, nan
from typing import Any

import pytest
import torch

from checks.core.compare import TOLERANCE, difference, same

ROUNDED = 1 + TOLERANCE / 2
ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ROUNDED, 1.0),
        (1000 * ROUNDED, 1000.0),
        (TOLERANCE / 2, 0.0),
        (1, 1.0),
        (torch.tensor(ROUNDED), 1.0),
        (ONES * ROUNDED, ONES),
        (ONES.double(), ONES),
        (torch.tensor([True, False]), torch.tensor([1.0, 0.0])),
        (torch.tensor([nan, 1.0]), torch.tensor([nan, 1.0])),
        (torch.tensor([inf, -inf]), torch.tensor([inf, -inf])),
        (nan, nan),
        (torch.empty(0, 3), torch.empty(0, 3)),
        ((1.0, ONES), (ROUNDED, ONES)),
        ([], []),
        ({"b": 2.0, "a": ONES}, {"a": ONES, "b": 2.0}),
    ],
)
def test_equal_up_to_rounding(seen: Any, expected: Any) -> None:
    assert same(seen, expected)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (1 + 3 * TOLERANCE, 1.0),
        (3 * TOLERANCE, 0.0),
        (torch.tensor([1e-3, 1000.0]), torch.tensor([1.0, 1000.0])),
        (ONES[0], ONES),
        (ONES[:, :1], ONES),
        (ONES + 0j, ONES),
        (torch.tensor([nan, 1.0]), torch.tensor([1.0, 1.0])),
        (torch.tensor([1.0, 1.0]), torch.tensor([nan, 1.0])),
        (torch.tensor([nan]), torch.tensor([inf])),
        (torch.tensor([-inf]), torch.tensor([inf])),
        (inf, 1.0),
        (nan, 1.0),
        (None, 1.0),
        ("1", 1.0),
        ((1.0,), 1.0),
        (1.0, (1.0,)),
        ((1.0, 2.0), (1.0,)),
        ((1.0, 3.0), (1.0, 2.0)),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}),
        ([("a", 1.0)], {"a": 1.0}),
        ({"a": 2.0}, {"a": 1.0}),
    ],
)
def test_anything_else_is_another(seen: Any, expected: Any) -> None:
    assert not same(seen, expected)


def test_small_numbers_beside_a_large_one_count_as_large_ones_do() -> None:
    """The measure is the largest of the expected numbers: float32 sums round by it."""
    assert difference(torch.tensor([0.01, 1000.0]), torch.tensor([0.0, 1000.0])) == pytest.approx(0.01 / 1001)
