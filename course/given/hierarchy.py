"""What passes between the parts of the two-level VAE of bonus lesson 8: given, so that all speak of it alike."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Gaussian(NamedTuple):
    """Independent normal distributions: their means and log standard deviations, each (b, latent)."""

    mu: Tensor
    logsigma: Tensor


@dataclass
class HierarchicalOutput:
    """What `HierarchicalVAE.forward` makes of images x (b, 1, 28, 28)."""

    reconstruction: Tensor  # decoder1's image of z1: (b, 1, 28, 28)
    z1: Tensor  # drawn from q1: (b, latent1_dim_size)
    z2: Tensor  # drawn from q2: (b, latent2_dim_size)
    q1: Gaussian  # q(z1|x), by encoder1
    q2: Gaussian  # q(z2|z1), by encoder2
    p1: Gaussian  # p(z1|z2), by decoder2


@dataclass
class HierarchicalLoss:
    """The loss and its parts, four scalar tensors; `kl1` and `kl2` in nats per image, summed over the level's latents."""

    total: Tensor
    reconstruction: Tensor
    kl1: Tensor
    kl2: Tensor


def check_sizes(**sizes: int) -> None:
    """Raises ValueError for a size that is no whole number from 1 on."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} is a whole number from 1 on; got {size!r}.")


def check_loss_input(reconstruction: Tensor, x: Tensor, beta_kl: float) -> None:
    """Raises ValueError for a reconstruction of another shape than x, and for a beta_kl below 0."""
    if reconstruction.shape != x.shape:
        raise ValueError(
            f"The reconstruction has x's shape; they are {tuple(reconstruction.shape)} and {tuple(x.shape)}."
        )
    if not beta_kl >= 0:
        raise ValueError(f"beta_kl is a number from 0 on; got {beta_kl!r}.")


def check_same_shape(**tensors: Tensor) -> None:
    """Raises ValueError where the tensors do not broadcast to one shape."""
    try:
        torch.broadcast_shapes(*(each.shape for each in tensors.values()))
    except RuntimeError:
        shapes = ", ".join(f"{name} {tuple(each.shape)}" for name, each in tensors.items())
        raise ValueError(f"These shapes do not fit together: {shapes}.") from None
