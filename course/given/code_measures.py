"""What a code is worth, in numbers: how it stands noise and small shifts, and what becomes of codes nobody made.

A model is an autoencoder with `encoder` and `decoder`; images are (n, 1, 28, 28), on the model's device.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from course.figures.latents import LatentModel
from course.given.classifier import in_batches


@torch.no_grad()
def encode(model: LatentModel, images: Tensor) -> Tensor:
    """Images → codes (n, latent)."""
    return in_batches(model.encoder, images)


@torch.no_grad()
def decode(model: LatentModel, codes: Tensor) -> Tensor:
    """Codes (n, latent) → images (n, 1, 28, 28)."""
    return in_batches(model.decoder, codes)


def with_noise(images: Tensor, noise_std: float) -> Tensor:
    """The images with normal noise of this standard deviation, in normalised pixels; the same at each call."""
    generator = torch.Generator().manual_seed(0)
    return images + noise_std * torch.randn(images.shape, generator=generator).to(images)


def denoising_error(model: LatentModel, images: Tensor, noise_std: float) -> float:
    """The mean squared error between the images and what is rebuilt from noisy ones."""
    return F.mse_loss(decode(model, encode(model, with_noise(images, noise_std))), images).item()


def spread(codes: Tensor) -> Tensor:
    """The root mean square distance of the codes (n, latent) from their mean."""
    return (codes - codes.mean(0)).square().sum(1).mean().sqrt()


def movement(model: LatentModel, images: Tensor, changed: Tensor) -> float:
    """How far the codes move on average when the images change, in units of the codes' own `spread`."""
    codes = encode(model, images)
    return ((encode(model, changed) - codes).norm(dim=1).mean() / spread(codes)).item()


def shifted(images: Tensor) -> Tensor:
    """Each image one pixel to the right; what leaves on one side comes in on the other, where digits are black."""
    return images.roll(1, dims=3)


def near_zero(codes: Tensor) -> float:
    """The share of latents in codes (n, latent) that are smaller than a tenth of their image's largest one."""
    return (codes.abs() < 0.1 * codes.abs().amax(1, keepdim=True)).float().mean().item()


def drawn_like(codes: Tensor, number: int) -> Tensor:
    """Codes (number, latent) from the normal distribution with the mean and covariance of these, the same each time."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn(number, codes.shape[1], generator=generator).double()
    root = torch.linalg.cholesky(torch.cov(codes.T.double().cpu()))
    return (codes.double().mean(0).cpu() + draws @ root.T).to(codes)


def grid_about_the_mean(codes: Tensor, n_points: int = 11) -> Tensor:
    """A grid over latents 0 and 1, two standard deviations to each side of the mean code: (n_points², latent)."""
    steps = torch.linspace(-2, 2, n_points).to(codes)
    grid = codes.mean(0).repeat(n_points**2, 1)
    grid[:, :2] += torch.cartesian_prod(steps, steps) * codes.std(0)[:2]
    return grid
