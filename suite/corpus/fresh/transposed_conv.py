"""Fresh answers to bonus lesson 4: what strangers make of a transposed convolution, step by step."""

from suite.corpus import Fresh, Right

FRESH = (
    # conv_transpose1d_minimal
    Fresh(
        "transposed_conv",
        "minimal lays copies over each other",
        "Where copies of the kernel overlap in the output, the later one overwrites the earlier one instead "
        "of being added.",
        '''
def conv_transpose1d_minimal(x: Tensor, weights: Tensor) -> Tensor:
    """Lays one copy of the kernel into the output for each number of x."""
    check_input(x, weights, (1,), (0,))
    n, kernel = x.shape[-1], weights.shape[-1]
    out = x.new_zeros(x.shape[0], weights.shape[1], n + kernel - 1)
    for place in range(n):
        out[:, :, place : place + kernel] = torch.einsum("bi,iok->bok", x[:, :, place], weights)
    return out
''',
        part="conv_transpose1d_minimal",
        causes=("copies-overwritten",),
    ),
    Fresh(
        "transposed_conv",
        "minimal flips everything",
        "The weights are flipped along all three dimensions, so the order of the input and output channels is "
        "reversed too.",
        ("weights.flip(-1)", "torch.flip(weights, dims=(0, 1, 2))"),
        part="conv_transpose1d_minimal",
        causes=("channels-flipped",),
    ),
    Fresh(
        "transposed_conv",
        "minimal views and centres",
        "The channels are exchanged by a reshape, which scrambles the weights, and the border is kernel // 2 as for a "
        "'same' convolution instead of kernel - 1.",
        ("border = weights.shape[-1] - 1", "border = weights.shape[-1] // 2"),
        (
            'flipped = rearrange(weights.flip(-1), "c_in c_out kernel -> c_out c_in kernel")',
            "flipped = weights.flip(-1).reshape(weights.shape[1], weights.shape[0], -1)",
        ),
        part="conv_transpose1d_minimal",
        causes=("channels-reshaped", "border-of-the-same-size"),
    ),
    Fresh(
        "transposed_conv",
        "minimal by np.convolve",
        "What the input channels send is averaged instead of added up, and the way through NumPy cuts the gradient "
        "to x and the weights.",
        '''
def conv_transpose1d_minimal(x: Tensor, weights: Tensor) -> Tensor:
    """np.convolve in full mode is exactly the transposed convolution."""
    import numpy as np

    check_input(x, weights, (1,), (0,))
    signal, kernels = x.detach().cpu().numpy(), weights.detach().cpu().numpy()
    rows = [
        [
            np.mean([np.convolve(image[i], kernels[i, o]) for i in range(kernels.shape[0])], axis=0)
            for o in range(kernels.shape[1])
        ]
        for image in signal
    ]
    return torch.from_numpy(np.array(rows)).to(x)
''',
        part="conv_transpose1d_minimal",
        causes=("averaged-over-channels",),
    ),
    # fractional_stride_1d
    Fresh(
        "transposed_conv",
        "spread has width times stride",
        "The new width is width * stride, so stride - 1 zeros follow the last number too.",
        ("(width - 1) * stride + 1", "width * stride"),
        part="fractional_stride_1d",
        causes=("zeros-at-the-end",),
    ),
    Fresh(
        "transposed_conv",
        "spread in torch.zeros",
        "The zeros are made by torch.zeros, in float32 on the CPU, instead of x's own dtype and device.",
        ("x.new_zeros(", "torch.zeros("),
        part="fractional_stride_1d",
        causes=("float32-only",),
    ),
    Fresh(
        "transposed_conv",
        "spread repeats the numbers",
        "The gaps are filled with copies of the left neighbour instead of zeros.",
        '''
def fractional_stride_1d(x: Tensor, stride: int) -> Tensor:
    """Stretches x: every number gets `stride` places, the last one only one."""
    check_stride(x, stride)
    new_width = (x.shape[-1] - 1) * stride + 1
    return x.repeat_interleave(stride, dim=-1).narrow(-1, 0, new_width)
''',
        part="fractional_stride_1d",
        causes=("values-repeated",),
    ),
    Fresh(
        "transposed_conv",
        "spread by a stack of zeros",
        "Each gap gets stride zeros instead of stride - 1, the same zeros also follow the last number, and a stride "
        "below 1 is silently taken as 1 instead of raising ValueError.",
        '''
def fractional_stride_1d(x: Tensor, stride: int) -> Tensor:
    """Stacks x on rows of zeros and reads the columns one after the other."""
    stride = max(int(stride), 1)
    check_stride(x, stride)
    if stride == 1:
        return x.clone()
    layers = [x] + [torch.zeros_like(x) for _ in range(stride)]
    return torch.stack(layers, dim=-1).flatten(start_dim=-2)
''',
        part="fractional_stride_1d",
        causes=("one-zero-too-many",),
    ),
    # conv_transpose1d
    Fresh(
        "transposed_conv",
        "padding adds zeros",
        "Padding is taken as in a convolution: it adds zeros to the border, so the output grows instead of being cut.",
        ("- 1 - padding", "- 1 + padding"),
        part="conv_transpose1d",
        causes=("padding-added",),
    ),
    Fresh(
        "transposed_conv",
        "border not below zero",
        "The border is kept from going below 0, so with a padding larger than kernel - 1 nothing is cropped and the "
        "output is too long.",
        ("border = weights.shape[-1] - 1 - padding", "border = max(weights.shape[-1] - 1 - padding, 0)"),
        part="conv_transpose1d",
        causes=("padding-beyond-the-kernel",),
    ),
    Fresh(
        "transposed_conv",
        "cut with minus padding",
        "The whole output is cut by [padding:-padding], which with padding 0 leaves nothing at all.",
        '''
def conv_transpose1d(x: Tensor, weights: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """Section 1's function on the spread x; what padding takes off is cut away at the end."""
    check_input(x, weights, (stride,), (padding,))
    whole = conv_transpose1d_minimal(fractional_stride_1d(x, stride), weights)
    return whole[:, :, padding:-padding]
''',
        part="conv_transpose1d",
        causes=("empty-slice",),
    ),
    Fresh(
        "transposed_conv",
        "all cut off at the right",
        "All 2 * padding places are cut off at the right end instead of padding at each, and the input is checked for "
        "stride 1 and padding 0, so that a negative or too large padding raises no ValueError.",
        '''
def conv_transpose1d(x: Tensor, weights: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """y_p = sum_q x_q w_{p - stride q}, for as many p as the formula says."""
    check_input(x, weights, (1,), (0,))
    kernel = weights.size(2)
    new_width = (x.size(2) - 1) * stride + kernel - 2 * padding
    spread = F.pad(fractional_stride_1d(x, stride), (kernel - 1, kernel - 1))
    windows = spread.unfold(2, kernel, 1)
    return torch.einsum("bipk,iok->bop", windows, weights.flip(2))[..., :new_width]
''',
        part="conv_transpose1d",
        causes=("padding-on-one-side",),
    ),
    # fractional_stride_2d
    Fresh(
        "transposed_conv",
        "steps of h and w swapped",
        "stride_w spreads the rows and stride_h the columns, in the sizes as in the assignment.",
        (
            "(height - 1) * stride_h + 1, (width - 1) * stride_w + 1",
            "(height - 1) * stride_w + 1, (width - 1) * stride_h + 1",
        ),
        ("::stride_h, ::stride_w", "::stride_w, ::stride_h"),
        part="fractional_stride_2d",
        causes=("strides-swapped",),
    ),
    Fresh(
        "transposed_conv",
        "spread by kron",
        "The zeros after the last column are cut but not the rows of zeros under the last row, and the unit block in "
        "float32 turns whole numbers into floats.",
        '''
def fractional_stride_2d(x: Tensor, stride_h: int, stride_w: int) -> Tensor:
    """The Kronecker product with a block that is 1 in the corner and 0 elsewhere."""
    check_stride(x, stride_h, stride_w)
    block = torch.zeros(1, 1, stride_h, stride_w, device=x.device)
    block[..., 0, 0] = 1
    spread = torch.kron(x, block)
    return spread[..., : spread.shape[-1] - stride_w + 1]
''',
        part="fractional_stride_2d",
        causes=("zeros-at-the-end",),
    ),
    Fresh(
        "transposed_conv",
        "spread twice in one dimension",
        "After the rows have been spread as a last dimension they are never turned back, so height and width come out "
        "exchanged.",
        '''
def fractional_stride_2d(x: Tensor, stride_h: int, stride_w: int) -> Tensor:
    """First along the rows, then along the columns, each with the function of one dimension."""
    check_stride(x, stride_h, stride_w)
    channels = x.shape[1]
    wide = fractional_stride_1d(rearrange(x, "b c h w -> b (c h) w"), stride_w)
    wide = rearrange(wide, "b (c h) w -> b (c w) h", c=channels)
    high = fractional_stride_1d(wide, stride_h)
    return rearrange(high, "b (c w) h -> b c w h", c=channels)
''',
        part="fractional_stride_2d",
        causes=("height-and-width-swapped",),
    ),
    # conv_transpose2d
    Fresh(
        "transposed_conv",
        "pad names height first",
        "F.pad gets the border of the height first, so top and bottom get the width's border and left and "
        "right the height's.",
        ("(border_w, border_w, border_h, border_h)", "(border_h, border_h, border_w, border_w)"),
        part="conv_transpose2d",
        causes=("pad-order",),
    ),
    Fresh(
        "transposed_conv",
        "a quarter turn",
        "The kernel is turned by a quarter instead of by half a turn, which also exchanges its height and width.",
        ("weights.flip(-2, -1)", "weights.rot90(1, dims=(-2, -1))"),
        part="conv_transpose2d",
        causes=("kernel-turned-a-quarter",),
    ),
    Fresh(
        "transposed_conv",
        "a borrowed layer",
        "PyTorch's own transposed convolution does the work, and since the weights are copied into its data no "
        "gradient reaches the weights.",
        '''
def conv_transpose2d(x: Tensor, weights: Tensor, stride: int | Pair = 1, padding: int | Pair = 0) -> Tensor:
    """Delegates to a throw-away layer."""
    stride, padding = pair(stride), pair(padding)
    check_input(x, weights, stride, padding)
    c_in, c_out, *kernel = weights.shape
    layer = nn.ConvTranspose2d(c_in, c_out, tuple(kernel), stride=stride, padding=padding, bias=False)
    layer = layer.to(x)
    layer.weight.data = weights.data
    return layer(x)
''',
        part="conv_transpose2d",
        causes=("detached",),
    ),
    Fresh(
        "transposed_conv",
        "columns folded in the wrong order",
        "The columns are given to F.fold with the output channel innermost instead of outermost, and stride and "
        "padding are given as (width, height).",
        '''
def conv_transpose2d(x: Tensor, weights: Tensor, stride: int | Pair = 1, padding: int | Pair = 0) -> Tensor:
    """col2im: each input pixel makes a patch, F.fold adds the patches up."""
    stride_h, stride_w = pair(stride)
    padding_h, padding_w = pair(padding)
    check_input(x, weights, (stride_h, stride_w), (padding_h, padding_w))
    (height, width), (kernel_h, kernel_w) = x.shape[2:], weights.shape[2:]
    patches = torch.einsum("bihw,iokl->bklohw", x, weights).flatten(1, 3).flatten(2)
    size = ((height - 1) * stride_w + kernel_h - 2 * padding_w, (width - 1) * stride_h + kernel_w - 2 * padding_h)
    return F.fold(patches, size, (kernel_h, kernel_w), padding=(padding_w, padding_h), stride=(stride_w, stride_h))
''',
        part="conv_transpose2d",
        causes=("columns-out-of-order", "pairs-swapped"),
    ),
    Fresh(
        "transposed_conv",
        "the pair's first for both",
        "Of a pair (height, width) only the first number is used, in both directions.",
        ("stride_h, stride_w = pair(stride)", "stride_h = stride_w = stride if isinstance(stride, int) else stride[0]"),
        (
            "padding_h, padding_w = pair(padding)",
            "padding_h = padding_w = padding if isinstance(padding, int) else padding[0]",
        ),
        part="conv_transpose2d",
        causes=("one-number-for-both",),
    ),
    # ConvTranspose2d
    Fresh(
        "transposed_conv",
        "the weight as a buffer",
        "The weight is registered as a buffer and no parameter, so model.parameters() lacks it and it never learns.",
        (
            "self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))",
            'self.register_buffer("weight", torch.empty(shape).uniform_(-bound, bound))',
        ),
        part="ConvTranspose2d",
        causes=("not-a-parameter",),
    ),
    Fresh(
        "transposed_conv",
        "fan of the input channels",
        "The bound of the first weights counts the input channels instead of the output channels.",
        ("sqrt(out_channels *", "sqrt(in_channels *"),
        part="ConvTranspose2d",
        causes=("wrong-initial-scale",),
    ),
    Fresh(
        "transposed_conv",
        "a layer from Keras",
        "The weight is stored as (kernel height, kernel width, in, out), starts with Glorot's bound, and "
        "there is a bias.",
        '''
class ConvTranspose2d(nn.Module):
    """Like tf.keras.layers.Conv2DTranspose."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = pair(kernel_size, least=1)
        self.stride = pair(stride, least=1)
        self.padding = pair(padding)
        kh, kw = self.kernel_size
        limit = sqrt(6 / (kh * kw * (in_channels + out_channels)))
        self.weight = nn.Parameter((2 * torch.rand(kh, kw, in_channels, out_channels) - 1) * limit)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x):
        kernel = self.weight.permute(2, 3, 0, 1)
        return conv_transpose2d(x, kernel, self.stride, self.padding) + self.bias[:, None, None]

    def extra_repr(self):
        return f"{self.in_channels}, {self.out_channels}, {self.kernel_size}, {self.stride}, {self.padding}"
''',
        part="ConvTranspose2d",
        causes=("has-a-bias",),
    ),
    Fresh(
        "transposed_conv",
        "padding before stride",
        "forward hands over padding in the place of stride and stride in the place of padding, and the weight "
        "starts by Kaiming's rule for ReLU, in bounds sqrt(6) times too wide.",
        '''
class ConvTranspose2d(nn.Module):
    """A layer whose settings wait in one tuple."""

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
        self.padding, self.stride = pair(padding), pair(stride, least=1)
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels, *self.kernel_size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")

    @property
    def settings(self) -> tuple[Pair, Pair]:
        return self.padding, self.stride

    def forward(self, x: Tensor) -> Tensor:
        return conv_transpose2d(x, self.weight, *self.settings)

    def extra_repr(self) -> str:
        return ", ".join(
            f"{name}={getattr(self, name)}"
            for name in ("in_channels", "out_channels", "kernel_size", "stride", "padding")
        )
''',
        part="ConvTranspose2d",
        causes=("wrong-initial-scale",),
    ),
    Fresh(
        "transposed_conv",
        "no stride and a printed text",
        "forward forgets the stride, and extra_repr prints its text and returns None.",
        (
            "conv_transpose2d(x, self.weight, self.stride, self.padding)",
            "conv_transpose2d(x, self.weight, padding=self.padding)",
        ),
        (
            'return f"{self.in_channels}, {self.out_channels}, {numbers}"',
            'print(f"{self.in_channels}, {self.out_channels}, {numbers}")',
        ),
        part="ConvTranspose2d",
        causes=("extra-repr-not-text",),
    ),
)

