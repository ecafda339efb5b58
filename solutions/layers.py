"""The layers of the course, as you built them in earlier lessons: replace any of them with your own.

`Conv2d` and `ConvTranspose2d` have no bias; `Linear` has one.
"""

from torch import nn
from torch.nn import BatchNorm2d, Linear, ReLU, Sequential

__all__ = ["BatchNorm2d", "Conv2d", "ConvTranspose2d", "Linear", "ReLU", "Sequential"]


class Conv2d(nn.Conv2d):
    """Convolution without bias: (b, in, h, w) → (b, out, h', w'), h' = (h + 2·padding − kernel) // stride + 1.

    The weight has shape (out, in, kernel, kernel) and starts uniform in ±1/√(in·kernel²).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=False)


class ConvTranspose2d(nn.ConvTranspose2d):
    """Transposed convolution without bias: (b, in, h, w) → (b, out, h', w').

    h' = (h − 1)·stride + kernel − 2·padding, so kernel 4, stride 2, padding 1 doubles height and width.
    The weight has shape (in, out, kernel, kernel) and starts uniform in ±1/√(out·kernel²).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=False)
