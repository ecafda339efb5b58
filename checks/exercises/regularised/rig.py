"""Encoders whose Jacobians are known, for the contractive penalty: made alike by both sides from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from einops import rearrange
from torch import Tensor

from checks.models.network import Network, Weights, conv, linear, pointwise, random_weights, relu, reshape, compute

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
        """(images, 1, 28, 28), each of another contrast: the tanh then bends each of them otherwise."""
        generator = torch.Generator().manual_seed(self.seed + 1)
        return torch.randn(self.images, 1, 28, 28, generator=generator) * torch.linspace(
            0.2, 1.5, self.images
        ).view(-1, 1, 1, 1)

    def jacobian(self, weights: Weights) -> Tensor:
        """(images, latents, 784) by one gradient for each latent of each image, which the weights can be taught by."""
        rows = []
        for image in self.x:
            image = image[None].clone().requires_grad_()
            code = compute(self.network, weights, image)[0]
            rows += [torch.autograd.grad(latent, image, create_graph=True)[0].flatten() for latent in code]
        return rearrange(torch.stack(rows), "(image latent) pixel -> image latent pixel", latent=self.latents)
