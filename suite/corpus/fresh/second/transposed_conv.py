"""Fresh answers to transposed_conv: the six parts, with axes, zeros, borders and the layer's weight mistaken."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "transposed_conv",
        "weights reshaped",
        "The weights get the shape (out, in, kernel) by reshape, which jumbles them instead of "
        "exchanging two dimensions.",
        (
            'rearrange(weights.flip(-1), "c_in c_out kernel -> c_out c_in kernel")',
            "weights.flip(-1).reshape(weights.shape[1], weights.shape[0], -1)",
        ),
        part="conv_transpose1d_minimal",
        causes=("channels-reshaped",),
    ),
    Fresh(
        "transposed_conv",
        "copies laid over one another",
        "Each copy of the kernel is written over the copies before it, and where they overlap they are not added up.",
        """
def conv_transpose1d_minimal(x: Tensor, weights: Tensor) -> Tensor:
    check_input(x, weights, (1,), (0,))
    b, c_in, width = x.shape
    _, c_out, k = weights.shape
    y = x.new_zeros(b, c_out, width + k - 1)
    for place in range(width):
        copy = torch.einsum("bi,iok->bok", x[:, :, place], weights)
        y[:, :, place : place + k] = copy
    return y
""",
        part="conv_transpose1d_minimal",
        causes=("copies-overwritten",),
    ),
    Fresh(
        "transposed_conv",
        "zeros from NumPy",
        "The way leads through NumPy: gradients are lost, and the result is float32 whatever went in.",
        """
import numpy as np


def fractional_stride_1d(x: Tensor, stride: int) -> Tensor:
    check_stride(x, stride)
    n, c, w = x.shape
    spread = np.zeros((n, c, (w - 1) * stride + 1), dtype=np.float32)
    spread[..., ::stride] = x.detach().cpu().numpy()
    return torch.from_numpy(spread)
""",
        part="fractional_stride_1d",
        causes=("float32-only",),
    ),
    Fresh(
        "transposed_conv",
        "zeros at the end too",
        "The new width is width times stride, so stride - 1 zeros stand behind the last number.",
        ("(width - 1) * stride + 1", "width * stride"),
        part="fractional_stride_1d",
        causes=("zeros-at-the-end",),
    ),
    Fresh(
        "transposed_conv",
        "strides exchanged",
        "The height is spread by stride_w and the width by stride_h.",
        (
            "(height - 1) * stride_h + 1, (width - 1) * stride_w + 1",
            "(height - 1) * stride_w + 1, (width - 1) * stride_h + 1",
        ),
        ("spread[:, :, ::stride_h, ::stride_w]", "spread[:, :, ::stride_w, ::stride_h]"),
        part="fractional_stride_2d",
        causes=("strides-swapped",),
    ),
    Fresh(
        "transposed_conv",
        "pixels repeated",
        "The gaps are filled with copies of the neighbour, as in nearest upsampling, where zeros belong.",
        """
def fractional_stride_2d(x: Tensor, stride_h: int, stride_w: int) -> Tensor:
    check_stride(x, stride_h, stride_w)
    tall = x.repeat_interleave(stride_h, dim=2)
    wide = tall.repeat_interleave(stride_w, dim=3)
    extra_h, extra_w = stride_h - 1, stride_w - 1
    return wide[:, :, : wide.shape[2] - extra_h, : wide.shape[3] - extra_w]
""",
        part="fractional_stride_2d",
        causes=("values-repeated",),
    ),
    Fresh(
        "transposed_conv",
        "border not below zero, too",
        "The border is kept at 0 or above, so a padding larger than kernel - 1 does not crop the input.",
        ("border = weights.shape[-1] - 1 - padding", "border = max(weights.shape[-1] - 1 - padding, 0)"),
        part="conv_transpose1d",
        causes=("padding-beyond-the-kernel",),
    ),
    Fresh(
        "transposed_conv",
        "cut with minus padding, too",
        "The whole output is cut by the slice padding:-padding, which is empty when padding is 0.",
        """
def conv_transpose1d(x: Tensor, weights: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    check_input(x, weights, (stride,), (padding,))
    spread = fractional_stride_1d(x, stride)
    full = conv_transpose1d_minimal(spread, weights)
    return full[:, :, padding:-padding]
""",
        part="conv_transpose1d",
        causes=("empty-slice",),
    ),
    Fresh(
        "transposed_conv",
        "pad names height first, too",
        "F.pad gets the height's border first, though it begins with the last dimension, the width.",
        ("(border_w, border_w, border_h, border_h)", "(border_h, border_h, border_w, border_w)"),
        part="conv_transpose2d",
        causes=("pad-order",),
    ),
    Fresh(
        "transposed_conv",
        "PyTorch does it",
        "It calls PyTorch's own transposed convolution (as torch.conv_transpose2d), which the lesson forbids.",
        """
def conv_transpose2d(x: Tensor, weights: Tensor, stride: int | Pair = 1, padding: int | Pair = 0) -> Tensor:
    s, p = pair(stride), pair(padding)
    check_input(x, weights, s, p)
    return torch.conv_transpose2d(x, weights, stride=s, padding=p)
""",
        part="conv_transpose2d",
        causes=("torchs-own",),
    ),
    Fresh(
        "transposed_conv",
        "a tensor from zero to bound",
        "The weight is a plain tensor, not a parameter, and starts between 0 and the bound, never below 0.",
        ("nn.Parameter(torch.empty(shape).uniform_(-bound, bound))", "(torch.rand(shape) * bound).requires_grad_()"),
        part="ConvTranspose2d",
        causes=("not-a-parameter",),
    ),
    Fresh(
        "transposed_conv",
        "He's rule and a silent text",
        "The weight starts by kaiming_uniform_ with its defaults, √6 times too wide, and extra_repr "
        "prints, returning None.",
        """
class ConvTranspose2d(nn.Module):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, least=1)
        self.stride = pair(stride, least=1)
        self.padding = pair(padding)
        self.weight = nn.Parameter(torch.zeros(in_channels, out_channels, *self.kernel_size))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_uniform_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return conv_transpose2d(x, self.weight, stride=self.stride, padding=self.padding)

    def extra_repr(self) -> str:
        print(f"{self.in_channels}, {self.out_channels}, {self.kernel_size}, {self.stride}, {self.padding}")
""",
        part="ConvTranspose2d",
        causes=("extra-repr-not-text",),
    ),
)

RIGHT = (
    Right(
        "transposed_conv",
        "PyTorch's initialisation by name",
        (
            "nn.Parameter(torch.empty(shape).uniform_(-bound, bound))",
            "nn.Parameter(torch.empty(shape))\n        nn.init.kaiming_uniform_(self.weight, a=sqrt(5))",
        ),
        ("bound = 1 / sqrt(out_channels * self.kernel_size[0] * self.kernel_size[1])", ""),
        part="ConvTranspose2d",
    ),
)
