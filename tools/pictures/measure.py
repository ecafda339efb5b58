"""What ten epochs give: the README's numbers and its picture, from real runs.

    python -m tools.pictures.measure [--seeds 0 1 2] [--epochs 10] [--beta-kl 0.1] [--picture docs/samples.png]

Trains the reference autoencoder (5/128) and VAE (5/100) with the lessons' settings, once a seed, and
prints Markdown tables: the range over the seeds, and each seed. The picture is that of the first seed.
On two CPU cores it takes about two minutes a seed.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

import utils
from course.figures.latents import LatentModel
from course.given.classifier import CONFIDENT, DigitClassifier, in_batches, judge
from course.given.trained_classifier import trained_classifier
from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer
from solutions.vae import VAEArgs, VAETrainer
from tools.bench import machine
from tools.pictures.samples import draw_samples

SAMPLES = 10_000
Numbers = dict[str, float]
Rows = tuple[tuple[str, str, str], ...]  # label, key, format

ROWS: Rows = (
    ("test MSE (of a VAE: from the mean)", "mse", ".3f"),
    ("test MSE from a sample", "mse_sample", ".3f"),
    ("KL per latent (nats)", "kl", ".2f"),
    ("lowest latent of the test set", "lowest", ".1f"),
    ("highest latent of the test set", "highest", ".1f"),
    (f"decoded N(0, I) samples read with over {CONFIDENT} confidence", "prior", ".2%"),
    ("their spread over the ten digits (1: even)", "spread", ".2f"),
    ("their Fréchet distance to test digits, in the classifier's features", "frechet", ".1f"),
    ("read so of the 11x11 grid over the first two latents, ±3 or ±1", "grid", ".1%"),
    ("read so of the 11x11 grid along two principal directions, ±2 standard deviations", "principal", ".1%"),
)


def train(trainer_class: type[AutoencoderTrainer], args: AutoencoderArgs, seed: int) -> LatentModel:
    """One run as the notebooks do it, without their pictures."""
    torch.manual_seed(seed)
    args.use_wandb, args.log_every_n_steps = False, 10**9
    return cast(LatentModel, trainer_class(args).train())


def generated(model: LatentModel, reach: float, latents: Tensor, classifier: DigitClassifier) -> Numbers:
    """How good decoded samples of N(0, I) are; how many images of two grids are read with confidence.

    One grid goes from −reach to reach along the first two latents; the other follows the two directions in which
    the `latents` (n, latent) vary most, two standard deviations to each side of their mean.
    """
    prior = judge(decode(model, torch.randn(SAMPLES, model.latent_dim_size)), classifier)
    plain = utils.create_grid_of_latents(model, interpolation_range=(-reach, reach))
    _, deviations, directions = torch.linalg.svd(latents - latents.mean(0), full_matrices=False)
    deviations = deviations[:2] / (len(latents) - 1) ** 0.5
    places = utils.create_grid_of_latents(model, interpolation_range=(-2, 2))[:, :2] * deviations
    principal = latents.mean(0) + places @ directions[:2]
    return {
        "prior": prior.confident_share,
        "spread": prior.spread,
        "frechet": prior.frechet_distance,
        "grid": judge(decode(model, plain), classifier).confident_share,
        "principal": judge(decode(model, principal), classifier).confident_share,
    }


def decode(model: LatentModel, latents: Tensor) -> Tensor:
    return in_batches(model.decoder, latents.to(utils.get_device()))


@torch.no_grad()
def measure_autoencoder(model: LatentModel, images: Tensor, classifier: DigitClassifier) -> Numbers:
    latents = in_batches(model.encoder, images)
    return {
        "mse": F.mse_loss(decode(model, latents), images).item(),
        "lowest": latents.min().item(),
        "highest": latents.max().item(),
        **generated(model, 3, latents, classifier),
    }


@torch.no_grad()
def measure_vae(model: LatentModel, images: Tensor, classifier: DigitClassifier) -> Numbers:
    codes = [model.encoder(part) for part in images.split(1000)]
    mu, logsigma = (torch.cat(parts) for parts in zip(*codes, strict=True))
    sigma = logsigma.exp()
    return {
        "mse": F.mse_loss(decode(model, mu), images).item(),
        "mse_sample": F.mse_loss(decode(model, mu + sigma * torch.randn_like(mu)), images).item(),
        "kl": ((sigma**2 + mu**2 - 1) / 2 - logsigma).mean().item(),
        "lowest": mu.min().item(),
        "highest": mu.max().item(),
        **generated(model, 1, mu, classifier),
    }


def pca_error(components: int) -> float:
    """Test MSE of the best linear autoencoder with as many latents: PCA on the training images."""
    train_images, test_images = (utils.get_dataset("MNIST", train=each).images.flatten(1) for each in (True, False))
    mean = train_images.mean(0)
    covariance = (train_images - mean).T @ (train_images - mean)
    directions = torch.linalg.eigh(covariance.cpu().double()).eigenvectors[:, -components:].to(test_images)
    rebuilt = mean + (test_images - mean) @ directions @ directions.T
    return F.mse_loss(rebuilt, test_images).item()


def table(rows: Rows, runs: dict[str, list[Numbers]], show: Callable[[list[str]], str]) -> str:
    """One row a number, one column a model; `show` turns the seeds' formatted values into a cell."""
    lines = [f"| | {' | '.join(runs)} |", "|---" * (len(runs) + 1) + "|"]
    for label, key, form in rows:
        cells = [show([format(run[key], form) for run in each]) if key in each[0] else "–" for each in runs.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def span(values: list[str]) -> str:
    """Lowest … highest."""
    ordered = sorted(values, key=lambda value: float(value.rstrip("%")))
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]} … {ordered[-1]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures.measure", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--beta-kl", type=float, default=0.1, metavar="BETA")
    parser.add_argument("--picture", type=Path, metavar="FILE.png")
    options = parser.parse_args()

    testset = utils.get_dataset("MNIST", train=False)
    classifier = trained_classifier()
    of_autoencoders: list[Numbers] = []
    of_vaes: list[Numbers] = []
    runs = {"autoencoder 5/128": of_autoencoders, f"VAE 5/100, beta_kl {options.beta_kl:g}": of_vaes}
    for seed in options.seeds:
        autoencoder = train(AutoencoderTrainer, AutoencoderArgs(5, 128, epochs=options.epochs), seed)
        vae_args = VAEArgs(5, 100, epochs=options.epochs, beta_kl=options.beta_kl)
        vae = train(VAETrainer, vae_args, seed)
        if options.picture and seed == options.seeds[0]:
            draw_samples(autoencoder, vae, options.picture)
        of_autoencoders.append(measure_autoencoder(autoencoder, testset.images, classifier))
        of_vaes.append(measure_vae(vae, testset.images, classifier))

    with torch.no_grad():
        right = in_batches(classifier, testset.images).argmax(1) == testset.labels
    real, noise = (judge(x, classifier) for x in (testset.images, torch.randn(SAMPLES, 1, 28, 28)))
    print(f"{options.epochs} epochs, seeds {options.seeds}; {machine()}.\n")
    print(table(ROWS, runs, span), "Each seed:", table(ROWS, runs, ", ".join), sep="\n\n")
    print(f"\nPCA with 5 components: test MSE {pca_error(5):.3f}.")
    print(
        f"The classifier reads {right.float().mean():.1%} of the test digits rightly; with confidence it reads "
        f"{real.confident_share:.1%} of them, and {noise.confident_share:.1%} of images of pure noise."
    )


if __name__ == "__main__":
    main()
