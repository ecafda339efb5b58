"""What a sweep writes down of each VAE: both terms of its loss on the test images, and how well it draws."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from course.data.datasets import get_dataset
from course.figures.latents import LatentModel, device_of
from course.given.classifier import DigitClassifier, in_batches, judge
from course.given.trained_classifier import trained_classifier
from course.settings.short_trainings import is_on

# As many as there are test digits: the Fréchet distance of fewer is larger. With short trainings no number counts.
SAMPLES = 1000 if is_on() else 10_000


@dataclass(frozen=True)
class Measured:
    """A VAE on MNIST's test images.

    `reconstruction`: mean squared error (normalised pixels), decoded from the mean.
    `kl`: mean over images and latents, in nats. `confident_share`, `spread`, `frechet_distance`: of images decoded
    from N(0, I), as in `course.given.classifier.Generation`.
    """

    reconstruction: float
    kl: float
    confident_share: float
    spread: float
    frechet_distance: float


def measurer() -> Callable[[LatentModel], Measured]:
    """A function that measures a VAE; the classifier that judges is trained here, or read."""
    classifier = trained_classifier()
    return lambda model: measure_vae(model, classifier)


@torch.no_grad()
def measure_vae(model: LatentModel, classifier: DigitClassifier, seed: int = 0) -> Measured:
    """The same seed, and so the same noise, for every model; the caller's random state stays as it is."""
    images = get_dataset("MNIST", train=False).images
    mu, logsigma = encode_all(model, images)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        noise = torch.randn(SAMPLES, mu.shape[1]).to(mu)
    drawn = judge(in_batches(model.decoder, noise), classifier)
    return Measured(
        reconstruction=F.mse_loss(in_batches(model.decoder, mu), images).item(),
        kl=((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean().item(),
        confident_share=drawn.confident_share,
        spread=drawn.spread,
        frechet_distance=drawn.frechet_distance,
    )


@torch.no_grad()
def encode_all(model: LatentModel, images: Tensor) -> tuple[Tensor, Tensor]:
    """Images (n, 1, h, w) → mu and log sigma, each (n, latent), on the model's device."""
    codes = [model.encoder(part.to(device_of(model))) for part in images.split(1000)]
    mu, logsigma = (torch.cat(parts) for parts in zip(*codes, strict=True))
    return mu, logsigma