RIGHT = (
    Right(
        "transposed_conv",
        "minimal by windows and einsum",
        '''
def conv_transpose1d_minimal(x: Tensor, weights: Tensor) -> Tensor:
    """A convolution by hand: windows on the padded x, times the kernel read from its end."""
    check_input(x, weights, (1,), (0,))
    kernel = weights.shape[2]
    windows = F.pad(x, [kernel - 1] * 2).unfold(dimension=2, size=kernel, step=1)
    backwards = weights[:, :, torch.arange(kernel - 1, -1, -1, device=weights.device)]
    return torch.einsum("b i p k, i o k -> b o p", windows, backwards)
''',
        part="conv_transpose1d_minimal",
    ),
    Right(
        "transposed_conv",
        "spread by one more dimension",
        '''
def fractional_stride_1d(x: Tensor, stride: int) -> Tensor:
    """Zeros behind each number in a dimension of their own, which is then read as a part of the width."""
    check_stride(x, stride)
    with_gaps = F.pad(x.unsqueeze(-1), (0, stride - 1)).flatten(-2)
    return with_gaps[..., : with_gaps.shape[-1] - (stride - 1)]
''',
        part="fractional_stride_1d",
    ),
    Right(
        "transposed_conv",
        "a layer with reset_parameters",
        '''
class ConvTranspose2d(nn.Module):
    """As torch.nn does it: settings first, an empty weight, and a method that fills it."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        nn.Module.__init__(self)
        kernel_size, stride, padding = pair(kernel_size, 1), pair(stride, 1), pair(padding, 0)
        self.settings = dict(stride=stride, padding=padding)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
        self.stride, self.padding = stride, padding
        self.register_parameter("weight", nn.Parameter(torch.zeros(in_channels, out_channels, *kernel_size)))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_uniform_(self.weight, a=sqrt(5))

    def forward(self, x):
        return conv_transpose2d(x, self.weight, **self.settings)

    def extra_repr(self):
        shown = [f"in={self.in_channels}", f"out={self.out_channels}", f"kernel_size={self.kernel_size}"]
        return ", ".join(shown + [f"{key}={value}" for key, value in self.settings.items()])
''',
        part="ConvTranspose2d",
    ),
)
