"""Bonus lesson 4: transposed convolutions, from padding, flipping and a plain convolution."""

from math import sqrt

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from course.given.convolution_input import Pair, check_input, check_stride, pair


def conv_transpose1d_minimal(x: Tensor, weights: Tensor) -> Tensor:
    """Transposed convolution with stride 1 and no padding.

    x (batch, in, width), weights (in, out, kernel) → (batch, out, new width). Raises ValueError for other shapes.
    """
    check_input(x, weights, (1,), (0,))
    # TODO: Put zeros at both ends of x, turn the kernel round, and convolve with `F.conv1d`.
    # TODO: `F.conv1d` wants its weights as (out, in, kernel).
    ### BEGIN SOLUTION
    border = weights.shape[-1] - 1  # as far as a kernel may stick out and still touch x
    flipped = rearrange(weights.flip(-1), "c_in c_out kernel -> c_out c_in kernel")
    return F.conv1d(F.pad(x, (border, border)), flipped)
    ### END SOLUTION


def fractional_stride_1d(x: Tensor, stride: int) -> Tensor:
    """Puts stride − 1 zeros between neighbours, none at the ends: (batch, channels, width) → (batch, channels, new width).

    Raises ValueError for another shape and for a stride below 1.
    """
    check_stride(x, stride)
    # TODO: Make a tensor of zeros of the new width, of x's dtype and on x's device, and put x into every
    # TODO: stride-th place of it.
    ### BEGIN SOLUTION
    batch, channels, width = x.shape
    spread = x.new_zeros(batch, channels, (width - 1) * stride + 1)
    spread[:, :, ::stride] = x
    return spread
    ### END SOLUTION


def conv_transpose1d(x: Tensor, weights: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """Transposed convolution: x (batch, in, width), weights (in, out, kernel) → (batch, out, new width).

    Neighbours in x land `stride` places apart; `padding` places are cut off at each end of the output. Raises
    ValueError where x and the weights do not fit, for a stride below 1, and for a padding below 0 or one that
    leaves nothing.
    """
    check_input(x, weights, (stride,), (padding,))
    # TODO: Spread x out with `fractional_stride_1d`. Then go on as before, with fewer zeros at the ends.
    ### BEGIN SOLUTION
    border = weights.shape[-1] - 1 - padding  # below 0 it crops: F.pad does both
    spread = F.pad(fractional_stride_1d(x, stride), (border, border))
    flipped = rearrange(weights.flip(-1), "c_in c_out kernel -> c_out c_in kernel")
    return F.conv1d(spread, flipped)
    ### END SOLUTION


def fractional_stride_2d(x: Tensor, stride_h: int, stride_w: int) -> Tensor:
    """Puts stride_h − 1 rows and stride_w − 1 columns of zeros between neighbours.

    (batch, channels, height, width) → (batch, channels, new height, new width). Raises ValueError for another
    shape and for a stride below 1.
    """
    check_stride(x, stride_h, stride_w)
    # TODO: As in one dimension, with a step for each direction.
    ### BEGIN SOLUTION
    batch, channels, height, width = x.shape
    spread = x.new_zeros(batch, channels, (height - 1) * stride_h + 1, (width - 1) * stride_w + 1)
    spread[:, :, ::stride_h, ::stride_w] = x
    return spread
    ### END SOLUTION


def conv_transpose2d(x: Tensor, weights: Tensor, stride: int | Pair = 1, padding: int | Pair = 0) -> Tensor:
    """Transposed convolution: x (batch, in, height, width), weights (in, out, kernel height, kernel width) →
    (batch, out, new height, new width).

    `stride` and `padding` are one number for both directions or a pair (height, width). Raises ValueError for
    what does not fit, as in one dimension.
    """
    stride_h, stride_w = pair(stride)
    padding_h, padding_w = pair(padding)
    check_input(x, weights, (stride_h, stride_w), (padding_h, padding_w))
    # TODO: As in one dimension, in both directions. `F.pad` names the last dimension first: left, right, top,
    # TODO: bottom.
    ### BEGIN SOLUTION
    kernel_h, kernel_w = weights.shape[2:]
    border_h, border_w = kernel_h - 1 - padding_h, kernel_w - 1 - padding_w
    spread = F.pad(fractional_stride_2d(x, stride_h, stride_w), (border_w, border_w, border_h, border_h))
    flipped = rearrange(weights.flip(-2, -1), "c_in c_out h w -> c_out c_in h w")
    return F.conv2d(spread, flipped)
    ### END SOLUTION


class ConvTranspose2d(nn.Module):
    """A layer without bias: (batch, in, height, width) → (batch, out, new height, new width).

    `weight` has shape (in, out, kernel height, kernel width) and starts uniform in ±1/√(out · kernel height ·
    kernel width). `kernel_size`, `stride` and `padding` are one number each or a pair (height, width). Raises
    ValueError for a kernel size or stride below 1, and for a padding below 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = pair(kernel_size, least=1), pair(stride, least=1)
        self.padding = pair(padding)
        # TODO: Make `self.weight`, an `nn.Parameter`.
        ### BEGIN SOLUTION
        shape = (in_channels, out_channels, *self.kernel_size)
        bound = 1 / sqrt(out_channels * self.kernel_size[0] * self.kernel_size[1])
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """The transposed convolution of x with `self.weight`."""
        # TODO: One line.
        ### BEGIN SOLUTION
        return conv_transpose2d(x, self.weight, self.stride, self.padding)
        ### END SOLUTION

    def extra_repr(self) -> str:
        """What `print(layer)` shows between the brackets."""
        # TODO: Name the numbers that the layer was made with, such as "32, 16, kernel_size=(4, 4), …".
        ### BEGIN SOLUTION
        numbers = f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
        return f"{self.in_channels}, {self.out_channels}, {numbers}"
        ### END SOLUTION
