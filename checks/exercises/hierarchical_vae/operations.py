"""What a runner does with the loss of a two-level VAE: it hands it outputs of ours. Decides nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner
from checks.exercises.hierarchical_vae.rig import FIELDS, fields_of
from course.given.hierarchy import Gaussian, HierarchicalOutput

PARTS = ("total", "reconstruction", "kl1", "kl2")


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
