"""Makes the pictures of the lessons, `notebooks/images/*.png`, from real runs of the reference solutions.

`python -m tools.pictures.lessons` trains the lessons' models with the lessons' seeds and draws what the lessons draw: about
five minutes on two CPU cores. Only then do the pictures change; nothing else makes them.
"""

from collections.abc import Callable
from dataclasses import replace
from math import isqrt
from pathlib import Path
from typing import cast

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.utils.data import DataLoader, Subset

import utils
from course.figures.images import tile, to_images
from course.figures.latents import in_the_plane, mean_latent
from course.figures.palette import CIRCLE, DIGIT_SYMBOLS, DIGITS, FAINT, GROUND, GROUND_GRID, GROUND_INK, INK, TRIANGLE
from course.given.sweep import sweep_beta
from course.given.sweep_measures import encode_all
from solutions.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer
from solutions.beta_vae import kl_per_latent
from solutions.latent_pca import get_pca_components
from solutions.vae import VAE, VAEArgs, VAETrainer
from tools.generated import ROOT

FOLDER = ROOT / "notebooks" / "images"
Model = Autoencoder | VAE
SCATTER_SIZE, MARGIN = 520, 46  # pixels


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with torch.inference_mode():
        draw_untrained("autoencoder_untrained", Autoencoder, hidden_dim_size=128)
        draw_untrained("vae_untrained", VAE, hidden_dim_size=100)

    autoencoder = train(AutoencoderTrainer, AutoencoderArgs(use_wandb=False), "autoencoder_reconstructions")
    vae = train(VAETrainer, VAEArgs(hidden_dim_size=100, use_wandb=False), "vae_reconstructions")
    without_kl = train(VAETrainer, VAEArgs(hidden_dim_size=100, beta_kl=0, epochs=3, use_wandb=False))

    with torch.inference_mode():
        draw_space("autoencoder", autoencoder, autoencoder.encoder, (-3, 3))
        draw_space("vae", vae, lambda x: vae.encoder(x)[0], (-1, 1))
        draw_scatter("vae_without_kl_scatter", lambda x: without_kl.encoder(x)[0])
        draw_samples("autoencoder_samples", autoencoder, 30, nrows=3)
        draw_samples("vae_samples", vae, 64, nrows=8)

    for name, trainer, args, limit in (  # the models of lesson 5
        ("pca_autoencoder_grids", AutoencoderTrainer, AutoencoderArgs(), 3),
        ("pca_vae_grids", VAETrainer, VAEArgs(hidden_dim_size=100), 1),
    ):
        short = replace(args, log_every_n_steps=1000, epochs=3, use_wandb=False)
        draw_planes(name, train(trainer, short), limit)
    draw_betas()


