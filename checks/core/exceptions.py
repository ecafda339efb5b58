"""What an exception in the learner's code most likely means, in plain words.

A check that knows more than `COMMON_ERRORS` hands over its own known errors, which are looked through first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.core.evidence import Raised
from checks.core.result import paragraphs


@dataclass(frozen=True)
class KnownError:
    """A known exception: its cause, what to tell the learner, and by what it is known: `kind` is a pattern for the whole
    name of its class, `pattern` one that its text holds, and `line` one that the learner's line holds which raised it."""

    kind: str
    pattern: str
    cause: str
    text: str
    line: str = ""

    def fits(self, raised: Raised) -> bool:
        line = raised.place.text if raised.place else ""
        found = re.search(self.pattern, raised.text) and re.search(self.line, line)
        return bool(found and re.fullmatch(self.kind, raised.kind))


def mismatched(flat: int) -> KnownError:
    """A matrix product that fails, in a model whose images are `flat` numbers long behind the convolutions."""
    return KnownError(
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied",
        "shapes-do-not-fit",
        "a linear layer (or `@`) got a last dimension that it was not made for. Print the shape in front of it: "
        f"after the flatten it should be (batch, {flat}).",
    )


def other_numbers(types: str, what: str) -> KnownError:
    """Images, which are float32, that meet weights of another type, one of those that torch calls so."""
    return KnownError(
        "RuntimeError",
        rf"Input type \((torch\.FloatTensor|float)\) and (weight|bias) type \((torch\.|CPU)?({types})(Tensor|Type)?\)"
        rf"|mat1 and mat2 must have the same dtype, but got Float and ({types})",
        "wrong-dtype",
        f"the model's weights are {what}, and the images are float32. Leave the weights in float32.",
    )


OTHER_ARGUMENTS = r"\(\) (got an unexpected keyword argument|missing \d+ required|takes \d+ positional)"
"""How Python says that something is called with other arguments than it takes."""

WRONG_SIGNATURE = KnownError(
    "TypeError",
    OTHER_ARGUMENTS,
    "wrong-signature",
    "it is called with other arguments than it takes: compare its `def` line with the exercise's.",
)

