"""What the hands do for the contractive penalty: call the learner's function on an encoder of ours. Decides nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from checks.evidence import Returned, plain
from checks.hands import Hands
from checks.jacobian_stage import JacobianStage
from checks.rehearsal import Half


def penalise(hands: Hands, kind: str, images: int, seed: int, noise_seed: int) -> Returned:
    """The penalty, its gradient for each weight that it reaches, and the weights that were left with a `.grad`."""
    stage = JacobianStage(kind, images, seed)
    encoder = Half(stage.network, stage.weights, lambda x: None)
    named = dict(zip(encoder.names, encoder.values, strict=True))
    x = stage.x.clone()
    torch.manual_seed(noise_seed)
    value = hands.target(encoder, x)
    left = [name for name, weight in named.items() if weight.grad is not None]
    gradients: dict[str, Tensor] = {}
    if isinstance(value, Tensor) and value.requires_grad:
        found = torch.autograd.grad(value.sum(), list(named.values()), allow_unused=True)
        gradients = {name: plain(each) for name, each in zip(named, found, strict=True) if each is not None}
    changed = not torch.equal(x, stage.x)
    return Returned(plain(value), left, gradients, changed)