def draw_betas() -> None:
    """Lesson 6: twelve draws for each beta, a row each; and the grids over the two busiest latents of four betas."""
    args = VAEArgs(hidden_dim_size=100, epochs=2, use_wandb=False)
    models = {run.beta_kl: run.model for run in sweep_beta(VAETrainer, args, (0, 0.01, 0.03, 0.1, 0.3, 1))}
    torch.manual_seed(0)
    z = torch.randn(12, 5, device=utils.get_device())
    grids = []
    with torch.inference_mode():
        save("beta_samples", torch.cat([model.decoder(z) for model in models.values()]), nrows=len(models))
        for beta_kl in (0, 0.01, 0.1, 1):
            codes = encode_all(models[beta_kl], utils.get_dataset("MNIST", train=False).images)
            across, up = kl_per_latent(*codes).topk(2).indices.tolist()
            grid = utils.create_grid_of_latents(models[beta_kl], (-2, 2), n_points=9, dims=(across, up))
            grids.append(Image.fromarray(grid_picture(models[beta_kl].decoder(grid))))
    side, gap = grids[0].width, 12
    picture = Image.new("L", (2 * side + gap, 2 * side + gap), 255)
    for index, panel in enumerate(grids):
        picture.paste(panel, (index % 2 * (side + gap), index // 2 * (side + gap)))
    write("beta_grids", enlarged(picture, 1.5))


def train(trainer_class: type[AutoencoderTrainer], args: AutoencoderArgs, name: str = "") -> Model:
    """A run as in the lesson. With a name, the holdout digits after the first and the last epoch are drawn."""
    torch.manual_seed(0)
    trainer, epochs = trainer_class(args), args.epochs
    args.epochs = 1
    rows = [utils.HOLDOUT_DATA, rebuild(cast(Model, trainer.train()))]
    args.epochs = epochs - 1  # going on is the same as one long run: neither optimiser nor randomness starts anew
    model = cast(Model, trainer.train())
    if name:
        save(name, torch.cat([*rows, rebuild(model)]), nrows=3)
    return model


def draw_untrained(name: str, model_class: type[Model], hidden_dim_size: int) -> None:
    torch.manual_seed(0)
    model = model_class(5, hidden_dim_size).to(utils.get_device())
    save(name, torch.cat([utils.HOLDOUT_DATA, rebuild(model)]), nrows=2)


def draw_space(name: str, model: Model, encode: Callable[[Tensor], Tensor], limits: tuple[float, float]) -> None:
    """The decoder's view of the latent space, and the encoder's."""
    grid = utils.create_grid_of_latents(model, interpolation_range=limits)
    write(f"{name}_grid", enlarged(Image.fromarray(grid_picture(model.decoder(grid))), 1.5))
    draw_scatter(f"{name}_scatter", encode)


@torch.inference_mode()
def draw_planes(name: str, model: Model, limit: float) -> None:
    """Left the plain grid over ±limit, right the one along two principal directions, ±2 standard deviations."""
    directions, projections = get_pca_components(model, Subset(utils.get_dataset("MNIST"), range(5000)))
    images = utils.get_dataset("MNIST").images[:5000]
    mean = mean_latent(model, images).mean(0)
    places = utils.create_grid_of_latents(model, interpolation_range=(-2, 2))[:, :2] * projections.std(0).to(mean)
    grids = (
        utils.create_grid_of_latents(model, interpolation_range=(-limit, limit)),
        mean + places @ directions.to(mean),
    )
    halves = [grid_picture(model.decoder(grid)) for grid in grids]
    gap = np.full((len(halves[0]), 20), 255, np.uint8)
    write(name, Image.fromarray(np.hstack((halves[0], gap, halves[1]))))


def draw_samples(name: str, model: Model, count: int, nrows: int) -> None:
    torch.manual_seed(0)
    save(name, model.decoder(torch.randn(count, 5, device=utils.get_device())), nrows)


@torch.inference_mode()
def rebuild(model: Model) -> Tensor:
    """The holdout digits as the model rebuilds them: (10, 1, 28, 28). For a VAE, from a sample."""
    output = model(utils.HOLDOUT_DATA.to(utils.get_device()))
    return (output[0] if isinstance(output, tuple) else output).cpu()


def save(name: str, images: Tensor, nrows: int, scale: float = 2) -> None:
    """Writes images (b, 1, h, w) as one picture, each pixel `scale` pixels wide."""
    write(name, enlarged(Image.fromarray(tile(to_images(images), nrows)), scale))


def enlarged(picture: Image.Image, scale: float) -> Image.Image:
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize(size, Image.Resampling.NEAREST if scale == int(scale) else Image.Resampling.BICUBIC)


def grid_picture(images: Tensor) -> np.ndarray:
    """What was decoded from a grid of latents, (n², 1, h, w), as `visualise_output` places it."""
    n_points = isqrt(len(images))
    return tile(in_the_plane(to_images(images), range(n_points), range(n_points)), n_points)


def draw_scatter(name: str, encode: Callable[[Tensor], Tensor]) -> None:
    write(name, scatter_picture(encode).quantize(96, dither=Image.Dither.NONE))


@torch.inference_mode()
def scatter_picture(encode: Callable[[Tensor], Tensor]) -> Image.Image:
    """The first two latents of 5,000 training images, coloured by digit, with the holdout images at their places."""
    torch.manual_seed(0)
    images, digits = next(iter(DataLoader(utils.get_dataset("MNIST"), batch_size=5000, shuffle=True)))
    points = encode(images.to(utils.get_device()))[:, :2].cpu().numpy()
    holdout = encode(utils.HOLDOUT_DATA.to(utils.get_device()))[:, :2].cpu().numpy()
    limit = np.ceil(np.abs(np.concatenate([points, holdout])).max())

    sharp = 2  # drawn larger and scaled down, for smooth edges
    side, margin = SCATTER_SIZE * sharp, MARGIN * sharp
    font = ImageFont.load_default(12 * sharp)
    picture = Image.new("RGB", (side + margin, side), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([margin, 0, side + margin, side - margin], GROUND)

    def place(point: np.ndarray) -> tuple[float, float]:
        x, y = (point / limit + 1) / 2 * (side - margin)
        return margin + x, side - margin - y

    for tick in np.linspace(-limit, limit, 5):
        (x, bottom), (left, y) = place(np.array([tick, -limit])), place(np.array([-limit, tick]))
        draw.text((x, bottom + 4 * sharp), f"{tick:g}", INK, font, anchor="ma")
        draw.text((left - 4 * sharp, y), f"{tick:g}", INK, font, anchor="rm" if y else "ra")
        draw.line([(x, 0), (x, bottom)], GROUND_GRID, sharp)
        draw.line([(left, y), (side, y)], GROUND_GRID, sharp)
    draw.text((side / 2 + margin / 2, side - 2), "latent 0", INK, font, anchor="md")
    draw.text((margin + 4 * sharp, 2), "latent 1", GROUND_INK, font, anchor="la")
    for point, digit in zip(points, digits.tolist(), strict=True):
        x, y = place(point)
        draw_dot(draw, x, y, 2.2 * sharp, digit)
    for image, point in zip(to_images(utils.HOLDOUT_DATA), holdout, strict=True):
        x, y = place(point)
        thumbnail = Image.fromarray(image).resize((22 * sharp, 22 * sharp))
        draw.rectangle([x - 12 * sharp, y - 12 * sharp, x + 12 * sharp, y + 12 * sharp], FAINT)
        picture.paste(thumbnail, (round(x - 11 * sharp), round(y - 11 * sharp)))
    for digit in range(len(DIGITS)):
        y = (30 + 22 * digit) * sharp
        draw_dot(draw, side + margin / 3, y, 5 * sharp, digit)
        draw.text((side + margin / 3 + 10 * sharp, y), str(digit), GROUND_INK, font, anchor="lm")
    return picture.resize((picture.width // sharp, picture.height // sharp), Image.Resampling.LANCZOS)


def draw_dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, digit: int) -> None:
    """The digit's colour and symbol, as the figures have them."""
    colour, symbol = DIGITS[digit], DIGIT_SYMBOLS[digit]
    if symbol == CIRCLE:
        draw.circle((x, y), radius, colour)
    elif symbol == TRIANGLE:
        draw.regular_polygon((float(x), float(y), 1.3 * radius), 3, fill=colour)
    else:
        for slope in (-1, 1):
            ends = (x - radius, y - slope * radius, x + radius, y + slope * radius)
            draw.line(ends, colour, round(0.8 * radius))


def write(name: str, picture: Image.Image) -> None:
    path: Path = FOLDER / f"{name}.png"
    picture.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
