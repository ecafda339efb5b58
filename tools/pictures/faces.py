"""Makes the pictures of lesson 7, `notebooks/images/faces_*`, and prints its numbers, from a real run.

    python -m tools.pictures.faces [--epochs 4] [--images 8000] [--numbers-only]

With the lesson's settings it takes about two minutes on two CPU cores. `--numbers-only` draws nothing: with it and other
epochs and images come the numbers of the longer run that the lesson mentions.
"""

import argparse
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from course.data.face_drawing import FACTOR_NAMES
from course.figures.images import tile, to_images
from course.figures.latents import LatentModel, mean_latent
from course.figures.lessons.factors import SHADES, WRITTEN_FROM
from course.figures.palette import INK
from course.given.face_factors import probe_scores, squared_correlations
from course.given.face_split import FaceSplit, mean_face_error, split_faces
from solutions.faces import FaceArgs, FaceAutoencoderTrainer, FaceVAETrainer
from tools.pictures.lessons import FOLDER, write

Models = dict[str, LatentModel]
CELL = 40  # pixels of one number in the picture of the factors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=FaceArgs.epochs)
    parser.add_argument("--images", type=int, default=FaceArgs.n_images)
    parser.add_argument("--numbers-only", action="store_true")
    chosen = parser.parse_args()
    args = FaceArgs(n_images=chosen.images, epochs=chosen.epochs, use_wandb=False, log_every_n_steps=10**9)
    faces = split_faces("FACES", chosen.images)
    print(faces.line)
    models: Models = {}
    for name, trainer in (("autoencoder", FaceAutoencoderTrainer), ("VAE", FaceVAETrainer)):
        torch.manual_seed(0)
        models[name] = cast(LatentModel, trainer(args).train())
    report(models, faces)
    if not chosen.numbers_only:
        draw(models, faces)


@torch.inference_mode()
def report(models: Models, faces: FaceSplit) -> None:
    """Errors, what the KL makes of each latent, and what the latents know of each factor."""
    images, factors = faces.test_images(2000), known_factors(faces)
    print(f"the mean face: {mean_face_error(faces):.4f}")
    columns = []
    for name, model in models.items():
        x = images.to(next(model.parameters()).device)
        z = mean_latent(model, x)
        print(f"{name}: error {F.mse_loss(model.decoder(z), x):.4f}, latents within {z.abs().max():.1f}")
        columns += [squared_correlations(z, factors).amax(0), probe_scores(z, factors)]
    mu, logsigma = models["VAE"].encoder(x)
    kl = ((2 * logsigma).exp() + mu**2 - 1) / 2 - logsigma
    print("KL of each latent:", " ".join(f"{value:.2f}" for value in kl.mean(0)), f"mean {kl.mean():.2f}")
    print(f"{'':12}  autoencoder: one, all     VAE: one, all")
    for factor, *numbers in zip(FACTOR_NAMES, *columns, strict=True):
        print(f"{factor:12} ", "  ".join(f"{number:10.2f}" for number in numbers))


@torch.inference_mode()
def draw(models: Models, faces: FaceSplit) -> None:
    images = faces.test_images(2000)
    device = next(models["VAE"].parameters()).device
    latents = {name: mean_latent(model, images.to(device)) for name, model in models.items()}
    rebuilt = [model.decoder(latents[name][:10]).cpu() for name, model in models.items()]
    beside("faces_reconstructions", torch.cat((images[:10], *rebuilt)), nrows=3)

    torch.manual_seed(0)
    noise = torch.randn(40, 10).to(device)
    beside("faces_samples", *(model.decoder(noise) for model in models.values()), nrows=8)

    way = torch.linspace(0, 1, 10).tolist()
    lines = [
        models[name].decoder(torch.stack([torch.lerp(z[i], z[j], t) for t in way]))
        for i, j in ((0, 1), (2, 3))
        for name, z in latents.items()
    ]
    beside("faces_interpolation", torch.cat(lines), nrows=len(lines))

    tables = {name: squared_correlations(z, known_factors(faces)) for name, z in latents.items()}
    draw_factors("faces_factors", tables)
    walks = []
    for name, z in latents.items():
        latent = int(tables[name].amax(1).argmax())
        steps = z[:, latent].mean() + z[:, latent].std() * torch.linspace(-2, 2, 9).to(device)
        moved = z[:3].repeat_interleave(9, 0)
        moved[:, latent] = steps.repeat(3)
        walks.append(models[name].decoder(moved))
        print(f"walk of the {name}: latent {latent}")
    beside("faces_walks", *walks, nrows=3)


def known_factors(faces: FaceSplit) -> Tensor:
    """What each test face was drawn from, (n, 10). Raises ValueError for photographs."""
    if faces.test_factors is None:
        raise ValueError(f"nobody knows the factors of {faces.kind}")
    return faces.test_factors


def beside(name: str, *batches: Tensor, nrows: int) -> None:
    """Batches of images, tiled and put side by side with a white gap; a JPEG, a fifth of a PNG's size."""
    tiles = [tile(to_images(batch), nrows) for batch in batches]
    gap = np.full((len(tiles[0]), 24, 3), 255, np.uint8)
    picture = Image.fromarray(np.hstack([part for each in tiles for part in (gap, each)][1:]))
    path = FOLDER / f"{name}.jpg"
    picture.save(path, quality=88, subsampling=0, optimize=True)
    print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB")


def draw_factors(name: str, tables: dict[str, Tensor]) -> None:
    """The heat maps of the lesson side by side: a row a latent, a column a factor."""
    left, top, gap, right = 60, 30, 30, 10
    n_latents, n_factors = next(iter(tables.values())).shape
    width = left + len(tables) * n_factors * CELL + (len(tables) - 1) * gap + right
    picture = Image.new("RGB", (width, top + n_latents * CELL + 110), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for latent in range(n_latents):
        pen.text((left - 8, top + (latent + 0.5) * CELL), str(latent), INK, font, anchor="rm")
    pen.text((6, top - 8), "latent", INK, font, anchor="ls")
    for index, (title, table) in enumerate(tables.items()):
        x0 = left + index * (n_factors * CELL + gap)
        pen.text((x0, top - 8), title, INK, ImageFont.load_default(16), anchor="ls")
        for (latent, column), value in np.ndenumerate(table.double().numpy()):
            x, y = x0 + column * CELL, top + latent * CELL
            pen.rectangle([x, y, x + CELL - 2, y + CELL - 2], shade(value), outline="#e3e3e3")
            if value > WRITTEN_FROM:
                colour = "white" if value > 0.5 else INK
                pen.text((x + CELL / 2, y + CELL / 2), f"{value:.1f}", colour, font, anchor="mm")
        for column, factor in enumerate(FACTOR_NAMES):
            label = Image.new("RGB", (100, 18), "white")
            ImageDraw.Draw(label).text((99, 9), factor, INK, font, anchor="rm")
            picture.paste(label.rotate(90, expand=True), (x0 + column * CELL + 11, top + n_latents * CELL + 4))
    write(name, picture.quantize(128, dither=Image.Dither.NONE))


def shade(value: float) -> tuple[int, ...]:
    """The figure's colour for r²."""
    for (low, first), (high, last) in pairwise(SHADES):
        if value <= high:
            share = (value - low) / (high - low)
            return tuple(
                round((1 - share) * int(first[i : i + 2], 16) + share * int(last[i : i + 2], 16)) for i in (1, 3, 5)
            )
    return tuple(int(SHADES[-1][1][i : i + 2], 16) for i in (1, 3, 5))


if __name__ == "__main__":
    main()
