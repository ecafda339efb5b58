"""A tiny stage for a trainer: a handful of images and a model of our own, the same in every process.

Both sides make it from the same seed: the one that runs the learner's trainer, and the one that judges it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from checks import networks
from checks.oracle import Network, Weights, random_weights, run

IMAGES = 13


@dataclass(frozen=True)
class Stage:
    """`kind` is "autoencoder" or "vae"; the rest are the values of the trainer's args."""

    kind: str
    seed: int
    latent_dim_size: int = 3
    hidden_dim_size: int = 9
    batch_size: int = 4
    epochs: int = 3
    lr: float = 2e-3
    betas: tuple[float, float] = (0.6, 0.99)
    log_every_n_steps: int = 5
    beta_kl: float = 0.37
    use_wandb: bool = False

    @property
    def halves(self) -> dict[str, Network]:
        architecture = networks.VAE if self.kind == "vae" else networks.AUTOENCODER
        return {
            half: getattr(architecture, half)(self.latent_dim_size, self.hidden_dim_size)
            for half in ("encoder", "decoder")
        }

    def generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed)

    def weights(self) -> Weights:
        """All weights, named "encoder.conv1.weight" and so on; the encoder's are calm, so that exp(logsigma) is."""
        generator = self.generator()
        gains = {"encoder": 0.6, "decoder": 0.8}
        return {
            f"{half}.{part}": value
            for half, network in self.halves.items()
            for part, value in random_weights(network, generator, gains[half]).items()
        }

    def images(self) -> Tensor:
        """(13, 1, 28, 28), each of another brightness, so that no two ways of averaging agree."""
        generator = self.generator()
        brightness = torch.linspace(0.3, 2.0, IMAGES).reshape(-1, 1, 1, 1)
        return torch.randn(IMAGES, 1, 28, 28, generator=generator) * brightness + 0.3

    def noise(self) -> Tensor:
        """(13, latent): the eps that each image gets whenever it is sampled."""
        return torch.randn(IMAGES, self.latent_dim_size, generator=self.generator())

    def outputs(self, weights: Weights, indices: list[int]) -> dict[str, Tensor]:
        """What the model gives for these images: x, reconstruction and, for a VAE, mu and logsigma."""
        x = self.images()[indices]
        code = run(self.halves["encoder"], within(weights, "encoder"), x)
        if self.kind == "autoencoder":
            return {"x": x, "reconstruction": run(self.halves["decoder"], within(weights, "decoder"), code)}
        mu, logsigma = code
        z = mu + logsigma.exp() * self.noise()[indices]
        reconstruction = run(self.halves["decoder"], within(weights, "decoder"), z)
        return {"x": x, "reconstruction": reconstruction, "mu": mu, "logsigma": logsigma}


def within(weights: Weights, half: str) -> Weights:
    """One half's weights, under their short names."""
    return {
        name.removeprefix(f"{half}."): value for name, value in weights.items() if name.startswith(f"{half}.")
    }


class TinySet(Dataset):
    """The stage's images; the label of each is its index."""

    def __init__(self, stage: Stage) -> None:
        self.stage_images = stage.images()

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if not 0 <= index < IMAGES:
            raise IndexError(index)
        return self.stage_images[index], index


class Half(nn.Module):
    """One half of the model, with weights that torch sees. `watch` is told of every input."""

    def __init__(self, network: Network, weights: Weights, watch=None) -> None:
        super().__init__()
        self.network, self.watch = network, watch
        self.names = list(weights)
        self.values = nn.ParameterList([nn.Parameter(value.clone()) for value in weights.values()])

    def forward(self, x: Tensor) -> Tensor:
        if self.watch:
            self.watch(x)
        return run(self.network, dict(zip(self.names, self.values, strict=True)), x)


class StageModel(nn.Module):
    """The right model, whose training passes are written down in `seen` as lists of image indices."""

    def __init__(self, stage: Stage, on_pass=lambda: None) -> None:
        super().__init__()
        weights = stage.weights()
        self.latent_dim_size, self.hidden_dim_size = stage.latent_dim_size, stage.hidden_dim_size
        self.images, self.seen, self.on_pass = stage.images(), [], on_pass
        self.encoder = Half(stage.halves["encoder"], within(weights, "encoder"), self.look)
        self.decoder = Half(stage.halves["decoder"], within(weights, "decoder"))
        self.rows: list[int] = []

    def look(self, x: Tensor) -> None:
        """Recognises the images by their nearest neighbour; one that is none of them becomes −1."""
        distance = torch.cdist(x.detach().flatten(1).cpu(), self.images.flatten(1))
        self.rows = [int(row.argmin()) if float(row.min()) < 1e-2 else -1 for row in distance]
        if torch.is_grad_enabled():
            self.seen.append(self.rows)
            self.on_pass()

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))

    def flat_weights(self) -> Tensor:
        return torch.cat([value.detach().cpu().flatten() for value in self.parameters()])


class StageVAE(StageModel):
    """The same for a VAE; its noise is the stage's own, so that the judge knows it."""

    def __init__(self, stage: Stage, on_pass=lambda: None) -> None:
        super().__init__(stage, on_pass)
        self.noise = stage.noise()

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        return mu + logsigma.exp() * self.noise[self.rows].to(mu), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma


def stage_model(stage: Stage, on_pass=lambda: None) -> StageModel:
    return (StageVAE if stage.kind == "vae" else StageModel)(stage, on_pass)
