"""What the bonus lesson on transposed convolutions is given: pairs out of numbers, and plain words for bad input."""

from collections.abc import Sequence

from torch import Tensor

Pair = tuple[int, int]


def pair(value: int | Sequence[int], least: int = 0) -> Pair:
    """A number twice, or two numbers (height, width) as they are. Raises ValueError for anything else, or below `least`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2 or not all(isinstance(each, int) and each >= least for each in values):
        raise ValueError(f"This takes a whole number from {least} on, or two of them, (height, width); got {value!r}.")
    return values


def check_stride(x: Tensor, *strides: int) -> None:
    """Raises ValueError unless x is (batch, channels, width) or (batch, channels, height, width), one stride each."""
    directions = ("width",) if len(strides) == 1 else ("height", "width")
    if x.ndim != 2 + len(strides) or x.numel() == 0:
        wanted = ", ".join(("batch", "channels", *directions))
        raise ValueError(f"x has shape ({wanted}), none of them 0; got {tuple(x.shape)}.")
    for direction, stride in zip(directions, strides, strict=True):
        if not isinstance(stride, int) or stride < 1:
            raise ValueError(f"The stride along the {direction} is a whole number from 1 on; got {stride!r}.")


def check_input(x: Tensor, weights: Tensor, strides: Sequence[int], paddings: Sequence[int]) -> None:
    """Raises ValueError where x, the weights (in, out, kernel…), strides and paddings make no transposed convolution."""
    check_stride(x, *strides)
    if weights.ndim != x.ndim or weights.numel() == 0:
        wanted = "(in, out, kernel)" if len(strides) == 1 else "(in, out, kernel height, kernel width)"
        raise ValueError(f"The weights have shape {wanted}, none of them 0; got {tuple(weights.shape)}.")
    if x.shape[1] != weights.shape[0]:
        raise ValueError(
            f"x has {x.shape[1]} channels, but the weights take {weights.shape[0]}: they have shape (in, out, …), "
            f"here {tuple(weights.shape)}."
        )
    for stride, padding, size, kernel in zip(strides, paddings, x.shape[2:], weights.shape[2:], strict=True):
        if not isinstance(padding, int) or padding < 0:
            raise ValueError(f"The padding is a whole number from 0 on; got {padding!r}.")
        if (whole := (size - 1) * stride + kernel) <= 2 * padding:
            raise ValueError(f"A padding of {padding} cuts off all {whole} numbers of the output.")
