"""Makes the pictures of lesson 9 from real runs of the reference solutions: `python -m tools.pictures.regularised`.

It trains the lesson's four models with the lesson's seed, a minute and a half on two CPU cores. With `--epochs 10` or
`--seeds 0 1 2` it prints the numbers of longer runs, or of several, and draws nothing.
"""

import argparse
from typing import cast

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

import utils
from course.figures.palette import INK
from course.given.classifier import DigitClassifier, judge
from course.given.code_measures import (
    decode,
    denoising_error,
    drawn_like,
    encode,
    grid_about_the_mean,
    movement,
    near_zero,
    shifted,
    spread,
    with_noise,
)
from course.given.trained_classifier import trained_classifier
from solutions.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer
from solutions.regularised import (
    ContractiveArgs,
    ContractiveTrainer,
    DenoisingArgs,
    DenoisingTrainer,
    SparseArgs,
    SparseTrainer,
    contractive_penalty,
)
from tools.pictures.lessons import grid_picture, save, scatter_picture, write

MODELS = {
    "plain": (AutoencoderTrainer, AutoencoderArgs),
    "denoising": (DenoisingTrainer, DenoisingArgs),
    "sparse": (SparseTrainer, SparseArgs),
    "contractive": (ContractiveTrainer, ContractiveArgs),
}
TITLE = 28  # pixels above each panel


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures.regularised", description=__doc__)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seeds", type=int, nargs="+")
    options = parser.parse_args()
    classifier = trained_classifier()
    for seed in options.seeds or [0]:
        models = {name: train(name, options.epochs or 2, seed) for name in MODELS}
        print(f"seed {seed}")
        print_table(models, classifier)
    if not (options.epochs or options.seeds):
        draw(models)


def train(name: str, epochs: int, seed: int) -> Autoencoder:
    trainer_class, args_class = MODELS[name]
    torch.manual_seed(seed)
    trainer = trainer_class(args_class(epochs=epochs, use_wandb=False, log_every_n_steps=10**9))
    return cast(Autoencoder, trainer.train())


def draw(models: dict[str, Autoencoder]) -> None:
    """The lesson's pictures."""
    draw_denoised(models)
    grids = {name: grid_about_the_mean(encode(model, some_images())) for name, model in models.items()}
    panels = {name: Image.fromarray(grid_picture(decode(models[name], grid))) for name, grid in grids.items()}
    write("regularised_grids", together(panels))
    scatters = {name: scatter_picture(model.encoder) for name, model in models.items()}
    scatters = {name: each.resize((each.width * 3 // 4, each.height * 3 // 4)) for name, each in scatters.items()}
    write("regularised_scatters", together(scatters).quantize(96, dither=Image.Dither.NONE))


def some_images() -> torch.Tensor:
    return utils.get_dataset("MNIST").images[:5000]


def draw_denoised(models: dict[str, Autoencoder]) -> None:
    """Clean digits, noisy ones, and what two models make of the noisy ones."""
    clean = utils.HOLDOUT_DATA.to(utils.get_device())
    noisy = with_noise(clean, 1)
    rebuilt = [decode(models[name], encode(models[name], noisy)) for name in ("plain", "denoising")]
    save("regularised_denoised", torch.cat([clean, noisy, *rebuilt]).cpu(), nrows=4)


def together(panels: dict[str, Image.Image]) -> Image.Image:
    """Four pictures of one size in two rows, each under its name."""
    width, height = (size + 12 for size in next(iter(panels.values())).size)
    picture = Image.new("RGB", (2 * width, 2 * (height + TITLE)), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(16)
    for index, (name, panel) in enumerate(panels.items()):
        left, top = index % 2 * width, index // 2 * (height + TITLE)
        draw.text((left + 4, top + 4), name, INK, font)
        picture.paste(panel, (left, top + TITLE))
    return picture


def print_table(models: dict[str, Autoencoder], classifier: DigitClassifier) -> None:
    """All numbers that the lesson tells."""
    test = utils.get_dataset("MNIST", train=False).images
    for name, model in models.items():
        codes = encode(model, some_images())
        verdicts = [
            judge(decode(model, each), classifier) for each in (drawn_like(codes, 5000), grid_about_the_mean(codes, 45))
        ]
        errors = " ".join(f"{denoising_error(model, test, std):.3f}" for std in (0, 0.5, 1, 2))
        norm = contractive_penalty(model.encoder, test[:1000]).item() ** 0.5
        print(f"{name:12} errors at noise 0, 0.5, 1, 2: {errors}")
        print(
            f"  spread {spread(codes):.2f}, of each latent {np.round(codes.std(0).cpu().numpy(), 2)}, near zero "
            f"{near_zero(codes):.1%}, Jacobian {norm:.3f}, over the spread {norm / spread(codes):.4f}, moved by a "
            f"shift {movement(model, test, shifted(test)):.3f}, by noise {movement(model, test, with_noise(test, 0.5)):.3f}"
        )
        for what, verdict in zip(("drawn", "grid"), verdicts, strict=True):
            print(
                f"  {what}: read {verdict.confident_share:.1%}, spread {verdict.spread:.2f}, Fréchet "
                f"{verdict.frechet_distance:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
