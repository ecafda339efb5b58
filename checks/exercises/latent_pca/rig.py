"""A model whose latents are known, made alike by both sides from one seed, and how its components are asked for."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from functools import cached_property

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.utils.data import Dataset

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner, unlimited
from checks.core.words import Refused, article, known_as
from checks.models.operations import follow
from course.settings.device import force_device

SPREADS = (6.0, 3.0, 0.6, 0.4, 0.3)
"""Of the latents along their principal directions: the first two stand out, so that no rounding exchanges any."""


@dataclass(frozen=True)
class PcaRig:
    """`kind` is "autoencoder" or "vae". An odd number of images, none of it a multiple of a usual batch."""

    kind: str
    seed: int
    images: int = 137
    latent_dim_size: int = len(SPREADS)

    @cached_property
    def draws(self) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(self.seed)
        n, latent = self.images, self.latent_dim_size

        def rotation(size: int) -> Tensor:
            return torch.linalg.qr(torch.randn(size, size, generator=generator)).Q

        scores = torch.randn(n, latent, generator=generator)
        scores = scores + 0.4 * scores**2  # askew: the median is not the mean
        scores = (scores - scores.mean(0)) / scores.std(0)
        # The images come in an order that drifts, so that a part of them has another mean than all.
        drift = scores[:, 0] + scores[:, 1] + torch.randn(n, generator=generator)
        scores = scores[drift.argsort()]
        mean = 3 + 3 * torch.rand(latent, generator=generator)
        logsigma = 0.4 * torch.randn(n, latent, generator=generator) @ (rotation(latent) * torch.tensor(SPREADS[::-1]))
        pixels = torch.linalg.qr(torch.randn(28 * 28, 2 * latent, generator=generator)).Q.T
        return {
            "latents": mean + (scores * torch.tensor(SPREADS)) @ rotation(latent),
            "logsigma": logsigma.clamp(-2, 1),
            "pixels": pixels,
            "labels": torch.randint(0, 10, (n,), generator=generator),
        }

    @property
    def latents(self) -> Tensor:
        """(n, latent): what the encoder makes of each image; of a VAE, the means."""
        return self.draws["latents"]

    @property
    def logsigma(self) -> Tensor:
        return self.draws["logsigma"]

    @property
    def pictures(self) -> Tensor:
        """(n, 1, 28, 28), which the encoder maps exactly to the latents."""
        flat = torch.cat([self.latents, self.logsigma], 1) @ self.draws["pixels"]
        return rearrange(flat, "n (h w) -> n 1 h w", h=28)


@known_as("MNIST")
class RigImages(Dataset):
    """The rig's images with their labels."""

    def __init__(self, rig: PcaRig) -> None:
        self.pictures, self.labels = rig.pictures, rig.draws["labels"].tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.pictures[index], self.labels[index]


class NoImages(Refused):
    """What reached the encoder is no batch of images."""


@known_as("Network")
class RigEncoder(nn.Module):
    """(b, 1, 28, 28) → (b, latent), for a VAE (2, b, latent)."""

    def __init__(self, rig: PcaRig) -> None:
        super().__init__()
        heads = 2 if rig.kind == "vae" else 1
        self.weight = nn.Parameter(rig.draws["pixels"][: heads * rig.latent_dim_size].clone())
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor) or x.shape[1:] != (1, 28, 28):
            shown = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else article(type(x).__name__)
            raise NoImages(f"the encoder takes images (b, 1, 28, 28); it got {shown}")
        code = x.flatten(1) @ self.weight.T
        return code if self.heads == 1 else rearrange(code, "b (n latent) -> n b latent", n=2)


@known_as("Autoencoder")
class RigAutoencoder(nn.Module):
    """An autoencoder, or a VAE, as the lessons' are from outside."""

    def __init__(self, rig: PcaRig) -> None:
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = rig.latent_dim_size, 11
        self.encoder = RigEncoder(rig)
        self.decoder = nn.Sequential(nn.Linear(rig.latent_dim_size, 28 * 28), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        return self.decoder(self.encoder(x))


@known_as("VAE")
class RigVAE(RigAutoencoder):
    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        return mu + logsigma.exp() * torch.randn_like(mu), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma


def rig_model(rig: PcaRig) -> RigAutoencoder:
    return (RigVAE if rig.kind == "vae" else RigAutoencoder)(rig)


def find_components(runner: LocalRunner, kind: str, seed: int, images: int = PcaRig.images) -> Returned:
    """What the function gives for this rig's model and images, and which of the model's weights it still hangs on."""
    rig = PcaRig(kind, seed, images)
    model, dataset = rig_model(rig), RigImages(rig)
    with force_device(torch.device("cpu")):
        value = runner.target(model, dataset)
    return Returned(plain(value), follow(model, value, [])[0])


@unlimited
def import_tools(runner: LocalRunner) -> Returned:
    """Imports scikit-learn where the function names it: seconds that its own time limit should not pay."""
    names = getattr(getattr(inspect.unwrap(runner.target), "__code__", None), "co_names", ())
    if any(name.startswith("sklearn") for name in names):
        importlib.import_module("sklearn.decomposition")
    return Returned(None)
