"""A VAE with weights for which everything can be seen: mu and log sigma of every size, and z in the reconstruction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from einops import rearrange
from torch import Tensor

from checks.models.autoencoder import Model
from checks.models.network import Weights, compute, drop, weight_shapes

IMAGES = 5
"""How many different images are looked at."""

KINK = 5e-6
"""A number this near to 0 in front of a ReLU may come out on either side of it, as the rounding goes, and its gradient
with it. Of the numbers about 1 in size that stand there, 23,000 for digits and 140,000 for faces, few are."""


@dataclass
class Solvable:
    """A few images, with what the oracle's encoder says of each: mu and logsigma (images, latent)."""

    x: Tensor
    mu: Tensor
    logsigma: Tensor


@dataclass
class PreparedVAE(Model):
    """Adds the weights, and the way back from x' to z."""

    @cached_property
    def solvable(self) -> Solvable:
        """Loads weights for which mu and log sigma go up to ±1.3, and z can be read off from x'."""
        self.as_written("encoder"), self.as_written("decoder")  # settle the orders before the weights change
        x = self.images_off_the_kinks()
        self.load({"encoder": self.calm(x)})
        mu, logsigma = self.oracle("encoder", x)
        self.load({"decoder": self.affine(float((mu.abs() + 8 * logsigma.exp()).max()))})
        return Solvable(x, mu, logsigma)

    def images_off_the_kinks(self) -> Tensor:
        """Images for which rounding does not decide which of the encoder's units a ReLU lets through."""
        drawn = (self.images(IMAGES) for _ in range(100))
        return next((x for x in drawn if self.nearest_kink(x) > KINK), self.images(IMAGES))

    def nearest_kink(self, x: Tensor) -> float:
        """The smallest number, in size, in front of a ReLU of the encoder."""
        nearest = float("inf")
        for layer in self.as_written("encoder"):
            if layer.name.startswith("relu"):
                nearest = min(nearest, float(x.abs().min()))
            x = layer.apply(self.weights["encoder"], x)
        return nearest

    def calm(self, x: Tensor) -> Weights:
        """Encoder weights for which each latent's mu and log sigma are spread about 0 over these images, up to ±1.3."""
        weights = dict(self.weights["encoder"])
        rows = compute(
            drop("split")(self.as_written("encoder")), weights, x
        )  # (b, 2 latent), in whatever order
        middle = rows.mean(0)
        scale = 1.3 / (rows - middle).abs().amax(0)
        weights["linear2.weight"] = weights["linear2.weight"] * scale[:, None]
        weights["linear2.bias"] = (weights["linear2.bias"] - middle) * scale
        return weights

    def affine(self, largest: float) -> Weights:
        """Decoder weights for which no ReLU ever cuts while |z| ≤ `largest`: x' is then linear in z, and z can be solved for.

        Each row of a linear layer moves by at most half of its bias (its absolute sum is bounded), and all
        transposed convolutions but the last have positive weights only. The last one's weights add up to 0 over the channels, so that
        most of the constant part cancels.
        """
        shapes = weight_shapes(self.networks["decoder"])
        draw = {role: torch.randn(shape, generator=self.run.generator) for role, shape in shapes.items()}

        *before, last = (f"{name}.weight" for name in self.made_for.convolutions)

        def bounded(weight: Tensor, largest: float) -> Tensor:
            return weight / weight.abs().sum(1, keepdim=True) / largest

        return {
            "linear1.weight": bounded(draw["linear1.weight"], largest),
            "linear1.bias": torch.full(shapes["linear1.bias"], 2.0),
            "linear2.weight": bounded(draw["linear2.weight"], 3.0),
            "linear2.bias": torch.full(shapes["linear2.bias"], 2.0),
            **{name: draw[name].abs() * 0.05 for name in before},
            last: draw[last] - draw[last].mean(0),
        }

    @cached_property
    def plane(self) -> tuple[Tensor, Tensor]:
        """x' = z @ columns + zero with the prepared weights, as float64: (latent, pixels) and (1, pixels)."""
        weights = {role: value.double() for role, value in self.weights["decoder"].items()}
        z = torch.cat((torch.zeros(1, self.latent), torch.eye(self.latent))).double()
        zero, ones = pixels(compute(self.as_written("decoder"), weights, z)).split((1, self.latent))
        return ones - zero, zero

    def solved(self, images: Tensor) -> Tensor | None:
        """The z whose decodings these are, by least squares; None where they are no decodings."""
        columns, zero = self.plane
        seen = pixels(images) - zero
        z = torch.linalg.lstsq(columns.T, seen.T).solution.T
        fits = float((z @ columns - seen).abs().max()) <= 1e-3 * (1 + float(zero.abs().max()))
        return z if fits else None


def pixels(images: Tensor) -> Tensor:
    return rearrange(images, "b c h w -> b (c h w)").double()
