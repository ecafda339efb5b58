"""Lesson 2: a variational autoencoder, and its loss."""

from dataclasses import dataclass

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from course.given.layers import Conv2d, ConvTranspose2d, Linear, ReLU, Sequential

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
        ### BEGIN SOLUTION
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),  # (b, 16, 14, 14)
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),  # (b, 32, 7, 7)
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),  # (b, 1568)
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),  # (2, b, latent): mean, log standard deviation
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),  # (b, 32, 7, 7)
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # (b, 16, 14, 14)
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # (b, 1, 28, 28)
        )
        ### END SOLUTION

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws a latent for each image, (b, 1, 28, 28) → (z, mu, logsigma), each (b, latent_dim_size).

        z = mu + exp(logsigma) · eps, with eps drawn afresh from N(0, 1) for each element, in eval mode
        as in training mode.
        """
        # TODO: Encode x, draw the noise, and return z, mu and logsigma in this order.
        ### BEGIN SOLUTION
        mu, logsigma = self.encoder(x)
        z = mu + logsigma.exp() * torch.randn_like(mu)
        return z, mu, logsigma
        ### END SOLUTION

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, 1, 28, 28) → (x', mu, logsigma), where x' (b, 1, 28, 28) is the decoded sample."""
        # TODO: Sample a latent, decode it, and return the reconstruction, mu and logsigma.
        ### BEGIN SOLUTION
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
        ### END SOLUTION


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
        ### BEGIN SOLUTION
        reconstruction, mu, logsigma = self.model(img)
        reconstruction_loss = F.mse_loss(reconstruction, img)
        kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss
        total_loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            logged = {
                "reconstruction_loss": reconstruction_loss,
                "kl_div_loss": kl_div_loss,
                "mean": mu.mean(),
                "std": logsigma.exp().mean(),
                "total_loss": total_loss,
            }
            wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)
        return total_loss
        ### END SOLUTION
