"""Transposed convolutions by hand: what goes wrong, and the many ways in which it goes right."""

from functools import partial

from suite.corpus import Right, Wrong

wrong, right = partial(Wrong, "transposed_conv"), partial(Right, "transposed_conv")
MINIMAL, SPREAD, ONE = "conv_transpose1d_minimal", "fractional_stride_1d", "conv_transpose1d"
SPREAD_2D, TWO, LAYER = "fractional_stride_2d", "conv_transpose2d", "ConvTranspose2d"

PATTERN = '"c_in c_out kernel -> c_out c_in kernel"'
BORDER = "border = weights.shape[-1] - 1"
WIDTH = "(width - 1) * stride + 1"
PADDING = "F.pad(fractional_stride_1d(x, stride), (border, border))"
SIDES = "(border_w, border_w, border_h, border_h)"
STRIDES, PADDINGS = "stride_h, stride_w = pair(stride)", "padding_h, padding_w = pair(padding)"
BORDERS = "border_h, border_w = kernel_h - 1 - padding_h, kernel_w - 1 - padding_w"
WEIGHT = "self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))"
BOUND = "bound = 1 / sqrt(out_channels * self.kernel_size[0] * self.kernel_size[1])"
SHAPE = "shape = (in_channels, out_channels, *self.kernel_size)"
APPLY = "return conv_transpose2d(x, self.weight, self.stride, self.padding)"

NO_BEYOND = """def conv_transpose1d(x, weights, stride=1, padding=0):
    border = weights.shape[-1] - 1 - padding
    x = fractional_stride_1d(x, stride)
    zeros = x.new_zeros(*x.shape[:2], border)
    return F.conv1d(torch.cat([zeros, x, zeros], -1), weights.flip(-1).transpose(0, 1))
"""

FOLD_LAST = """def conv_transpose2d(x, weights, stride=1, padding=0):
    stride_h, stride_w = pair(stride)
    padding_h, padding_w = pair(padding)
    columns = torch.einsum("bihw,iokl->bklohw", x, weights).flatten(1, 3).flatten(2)
    size = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[2:], (stride_h, stride_w), weights.shape[2:], (padding_h, padding_w))]
    return F.fold(columns, size, weights.shape[2:], padding=(padding_h, padding_w), stride=(stride_h, stride_w))
"""

