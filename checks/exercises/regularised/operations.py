"""What the hands do for the contractive penalty: call the learner's function on an encoder of ours. Decides nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner
from checks.exercises.regularised.rig import EncoderRig
from checks.trainers.rig import Half


def penalise(runner: LocalRunner, kind: str, images: int, seed: int, noise_seed: int) -> Returned:
    """The penalty, its gradient for each weight that it reaches, and the weights that were left with a `.grad`."""
    rig = EncoderRig(kind, images, seed)
    encoder = Half(rig.network, rig.weights, lambda x: None)
    named = dict(zip(encoder.names, encoder.values, strict=True))
    x = rig.x.clone()
    torch.manual_seed(noise_seed)
    value = runner.target(encoder, x)
    left = [name for name, weight in named.items() if weight.grad is not None]
    gradients: dict[str, Tensor] = {}
    if isinstance(value, Tensor) and value.requires_grad:
        found = torch.autograd.grad(value.sum(), list(named.values()), allow_unused=True)
        gradients = {name: plain(each) for name, each in zip(named, found, strict=True) if each is not None}
    changed = not torch.equal(x, rig.x)
    return Returned(plain(value), left, gradients, changed)
