"""Encoders whose Jacobians are known, made alike by both sides from one seed, and how a penalty is asked of one."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner, unlimited
from checks.models.network import Network, Weights, compute, conv, linear, pointwise, random_weights, relu, reshape
from checks.trainers.rig import Half

FLATTEN = reshape("flatten", "b c h w -> b (c h w)")
LATENTS = {"perceptron": 3, "linear": 2, "convolutional": 4}


@dataclass(frozen=True)
class EncoderRig:
    """An encoder of this `kind` (the keys of LATENTS) and a batch of so many images."""

    kind: str
    images: int
    seed: int

    @property
    def latents(self) -> int:
        return LATENTS[self.kind]

    @property
    def network(self) -> Network:
        """(b, 1, 28, 28) → (b, latents)."""
        return {
            "perceptron": (FLATTEN, linear("hidden", 784, 11), pointwise("tanh", torch.tanh), linear("code", 11, 3)),
            "linear": (FLATTEN, linear("code", 784, 2)),
            "convolutional": (conv("conv", (1, 5)), relu("relu"), FLATTEN, linear("code", 5 * 14 * 14, 4)),
        }[self.kind]  # fmt: skip

    @cached_property
    def weights(self) -> Weights:
        return random_weights(self.network, torch.Generator().manual_seed(self.seed))

    @cached_property
    def x(self) -> Tensor:
        """(images, 1, 28, 28), each of another contrast: the tanh then bends each of them otherwise. Neither the first
        image's Jacobian nor the last one's is the largest or the smallest, so that each can be told from the others."""
        images = torch.randn(self.images, 1, 28, 28, generator=torch.Generator().manual_seed(self.seed + 1))
        contrasts = torch.linspace(0.2, 1.5, self.images).roll(2)
        return images * rearrange(contrasts, "image -> image 1 1 1")

    @cached_property
    def code(self) -> Tensor:
        """(images, latents)"""
        return compute(self.network, self.weights, self.x)

    @cached_property
    def jacobian(self) -> Tensor:
        """(images, latents, 784), by one gradient for each latent of each image."""
        rows = []
        for image in self.x:
            image = image[None].clone().requires_grad_()
            code = compute(self.network, self.weights, image)[0]
            rows += [torch.autograd.grad(latent, image, retain_graph=True)[0].flatten() for latent in code]
        return rearrange(torch.stack(rows), "(image latent) pixel -> image latent pixel", latent=self.latents)

    @property
    def flat_weights(self) -> Tensor:
        """All weights in a row."""
        return torch.cat([each.flatten() for each in self.weights.values()])


@unlimited
def warm_up(runner: LocalRunner) -> Returned:
    """Has torch import what its Jacobians need where the function names one: seconds that its own time limit should not
    pay, and an import that is broken off would leave half of it behind."""
    if JACOBIANS & names_in(getattr(inspect.unwrap(runner.target), "__code__", None)):
        torch.func.vmap(torch.func.jacrev(torch.sin))(torch.ones(1, 1))
    return Returned(None)


JACOBIANS = {"jacrev", "jacfwd", "hessian", "vmap"}


def names_in(code: Any) -> set[str]:
    """The names that a function's code uses, and those of the functions in it."""
    if not isinstance(code, CodeType):
        return set()
    return set(code.co_names).union(*map(names_in, code.co_consts))


def penalise(runner: LocalRunner, kind: str, images: int, seed: int) -> Returned:
    """The penalty, its gradient for each weight that it reaches, and the weights that were left with a `.grad`."""
    rig = EncoderRig(kind, images, seed)
    encoder = Half(rig.network, rig.weights, lambda x: None)
    named = dict(zip(encoder.names, encoder.values, strict=True))
    x = rig.x.clone()
    value = runner.target(encoder, x)
    left = [name for name, weight in named.items() if weight.grad is not None]
    gradients: dict[str, Tensor] = {}
    if isinstance(value, Tensor) and value.requires_grad:
        found = torch.autograd.grad(value.sum(), list(named.values()), allow_unused=True)
        gradients = {name: plain(each) for name, each in zip(named, found, strict=True) if each is not None}
    changed = not torch.equal(x, rig.x)
    return Returned(plain(value), left, gradients, changed)
