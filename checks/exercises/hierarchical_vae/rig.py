"""Four networks whose every number is known, to put in the place of a learner's: made alike by both sides from one seed.

With them in place all that `forward` and `sample` do between the networks can be read off from what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from einops import rearrange
from torch import Tensor, nn

IMAGES, DRAWS = 5, 100
"""How many different images are looked at, and how often each of them is sampled in one call."""


@dataclass(frozen=True)
class HierarchyRig:
    """Sizes of the two levels, unlike each other, and the seed of all numbers."""

    seed: int
    latent1: int = 4
    latent2: int = 3

    @cached_property
    def draws(self) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(self.seed)

        def orthogonal(rows: int, columns: int) -> Tensor:
            return torch.linalg.qr(torch.randn(columns, rows, generator=generator)).Q.T

        one, two = self.latent1, self.latent2
        return {
            "pixels": orthogonal(2 * one, 28 * 28),
            "heads1": torch.rand(IMAGES, 2 * one, generator=generator) * 2.6 - 1.3,
            "encoder2": torch.randn(one, 2 * two, generator=generator) * 0.8,
            "decoder2": torch.randn(two, 2 * one, generator=generator) * 0.8,
            "shift2": torch.randn(2 * two, generator=generator),
            "shift1": torch.randn(2 * one, generator=generator),
            "decoder1": orthogonal(one, 28 * 28),
        }

    @property
    def pictures(self) -> Tensor:
        """(IMAGES, 1, 28, 28), which `encoder1` maps to known means and log sigmas within ±1.3."""
        return rearrange(self.draws["heads1"] @ self.draws["pixels"], "n (h w) -> n 1 h w", h=28)

    # What each network computes

    def encoder1(self, x: Tensor) -> Tensor:
        return rearrange(x.flatten(1) @ self.draws["pixels"].T, "b (n latent) -> n b latent", n=2)

    def encoder2(self, z1: Tensor) -> Tensor:
        return curved(z1 @ self.draws["encoder2"] + self.draws["shift2"])

    def decoder2(self, z2: Tensor) -> Tensor:
        return curved(z2 @ self.draws["decoder2"] + self.draws["shift1"])

    def decoder1(self, z1: Tensor) -> Tensor:
        return rearrange(z1 @ self.draws["decoder1"], "b (h w) -> b 1 h w", h=28) + 0.1

    def solved(self, images: Tensor) -> Tensor | None:
        """The z1 whose decodings these are; None where they are no decodings."""
        z1 = (images.double() - 0.1).flatten(1) @ self.draws["decoder1"].double().T
        decoded = rearrange(z1 @ self.draws["decoder1"].double(), "b (h w) -> b 1 h w", h=28) + 0.1
        return z1 if float((decoded - images).abs().max()) < 1e-3 * (1 + float(images.abs().max())) else None


def curved(numbers: Tensor) -> Tensor:
    """(b, 2 latent) → (2, b, latent): a mean as it is, and a log sigma between −0.9 and 0.9."""
    mu, logsigma = rearrange(numbers, "b (n latent) -> n b latent", n=2)
    return torch.stack((mu, 0.9 * logsigma.sin()))


NAMES = ("encoder1", "encoder2", "decoder2", "decoder1")


class StandIn(nn.Module):
    """One of the stage's networks. `seen` holds what it was given; `gain` is 1 for each of its two heads, so that the
    gradient of what comes out says whether the head had a part in it."""

    def __init__(self, rig: HierarchyRig, name: str) -> None:
        super().__init__()
        self.name, self.network = name, getattr(rig, name)
        self.inputs = {"encoder1": (1, 28, 28), "decoder2": (rig.latent2,)}.get(name, (rig.latent1,))
        self.gain = nn.Parameter(torch.ones(1 if name == "decoder1" else 2))
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor) or tuple(x.shape[1:]) != self.inputs:
            shown = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else f"a {type(x).__name__}"
            wanted = ", ".join(("b", *map(str, self.inputs)))
            raise WrongInput(f"{self.name} takes a tensor of shape ({wanted}); it got {shown}")
        self.seen.append(x)
        output = self.network(x)
        return output * self.gain.view(-1, *(1 for _ in output.shape[1:]))


class WrongInput(ValueError):
    """What reached one of the networks is not what it takes."""