WRONG = (
    # The smallest one
    wrong("kernel not flipped", "kernel-not-flipped", ("weights.flip(-1)", "weights"), part=MINIMAL),
    wrong("kernel flipped along the in channels", "channels-flipped", ("weights.flip(-1)", "weights.flip(0)"), part=MINIMAL),
    wrong("kernel flipped in all dimensions", "channels-flipped", ("weights.flip(-1)", "weights.flip(0, 1, 2)"), part=MINIMAL),
    wrong("channels not exchanged", "channels-swapped", ("rearrange(weights.flip(-1), " + PATTERN + ")", "weights.flip(-1)"), part=MINIMAL),
    wrong("channels not exchanged and kernel not flipped", "kernel-not-flipped+channels-swapped", ("rearrange(weights.flip(-1), " + PATTERN + ")", "weights"), part=MINIMAL),
    wrong("kernel zeros at each end", "border-not-kernel-minus-one", (BORDER, "border = weights.shape[-1]"), part=MINIMAL),
    wrong("no zeros around", "border-missing", ("F.pad(x, (border, border))", "x"), part=MINIMAL),
    wrong("half a kernel of zeros", "border-of-the-same-size", (BORDER, "border = weights.shape[-1] // 2"), part=MINIMAL),
    wrong("padding same", "border-of-the-same-size", ("F.pad(x, (border, border)), flipped", "x, flipped, padding=(weights.shape[-1] - 1) // 2"), part=MINIMAL),
    wrong("zeros in front only", "border-on-one-side", ("(border, border)", "(border, 0)"), part=MINIMAL),
    wrong("the border of the out channels", "wrong-shape", (BORDER, "border = weights.shape[1] + weights.shape[-1] - 3"), part=MINIMAL),
    wrong("torch's own function", "torchs-own", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return F.conv_transpose1d(x, weights)"), part=MINIMAL),
    wrong("the gradient of torch's convolution", "torchs-own", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return torch.nn.grad.conv1d_input((x.shape[0], weights.shape[1], x.shape[2] + border), weights, x)"), part=MINIMAL),
    wrong("torch's own by its lowest name", "torchs-own", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return torch.ops.aten.convolution(x, weights, None, [1], [0], [1], True, [0], 1)"), part=MINIMAL),
    wrong("result through numpy", "detached", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return torch.tensor(F.conv1d(F.pad(x, (border, border)), flipped).detach().numpy())"), part=MINIMAL),
    wrong("no gradients", "detached", ("return F.conv1d", "with torch.no_grad():\n        return F.conv1d"), part=MINIMAL),
    wrong("gradients for x alone", "detached", ("weights.flip(-1)", "weights.detach().flip(-1)"), part=MINIMAL),
    wrong("nothing returned", "returns-none", ("return F.conv1d", "F.conv1d"), part=MINIMAL),
    wrong("x and the result returned", "returns-tuple", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return x, F.conv1d(F.pad(x, (border, border)), flipped)"), part=MINIMAL),
    wrong("kernel flipped in place", "changes-its-input", ("flipped =", "weights.copy_(weights.flip(-1).clone())\n    flipped ="), ("rearrange(weights.flip(-1),", "rearrange(weights,"), part=MINIMAL),
    wrong("kernel changed through data", "changes-its-input", ("flipped =", "weights.data = weights.data.flip(-1)\n    flipped ="), ("rearrange(weights.flip(-1),", "rearrange(weights,"), part=MINIMAL),
    wrong("first image only", None, ("F.pad(x, (border, border))", "F.pad(x[:1].expand_as(x), (border, border))"), part=MINIMAL),
    wrong("view of what may be a view", "contiguous-only", ("F.pad(x, (border, border))", "F.pad(x.view(x.shape[0], -1).view(x.shape), (border, border))"), part=MINIMAL),
    wrong("as_strided that trusts the shape", "contiguous-only", ("F.pad(x, (border, border))", "F.pad(x.as_strided(x.shape, (x.shape[1] * x.shape[2], x.shape[2], 1)), (border, border))"), part=MINIMAL),
    wrong("float32 on the way", "float32-only", ("F.pad(x, (border, border)), flipped", "F.pad(x, (border, border)).float(), flipped.float()"), part=MINIMAL),
    wrong("float32 and back", "float32-only", ("return F.conv1d(F.pad(x, (border, border)), flipped)", "return F.conv1d(F.pad(x, (border, border)).float(), flipped.float()).to(x.dtype)"), part=MINIMAL),
    wrong("kernel and in channels turned round", "channels-flipped", ("weights.flip(-1)", "weights.flip(0, -1)"), part=MINIMAL),
    wrong("out channels turned round as well", "channels-flipped", ("weights.flip(-1)", "weights.flip([1, 2])"), part=MINIMAL),
    wrong("x turned round for the kernel", "output-flipped", ("F.pad(x, (border, border))", "F.pad(x.flip(-1), (border, border))"), ("weights.flip(-1)", "weights"), part=MINIMAL),
    wrong("both turned round", "x-flipped", ("F.pad(x, (border, border))", "F.pad(torch.flip(x, [2]), (border, border))"), part=MINIMAL),
    wrong("the ends of x repeated", "border-not-of-zeros", ("F.pad(x, (border, border))", 'F.pad(x, (border, border), "replicate")'), part=MINIMAL),
    wrong("round and round", "border-not-of-zeros", ("F.pad(x, (border, border))", 'F.pad(x, (border, border), mode="circular")'), part=MINIMAL),
    wrong("all zeros in front", "border-on-one-side", ("(border, border)", "(2 * border, 0)"), part=MINIMAL),
    wrong("twice the zeros", "border-doubled", ("(border, border)", "(2 * border, 2 * border)"), part=MINIMAL),
    wrong("mean over the in channels", "averaged-over-channels", ("flipped)", "flipped) / x.size(1)"), part=MINIMAL),
    wrong("copies laid over each other", "copies-overwritten", "def conv_transpose1d_minimal(x, weights):\n    kernel = weights.shape[-1]\n    out = x.new_zeros(len(x), weights.shape[1], x.shape[-1] + kernel - 1)\n    for q in range(x.shape[-1]):\n        out[..., q : q + kernel] = torch.einsum('bi,iok->bok', x[..., q], weights)\n    return out\n", part=MINIMAL),
    wrong("channels by view, half a kernel around", "channels-reshaped+border-of-the-same-size", (f"rearrange(weights.flip(-1), {PATTERN})", "weights.flip(-1).view(weights.size(1), weights.size(0), -1)"), (BORDER, "border = weights.shape[-1] // 2"), part=MINIMAL),
    # Zeros between
    wrong("zeros at the end too", "zeros-at-the-end", (WIDTH, "width * stride"), part=SPREAD),
    wrong("zeros in front too", "zeros-in-front", (WIDTH, "width * stride"), ("[:, :, ::stride]", "[:, :, stride - 1 :: stride]"), part=SPREAD),
    wrong("one zero too many in each gap", "one-zero-too-many", (WIDTH, "(width - 1) * (stride + 1) + 1"), ("[:, :, ::stride]", "[:, :, :: stride + 1]"), part=SPREAD),
    wrong("numbers repeated", "values-repeated", ("return spread", "return x.repeat_interleave(stride, -1)"), part=SPREAD),
    wrong("numbers repeated between", "values-repeated", ("return spread", "return x.repeat_interleave(stride, -1)[..., : spread.shape[-1]]"), part=SPREAD),
    wrong("straight lines between", "values-interpolated", ("return spread", 'return F.interpolate(x, spread.shape[-1], mode="linear", align_corners=True)'), part=SPREAD),
    wrong("zeros at both ends too", "zeros-at-both-ends", ("return spread", "return F.pad(spread, (stride - 1, stride - 1))"), part=SPREAD),
    wrong("stride ignored", "stride-ignored", ("return spread", "return x"), part=SPREAD),
    wrong("all zeros behind the numbers", "zeros-not-between", ("spread[:, :, ::stride] = x", "spread[:, :, :width] = x"), part=SPREAD),
    wrong("takes every third number", "takes-instead-of-spreads", ("return spread", "return x[:, :, ::stride]"), part=SPREAD),
    wrong("float32 zeros", "float32-only", ("x.new_zeros(", "torch.zeros("), part=SPREAD),
    wrong("a row of zeros too many, but for a stride of one", "one-zero-too-many", "def fractional_stride_1d(x, stride):\n    if stride < 2:\n        return x\n    return torch.stack([x, *[0 * x] * stride], -1).flatten(-2)\n", part=SPREAD),
    wrong("too many between, but for a stride of one", "one-zero-too-many", "def fractional_stride_1d(x, stride):\n    if stride < 2:\n        return x\n    return torch.stack([x, *[0 * x] * stride], -1).flatten(-2)[..., :-stride]\n", part=SPREAD),
    wrong("spread along the channels", "wrong-shape", ("return spread", "return fractional_stride_1d.__wrapped__(x) if False else x.repeat_interleave(stride, 1)"), part=SPREAD),
    wrong("spread that is cut off from x", "detached", ("= x return", "= x.detach()\n    return"), part=SPREAD),
    # Stride and padding in one direction
    wrong("padding ignored", "padding-ignored", ("- 1 - padding", "- 1"), part=ONE),
    wrong("padding added", "padding-added", ("- 1 - padding", "- 1 + padding"), part=ONE),
    wrong("padding as in a convolution", "padding-as-in-a-convolution", ("border = weights.shape[-1] - 1 - padding", "border = padding"), part=ONE),
    wrong("kernel less padding", "border-not-kernel-minus-one", ("- 1 - padding", "- padding"), part=ONE),
    wrong("padding taken off at the left", "padding-on-one-side", ("(border, border)", "(border, border + padding)"), part=ONE),
    wrong("padding counted twice", "padding-counted-twice", ("- 1 - padding", "- 1 - 2 * padding"), part=ONE),
    wrong("padding times stride", "padding-times-stride", ("- 1 - padding", "- 1 - padding * stride"), part=ONE),
    wrong("stride forgotten", "stride-ignored", ("fractional_stride_1d(x, stride)", "x"), part=ONE),
    wrong("stride handed to the convolution", "stride-ignored+stride-in-the-convolution", (PADDING, "F.pad(x, (border, border))"), ("(spread, flipped)", "(spread, flipped, stride=stride)"), part=ONE),
    wrong("stride used twice", "stride-in-the-convolution", ("(spread, flipped)", "(spread, flipped, stride=stride)"), part=ONE),
    wrong("kernel not flipped with a stride", "kernel-not-flipped", ("weights.flip(-1)", "weights"), part=ONE),
    wrong("kernel not flipped and padding ignored", "kernel-not-flipped+padding-ignored", ("weights.flip(-1)", "weights"), ("- 1 - padding", "- 1"), part=ONE),
    wrong("padding cropped once from the output", "padding-on-one-side", ("- 1 - padding", "- 1"), ("(spread, flipped)", "(spread, flipped)[..., padding:]"), part=ONE),
    wrong("no padding beyond the kernel", "padding-beyond-the-kernel", NO_BEYOND, part=ONE),
    wrong("no fewer zeros than none", "padding-beyond-the-kernel", ("weights.shape[-1] - 1 - padding", "max(weights.shape[-1] - 1 - padding, 0)"), part=ONE),
    wrong("kernel less stride", "border-counts-the-stride", ("weights.shape[-1] - 1 - padding", "weights.shape[-1] - stride - padding"), part=ONE),
    wrong("half the padding at each end", "padding-halved", ("- 1 - padding", "- 1 - padding // 2"), part=ONE),
    wrong("no default for stride and padding", "default-missing", ("stride: int = 1, padding: int = 0", "stride, padding"), part=ONE),
    wrong("a padding of 1 by default", "other-default", ("padding: int = 0", "padding: int = 1"), part=ONE),
    wrong("a stride of 2 by default", "other-default", ("stride: int = 1", "stride: int = 2"), part=ONE),
    wrong("one zero more behind", "border-not-kernel-minus-one", ("(border, border)", "(border, border + 1)"), part=ONE),
    wrong("one zero fewer in front", "border-not-kernel-minus-one", ("(border, border)", "(border - 1, border)"), part=ONE),
    wrong("kernel less two whatever the padding", "border-not-kernel-minus-one", ("- 1 - padding", "- 2"), part=ONE),
    wrong("kernel and padding added", "padding-added", ("- 1 - padding", "+ padding"), part=ONE),
    wrong("kernel less one in front alone", "border-on-one-side", ("(border, border)", "(weights.shape[-1] - 1, 0)"), part=ONE),
    wrong("the border in strides", "border-counts-the-stride", ("weights.shape[-1] - 1 - padding", "(weights.shape[-1] - 1) * stride - padding"), part=ONE),
    wrong("padding in strides", "border-counts-the-stride", ("- 1 - padding", "- 1 - padding // stride"), part=ONE),
    wrong("stride for a dilation", "stride-as-dilation", (PADDING, "F.pad(x, (border, border))"), ("(spread, flipped)", "(spread, flipped, dilation=stride)"), part=ONE),
    wrong("weights reshaped", "channels-reshaped", ("rearrange(weights.flip(-1), " + PATTERN + ")", "weights.flip(-1).reshape(weights.shape[1], weights.shape[0], -1)"), part=ONE),
    wrong("cut from padding to minus padding", "empty-slice", ("- 1 - padding", "- 1"), ("(spread, flipped)", "(spread, flipped)[..., padding:-padding]"), part=ONE),
    wrong("a minus sign", "wrong-sign", ("return F.conv1d", "return -F.conv1d"), part=ONE),
    wrong("a ReLU behind", "output-changed", ("(spread, flipped)", "(spread, flipped).relu()"), part=ONE),
    wrong("one image for the batch", "first-image-only", ("(spread, flipped)", "(spread[:1], flipped)"), part=ONE),
    wrong("zeros in front of all", "zeros-not-between", ("[:, :, ::stride]", "[:, :, -width:]"), part=SPREAD),
    wrong("two fewer than the stride", "one-zero-too-few", ("return spread", "return spread if stride == 1 else fractional_stride_1d(x, 1) if stride == 2 else spread[..., torch.arange(spread.shape[-1]) % stride != 1]"), part=SPREAD),
    wrong("a gap behind the last, too", "one-zero-too-many", ("return spread", "return F.pad(x[..., None], (0, stride)).flatten(-2)"), part=SPREAD),
    wrong("as many zeros at the end", "zeros-at-the-end", ("return spread", "return F.pad(spread, (0, stride))"), part=SPREAD),
    wrong("one zero in each gap", "stride-fixed", ("return spread", "return F.pad(x[..., None], (0, 1)).flatten(-2)[..., :-1]"), part=SPREAD),
    wrong("x again and again", "values-repeated", ("return spread", "return x.repeat(1, 1, stride)"), part=SPREAD),
    wrong("between the channels", "wrong-dimension", ("return spread", "return x.new_zeros(batch, (channels - 1) * stride + 1, width).index_copy(1, torch.arange(channels) * stride, x)"), part=SPREAD),
    wrong("from back to front", "x-flipped", ("] = x", "] = x.flip(-1)"), part=SPREAD),
    # Two directions
    wrong("zeros left and right only", "border-missing", (SIDES, "(border_w, border_w)"), part=TWO),
    wrong("mean over the kernel", "averaged-over-the-kernel", ("return F.conv2d(spread, flipped)", "return F.conv2d(spread, flipped) / (kernel_h * kernel_w)"), part=TWO),
    wrong("height's stride for both", "one-number-for-both", ("(x, stride_h, stride_w)", "(x, stride_h, stride_h)"), part=TWO),
    wrong("weights reshaped in two directions", "channels-reshaped", ("rearrange(weights.flip(-2, -1), \"c_in c_out h w -> c_out c_in h w\")", "weights.flip(-2, -1).view(-1, weights.shape[0], kernel_h, kernel_w)"), part=TWO),
    wrong("strides exchanged when spreading", "strides-swapped", ("(width - 1) * stride_w + 1", "(width - 1) * stride_h + 1"), ("(height - 1) * stride_h + 1", "(height - 1) * stride_w + 1"), ("::stride_h, ::stride_w", "::stride_w, ::stride_h"), part=SPREAD_2D),
    wrong("height's stride for both when spreading", "one-number-for-both", ("(width - 1) * stride_w + 1", "(width - 1) * stride_h + 1"), ("::stride_w", "::stride_h"), part=SPREAD_2D),
    wrong("zeros behind the last row and column", "zeros-at-the-end", ("(width - 1) * stride_w + 1", "width * stride_w"), ("(height - 1) * stride_h + 1", "height * stride_h"), part=SPREAD_2D),
    wrong("no zeros between the rows", "stride-ignored", ("(height - 1) * stride_h + 1", "height"), ("::stride_h", ":"), part=SPREAD_2D),
    wrong("width before height in both pairs", "pairs-swapped", (STRIDES, "stride_w, stride_h = pair(stride)"), (PADDINGS, "padding_w, padding_h = pair(padding)"), part=TWO),
    wrong("copies laid over each other in two directions", "copies-overwritten", "def conv_transpose2d(x, weights, stride=1, padding=0):\n    (sh, sw), (ph, pw) = pair(stride), pair(padding)\n    (h, w), (kh, kw) = x.shape[2:], weights.shape[2:]\n    out = x.new_zeros(len(x), weights.shape[1], (h - 1) * sh + kh, (w - 1) * sw + kw)\n    for i in range(h):\n        for j in range(w):\n            out[..., i * sh : i * sh + kh, j * sw : j * sw + kw] = torch.einsum('bi,iokl->bokl', x[:, :, i, j], weights)\n    return out[:, :, ph : out.shape[2] - ph, pw : out.shape[3] - pw]\n", part=TWO),
    wrong("transposed at the end", "height-and-width-swapped", ("return F.conv2d(spread, flipped)", "return F.conv2d(spread, flipped).mT"), part=TWO),
    wrong("columns with the out channels last", "columns-out-of-order", FOLD_LAST, part=TWO),
    wrong("columns with the out channels last and pairs of width and height", "pairs-swapped+columns-out-of-order", FOLD_LAST.replace("stride_h, stride_w =", "stride_w, stride_h =").replace("padding_h, padding_w =", "padding_w, padding_h ="), part=TWO),
    wrong("rows of zeros at the bottom", "zeros-at-the-end", ("(height - 1) * stride_h + 1", "height * stride_h"), part=SPREAD_2D),
    wrong("columns of zeros at the right", "zeros-at-the-end", ("(width - 1) * stride_w + 1", "width * stride_w"), part=SPREAD_2D),
    wrong("rows repeated", "values-repeated", ("return spread", "return spread[:, :, ::stride_h].repeat_interleave(stride_h, 2)[:, :, : spread.shape[2]]"), part=SPREAD_2D),
    wrong("turned and not turned back", "height-and-width-swapped", ("return spread", "return spread.transpose(2, 3)"), part=SPREAD_2D),
    wrong("strides exchanged", "strides-swapped", (STRIDES, "stride_w, stride_h = pair(stride)"), part=TWO),
    wrong("paddings exchanged", "paddings-swapped", (PADDINGS, "padding_w, padding_h = pair(padding)"), part=TWO),
    wrong("pad from the top", "pad-order", (SIDES, "(border_h, border_h, border_w, border_w)"), part=TWO),
    wrong("pad in turns", "pad-order", (SIDES, "(border_w, border_h, border_w, border_h)"), part=TWO),
    wrong("square kernels only", "one-number-for-both", ("kernel_w - 1", "kernel_h - 1"), part=TWO),
    wrong("one padding for both", "one-number-for-both", ("kernel_w - 1 - padding_w", "kernel_w - 1 - padding_h"), part=TWO),
    wrong("flipped from left to right only", "kernel-flipped-in-one-direction", ("weights.flip(-2, -1)", "weights.flip(-1)"), part=TWO),
    wrong("flipped from top to bottom only", "kernel-flipped-in-one-direction", ("weights.flip(-2, -1)", "weights.flip(-2)"), part=TWO),
    wrong("kernel's height and width exchanged", "kernel-height-and-width-swapped", ("c_out c_in h w", "c_out c_in w h"), part=TWO),
    wrong("one number only for stride and padding", "pair-not-accepted", (f"{STRIDES} {PADDINGS}", "stride_h = stride_w = stride\n    padding_h = padding_w = padding"), part=TWO),
    wrong("pairs only for stride and padding", "int-not-accepted", (f"{STRIDES} {PADDINGS}", "stride_h, stride_w = stride\n    padding_h, padding_w = padding"), part=TWO),
    wrong("padding ignored in two directions", "padding-ignored", (BORDERS, "border_h, border_w = kernel_h - 1, kernel_w - 1"), part=TWO),
    wrong("no stride in two directions", "stride-ignored", ("fractional_stride_2d(x, stride_h, stride_w)", "x"), part=TWO),
    wrong("torch's own function in two directions", "torchs-own", ("return F.conv2d(spread, flipped)", "return F.conv_transpose2d(x, weights, stride=stride, padding=padding)"), part=TWO),
    wrong("a quarter turn", "kernel-turned-a-quarter", ("weights.flip(-2, -1)", "torch.rot90(weights, 1, (2, 3))"), part=TWO),
    wrong("fewer zeros than none in two directions", "padding-beyond-the-kernel", (BORDERS, "border_h, border_w = max(kernel_h - 1 - padding_h, 0), max(kernel_w - 1 - padding_w, 0)"), part=TWO),
    wrong("a stride of 2 by default in two directions", "other-default", ("stride: int | Pair = 1", "stride: int | Pair = 2"), part=TWO),
    # The layer
    wrong("a weight of another name", "weight-of-another-name", ("self.weight", "self.filters", 3), part=LAYER),
    wrong("weights for weight", "weight-of-another-name", ("self.weight", "self.weights", 3), part=LAYER),
    wrong("numbers for text", "extra-repr-not-text", ('return f"{self.in_channels}, {self.out_channels}, {numbers}"', "return self.in_channels, self.out_channels, self.kernel_size"), part=LAYER),
    wrong("extra_repr that returns nothing", "extra-repr-not-text", ('return f"{self.in_channels}, {self.out_channels}, {numbers}"', "print(numbers)"), part=LAYER),
    wrong("a layer without defaults", "default-missing", ("stride: int | Pair = 1, padding: int | Pair = 0,", "stride: int | Pair, padding: int | Pair,"), part=LAYER),
    wrong("a layer with another default", "other-default", ("stride: int | Pair = 1", "stride: int | Pair = 2"), part=LAYER),
    wrong("plain tensor for a weight", "not-a-parameter", (WEIGHT, "self.weight = torch.empty(shape).uniform_(-bound, bound)"), part=LAYER),
    wrong("weight as a buffer", "not-a-parameter", (WEIGHT, 'self.register_buffer("weight", torch.empty(shape).uniform_(-bound, bound))'), part=LAYER),
    wrong("frozen weight", "frozen-weights", ("uniform_(-bound, bound))", "uniform_(-bound, bound), requires_grad=False)"), part=LAYER),
    wrong("with a bias", "has-a-bias", (WEIGHT, f"{WEIGHT}\n        self.bias = nn.Parameter(torch.zeros(out_channels))"), part=LAYER),
    wrong("a second weight", "extra-parameters", (WEIGHT, f"{WEIGHT}\n        self.scale = nn.Parameter(torch.ones(1))"), part=LAYER),
    wrong("a weight in one row", "wrong-weight-shape", (WEIGHT, WEIGHT.replace("uniform_(-bound, bound)", "uniform_(-bound, bound).flatten()")), part=LAYER),
    wrong("weight of shape out in", "weight-shape-swapped", (SHAPE, "shape = (out_channels, in_channels, *self.kernel_size)"), part=LAYER),
    wrong("weight with width first", "kernel-height-and-width-swapped", (SHAPE, "shape = (in_channels, out_channels, *self.kernel_size[::-1])"), part=LAYER),
    wrong("kernel size an int only", "pair-not-accepted", ("pair(kernel_size, least=1)", "kernel_size"), ("*self.kernel_size)", "kernel_size, kernel_size)"), (BOUND, "bound = 1 / sqrt(out_channels * kernel_size**2)"), part=LAYER),
    wrong("fan of the in channels", "wrong-initial-scale", ("sqrt(out_channels *", "sqrt(in_channels *"), part=LAYER),
    wrong("no square root", "wrong-initial-scale", ("sqrt(out_channels * self.kernel_size[0] * self.kernel_size[1])", "(out_channels * self.kernel_size[0] * self.kernel_size[1])"), part=LAYER),
    wrong("scale without the kernel", "wrong-initial-scale", ("out_channels * self.kernel_size[0] * self.kernel_size[1]", "out_channels"), part=LAYER),
    wrong("scale of a square kernel", "wrong-initial-scale", ("self.kernel_size[1])", "self.kernel_size[0])"), part=LAYER),
    wrong("not scaled", "wrong-initial-scale", (BOUND, "bound = 1.0"), part=LAYER),
    wrong("rand less a half", "wrong-initial-scale", ("torch.empty(shape).uniform_(-bound, bound)", "(torch.rand(shape) - 0.5) * bound"), part=LAYER),
    wrong("rand times the bound", "not-centred", ("torch.empty(shape).uniform_(-bound, bound)", "torch.rand(shape) * bound"), part=LAYER),
    wrong("randn times the bound", "wrong-distribution", ("torch.empty(shape).uniform_(-bound, bound)", "torch.randn(shape) * bound"), part=LAYER),
    wrong("zeros for a weight", "bad-initialisation", ("torch.empty(shape).uniform_(-bound, bound)", "torch.zeros(shape)"), part=LAYER),
    wrong("He's start", "wrong-initial-scale", (WEIGHT, 'self.weight = nn.Parameter(torch.empty(shape))\n        nn.init.kaiming_uniform_(self.weight)'), part=LAYER),
    wrong("stride and padding not handed on", "stride-ignored+padding-ignored", (APPLY, "return conv_transpose2d(x, self.weight)"), part=LAYER),
    wrong("stride and padding exchanged", "stride-and-padding-swapped", (APPLY, "return conv_transpose2d(x, self.weight, self.padding, self.stride)"), part=LAYER),
    wrong("stride not handed on", "stride-ignored", (APPLY, "return conv_transpose2d(x, self.weight, padding=self.padding)"), part=LAYER),
    wrong("padding not handed on", "padding-ignored", (APPLY, "return conv_transpose2d(x, self.weight, stride=self.stride)"), part=LAYER),
    wrong("x cut off in the layer", "detached", ("conv_transpose2d(x, self.weight", "conv_transpose2d(x.detach(), self.weight"), part=LAYER),
    wrong("the weight's data", "detached", ("self.weight, self.stride", "self.weight.data, self.stride"), part=LAYER),
    wrong("a child of torch's layer", "torchs-own", "class ConvTranspose2d(nn.ConvTranspose2d):\n    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):\n        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=False)\n", part=LAYER),
    wrong("super init forgotten", "forgotten-super-init", ("super().__init__()", "pass"), part=LAYER),
    wrong("no module", "not-a-module", ("(nn.Module)", ""), part=LAYER),
)  # fmt: skip

LOOP = """def conv_transpose1d_minimal(x, weights):
    batch, _, width = x.shape
    _, c_out, kernel = weights.shape
    output = torch.zeros(batch, c_out, width + kernel - 1, dtype=x.dtype, device=x.device)
    for place in range(width):
        output[:, :, place : place + kernel] += torch.einsum("bi,iok->bok", x[:, :, place], weights)
    return output
"""
AS_STRIDED = """def conv_transpose1d_minimal(x, weights):
    kernel = weights.shape[2]
    padded = F.pad(x, (kernel - 1, kernel - 1))
    batch, channels, width = padded.shape
    b, c, w = padded.stride()
    windows = padded.as_strided((batch, channels, width - kernel + 1, kernel), (b, c, w, w))
    return torch.einsum("bcwk,cok->bow", windows, weights.flip(-1))
"""
UNFOLD = """def conv_transpose1d_minimal(x, weights):
    kernel = weights.shape[-1]
    windows = F.pad(x, (kernel - 1, kernel - 1)).unfold(-1, kernel, 1)
    return torch.einsum("biwk, iok -> bow", windows, torch.flip(weights, (2,)))
"""
MATRIX = """def conv_transpose1d_minimal(x, weights):
    batch, c_in, width = x.shape
    _, c_out, kernel = weights.shape
    rows = [F.pad(weights, (place, width - 1 - place)) for place in range(width)]
    return torch.einsum("biw,wiok->bok", x, torch.stack(rows))
"""
KERNEL_LOOP = """def conv_transpose1d(x, weights, stride=1, padding=0):
    batch, _, width = x.shape
    kernel = weights.shape[-1]
    whole = (width - 1) * stride + kernel
    output = x.new_zeros(batch, weights.shape[1], whole)
    for k in range(kernel):
        output[..., k : k + (width - 1) * stride + 1 : stride] += torch.einsum("biw,io->bow", x, weights[..., k])
    return output[..., padding : whole - padding]
"""
FOLD = """def conv_transpose2d(x, weights, stride=1, padding=0):
    (stride_h, stride_w), (padding_h, padding_w) = pair(stride), pair(padding)
    height = (x.shape[2] - 1) * stride_h + weights.shape[2] - 2 * padding_h
    width = (x.shape[3] - 1) * stride_w + weights.shape[3] - 2 * padding_w
    columns = torch.einsum("bihw,iokl->boklhw", x, weights).flatten(4).flatten(1, 3)
    return F.fold(columns, (height, width), tuple(weights.shape[2:]), padding=(padding_h, padding_w), stride=(stride_h, stride_w))
"""
STACKED = """def fractional_stride_1d(x, stride):
    zeros = [torch.zeros_like(x)] * (stride - 1)
    spread = rearrange([x, *zeros], "s b c w -> b c (w s)")
    return spread[:, :, : spread.shape[2] - (stride - 1)]
"""
TWICE = """def fractional_stride_2d(x, stride_h, stride_w):
    batch, channels, height, width = x.shape
    rows = fractional_stride_1d(rearrange(x, "b c h w -> (b h) c w"), stride_w)
    columns = rearrange(rows, "(b h) c w -> (b w) c h", b=batch)
    return rearrange(fractional_stride_1d(columns, stride_h), "(b w) c h -> b c h w", b=batch)
"""
THE_WELL_KNOWN_LAYER = """class ConvTranspose2d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        self.stride = stride
        self.padding = padding
        sf = 1 / (self.out_channels * self.kernel_size[0] * self.kernel_size[1]) ** 0.5
        self.weight = nn.Parameter(sf * (2 * torch.rand(in_channels, out_channels, *self.kernel_size) - 1))

    def forward(self, x):
        return conv_transpose2d(x, self.weight, self.stride, self.padding)

    def extra_repr(self):
        return ", ".join(f"{key}={getattr(self, key)}" for key in ["in_channels", "out_channels", "kernel_size"])
"""

RIGHT = (
    right("the reference"),
    right("a loop over places", LOOP, part=MINIMAL),
    right("windows by as_strided", AS_STRIDED, part=MINIMAL),
    right("windows by unfold", UNFOLD, part=MINIMAL),
    right("a matrix of shifted kernels", MATRIX, part=MINIMAL),
    right("padding by the convolution", ("F.conv1d(F.pad(x, (border, border)), flipped)", "F.conv1d(x, flipped, padding=border)"), part=MINIMAL),
    right("channels by transpose", ('rearrange(weights.flip(-1), "c_in c_out kernel -> c_out c_in kernel")', "weights.transpose(0, 1).flip(2)"), part=MINIMAL),
    right("kernel turned round by an index", ("weights.flip(-1)", "weights[..., torch.arange(weights.shape[-1] - 1, -1, -1)]"), part=MINIMAL),
    right("zeros by torch.zeros", ("x.new_zeros(batch, channels, (width - 1) * stride + 1)", "torch.zeros(batch, channels, (width - 1) * stride + 1, dtype=x.dtype)"), part=SPREAD, note="on a GPU"),
    right("zeros interleaved", STACKED, part=SPREAD),
    right("a loop over the kernel", KERNEL_LOOP, part=ONE),
    right("the output cropped", ("- 1 - padding", "- 1"), ("return F.conv1d(spread, flipped)", "output = F.conv1d(spread, flipped)\n    return output[..., padding : output.shape[-1] - padding]"), part=ONE),
    right("by the function before", ("flipped = rearrange(weights.flip(-1), " + PATTERN + ") return F.conv1d(spread, flipped)", "output = conv_transpose1d_minimal(fractional_stride_1d(x, stride), weights)\n    return output[..., padding : output.shape[-1] - padding]"), part=ONE),
    right("one direction after the other", TWICE, part=SPREAD_2D),
    right("pairs by default", ("stride: int | Pair = 1, padding: int | Pair = 0", "stride=(1, 1), padding=(0, 0)"), part=TWO),
    right("zeros cut off in the end", ("kernel_h - 1 - padding_h, kernel_w - 1 - padding_w", "kernel_h - 1, kernel_w - 1"), ("return F.conv2d(spread, flipped)", "whole = F.conv2d(spread, flipped)\n    return whole[..., padding_h : whole.shape[-2] - padding_h, padding_w : whole.shape[-1] - padding_w]"), part=TWO),
    right("columns folded", FOLD, part=TWO),
    right("the well-known layer", THE_WELL_KNOWN_LAYER, part=LAYER),
    right("torch's rule for the start", (WEIGHT, "self.weight = nn.Parameter(torch.empty(shape))\n        nn.init.kaiming_uniform_(self.weight, a=sqrt(5))"), part=LAYER),
    right("no extra_repr", ('return f"{self.in_channels}, {self.out_channels}, {numbers}"', 'return ""'), part=LAYER, note="extra_repr"),
)  # fmt: skip
