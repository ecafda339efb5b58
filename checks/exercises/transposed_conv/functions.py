"""The five functions of lesson 4: beside torch's own over many shapes, in any memory layout and dtype, and from scratch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from checks.core.compare import same
from checks.core.exceptions import KnownError
from checks.core.mistakes import Mistake, Symptom
from checks.exercises.transposed_conv.recipe import (
    IN_ONE_DIRECTION,
    IN_TWO_DIRECTIONS,
    RARE,
    RARE_2D,
    RARE_SPREAD,
    RARE_SPREAD_2D,
    SPREAD,
    TWO_DIRECTIONS,
    Numbers,
    Recipe,
    Spreading,
    outlined,
)
from checks.functions.function import (
    FunctionCheck,
    FunctionSpec,
    Outcome,
    Trial,
    gradients,
    joined,
    largest_difference,
    left_to_defaults,
)

DTYPES = KnownError(
    "RuntimeError",
    r"scalar type|same dtype|should be the same|dtype",
    "float32-only",
    "x and the weights are float64 here, and a tensor that you make is float32. Make it like x: `x.new_zeros(…)`, or "
    "`torch.zeros(…, dtype=x.dtype, device=x.device)`.",
)
LAYOUT = KnownError(
    "RuntimeError",
    r"view size is not compatible|contiguous",
    "contiguous-only",
    "the numbers of x (or of the weights) may lie in memory in another order, as after a transpose or a permute. "
    "`.view` needs them in a row: take `.reshape` or einops' `rearrange`.",
)
IN_PLACE = KnownError(
    "RuntimeError",
    r"leaf Variable that requires grad|modified by an inplace operation",
    "changes-its-input",
    "x or the weights are changed in place. Make a new tensor instead.",
)
CHANNELS = KnownError(
    "RuntimeError",
    r"to have \d+ channels",
    "channels-swapped",
    "the convolution wants its weights as (out, in, …); they are given as (in, out, …): exchange the first two "
    "dimensions.",
)
INTS = KnownError(
    "TypeError",
    r"'int' object is not (subscriptable|iterable)|cannot unpack non-iterable int",
    "int-not-accepted",
    "kernel size, stride and padding may each be one number for both directions, or a pair: `pair(…)` makes two of one.",
)
PAIRS = KnownError(
    "TypeError|ValueError",
    r"tuple|can't multiply sequence|a whole number from \d on; got [(\[]",
    "pair-not-accepted",
    "kernel size, stride and padding may each be a pair (height, width): `pair(…)` takes both kinds.",
)
BORDER = KnownError(
    "RuntimeError",
    r"Kernel size can't be greater than actual input size",
    "border-missing",
    "the kernel does not fit inside: no zeros stand around x (or too few; it needs kernel − 1, less the padding, at each "
    "end), or a `dilation` pulls the kernel apart.",
)
DILATED = KnownError(
    "RuntimeError",
    r"Kernel size: \((?!6\)|15\)|15 x 11\))[^)]*\)\. Kernel size can't be greater than actual input size",
    "stride-as-dilation",
    "the kernel is larger than it was given: a `dilation` pulls it apart. It is x whose numbers are to lie further apart, by "
    "zeros between them.",
)
"""In the first cases, whose kernels have these sizes."""
KNOWN_ERRORS = (CHANNELS, INTS, PAIRS, DILATED, BORDER, LAYOUT, IN_PLACE)
EMPTY = Symptom(
    "empty-slice",
    "nothing is left: `[padding:-padding]` is empty for a padding of 0. Count the end from the front, "
    "`[padding : size - padding]`.",
    lambda outcome: not outcome.seen[0].numel(),
)

LAYOUT_COUNTS = Symptom(
    "contiguous-only",
    "`as_strided` with strides that are counted from the shape. Take them from `x.stride()`.",
    lambda outcome: True,
)
THROUGH_FLOAT32 = (
    Symptom("float32-only", DTYPES.text, lambda outcome: outcome.seen[0].dtype != torch.float64),
    Symptom(
        "float32-only",
        "the numbers pass through float32 on the way, by `.float()` perhaps.",
        lambda outcome: not outcome.other_shape,
    ),
)
NO_DEVICE = Symptom(
    "no-device",
    "`torch.zeros` (or the like) is called without a device, so on a GPU its tensors would lie elsewhere than x. "
    "`x.new_zeros(…)` puts them beside x.",
    lambda outcome: outcome.right and bool(outcome.evidence.deviceless),
)
BEYOND = (
    "a padding larger than kernel − 1 leaves less than no zeros at the ends: numbers of x itself have to go. `F.pad` "
    "does that, since a negative amount crops; so does cutting `padding` places off the output."
)
BEYOND_THE_KERNEL = partial(
    Trial,
    text=", a padding larger than kernel − 1,",
    known_errors=(
        KnownError("RuntimeError|ValueError|IndexError|AssertionError", r"", "padding-beyond-the-kernel", BEYOND),
    ),
    symptoms=(Symptom("padding-beyond-the-kernel", BEYOND, lambda outcome: same(outcome.seen, outcome.other)),),
)


def from_scratch(check: FunctionCheck, trial: Trial) -> None:
    """torch's own transposed convolution was not called."""
    if torchs_own := check.observe(trial).torchs_own:
        check.fail(
            f"{check.spec.name} is right, but torch's own transposed convolution does the work (`{torchs_own[0]}` was "
            "called). Here you build it: zeros, a flipped kernel, and a plain convolution or a loop.",
            "torchs-own",
        )


