"""The README's figures: `python -m tools.measure [--seeds 0 1 2] [--epochs 10]`.

Trains the reference autoencoder (5/128) and VAE (5/100, beta_kl 0.1) with the lessons' settings once for each seed,
and prints what came out as a Markdown table. On two CPU cores this takes about a minute for each model and seed.
"""

import argparse
import platform
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import utils
from course.classifier import CONFIDENT, DigitClassifier, judge, train_classifier
from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer
from solutions.vae import VAEArgs, VAETrainer

SAMPLES = 2000


def train(trainer_class: type[AutoencoderTrainer], args: AutoencoderArgs, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return trainer_class(args).train()


def in_parts(function: Callable[[Tensor], Tensor], x: Tensor, dim: int = 0) -> Tensor:
    return torch.cat([function(part) for part in x.split(1000)], dim)


def confident_share(model: nn.Module, latents: Tensor, classifier: DigitClassifier) -> float:
    return judge(model.decoder(latents.to(utils.get_device())), classifier).confident_share


def generated(model: nn.Module, reach: float, classifier: DigitClassifier) -> dict[str, float]:
    """How many images are read with confidence: decoded from N(0, I), and from the lesson's grid of ± `reach`."""
    prior = torch.randn(SAMPLES, model.latent_dim_size)
    grid = utils.create_grid_of_latents(model, interpolation_range=(-reach, reach))
    return {
        "prior": confident_share(model, prior, classifier),
        "grid": confident_share(model, grid, classifier),
    }


@torch.no_grad()
def measure_autoencoder(model: nn.Module, images: Tensor, classifier: DigitClassifier) -> dict[str, float]:
    latents = in_parts(model.encoder, images)
    return {
        "mse": float(F.mse_loss(in_parts(model.decoder, latents), images)),
        "lowest": float(latents.min()),
        "highest": float(latents.max()),
        **generated(model, 3, classifier),
    }


@torch.no_grad()
def measure_vae(model: nn.Module, images: Tensor, classifier: DigitClassifier) -> dict[str, float]:
    mu, logsigma = in_parts(model.encoder, images, dim=1)
    sample = mu + logsigma.exp() * torch.randn_like(mu)
    return {
        "mse": float(F.mse_loss(in_parts(model.decoder, mu), images)),
        "mse_sample": float(F.mse_loss(in_parts(model.decoder, sample), images)),
        "kl": float((((2 * logsigma).exp() + mu**2 - 1) / 2 - logsigma).mean()),
        "lowest": float(mu.min()),
        "highest": float(mu.max()),
        **generated(model, 1, classifier),
    }


def pca_error(components: int = 5) -> float:
    """Test MSE of the best linear autoencoder with as many latents: PCA on the training images."""
    train_images, test_images = (
        utils.get_dataset("MNIST", train=each).images.flatten(1) for each in (True, False)
    )
    mean = train_images.mean(0)
    centred = (train_images - mean).double()
    directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -components:].to(test_images)
    rebuilt = (test_images - mean) @ directions @ directions.T + mean
    return float(F.mse_loss(rebuilt, test_images))


def spread(values: list[float], form: str) -> str:
    """Lowest and highest of the seeds."""
    low, high = (format(value, form) for value in (min(values), max(values)))
    return low if low == high else f"{low} … {high}"


ROWS = (
    ("test MSE, from the mean", "mse", ".3f"),
    ("test MSE, from a sample", "mse_sample", ".3f"),
    ("KL per latent (nats)", "kl", ".2f"),
    ("lowest latent of the test set", "lowest", ".1f"),
    ("highest latent of the test set", "highest", ".1f"),
    (f"N(0, I) samples read with over {CONFIDENT} confidence", "prior", ".1%"),
    ("the same on the 11x11 grid over the first two latents (±3, ±1)", "grid", ".1%"),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=10)
    wanted = parser.parse_args()

    testset = utils.get_dataset("MNIST", train=False)
    classifier = train_classifier()
    correct = in_parts(classifier, testset.images).argmax(1) == testset.labels
    autoencoders, vaes = [], []
    for seed in wanted.seeds:
        args = AutoencoderArgs(use_wandb=False, epochs=wanted.epochs, log_every_n_steps=10**9)
        autoencoder = train(AutoencoderTrainer, args, seed)
        autoencoders.append(measure_autoencoder(autoencoder, testset.images, classifier))
        vae_args = VAEArgs(
            hidden_dim_size=100, use_wandb=False, epochs=wanted.epochs, log_every_n_steps=10**9
        )
        vaes.append(measure_vae(train(VAETrainer, vae_args, seed), testset.images, classifier))

    print(
        f"| {wanted.epochs} epochs, seeds {wanted.seeds} | autoencoder 5/128 | VAE 5/100, beta_kl 0.1 |\n|---|---|---|"
    )
    for label, name, form in ROWS:
        cells = [
            spread([each[name] for each in runs], form) if name in runs[0] else "–"
            for runs in (autoencoders, vaes)
        ]
        print(f"| {label} | {' | '.join(cells)} |")
    print(
        f"\nPCA with 5 components: test MSE {pca_error():.3f}. The classifier reads {float(correct.float().mean()):.1%} of the test digits rightly."
    )
    print(f"{platform.machine()}, torch {torch.__version__}, {utils.get_device()}")


if __name__ == "__main__":
    main()
