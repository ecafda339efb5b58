# Made from solutions/vae.py by "python -m tools.stubs": edit away, your changes are kept safe.
"""Lesson 2: a variational autoencoder, and its loss."""

from dataclasses import dataclass

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from course.given.layers import Conv2d, ConvTranspose2d, Linear, ReLU, Sequential
from utils import NotWritten

from .autoencoder import AutoencoderArgs, AutoencoderTrainer


class VAE(nn.Module):
    """Maps an image to a normal distribution over latents, and a latent drawn from it back to an image.

    `encoder`: (b, 1, 28, 28) → (2, b, latent_dim_size): [0] is the mean, [1] the log standard deviation.
    `decoder`: (b, latent_dim_size) → (b, 1, 28, 28).
    """

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        # TODO: Make `self.encoder` and `self.decoder`: the autoencoder's, with twice the numbers at the
        # TODO: encoder's end, split into mean and log standard deviation.
        raise NotWritten("vae: write VAE.__init__ in exercises/vae.py")

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws a latent for each image, (b, 1, 28, 28) → (z, mu, logsigma), each (b, latent_dim_size).

        z = mu + exp(logsigma) · eps, with eps drawn afresh from N(0, 1) for each element, in eval mode
        as in training mode.
        """
        # TODO: Encode x, draw the noise, and return z, mu and logsigma in this order.
        raise NotWritten("vae: write VAE.sample_latent_vector in exercises/vae.py")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, 1, 28, 28) → (x', mu, logsigma), where x' (b, 1, 28, 28) is the decoded sample."""
        # TODO: Sample a latent, decode it, and return the reconstruction, mu and logsigma.
        raise NotWritten("vae: write VAE.forward in exercises/vae.py")


@dataclass
class VAEArgs(AutoencoderArgs):
    """The autoencoder's args, and the weight of the KL term in the loss."""

    wandb_project: str | None = "day5-vae-mnist"
    beta_kl: float = 0.1


class VAETrainer(AutoencoderTrainer):
    """The autoencoder's trainer with another model and another loss; `train` is inherited as it is."""

    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        """One optimiser step on the images (b, 1, 28, 28); returns the loss, a scalar tensor.

        loss = MSE(x, x') + beta_kl · mean of KL(N(mu, sigma²) ‖ N(0, 1)) over batch and latents, where
        KL = (sigma² + mu² − 1)/2 − log sigma.
        """
        # TODO: Compute both terms from `self.model(img)`, add them up, go backward, step, zero the gradients.
        # TODO: When `self.args.use_wandb`, `import wandb` and log `reconstruction_loss`, `kl_div_loss`, `mean`,
        # TODO: `std` and `total_loss`: one `wandb.log({…}, step=self.step)`.
        raise NotWritten("vae_trainer: write VAETrainer.training_step in exercises/vae.py")