COMMON_ERRORS = (
    KnownError(
        "AttributeError",
        r"cannot assign .* before Module.__init__\(\) call",
        "forgotten-super-init",
        "`super().__init__()` is missing: it must be the first line of `__init__`, before any layer is assigned.",
    ),
    KnownError(
        "AttributeError",
        r"has no attribute '(_parameters|_modules|_buffers|_forward_hooks|_backward_hooks|_non_persistent_buffers_set)'",
        "forgotten-super-init",
        "`super().__init__()` is missing: it must be the first line of `__init__`, before any layer is assigned.",
    ),
    KnownError(
        "AttributeError",
        r"has no attribute '(encoder|decoder)'",
        "missing-half",
        "the model has no such part: assign it in `__init__`, under exactly this name.",
    ),
    KnownError(
        "AttributeError",
        r"has no attribute 'sample_latent_vector'",
        "missing-method",
        "the method `sample_latent_vector` is missing (or spelt differently).",
    ),
    KnownError(
        "AttributeError|TypeError",
        r"'?ellipsis'?\b|'NoneType' object|NoneType is not a Module subclass",
        "left-in-place",
        "something is still `...` or None that should be a layer or a tensor.",
    ),
    KnownError(
        "NotImplementedError",
        r'missing the required "forward" function',
        "missing-forward",
        "the class has no `forward` (look at its spelling and its indentation).",
    ),
    KnownError(
        "TypeError",
        rf"\b(Conv2d|ConvTranspose2d|Linear|ReLU|BatchNorm2d)\.__init__{OTHER_ARGUMENTS}",
        "layer-arguments",
        "a layer is made with an argument that it does not take. The course's `Conv2d` and `ConvTranspose2d` take (in, out, "
        "kernel_size, stride, padding); they have no bias, and nothing else to choose.",
    ),
    KnownError(
        "TypeError",
        rf"__init__{OTHER_ARGUMENTS}",
        "wrong-signature",
        "`__init__` takes other arguments than the exercise says; names and order are fixed.",
    ),
    KnownError(
        "TypeError",
        rf"sample_latent_vector{OTHER_ARGUMENTS}",
        "wrong-signature",
        "the exercise's signature is `sample_latent_vector(self, x)`: it takes the images, encodes them itself, and returns "
        "(z, mu, logsigma).",
    ),
    KnownError(
        "TypeError",
        rf"\bforward{OTHER_ARGUMENTS}",
        "wrong-signature",
        "the exercise's signature is `forward(self, x)`: one batch of images, and no labels.",
    ),
    WRONG_SIGNATURE,
    KnownError(
        "TypeError",
        r"must be Tensor, not \w*(Linear|Conv|ReLU|Rearrange|Sequential|Flatten)",
        "layer-as-input",
        "a layer got another layer where a tensor belongs: a comma is missing between the two, or a `(x)` behind "
        "`self.encoder`.",
    ),
    KnownError(
        "TypeError",
        r"must be Tensor, not (tuple|list)|expected Tensor .* but got (tuple|list)",
        "tuple-as-input",
        "a layer got several things at once. Unpack them first: `z, mu, logsigma = …`.",
    ),
    KnownError(
        "TypeError",
        r"is not a Module subclass",
        "not-a-layer",
        "something in `Sequential` is no layer: `ReLU` without its brackets, `F.relu` (use `ReLU()`), or a whole list "
        "(put a `*` before it).",
    ),
    KnownError(
        "RuntimeError|ValueError",
        r"all elements of std|parameter scale .* to satisfy the constraint",
        "exp-forgotten",
        "a standard deviation is negative: log sigma stands where sigma = exp(logsigma) belongs.",
    ),
    mismatched(1568),
    other_numbers("Double|double", "float64 (`.double()`, a `dtype`, an array of NumPy's)"),
    other_numbers("Half|BFloat16|c10::Half|c10::BFloat16", "in half precision (`.half()`, `.bfloat16()`, a `dtype`)"),
    KnownError(
        "RuntimeError",
        r"mat1 and mat2 must have the same dtype|expected m1 and m2 to have the same dtype|expected scalar type"
        r"|Input type \((?!.*cuda).*\) and (weight|bias) type",
        "wrong-dtype",
        "two tensors of different number types meet: NumPy makes float64, the layers hold float32.",
    ),
    KnownError(
        "RuntimeError",
        r"^Input type \((?!.*(?:cuda|mps)).*\) and (?:weight|bias) type|must have the same dtype|same dtype, but got",
        "wrong-dtype",
        "numbers of two types meet. Images and layers hold float32: look for `.double()`, `.half()` and `dtype=`.",
    ),
    KnownError(
        "RuntimeError|AssertionError",
        r"same device|expected device|Input type .* and weight type|not compiled with CUDA|No CUDA GPUs|NVIDIA driver",
        "fixed-device",
        'a device is written out (`.cuda()`, `device="cuda"`). Leave x where it is, and make new tensors '
        "there too: `torch.randn_like(mu)`.",
    ),
    KnownError(
        "TypeError",
        r"randn?\(\): argument 'size' .* not Tensor",
        "sizes-expected",
        "`torch.randn` takes sizes, not a tensor. `torch.randn_like(…)` draws noise in the shape of a tensor.",
    ),
    KnownError(
        "RuntimeError",
        r"expected input.* to have \d+ channels|Expected .*channels|to conv(_transpose)?2d, but got input of size",
        "shapes-do-not-fit",
        "a convolution got another number of channels than it was made for, or something that is no batch of images.",
    ),
    KnownError(
        "EinopsError", r".*", "shapes-do-not-fit", "a Rearrange pattern does not fit the tensor that reaches it."
    ),
    KnownError(
        "RuntimeError",
        r"does not require grad and does not have a grad_fn",
        "detached-loss",
        "the loss is cut off from the weights, so nothing can be learned: look for `.detach()`, `.item()`, "
        "`torch.no_grad()` or a loss made anew with `torch.tensor(…)`.",
    ),
    KnownError(
        "RuntimeError",
        r"backward through the graph a second time",
        "backward-twice",
        "`backward()` runs twice on one graph: once a step is enough.",
    ),
    KnownError(
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs",
        "loss-not-scalar",
        "the loss is not one number: take the mean over all elements before `backward()`.",
    ),
    KnownError(
        "RuntimeError",
        r"shape '\[[1-9]\d+, .*invalid for input of size|unflatten: Provided sizes .* size of dim 0|"
        r"must match the size of tensor b .* at non-singleton dimension 0",
        "hard-coded-batch",
        "a batch size is written as a number; batches differ in size. Write -1 or `x.shape[0]` there, or let einops "
        "name it b.",
    ),
    KnownError(
        "RuntimeError",
        r"The size of tensor a .* must match the size of tensor b|shape '\[.*\]' is invalid for input of size|unflatten:",
        "shapes-do-not-fit",
        "two shapes do not fit together. Print both, and compare them with the comments behind the layers.",
    ),
    KnownError(
        "RuntimeError",
        r"view size is not compatible",
        "view-of-other-order",
        "`.view` asks for numbers that lie in memory in the tensor's own order, and behind a convolution they need not. "
        "Use `Rearrange`, `.flatten(1)` or `.reshape(…)`.",
    ),
    KnownError(
        "RuntimeError",
        r"modified by an inplace operation|is being modified inplace",
        "in-place-change",
        "an in-place operation (`x -= …`, `x.clamp_()`) overwrites numbers that the gradients still need: write "
        "`x = x - …` instead.",
    ),
    KnownError("MemoryError", r".*", "out-of-memory", "your code asked for more memory than there is."),
    KnownError(
        "RuntimeError",
        r"can't allocate memory|not enough memory",
        "out-of-memory",
        "your code asked for more memory than there is.",
    ),
    KnownError("RecursionError", r".*", "endless-recursion", "a function calls itself without end."),
    KnownError(
        "SystemExit", r".*", "exits", "your code ends the program (`exit`); a cell or a check cannot go on after that."
    ),
    KnownError(
        "SyntaxError",
        r".*",
        "syntax-error",
        "Python cannot read the file; look at the line named and the one before it.",
    ),
    KnownError(
        "ModuleNotFoundError",
        r"No module named 'solutions\b",
        "imports-its-solution",
        "while an exercise is graded, its own solution and later ones are not there; those of earlier exercises are.",
    ),
    KnownError("ImportError", r".*", "import-fails", "an import in your file fails."),
    KnownError(
        "ModuleNotFoundError",
        r".*",
        "import-fails",
        "no such package is installed beside the course. Leave its import out where the answer does not need it; otherwise "
        "install it where this Python finds it: `%pip install …` in a cell of a notebook.",
    ),
    KnownError("UnboundLocalError", r".*", "unknown-name", "a variable is used before it has a value."),
    KnownError(
        "NameError", r".*", "unknown-name", "a name is used that nothing defines: a typo, or an import that is missing."
    ),
    KnownError("EOFError", r".*", "asks-for-input", "your code waits for somebody to type; a check cannot."),
    KnownError(
        "StdinNotImplementedError", r".*", "asks-for-input", "your code waits for somebody to type; a check cannot."
    ),
    KnownError("MissingAnswer", r".*", "missing-answer", "the class or function is missing, or spelt differently."),
    KnownError("ProcessDied", r".*", "process-died", "your code ended the whole process, so nothing it did can count."),
)


