"""A transposed convolution as a recipe of steps; what each looks like when it goes wrong is in `transposed_mistakes`.

Flip the kernel, swap its channels, put zeros between the numbers of x, put zeros around them, convolve. All steps are
written for any number of directions; 1D has one, 2D has height and width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

Numbers = tuple[int, ...]
Border = list[tuple[int, int]]


def as_given(numbers: Numbers) -> Numbers:
    return numbers


def zeros_between(x: Tensor, direction: int, stride: int) -> Tensor:
    """stride − 1 zeros between neighbours along one dimension."""
    return placed(x, direction, (x.shape[direction] - 1) * stride + 1, slice(None, None, stride))


def placed(x: Tensor, direction: int, size: int, where: slice) -> Tensor:
    """Zeros of another size along one dimension, with x at these places."""
    shape = list(x.shape)
    shape[direction] = size
    spread = x.new_zeros(shape)
    spread.movedim(direction, 0)[where] = x.movedim(direction, 0)
    return spread


@dataclass(frozen=True)
class Recipe:
    """Every step of the right answer; a mistake changes one of them."""

    order: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]] = lambda strides, paddings: (
        strides,
        paddings,
    )
    strides: Callable[[Numbers], Numbers] = as_given
    paddings: Callable[[Numbers], Numbers] = as_given
    kernel_sizes: Callable[[Numbers], Numbers] = as_given
    spread: Callable[[Tensor, int, int], Tensor] = zeros_between
    border: Callable[[int, int, int], tuple[int, int]] = lambda kernel, padding, stride: (
        (kernel - 1 - padding,) * 2
    )
    sides: Callable[[Border], Border] = lambda border: border
    kernel: Callable[[Tensor], Tensor] = lambda weights: weights.flip(*range(2, weights.ndim))
    channels: Callable[[Tensor], Tensor] = lambda kernel: kernel.transpose(0, 1)
    steps: Callable[[Numbers], Numbers] = lambda strides: (1,) * len(strides)


def spread_out(recipe: Recipe, x: Tensor, strides: Numbers) -> Tensor:
    """The step that is an exercise of its own: zeros between the numbers of x, in every direction."""
    for number, stride in enumerate(recipe.strides(strides)):
        x = recipe.spread(x, number + 2, stride)
    return x


def transpose(recipe: Recipe, x: Tensor, weights: Tensor, strides: Numbers, paddings: Numbers) -> Tensor:
    """The whole recipe. Raises RuntimeError where a mistake leaves shapes that do not fit."""
    strides, paddings = recipe.order(strides, paddings)
    kernel_sizes = recipe.kernel_sizes(tuple(weights.shape[2:]))
    border = [
        recipe.border(*numbers)
        for numbers in zip(kernel_sizes, recipe.paddings(paddings), recipe.strides(strides), strict=True)
    ]
    around = [amount for sides in reversed(recipe.sides(border)) for amount in sides]
    padded = F.pad(spread_out(recipe, x, strides), around)
    kernel = recipe.channels(recipe.kernel(weights))
    convolution = F.conv1d if x.ndim == 3 else F.conv2d
    return convolution(padded, kernel, stride=recipe.steps(strides))
