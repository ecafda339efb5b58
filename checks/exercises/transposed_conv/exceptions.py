"""What an exception in a transposed convolution most likely means."""

from checks.core.exceptions import KnownError

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
    "no zeros stand around x (or too few), so the kernel does not fit inside. It needs kernel − 1, less the padding, at "
    "each end.",
)
KNOWN_ERRORS = (CHANNELS, INTS, PAIRS, BORDER, LAYOUT, IN_PLACE)
