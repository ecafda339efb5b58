"""What a runner can do with a learner's model: make it, copy weights in, call it, and follow its gradients.

These operations run the learner's code and decide nothing. What they raise is the learner's doing, and evidence.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.nn.parameter import is_lazy

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner
from checks.models.evidence import Another, Built, Parameter

Mode = Literal["train", "eval"]
"""What a model is in behind `model.train()` or `model.eval()`."""


def build(runner: LocalRunner, sizes: dict[str, Any], images: tuple[int, ...] = (2, 1, 28, 28)) -> Built:
    """Makes a model of these sizes; lazy layers are shown blank `images` of this shape, so that they know their shapes."""
    model = runner.target(**sizes)
    parameters = dict(model.named_parameters())
    if any(is_lazy(each) for each in parameters.values()):
        model(torch.zeros(images))
        parameters = dict(model.named_parameters())
    runner.made.append(model)
    modules = dict(model.named_modules())
    return Built(
        handle=len(runner.made) - 1,
        parameters=[
            Parameter(
                name,
                tuple(each.shape),
                type(modules.get(name.rpartition(".")[0], model)).__name__,
                spread=float(each.detach().double().std(unbiased=False)) if each.numel() else 0.0,
                finite=bool(torch.isfinite(each).all()),
                learnable=each.requires_grad,
            )
            for name, each in parameters.items()
        ],
        attributes={name: plain(value) for name, value in vars(model).items() if not name.startswith("_")},
        hidden=[
            f"{where}.{name}".lstrip(".")
            for where, module in modules.items()
            if not type(module).__module__.startswith(("torch.", "einops."))
            for name, value in vars(module).items()
            if not name.startswith("_") and holds_layers(value)
        ],
        shared=[name for name, _ in model.named_parameters(remove_duplicate=False) if name not in parameters],
    )


def make_another(runner: LocalRunner, handle: int, sizes: dict[str, int]) -> Another:
    """What a second model, with these sizes by their places (or by name, where it takes them by name alone), has to do with the
    one with this handle."""
    model = runner.made[handle]
    try:
        another = runner.target(*sizes.values())
    except TypeError:
        another = runner.target(**sizes)
    shapes = {name: each.shape for name, each in another.named_parameters() if not is_lazy(each)}
    places = {each.data_ptr() for each in another.parameters() if not is_lazy(each)}
    mine = dict(model.named_parameters())
    return Another(
        alike=all(name not in mine or mine[name].shape == shape for name, shape in shapes.items()),
        shared=[name for name, each in mine.items() if each.numel() and each.data_ptr() in places],
    )


def holds_layers(value: Any) -> bool:
    """Whether a plain list, tuple, dict or tensor hides something learnable from torch."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(holds_layers(each) or isinstance(each, nn.Module) for each in value)
    return isinstance(value, Tensor) and value.requires_grad


def load(runner: LocalRunner, handle: int, values: dict[str, Tensor]) -> None:
    """Copies values into the model's parameters by name."""
    parameters = dict(runner.made[handle].named_parameters())
    with torch.no_grad():
        for name, value in values.items():
            parameters[name].copy_(value)


def call(
    runner: LocalRunner,
    handle: int,
    method: str,
    arguments: list[Any],
    seed: int | None = None,
    mode: Mode = "train",
    trace: bool = False,
    gradients_of: list[str] | None = None,
    output: int | None = None,
) -> Returned:
    """Calls a method of the model with this handle; "forward" is the model itself, as torch wants it called.

    `seed` is torch's for the call, and `mode` the model's. With `trace`, the gradients of the sum of what came out, or of its part number
    `output`, are followed: to all weights that they reach, with their values for those in `gradients_of`.
    """
    model = runner.made[handle]
    put_into(model, mode)
    function = model if method == "forward" else getattr(model, method)
    before = [each.clone() if isinstance(each, Tensor) else each for each in arguments]
    if seed is not None:
        torch.default_generator.manual_seed(seed)  # of the CPU alone: `torch.manual_seed` takes a millisecond
    made: list[str] = []
    watch = register_module_parameter_registration_hook(lambda module, *_: made.append(type(module).__name__))
    try:
        value = function(*arguments)
    finally:
        watch.remove()
    made = list(dict.fromkeys(made))
    changed = any(
        isinstance(old, Tensor) and not torch.equal(old, new) for old, new in zip(before, arguments, strict=True)
    )
    if not trace:
        return Returned(plain(value), changed_input=changed, made=made)
    reached, gradients = follow(model, value if output is None else value[output], gradients_of or [])
    return Returned(plain(value), reached, gradients, changed, made)


def put_into(model: nn.Module, mode: Mode) -> None:
    """As `model.train()` or `model.eval()` does it, whatever the learner calls by these names."""
    nn.Module.train(model, mode == "train")


def follow(model: nn.Module, value: Any, wanted: list[str]) -> tuple[list[str], dict[str, Tensor]]:
    """Which parameters the value's tensors depend on, and the gradients of their sum for those wanted."""
    tensors = value if isinstance(value, tuple | list) else [value]
    sums = [each.sum() for each in tensors if isinstance(each, Tensor) and each.requires_grad]
    if not sums:
        return [], {}
    named = {name: each for name, each in model.named_parameters() if each.requires_grad}
    gradients = torch.autograd.grad(sums, list(named.values()), allow_unused=True)
    found = {name: each for name, each in zip(named, gradients, strict=True) if each is not None}
    return list(found), {name: plain(found[name]) for name in wanted if name in found}