BATCH_OF_ONE = (
    KnownError(
        "EinopsError|RuntimeError|IndexError|KeyError|ValueError",
        r"",
        "squeezed-batch",
        "larger batches go through, a batch of one does not: `squeeze()` drops every dimension of size 1, the batch "
        "too. Say which one: `squeeze(1)`.",
    ),
)
"""What an exception at a batch of one means, when larger ones have gone through."""


TIMED_OUT = {
    "TookTooLong": ("takes-too-long", "An endless loop?"),
    "WaitedTooLong": (
        "waits-too-long",
        "Does it wait for something: a sleep, a lock, the network? If this machine is very busy, try again.",
    ),
}
"""The cause and what to ask, by the kind of limit that was reached."""


def explain_exception(
    raised: Raised, tried: str, known_errors: Sequence[KnownError] = (), about: str | None = None
) -> tuple[str | None, str]:
    """The cause (None when unknown) and the whole remark for an exception that came out of `tried`.

    The first fitting one of `known_errors`, or else of `COMMON_ERRORS`, says what it means. `about` is where to look when
    no line of the learner's raised it.
    """
    tried = "importing your file" if raised.importing else tried
    if raised.timed_out:
        cause, question = TIMED_OUT[raised.kind]
        what = f"{tried} {raised.text} and was stopped. {question}"
        return cause, what + ("\n" + paragraphs(where=str(raised.place)) if raised.place else "")
    known = next((each for each in (*known_errors, *COMMON_ERRORS) if each.fits(raised)), None)
    remark = paragraphs(where=str(raised.place) if raised.place else about, likely_cause=known.text if known else None)
    said = f"{tried.rstrip(',')}: {raised.text}" if raised.ours else f"{tried} raised {raised.kind}: {raised.text}"
    return known.cause if known else None, f"{said}\n{remark}".rstrip()
