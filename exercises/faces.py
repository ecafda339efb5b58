# Made from solutions/faces.py by "python -m tools.stubs": edit away, your changes are kept safe.
"""Bonus lesson 7: the models of lessons 1 and 2 for faces, 64x64 and in colour."""

from dataclasses import dataclass
from typing import Literal

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.utils.data import DataLoader

from course.given.face_split import split_faces
from course.given.layers import Conv2d, ConvTranspose2d, Linear, ReLU, Sequential
from solutions.autoencoder import AutoencoderTrainer
from solutions.vae import VAEArgs, VAETrainer
from utils import NotWritten


class FaceAutoencoder(nn.Module):
    """Squeezes a face through `latent_dim_size` numbers and rebuilds it.

    `encoder`: (b, 3, 64, 64) → (b, latent_dim_size); `decoder`: (b, latent_dim_size) → (b, 3, 64, 64).
    """

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        # TODO: Make `self.encoder` and `self.decoder`: the digits' layers, for three colours, and one
        # TODO: convolution more on each side. The channels go 3 → 16 → 32 → 64, and back.
        raise NotWritten("faces: write FaceAutoencoder.__init__ in exercises/faces.py")

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of x: (b, 3, 64, 64) → (b, 3, 64, 64)."""
        # TODO: As for digits.
        raise NotWritten("faces: write FaceAutoencoder.forward in exercises/faces.py")


class FaceVAE(nn.Module):
    """Maps a face to a normal distribution over latents, and a latent drawn from it back to a face.

    `encoder`: (b, 3, 64, 64) → (2, b, latent_dim_size): [0] is the mean, [1] the log standard deviation.
    `decoder`: (b, latent_dim_size) → (b, 3, 64, 64).
    """

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        # TODO: Make `self.encoder` and `self.decoder`: those of `FaceAutoencoder`, with the encoder's end of a VAE.
        raise NotWritten("faces: write FaceVAE.__init__ in exercises/faces.py")

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws a latent for each face, (b, 3, 64, 64) → (z, mu, logsigma), each (b, latent_dim_size), in either mode."""
        # TODO: As for digits.
        raise NotWritten("faces: write FaceVAE.sample_latent_vector in exercises/faces.py")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, 3, 64, 64) → (x', mu, logsigma), where x' (b, 3, 64, 64) is the decoded sample."""
        # TODO: As for digits.
        raise NotWritten("faces: write FaceVAE.forward in exercises/faces.py")


@dataclass
class FaceArgs(VAEArgs):
    """What one training run on faces needs to know; the autoencoder has no use for `beta_kl`.

    `n_images` faces of the data set are trained on: "FACES" are drawn, "CELEB" are photographs.
    """

    latent_dim_size: int = 10
    dataset: Literal["FACES", "CELEB"] = "FACES"
    n_images: int = 8_000
    batch_size: int = 64
    epochs: int = 4
    wandb_project: str | None = "day5-faces"
    beta_kl: float = 0.005


class FaceTrainer(AutoencoderTrainer):
    """What both trainers of faces share: the faces to train on, and those that `log_samples` shows."""

    args: FaceArgs

    def __init__(self, args: FaceArgs) -> None:
        super().__init__(args)
        self.faces = split_faces(args.dataset, args.n_images)
        self.trainset = self.faces.train
        self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True)

    @property
    def holdout(self) -> Tensor:
        """The first ten test faces, (10, 3, 64, 64)."""
        return self.faces.holdout


class FaceAutoencoderTrainer(FaceTrainer):
    """The autoencoder's trainer, with another model and other images."""

    model_class: type[nn.Module] = FaceAutoencoder


class FaceVAETrainer(FaceTrainer, VAETrainer):
    """The VAE's trainer, with another model and other images: `training_step` is `VAETrainer`'s as it stands."""

    args: FaceArgs
    model_class: type[nn.Module] = FaceVAE
