"""What the hands do for the two-level VAE: call the learner's code with networks and numbers of ours. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from einops import repeat
from torch import Tensor

from checks.core.evidence import KINDS, Returned, plain
from checks.core.runner import LocalRunner
from checks.exercises.hierarchical_vae.rig import DRAWS, NAMES, HierarchyRig, StandIn
from course.given.hierarchy import Gaussian, HierarchicalOutput

FIELDS = ("reconstruction", "z1", "z2", "q1", "q2", "p1")
PARTS = ("total", "reconstruction", "kl1", "kl2")


@dataclass
class Staged:
    """One call with our networks in place. `value` is what came back, by field where it has them; `seen` is what each
    network was given; `reached` names for each field the heads, such as "encoder1.0", that it depends on."""

    value: Any
    seen: dict[str, list[Tensor]]
    reached: dict[str, list[str]] = field(default_factory=dict)
    changed_input: bool = False
    printed: str = ""


KINDS[Staged.__name__] = Staged


def put_in(runner: LocalRunner, handle: int, seed: int) -> dict[str, StandIn]:
    """Puts the stage's networks in the place of the model's own, layers or methods, under all names that they have."""
    model = runner.made[handle]
    stand_ins = {name: StandIn(HierarchyRig(seed), name) for name in NAMES}
    for name, stand_in in stand_ins.items():
        own = getattr(model, name, None)
        for module in list(model.modules()):
            for place, child in module.named_children():
                if child is own:
                    setattr(module, place, stand_in)
    vars(model).update(stand_ins)
    return stand_ins


def fields_of(value: Any, names: tuple[str, ...]) -> Any:
    """The named attributes as plain data; the value itself where it has none of them."""
    if not any(hasattr(value, name) for name in names):
        return plain(value)
    return {name: plain(getattr(value, name, None)) for name in names}


def forward_on_the_rig(runner: LocalRunner, handle: int, seed: int, noise_seed: int, draws: int = DRAWS) -> Staged:
    """forward, for the stage's images, each of them `draws` times in one batch."""
    stand_ins = put_in(runner, handle, seed)
    x = repeat(HierarchyRig(seed).pictures, "image c h w -> (draw image) c h w", draw=draws)
    before = x.clone()
    torch.manual_seed(noise_seed)
    value = runner.made[handle](x)
    reached = {name: heads_behind(getattr(value, name, None), stand_ins) for name in FIELDS}
    return Staged(fields_of(value, FIELDS), inputs_of(stand_ins), reached, not torch.equal(before, x))


def sample_on_the_rig(runner: LocalRunner, handle: int, seed: int, noise_seed: int, n: int) -> Staged:
    """sample(n)."""
    stand_ins = put_in(runner, handle, seed)
    torch.manual_seed(noise_seed)
    return Staged(plain(runner.made[handle].sample(n)), inputs_of(stand_ins))


def inputs_of(stand_ins: dict[str, StandIn]) -> dict[str, list[Tensor]]:
    return {name: [plain(each) for each in network.seen] for name, network in stand_ins.items()}


def heads_behind(value: Any, stand_ins: dict[str, StandIn]) -> list[str]:
    """Which heads of which networks the gradient of the value reaches."""
    tensors = value if isinstance(value, tuple | list) else [value]
    sums = [each.sum() for each in tensors if isinstance(each, Tensor) and each.requires_grad]
    if not sums:
        return []
    gains = {name: network.gain for name, network in stand_ins.items()}
    gradients = torch.autograd.grad(sum(sums), list(gains.values()), allow_unused=True, retain_graph=True)
    return [
        f"{name}.{head}"
        for name, gradient in zip(gains, gradients, strict=True)
        if gradient is not None
        for head, number in enumerate(gradient.tolist())
        if number
    ]


def lose(runner: LocalRunner, out: dict[str, Any], x: Tensor, beta_kl: float) -> Returned:
    """The loss of these outputs, and the gradient of its total for each tensor in them ("q1.0" is q1's mean)."""
    leaves: dict[str, Tensor] = {}

    def leaf(name: str, value: Tensor) -> Tensor:
        leaves[name] = value.clone().requires_grad_()
        return leaves[name]

    given = HierarchicalOutput(
        *(leaf(name, out[name]) for name in FIELDS[:3]),
        *(Gaussian(*(leaf(f"{name}.{head}", out[name][head]) for head in (0, 1))) for name in FIELDS[3:]),
    )
    value = runner.target(given, x.clone(), beta_kl)
    total = getattr(value, "total", None)
    gradients = {}
    if isinstance(total, Tensor) and total.requires_grad and total.numel() == 1:
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        gradients = {name: plain(each) for name, each in zip(leaves, found, strict=True) if each is not None}
    return Returned(fields_of(value, PARTS), gradients=gradients)
