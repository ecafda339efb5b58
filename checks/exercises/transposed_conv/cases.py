"""With what the functions of the transposed convolution are called, and what each of them computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import Mistake
from checks.exercises.transposed_conv.mistakes import IN_ONE_DIRECTION, IN_TWO_DIRECTIONS, SPREAD, TWO_DIRECTIONS
from checks.exercises.transposed_conv.recipe import Numbers, Recipe, spread_out, transpose


@dataclass(frozen=True)
class Case:
    """One call: sizes of x (batch, in, size…) and of the weights (in, out, kernel…), and the numbers handed over."""

    x: Numbers
    weights: Numbers
    numbers: tuple[Any, ...] = ()

    def named(self, name: str) -> str:
        numbers = {0: "", 1: ", stride={}", 2: ", stride={}, padding={}"}[len(self.numbers)]
        return f"{name}(x, weights{numbers.format(*self.numbers)}) with x {self.x} and weights {self.weights}"


@dataclass(frozen=True)
class Kind:
    """What one of the functions computes. `run` is the recipe with or without a mistake, `oracle` another road to the
    right numbers, `text` how a call reads."""

    oracle: Callable[..., Tensor]
    compute: Callable[..., Tensor]
    mistakes: Sequence[Mistake]
    cases: Sequence[Case]
    text: Callable[[Case, str], str] = Case.named


def pair_of(value: Any, directions: int) -> Numbers:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * directions


def run_transposed(recipe: Recipe, x: Tensor, weights: Tensor, stride: Any = 1, padding: Any = 0) -> Tensor:
    directions = x.ndim - 2
    return transpose(recipe, x, weights, pair_of(stride, directions), pair_of(padding, directions))


def run_spread(recipe: Recipe, x: Tensor, *strides: int) -> Tensor:
    return spread_out(recipe, x, strides)


def torchs_own(x: Tensor, weights: Tensor, stride: Any = 1, padding: Any = 0) -> Tensor:
    convolution = F.conv_transpose1d if x.ndim == 3 else F.conv_transpose2d
    return convolution(x, weights, stride=stride, padding=padding)


def spread_by_torch(x: Tensor, *strides: int) -> Tensor:
    """Zeros between numbers, as torch's own transposed convolution makes them with a kernel of a single 1."""
    ones = torch.eye(x.shape[1], dtype=x.dtype)[(..., *(None for _ in strides))]
    return torchs_own(x, ones, strides)


def spread_text(case: Case, name: str) -> str:
    return f"{name}(x, {', '.join(map(str, case.numbers))}) with x {case.x}"


# In the first case of each kind every number matters, so that no two mistakes give the same. It has as many channels
# that come in as go out, so that exchanging them raises no error and can be recognised.
MINIMAL = (
    Case((2, 3, 5), (3, 3, 6)),
    Case((3, 2, 7), (2, 4, 3)),
    Case((1, 4, 5), (4, 1, 1)),
    Case((2, 1, 1), (1, 3, 4)),
    Case((4, 3, 2), (3, 2, 5)),
)
ONE_DIRECTION = (
    Case((2, 3, 5), (3, 3, 14), (3, 4)),
    Case((3, 2, 7), (2, 4, 4), (2, 1)),
    Case((1, 4, 6), (4, 1, 3), (1, 0)),
    Case((2, 1, 1), (1, 3, 5), (4, 1)),
    Case((3, 3, 4), (3, 2, 2), (5, 0)),
    Case((2, 2, 9), (2, 3, 4), (1, 3)),
    Case((2, 4, 3), (4, 2, 7), (2, 4)),
)
TWO_DIRECTION_CASES = (
    Case((2, 3, 4, 5), (3, 3, 14, 10), ((3, 2), (4, 3))),
    Case((3, 2, 6, 4), (2, 4, 4, 4), (2, 1)),
    Case((1, 4, 3, 7), (4, 1, 3, 5), ((1, 2), 0)),
    Case((2, 1, 1, 1), (1, 3, 5, 2), (3, (2, 0))),
    Case((3, 3, 2, 4), (3, 2, 2, 3), ((4, 1), (0, 2))),
    Case((2, 2, 5, 3), (2, 3, 1, 4), (1, (0, 2))),
    Case((1, 3, 7, 7), (3, 2, 4, 4), ((2, 2), (1, 1))),
)
BEYOND = {1: Case((2, 2, 6), (2, 3, 2), (2, 3)), 2: Case((2, 2, 6, 5), (2, 3, 2, 3), (2, 3))}
"""A padding larger than kernel − 1, which torch takes and few lessons speak of: worth a note, no more."""

KINDS = {
    "conv_transpose1d_minimal": Kind(torchs_own, run_transposed, IN_ONE_DIRECTION, MINIMAL),
    "fractional_stride_1d": Kind(
        spread_by_torch,
        run_spread,
        SPREAD,
        tuple(Case(x, (), (s,)) for x, s in (((2, 3, 5), 3), ((1, 1, 1), 4), ((3, 2, 6), 1), ((4, 1, 7), 2))),
        spread_text,
    ),
    "conv_transpose1d": Kind(torchs_own, run_transposed, IN_ONE_DIRECTION, ONE_DIRECTION),
    "fractional_stride_2d": Kind(
        spread_by_torch,
        run_spread,
        [mistake for mistake in TWO_DIRECTIONS if mistake.step == "strides"] + SPREAD,
        tuple(
            Case(x, (), strides)
            for x, strides in (
                ((2, 3, 4, 5), (3, 2)),
                ((1, 1, 1, 3), (4, 1)),
                ((3, 2, 6, 4), (1, 1)),
                ((2, 1, 2, 6), (1, 5)),
            )
        ),
        spread_text,
    ),
    "conv_transpose2d": Kind(torchs_own, run_transposed, IN_TWO_DIRECTIONS, TWO_DIRECTION_CASES),
}