# What the functions are called with


@dataclass(frozen=True)
class Case:
    """Sizes of x (batch, in, size…) and, where there are any, of the weights (in, out, kernel…), and further arguments."""

    x: Numbers
    weights: Numbers = ()
    further: tuple[Any, ...] = ()

    def draw(self, generator: Generator, dtype: torch.dtype = torch.float32) -> list[Any]:
        """The arguments. All numbers of x and the weights are far from 0, so that each one shows."""

        def numbers(shape: Numbers) -> Tensor:
            signs = torch.randint(0, 2, shape, generator=generator) * 2 - 1
            return signs * (0.5 + torch.rand(shape, generator=generator, dtype=dtype))

        return [*(numbers(shape) for shape in (self.x, self.weights) if shape), *self.further]


# In the first case of each function every number matters, so that no two mistakes give the same. It has as many
# channels that come in as go out, so that exchanging them raises no error and can be recognised.
MINIMAL = (
    Case((2, 3, 5), (3, 3, 6)),
    Case((3, 2, 7), (2, 4, 3)),
    Case((1, 4, 5), (4, 1, 1)),
    Case((2, 1, 1), (1, 3, 4)),
    Case((4, 3, 2), (3, 2, 5)),
)
ONE_DIRECTION = (
    Case((2, 3, 5), (3, 3, 15), (3, 4)),
    Case((3, 2, 7), (2, 4, 4), (2, 1)),
    Case((1, 4, 6), (4, 1, 3), (1, 0)),
    Case((2, 1, 1), (1, 3, 5), (4, 1)),
    Case((3, 3, 4), (3, 2, 2), (5, 0)),
    Case((2, 2, 9), (2, 3, 4), (1, 3)),
    Case((2, 4, 3), (4, 2, 7), (2, 4)),
)
TWO_DIRECTION_CASES = (
    Case((2, 3, 4, 5), (3, 3, 15, 11), ((3, 2), (4, 3))),
    Case((3, 2, 6, 4), (2, 4, 4, 4), (2, 1)),
    Case((1, 4, 3, 7), (4, 1, 3, 5), ((1, 2), 0)),
    Case((2, 1, 1, 1), (1, 3, 5, 2), (3, (2, 0))),
    Case((3, 3, 2, 4), (3, 2, 2, 3), ((4, 1), (0, 2))),
    Case((2, 2, 5, 3), (2, 3, 1, 4), (1, (0, 2))),
    Case((1, 3, 7, 7), (3, 2, 4, 4), ((2, 2), (1, 1))),
)
SPREAD_CASES = (
    Case((2, 3, 5), (), (3,)),
    Case((1, 1, 1), (), (4,)),
    Case((3, 2, 6), (), (1,)),
    Case((4, 1, 7), (), (2,)),
)
SPREAD_2D_CASES = (
    Case((2, 3, 4, 5), (), (3, 2)),
    Case((1, 1, 1, 3), (), (4, 1)),
    Case((3, 2, 6, 4), (), (1, 1)),
    Case((2, 1, 2, 6), (), (1, 5)),
)


def small(directions: int, *further: int, kernel: bool = True) -> Trial:
    """x = 1, 2 and the kernel 1, 10, 100, which can be followed by hand."""
    ones = (1,) * (directions + 1)
    x = torch.tensor([1.0, 2.0]).reshape(*ones, 2)
    weights = [torch.tensor([1.0, 10.0, 100.0]).reshape(*ones, 3)] if kernel else []
    words = f"x = 1, 2{', the kernel 1, 10, 100' if kernel else ''}"
    return Trial([x, *weights, *further], words + (f" and stride {further[0]}" if further else ""))


# The functions


def by_torch(x: Tensor, weights: Tensor, stride: Any = 1, padding: Any = 0) -> Tensor:
    torchs_own = F.conv_transpose1d if x.ndim == 3 else F.conv_transpose2d
    return torchs_own(x, weights, stride=stride, padding=padding)


def spread_by_torch(x: Tensor, *strides: int) -> Tensor:
    """Zeros between numbers, as torch's own transposed convolution makes them with a kernel of a single 1."""
    ones = torch.eye(x.shape[1], dtype=x.dtype)[(..., *(None for _ in strides))]
    return by_torch(x, ones, strides)


CONVOLVING, SPREADING = Recipe(), Spreading()


