"""A transposed convolution as a recipe of steps, and what each step looks like when it goes wrong.

Flip the kernel, swap its channels, put zeros between the numbers of x, put zeros around them, convolve. All steps are
written for any number of directions; 1D has one, 2D has height and width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from einops import einsum
from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import Mistake, table

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


def between_neighbours(x: Tensor, direction: int, stride: int) -> Tensor:
    """The numbers on the straight lines from one neighbour to the next, stride − 1 of them in each gap."""
    last = x.movedim(direction, -1)
    steps = torch.arange((last.shape[-1] - 1) * stride + 1)
    left, share = steps // stride, (steps % stride) / stride
    right = (left + 1).clamp(max=last.shape[-1] - 1)
    return (last[..., left] * (1 - share) + last[..., right] * share).movedim(-1, direction)


@dataclass(frozen=True)
class Spreading:
    """The step that is an exercise of its own: zeros between the numbers of x, in every direction."""

    strides: Callable[[Numbers], Numbers] = as_given
    spread: Callable[[Tensor, int, int], Tensor] = zeros_between
    turned: Callable[[Tensor], Tensor] = lambda x: x

    def __call__(self, x: Tensor, *strides: int) -> Tensor:
        for direction, stride in enumerate(self.strides(strides), start=2):
            x = self.spread(x, direction, stride)
        return self.turned(x)


def convolved(x: Tensor, kernel: Tensor, steps: Numbers, dilation: Numbers) -> Tensor:
    convolution = F.conv1d if x.ndim == 3 else F.conv2d
    return convolution(x, kernel, stride=steps, dilation=dilation)


def outlined(x: Tensor, kernel: Tensor, steps: Numbers, dilation: Numbers) -> Tensor:
    """A tensor of the shape that the convolution gives. Raises ValueError where the channels or the sizes do not fit."""
    sizes = zip(x.shape[2:], kernel.shape[2:], steps, dilation, strict=True)
    places = [(size - 1 - apart * (width - 1)) // step + 1 for size, width, step, apart in sizes]
    if min(places) < 1 or x.shape[1] != kernel.shape[1]:
        raise ValueError("the kernel does not fit")
    return x.new_zeros(1).expand(len(x), len(kernel), *places)


def last_copy_alone(x: Tensor, kernel: Tensor, steps: Numbers, dilation: Numbers) -> Tensor:
    """Where copies of the kernel overlap, that of the last number of x (none of which is 0) overwrites the others."""
    windows = x
    for direction in range(2, x.ndim):
        windows = windows.unfold(direction, kernel.shape[direction], 1)
    windows = windows.flatten(x.ndim)
    behind = (windows != 0).flip(-1).cumsum(-1).flip(-1)
    return einsum(windows * (behind == 1), kernel.flatten(2), "b i ... k, o i k -> b o ...")


@dataclass(frozen=True)
class Recipe:
    """Every step of a transposed convolution; a mistake changes one of them."""

    order: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]] = lambda strides, paddings: (strides, paddings)
    strides: Callable[[Numbers], Numbers] = as_given
    paddings: Callable[[Numbers], Numbers] = as_given
    kernel_sizes: Callable[[Numbers], Numbers] = as_given
    spread: Callable[[Tensor, int, int], Tensor] = zeros_between
    border: Callable[[int, int, int], tuple[int, int]] = lambda kernel, padding, stride: (kernel - 1 - padding,) * 2
    sides: Callable[[Border], Border] = lambda border: border
    kernel: Callable[[Tensor], Tensor] = lambda weights: weights.flip(*range(2, weights.ndim))
    channels: Callable[[Tensor], Tensor] = lambda kernel: kernel.transpose(0, 1)
    steps: Callable[[Numbers], Numbers] = lambda strides: (1,) * len(strides)
    dilation: Callable[[Numbers], Numbers] = lambda strides: (1,) * len(strides)
    convolve: Callable[[Tensor, Tensor, Numbers, Numbers], Tensor] = convolved
    pad: Callable[[Tensor, list[int]], Tensor] = F.pad
    given: Callable[[Tensor], Tensor] = lambda x: x
    output: Callable[[Tensor, Tensor], Tensor] = lambda output, weights: output

    def __call__(self, x: Tensor, weights: Tensor, stride: Any = 1, padding: Any = 0) -> Tensor:
        """Raises RuntimeError where a mistake leaves shapes that do not fit."""
        directions = x.ndim - 2
        strides, paddings = self.order(pair_of(stride, directions), pair_of(padding, directions))
        kernel_sizes = self.kernel_sizes(tuple(weights.shape[2:]))
        border = [
            self.border(*numbers)
            for numbers in zip(kernel_sizes, self.paddings(paddings), self.strides(strides), strict=True)
        ]
        around = [amount for sides in reversed(self.sides(border)) for amount in sides]
        padded = self.pad(Spreading(self.strides, self.spread)(self.given(x), *strides), around)
        kernel = self.channels(self.kernel(weights))
        output = self.convolve(padded, kernel, self.steps(strides), self.dilation(strides))
        return self.output(output, weights)


def pair_of(value: Any, directions: int) -> Numbers:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * directions


def reversed_numbers(numbers: Numbers) -> Numbers:
    return numbers[::-1]


def first_for_all(numbers: Numbers) -> Numbers:
    return numbers[:1] * len(numbers)


def last_for_all(numbers: Numbers) -> Numbers:
    return numbers[-1:] * len(numbers)


SPREAD = table(
    "spread",
    (
        "zeros-at-the-end",
        "zeros stand behind the last number too. Zeros belong only *between* numbers, stride − 1 of them in each gap. "
        "Count the gaps, then the width follows.",
        lambda x, direction, stride: placed(x, direction, x.shape[direction] * stride, slice(None, None, stride)),
    ),
    (
        "zeros-in-front",
        "zeros stand in front of the first number too. Zeros belong only *between* numbers.",
        lambda x, direction, stride: placed(x, direction, x.shape[direction] * stride, slice(stride - 1, None, stride)),
    ),
    (
        "one-zero-too-many",
        "there are `stride` zeros in each gap. Then neighbours are stride + 1 places apart: put in stride − 1.",
        lambda x, direction, stride: zeros_between(x, direction, stride + 1),
    ),
    (
        "values-repeated",
        "each number is repeated `stride` times, where it should stand once with zeros behind it.",
        lambda x, direction, stride: x.repeat_interleave(stride, direction),
    ),
    (
        "values-repeated",
        "each number is repeated in the gap behind it; zeros belong there.",
        lambda x, direction, stride: x.repeat_interleave(stride, direction).narrow(
            direction, 0, (x.shape[direction] - 1) * stride + 1
        ),
    ),
    (
        "values-interpolated",
        "the gaps are filled with numbers between the neighbours (`interpolate`); zeros belong there.",
        between_neighbours,
    ),
    (
        "zeros-at-both-ends",
        "stride − 1 zeros stand in front of the first number and behind the last one. Zeros belong only *between* numbers.",
        lambda x, direction, stride: placed(
            x, direction, (x.shape[direction] + 1) * stride - 1, slice(stride - 1, None, stride)
        ),
    ),
    (
        "stride-ignored",
        "the stride changes nothing: there are no zeros between the numbers of x.",
        lambda x, direction, stride: x,
    ),
    (
        "zeros-not-between",
        "the zeros stand together behind all numbers. They belong between neighbours: assign to every stride-th place, "
        "`spread[..., ::stride] = x`.",
        lambda x, direction, stride: placed(
            x, direction, (x.shape[direction] - 1) * stride + 1, slice(None, x.shape[direction])
        ),
    ),
    (
        "takes-instead-of-spreads",
        "every stride-th number of x is kept and the others are dropped (`x[..., ::stride]` on the right side). "
        "It is to be the other way round: x goes *into* every stride-th place.",
        lambda x, direction, stride: x.movedim(direction, 0)[::stride].movedim(0, direction),
    ),
)
BORDER = table(
    "border",
    (
        "padding-ignored",
        "`padding` changes nothing. It takes `padding` places off each end of the output: "
        "kernel − 1 − padding zeros at each end of x.",
        lambda kernel, padding, stride: (kernel - 1,) * 2,
    ),
    (
        "padding-added",
        "`padding` makes the output longer. Here it works the other way round than in a convolution: it takes away, "
        "kernel − 1 − padding zeros at each end.",
        lambda kernel, padding, stride: (kernel - 1 + padding,) * 2,
    ),
    (
        "border-not-kernel-minus-one",
        "there are kernel − padding zeros at each end, one too many: with kernel − 1 the kernel's last number still "
        "touches x.",
        lambda kernel, padding, stride: (kernel - padding,) * 2,
    ),
    (
        "border-not-kernel-minus-one",
        "there is one zero too few at each end: kernel − 1 of them before padding takes its share.",
        lambda kernel, padding, stride: (kernel - 2 - padding,) * 2,
    ),
    (
        "border-not-kernel-minus-one",
        "there are `kernel` zeros at each end, whatever the padding; kernel − 1 − padding are asked.",
        lambda kernel, padding, stride: (kernel,) * 2,
    ),
    (
        "padding-as-in-a-convolution",
        "`padding` zeros stand at each end, as in a plain convolution. Here it is kernel − 1 − padding.",
        lambda kernel, padding, stride: (padding,) * 2,
    ),
    (
        "border-missing",
        "no zeros stand around x, so the kernel never sticks out and the output shrinks. "
        "It needs kernel − 1 (less the padding) at each end.",
        lambda kernel, padding, stride: (0, 0),
    ),
    (
        "border-of-the-same-size",
        "kernel // 2 zeros stand at each end, as for a convolution that keeps the size. "
        "Here the kernel must reach x with its last number alone: kernel − 1.",
        lambda kernel, padding, stride: (kernel // 2,) * 2,
    ),
    (
        "border-of-the-same-size",
        "(kernel − 1) // 2 zeros stand at each end, as for a convolution that keeps the size. "
        "Here the kernel must reach x with its last number alone: kernel − 1.",
        lambda kernel, padding, stride: ((kernel - 1) // 2,) * 2,
    ),
    (
        "padding-on-one-side",
        "`padding` is taken off at the left (or top) only; it is to be taken off at both ends.",
        lambda kernel, padding, stride: (kernel - 1 - padding, kernel - 1),
    ),
    (
        "padding-on-one-side",
        "`padding` is taken off at the right (or bottom) only; it is to be taken off at both ends.",
        lambda kernel, padding, stride: (kernel - 1, kernel - 1 - padding),
    ),
    (
        "padding-on-one-side",
        "twice the padding is taken off, all of it at the left (or top); take it off once at each end.",
        lambda kernel, padding, stride: (kernel - 1 - 2 * padding, kernel - 1),
    ),
    (
        "padding-on-one-side",
        "twice the padding is taken off, all of it at the right (or bottom); take it off once at each end.",
        lambda kernel, padding, stride: (kernel - 1, kernel - 1 - 2 * padding),
    ),
    (
        "border-on-one-side",
        "zeros stand in front of x only; it needs them at both ends.",
        lambda kernel, padding, stride: (kernel - 1 - padding, 0),
    ),
    (
        "border-on-one-side",
        "zeros stand behind x only; it needs them at both ends.",
        lambda kernel, padding, stride: (0, kernel - 1 - padding),
    ),
    (
        "border-on-one-side",
        "all zeros stand in front of x, twice kernel − 1 − padding of them; half of them belong behind it.",
        lambda kernel, padding, stride: (2 * (kernel - 1 - padding), 0),
    ),
    (
        "border-on-one-side",
        "all zeros stand behind x, twice kernel − 1 − padding of them; half of them belong in front of it.",
        lambda kernel, padding, stride: (0, 2 * (kernel - 1 - padding)),
    ),
    (
        "border-counts-the-stride",
        "kernel − stride − padding zeros stand at each end. The stride has no part in it: kernel − 1 − padding.",
        lambda kernel, padding, stride: (kernel - stride - padding,) * 2,
    ),
    (
        "border-counts-the-stride",
        "the zeros at the ends are multiplied by the stride. It has no part in them: kernel − 1 − padding.",
        lambda kernel, padding, stride: ((kernel - 1 - padding) * stride,) * 2,
    ),
    (
        "padding-halved",
        "half of `padding` is taken off at each end; take off all of it at each.",
        lambda kernel, padding, stride: (kernel - 1 - padding // 2,) * 2,
    ),
    (
        "border-doubled",
        "twice as many zeros stand at each end: kernel − 1 (less the padding) at each, twice that in all.",
        lambda kernel, padding, stride: (2 * (kernel - 1 - padding),) * 2,
    ),
    (
        "padding-counted-twice",
        "2 · padding are taken off at each end; take off `padding` at each, 2 · padding in all.",
        lambda kernel, padding, stride: (kernel - 1 - 2 * padding,) * 2,
    ),
    (
        "padding-times-stride",
        "padding · stride places are taken off at each end. Padding counts places of the output, whatever the stride.",
        lambda kernel, padding, stride: (kernel - 1 - padding * stride,) * 2,
    ),
)
KERNEL = table(
    "kernel",
    (
        "kernel-not-flipped",
        "the kernel is not turned round. The first number of the output is to be x's first times the kernel's *first*; "
        "a convolution over zeros and x meets the kernel's last number there. Flip it in every direction.",
        lambda weights: weights,
    ),
    (
        "channels-flipped",
        "the kernel's channels are turned round too: `flip` takes the kernel's own dimensions only, "
        "-1 (and -2 in two dimensions).",
        lambda weights: weights.flip(*range(weights.ndim)),
    ),
    (
        "channels-flipped",
        "the order of the in channels is turned round, not the kernel: flip along the last dimension.",
        lambda weights: weights.flip(0),
    ),
    (
        "channels-flipped",
        "the order of the out channels is turned round, not the kernel: flip along the last dimension.",
        lambda weights: weights.flip(1),
    ),
    (
        "channels-flipped",
        "the order of the in channels is turned round as well: flip the kernel's own dimensions only.",
        lambda weights: weights.flip(0, *range(2, weights.ndim)),
    ),
    (
        "channels-flipped",
        "the order of the out channels is turned round as well: flip the kernel's own dimensions only.",
        lambda weights: weights.flip(1, *range(2, weights.ndim)),
    ),
    (
        "channels-flipped",
        "the order of both kinds of channels is turned round, and not the kernel: flip the kernel's own dimensions.",
        lambda weights: weights.flip(0, 1),
    ),
    (
        "columns-out-of-order",
        "`F.fold` reads a column as (out channels, kernel); yours has the out channels last, so channels and places mix.",
        lambda weights: weights.movedim(1, -1).reshape(weights.shape).flip(*range(2, weights.ndim)),
    ),
)
AROUND = [
    *table(
        "pad",
        (
            "border-not-of-zeros",
            "the numbers at the ends of x are repeated around it (`mode='replicate'`); zeros belong there.",
            lambda x, around: F.pad(x, around, mode="replicate"),
        ),
        (
            "border-not-of-zeros",
            "what stands around x is its own other end (`mode='circular'`); zeros belong there.",
            lambda x, around: F.pad(x, around, mode="circular"),
        ),
        (
            "border-not-of-zeros",
            "what stands around x is its mirror image (`mode='reflect'`); zeros belong there.",
            lambda x, around: F.pad(x, around, mode="reflect"),
        ),
        (
            "border-not-of-zeros",
            "ones stand around x; zeros belong there.",
            lambda x, around: F.pad(x, around, value=1.0),
        ),
    ),
    *table(
        "given",
        (
            "x-flipped",
            "x is turned round; turn the kernel round and leave x as it is.",
            lambda x: x.flip(*range(2, x.ndim)),
        ),
        ("channels-flipped", "the order of x's channels is turned round.", lambda x: x.flip(1)),
    ),
    *table(
        "output",
        (
            "output-flipped",
            "the output stands from back to front.",
            lambda output, weights: output.flip(*range(2, output.ndim)),
        ),
        (
            "averaged-over-channels",
            "the sum over the in channels is divided by their number; it stays a sum.",
            lambda output, weights: output / weights.shape[0],
        ),
        (
            "averaged-over-the-kernel",
            "the output is divided by the kernel's size; it is a sum.",
            lambda output, weights: output / weights[0, 0].numel(),
        ),
    ),
]
CHANNELS = table(
    "channels",
    (
        "channels-swapped",
        "the weights are used as (out, in, …). They are given as (in, out, …), and a convolution wants (out, in, …): "
        "exchange the first two dimensions.",
        lambda kernel: kernel,
    ),
    (
        "channels-reshaped",
        "`reshape` (or `view`) to (out, in, …) cuts the weights up anew and mixes their numbers. Exchange the first two "
        "dimensions: `transpose(0, 1)`, or `rearrange`.",
        lambda kernel: kernel.reshape(kernel.shape[1], kernel.shape[0], *kernel.shape[2:]),
    ),
)
ORDER = table(
    "order",
    (
        "stride-and-padding-swapped",
        "stride and padding are exchanged: the stride comes first.",
        lambda strides, paddings: (paddings, strides),
    ),
)
STEPS = table(
    "steps",
    (
        "stride-in-the-convolution",
        "the stride is handed to the convolution, which then skips places. It belongs in front of it, "
        "as zeros between the numbers of x.",
        as_given,
    ),
)
TWO_DIRECTIONS = [
    *table(
        "kernel",
        (
            "kernel-flipped-in-one-direction",
            "the kernel is turned round from left to right only; from top to bottom too: `flip(-2, -1)`.",
            lambda weights: weights.flip(-1),
        ),
        (
            "kernel-flipped-in-one-direction",
            "the kernel is turned round from top to bottom only; from left to right too: `flip(-2, -1)`.",
            lambda weights: weights.flip(-2),
        ),
        (
            "kernel-height-and-width-swapped",
            "height and width of the kernel are exchanged: it is (in, out, kernel height, kernel width).",
            lambda weights: weights.flip(-2, -1).transpose(-2, -1),
        ),
        (
            "kernel-height-and-width-swapped",
            "height and width of the kernel are exchanged (`.T` or `.mT`) where the kernel should be turned round: "
            "`flip(-2, -1)`.",
            lambda weights: weights.transpose(-2, -1),
        ),
        (
            "kernel-turned-a-quarter",
            "the kernel is turned by a quarter (`rot90` once); turn it by half, which is `flip(-2, -1)`.",
            lambda weights: weights.rot90(1, (-2, -1)),
        ),
        (
            "kernel-turned-a-quarter",
            "the kernel is turned by a quarter (`rot90` three times); turn it by half, which is `flip(-2, -1)`.",
            lambda weights: weights.rot90(-1, (-2, -1)),
        ),
    ),
    *table(
        "strides",
        ("strides-swapped", "the strides of height and width are exchanged: height comes first.", reversed_numbers),
        ("one-number-for-both", "the stride of the height is used for the width too.", first_for_all),
        ("one-number-for-both", "the stride of the width is used for the height too.", last_for_all),
        ("stride-ignored", "the stride of the width changes nothing.", lambda strides: (strides[0], 1)),
        ("stride-ignored", "the stride of the height changes nothing.", lambda strides: (1, strides[-1])),
    ),
    *table(
        "paddings",
        ("paddings-swapped", "the paddings of height and width are exchanged: height comes first.", reversed_numbers),
        ("one-number-for-both", "the padding of the height is used for the width too.", first_for_all),
        ("one-number-for-both", "the padding of the width is used for the height too.", last_for_all),
    ),
    *table(
        "kernel_sizes",
        (
            "kernel-height-and-width-swapped",
            "the zeros around x are counted with the kernel's width for the height, and its height for the width.",
            reversed_numbers,
        ),
        (
            "one-number-for-both",
            "the zeros around x are counted with the kernel's height in both directions; kernels need not be square.",
            first_for_all,
        ),
        (
            "one-number-for-both",
            "the zeros around x are counted with the kernel's width in both directions; kernels need not be square.",
            last_for_all,
        ),
    ),
    *table(
        "sides",
        (
            "pad-order",
            "`F.pad` names the last dimension first: (left, right, top, bottom). Here top and bottom come first.",
            lambda border: border[::-1],
        ),
        (
            "pad-order",
            "`F.pad` takes (left, right, top, bottom), both ends of one direction side by side; here the four numbers "
            "alternate between the directions.",
            lambda border: [(border[0][1], border[1][1]), (border[0][0], border[1][0])],
        ),
        (
            "pad-order",
            "`F.pad` takes (left, right, top, bottom), both ends of one direction side by side; here the four numbers "
            "alternate between the directions.",
            lambda border: [(border[1][0], border[0][0]), (border[1][1], border[0][1])],
        ),
    ),
]

BOTH_PAIRS = table(
    "order",
    (
        "pairs-swapped",
        "stride and padding are both read as (width, height); the height comes first.",
        lambda strides, paddings: (strides[::-1], paddings[::-1]),
    ),
)
TWO_DIRECTIONS += BOTH_PAIRS


def along(direction: int, mistake: Mistake) -> Mistake:
    """A mistake of the zeros between numbers, made in the height (2) or the width (3) alone."""
    where = "from top to bottom" if direction == 2 else "from left to right"

    def spread(x: Tensor, along: int, stride: int) -> Tensor:
        return (mistake.change if along == direction else zeros_between)(x, along, stride)

    return replace(mistake, text=f"{where} (and not in the other direction) {mistake.text}", change=spread)


RARE_SPREAD = table(
    "spread",
    (
        "zeros-not-between",
        "the zeros stand together in front of all numbers. They belong between neighbours: assign to every stride-th place, "
        "`spread[..., ::stride] = x`.",
        lambda x, direction, stride: placed(
            x, direction, (x.shape[direction] - 1) * stride + 1, slice((x.shape[direction] - 1) * (stride - 1), None)
        ),
    ),
    (
        "one-zero-too-few",
        "there are stride − 2 zeros in each gap. Neighbours are then stride − 1 places apart: put in stride − 1.",
        lambda x, direction, stride: zeros_between(x, direction, max(stride - 1, 1)),
    ),
    (
        "one-zero-too-many",
        "`stride` zeros stand behind each number, the last one too. Put stride − 1 between neighbours, and none at the end.",
        lambda x, direction, stride: placed(
            x, direction, x.shape[direction] * (stride + 1), slice(None, None, stride + 1)
        ),
    ),
    (
        "one-zero-too-many",
        "`stride` zeros stand behind each number, the last one too (none for a stride of 1). Put stride − 1 between "
        "neighbours, and none at the end.",
        lambda x, direction, stride: placed(
            x,
            direction,
            x.shape[direction] * (stride + 1 if stride > 1 else 1),
            slice(None, None, stride + 1 if stride > 1 else 1),
        ),
    ),
    (
        "one-zero-too-many",
        "there are `stride` zeros in each gap (none for a stride of 1). Neighbours are then stride + 1 places apart: put in "
        "stride − 1.",
        lambda x, direction, stride: zeros_between(x, direction, stride + 1 if stride > 1 else 1),
    ),
    (
        "zeros-at-the-end",
        "`stride` zeros stand behind the last number. Zeros belong only *between* numbers.",
        lambda x, direction, stride: placed(
            x, direction, (x.shape[direction] - 1) * stride + 1 + stride, slice(None, -stride, stride)
        ),
    ),
    (
        "stride-fixed",
        "there is one zero in each gap, whatever the stride: put in stride − 1.",
        lambda x, direction, stride: zeros_between(x, direction, 2),
    ),
    (
        "values-repeated",
        "x as a whole stands there `stride` times, one after the other; each number is to stand once, with zeros between.",
        lambda x, direction, stride: torch.cat([x] * stride, direction),
    ),
    (
        "wrong-dimension",
        "the zeros stand between the channels (or the rows), one dimension before the one that is asked.",
        lambda x, direction, stride: zeros_between(x, direction - 1, stride),
    ),
    (
        "x-flipped",
        "x stands from back to front.",
        lambda x, direction, stride: zeros_between(x.flip(direction), direction, stride),
    ),
)
RARE = [
    *RARE_SPREAD,
    *table(
        "border",
        *(
            (
                "border-not-kernel-minus-one",
                f"there is one zero too {word} {where}: kernel − 1 − padding of them are asked at each end.",
                lambda kernel, padding, stride, left=left, right=right: (
                    kernel - 1 - padding + left,
                    kernel - 1 - padding + right,
                ),
            )
            for word, where, left, right in (
                ("many", "behind x", 0, 1),
                ("many", "in front of x", 1, 0),
                ("few", "behind x", 0, -1),
                ("few", "in front of x", -1, 0),
            )
        ),
        (
            "border-not-kernel-minus-one",
            "there are kernel − 2 zeros at each end, whatever the padding; kernel − 1 − padding are asked.",
            lambda kernel, padding, stride: (kernel - 2,) * 2,
        ),
        (
            "padding-added",
            "there are kernel + padding zeros at each end; kernel − 1 − padding are asked.",
            lambda kernel, padding, stride: (kernel + padding,) * 2,
        ),
        (
            "border-on-one-side",
            "kernel − 1 zeros stand in front of x and none behind it, whatever the padding; kernel − 1 − padding are asked "
            "at each end.",
            lambda kernel, padding, stride: (kernel - 1, 0),
        ),
        (
            "border-on-one-side",
            "kernel − 1 zeros stand behind x and none in front of it, whatever the padding; kernel − 1 − padding are asked "
            "at each end.",
            lambda kernel, padding, stride: (0, kernel - 1),
        ),
        (
            "border-counts-the-stride",
            "stride · (kernel − 1) − padding zeros stand at each end. The stride has no part in it: kernel − 1 − padding.",
            lambda kernel, padding, stride: (stride * (kernel - 1) - padding,) * 2,
        ),
        (
            "border-counts-the-stride",
            "kernel − stride zeros stand at each end, whatever the padding; kernel − 1 − padding are asked.",
            lambda kernel, padding, stride: (kernel - stride,) * 2,
        ),
        (
            "border-counts-the-stride",
            "padding is divided by the stride; it counts places of the output, whatever the stride.",
            lambda kernel, padding, stride: (kernel - 1 - padding // stride,) * 2,
        ),
    ),
    *table(
        "dilation",
        (
            "stride-as-dilation",
            "the stride is handed to the convolution as its dilation, which pulls the *kernel* apart; it is x whose numbers "
            "are to lie further apart, and that alone.",
            as_given,
        ),
    ),
    *table(
        "convolve",
        (
            "copies-overwritten",
            "where copies of the kernel overlap, the later one overwrites the earlier; they add up: `+=` for `=`.",
            last_copy_alone,
        ),
    ),
    *table(
        "output",
        ("wrong-sign", "the output has the wrong sign.", lambda output, weights: -output),
        (
            "output-changed",
            "the output goes through a ReLU; it is to stay as it is.",
            lambda output, weights: output.relu(),
        ),
        (
            "first-image-only",
            "only the first image's output comes back; all of the batch is asked.",
            lambda output, weights: output[:1],
        ),
    ),
]
"""What is looked for by itself alone."""

TURNED = "height and width of the output have changed places: turn it back in the end."
RARE_SPREAD_2D = [
    *RARE_SPREAD,
    *(along(direction, mistake) for mistake in [*SPREAD, *RARE_SPREAD] for direction in (2, 3)),
    *table("turned", ("height-and-width-swapped", TURNED, lambda x: x.transpose(-2, -1))),
]
RARE_2D = [
    *RARE,
    *(along(direction, mistake) for mistake in SPREAD for direction in (2, 3)),
    *table("output", ("height-and-width-swapped", TURNED, lambda output, weights: output.transpose(-2, -1))),
]

IN_ONE_DIRECTION: list[Mistake] = [*KERNEL, *CHANNELS, *SPREAD, *BORDER, *ORDER, *STEPS, *AROUND]
IN_TWO_DIRECTIONS: list[Mistake] = [*TWO_DIRECTIONS, *IN_ONE_DIRECTION]
