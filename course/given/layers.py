"""The layers of the course, as you built them in earlier lessons: replace any of them with your own.

`Conv2d` and `ConvTranspose2d` have no bias; `Linear` has one. They give PyTorch's own numbers (to rounding) and
are quicker on a CPU, where images pass through them as `channels_last`: a pixel's channels side by side in memory.
"""

from einops import rearrange
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Linear, Sequential
from torch.nn import functional as F

__all__ = ["BatchNorm2d", "Conv2d", "ConvTranspose2d", "Linear", "ReLU", "Sequential"]


class Conv2d(nn.Conv2d):
    """Convolution without bias: (b, in, h, w) → (b, out, h', w'), h' = (h + 2·padding − kernel) // stride + 1.

    The weight has shape (out, in, kernel, kernel) and starts uniform in ±1/√(in·kernel²).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(channels_last(x))


class ConvTranspose2d(nn.ConvTranspose2d):
    """Transposed convolution without bias: (b, in, h, w) → (b, out, h', w').

    h' = (h − 1)·stride + kernel − 2·padding, so kernel 4, stride 2, padding 1 doubles height and width.
    The weight has shape (in, out, kernel, kernel) and starts uniform in ±1/√(out·kernel²).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]  # the course asks for no other output size
        x = channels_last(x)
        few_channels = self.out_channels < 8 and self.stride[0] > 1 and self.kernel_size[0] % self.stride[0] == 0
        return self.forward_by_phases(x) if few_channels and x.is_cpu and x.ndim == 4 else super().forward(x)

    def forward_by_phases(self, x: Tensor) -> Tensor:
        """The same result for few output channels, in half the time: a CPU counts them in eights.

        Output rows s·h + p, for one p and all h, get their numbers from every s-th row of the kernel, the p-th on.
        So a transposed convolution of stride 1 makes the pixels of all s² such phases (p, q), as s² times as many
        channels, and we put each into its place.
        """
        s = self.stride[0]
        weight = rearrange(self.weight, "i o (h p) (w q) -> i (o p q) h w", p=s, q=s)
        phases = F.conv_transpose2d(x, weight)
        y = rearrange(phases, "b (o p q) h w -> b o (h p) (w q)", p=s, q=s)
        return F.pad(y, [-int(self.padding[0])] * 4)  # padding crops the output of a transposed convolution


class ReLU(nn.ReLU):
    """max(x, 0), of any shape."""

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        if y.requires_grad:
            # A gradient that lies in memory in another order than y made this layer's backward 30 times as slow.
            y.register_hook(channels_last)
        return y


def channels_last(x: Tensor) -> Tensor:
    """The same numbers and shape (b, c, h, w), stored in the order b, h, w, c; any other x as it is.

    Not on a GPU, which is quick either way.
    """
    if not x.is_cpu or x.ndim != 4:
        return x
    _, c, h, w = x.shape
    return rearrange(rearrange(x, "b c h w -> (b h w c)"), "(b h w c) -> b c h w", c=c, h=h, w=w)
