"""What a runner can do with a function or a layer: call it, go backward through it, read its weights.

These operations run the learner's code and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from checks.core.evidence import Returned, plain, travels
from checks.core.runner import LocalRunner


@travels
@dataclass
class Applied:
    """What a function gave. `gradients` are those that were asked for, by the argument's number or the weight's name;
    None where nothing of the kind reaches it. `torchs_own` names the calls of torch's own transposed convolution,
    `deviceless` the tensors that were made without a word on where."""

    value: Any
    changed_input: bool
    gradients: dict[str, Tensor | None] = field(default_factory=dict)
    torchs_own: list[str] = field(default_factory=list)
    deviceless: list[str] = field(default_factory=list)
    printed: str = ""


def apply(
    runner: LocalRunner,
    arguments: list[Any],
    handle: int | None = None,
    scattered: bool = False,
    cotangent: Tensor | None = None,
) -> Applied:
    """Calls the function, or the layer that was made, and with a `cotangent` of the output's shape goes backward.

    `scattered` keeps the numbers but stores the last dimension slowest.
    """
    function: Callable = runner.target if handle is None else runner.made[handle]
    before = arguments  # the judge's own, in a notebook: the learner's code gets copies
    store = scatter if scattered else Tensor.clone
    arguments = [store(each) if isinstance(each, Tensor) else each for each in arguments]
    if cotangent is not None:
        arguments = [each.requires_grad_() if isinstance(each, Tensor) else each for each in arguments]
    with Watch() as watch:
        value = function(*arguments)
    gradients: dict[str, Tensor | None] = {}
    if cotangent is not None and isinstance(value, Tensor):
        gradients = backward(function, arguments, value, cotangent)
    changed = any(
        isinstance(old, Tensor) and not torch.equal(old, new) for old, new in zip(before, arguments, strict=True)
    )
    return Applied(plain(value), changed, gradients, watch.torchs_own, watch.deviceless)


def scatter(x: Tensor) -> Tensor:
    """The same numbers in another order in memory."""
    reverse = tuple(reversed(range(x.ndim)))
    return x.permute(reverse).contiguous().permute(reverse)


def backward(function: Callable, arguments: list[Any], value: Tensor, cotangent: Tensor) -> dict[str, Tensor | None]:
    """Gradients of (value · cotangent).sum() for each tensor among the arguments, and for a layer's weights."""
    sources = {str(number): each for number, each in enumerate(arguments) if isinstance(each, Tensor)}
    sources |= dict(function.named_parameters()) if isinstance(function, torch.nn.Module) else {}
    if not value.requires_grad or value.shape != cotangent.shape:
        return dict.fromkeys(sources)
    found = torch.autograd.grad((value * cotangent).sum(), list(sources.values()), allow_unused=True)
    return {name: plain(each) for name, each in zip(sources, found, strict=True)}


class Watch(TorchFunctionMode):
    """Notices torch's transposed convolution under each of its names, and tensors made on the default device.

    A gradient taken on the way counts too: that of a convolution is a transposed convolution by torch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.torchs_own: list[str] = []
        self.deviceless: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs, name = kwargs or {}, str(getattr(func, "__name__", ""))
        transposed = name.startswith(("convolution", "_convolution")) and (
            kwargs.get("transposed") or args[6:7] == (True,)
        )
        gradient = name in ("grad", "backward", "convolution_backward", "convolution_backward.default")
        if "conv_transpose" in name or transposed or gradient:
            self.torchs_own.append(name)
        if func in (torch.zeros, torch.empty, torch.ones, torch.full) and "device" not in kwargs:
            self.deviceless.append(name)
        return func(*args, **kwargs)


def read_weights(runner: LocalRunner, handle: int) -> Returned:
    """The values of the layer's parameters, by name."""
    return Returned({name: plain(each) for name, each in runner.made[handle].named_parameters()})