def trials(
    cases: Sequence[Case], beyond: Case | None, defaults: Sequence[tuple[Case, Mapping[str, int]]] = ()
) -> Mapping[str, Callable[[Generator], list[Trial]]]:
    first, second = cases[:2]
    double = partial(Trial, text=", in float64,", known_errors=(DTYPES,))

    def agrees_with_torch(generator: Generator) -> list[Trial]:
        every = [Trial(case.draw(generator)) for case in cases]
        for case, values in defaults:
            every += left_to_defaults(case.draw(generator), **values)
        return every + ([BEYOND_THE_KERNEL(beyond.draw(generator))] if beyond else [])

    return {
        "agrees_with_torch": agrees_with_torch,
        "takes_any_memory_layout": lambda g: [
            Trial(second.draw(g), ", permuted (not contiguous),", symptoms=(LAYOUT_COUNTS,), how={"scattered": True})
        ],
        "keeps_dtype": lambda g: [double(second.draw(g, torch.float64), symptoms=THROUGH_FLOAT32, tolerance=1e-10)],
        "lets_gradients_through": lambda g: [double(second.draw(g, torch.float64), compare=gradients)],
        "is_built_from_scratch": lambda g: [Trial(first.draw(g), compare=from_scratch)],
    }


def convolution(
    name: str,
    takes: Sequence[str],
    mistakes: Sequence[Mistake],
    cases: Sequence[Case],
    example: Trial,
    *,
    oracle: Callable[..., Tensor] = by_torch,
    recipe: Recipe | Spreading = CONVOLVING,
    rare: Sequence[Mistake] = RARE,
    beyond: Case | None = None,
    defaults: Sequence[tuple[Case, Mapping[str, int]]] = (),
) -> FunctionSpec:
    return FunctionSpec(
        name,
        oracle,
        recipe,
        mistakes,
        trials(cases, beyond, defaults),
        takes,
        rare=rare,
        outline=(lambda right: replace(right, convolve=outlined)) if isinstance(recipe, Recipe) else None,
        known_errors=KNOWN_ERRORS,
        symptoms=(EMPTY,),
        harmless=(NO_DEVICE,),
        tell=size_or_difference,
        example=example,
    )


def size_or_difference(outcome: Outcome) -> str:
    """As `largest_difference`, and which of the sizes is another, where there are as many as there should be."""
    seen, wanted = outcome.seen[0].shape, outcome.expected[0].shape
    names = (
        ("batch", "number of channels", "height", "width")
        if len(wanted) == 4
        else ("batch", "number of channels", "width")
    )
    off = [(name, one - other) for name, one, other in zip(names, seen, wanted, strict=False) if one != other]
    if len(seen) != len(wanted) or not off:
        return largest_difference(outcome)
    told = [f"the {name} is {abs(by)} too {'large' if by > 0 else 'small'}" for name, by in off]
    return f"{largest_difference(outcome)}: {joined(told)}"


BOTH = {"stride": 1, "padding": 0}
CONVOLUTION = ("x", "weights", "stride", "padding")

WITHOUT_PADDING = [each for each in IN_ONE_DIRECTION if "padding" not in each.cause]
"""The minimal function has neither padding nor stride: what is said of them would be said for something else."""

conv_transpose1d_minimal = replace(
    convolution("conv_transpose1d_minimal", CONVOLUTION, WITHOUT_PADDING, MINIMAL, small(1)),
    rare=[each for each in RARE if each.step in ("convolve", "output") or each.cause == "border-not-kernel-minus-one"],
)
fractional_stride_1d = convolution(
    "fractional_stride_1d",
    ("x", "stride"),
    SPREAD,
    SPREAD_CASES,
    small(1, 2, kernel=False),
    oracle=spread_by_torch,
    recipe=SPREADING,
    rare=RARE_SPREAD,
)
conv_transpose1d = convolution(
    "conv_transpose1d",
    CONVOLUTION,
    IN_ONE_DIRECTION,
    ONE_DIRECTION,
    small(1, 2, 0),
    beyond=Case((2, 2, 6), (2, 3, 2), (2, 3)),
    defaults=((Case((2, 2, 5), (2, 3, 4), (3,)), {"padding": 0}), (Case((2, 2, 5), (2, 3, 4)), BOTH)),
)
fractional_stride_2d = convolution(
    "fractional_stride_2d",
    ("x", "stride_h", "stride_w"),
    [mistake for mistake in TWO_DIRECTIONS if mistake.step == "strides"] + SPREAD,
    SPREAD_2D_CASES,
    small(2, 2, 2, kernel=False),
    oracle=spread_by_torch,
    recipe=SPREADING,
    rare=RARE_SPREAD_2D,
)
conv_transpose2d = convolution(
    "conv_transpose2d",
    CONVOLUTION,
    IN_TWO_DIRECTIONS,
    TWO_DIRECTION_CASES,
    small(2, 2, 0),
    rare=RARE_2D,
    beyond=Case((2, 2, 6, 5), (2, 3, 2, 3), (2, 3)),
    defaults=((Case((2, 2, 5, 4), (2, 3, 4, 3), (3,)), {"padding": 0}), (Case((2, 2, 5, 4), (2, 3, 4, 3)), BOTH)),
)
