"""The README's picture: what both models rebuild, and what they make of noise, in one PNG."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

import utils
from course.figures.latents import LatentModel

SCALE, GAP, MARGIN = 2, 4, 24  # pixels; a digit is 28 × SCALE wide
CELL = 28 * SCALE + GAP
LABEL_WIDTH, HEADING_HEIGHT = 150, 40
TEXT, PAPER = (40, 40, 40), (255, 255, 255)


@torch.no_grad()
def draw_samples(autoencoder: LatentModel, vae: LatentModel, path: Path, seed: int = 0) -> None:
    """Writes to `path` the holdout digits beside both reconstructions, and below them 40 samples of each model.

    A sample is what the decoder makes of a latent from N(0, I); the VAE's reconstructions are decoded means.
    """
    generator = torch.Generator().manual_seed(seed)
    x = utils.HOLDOUT_DATA.to(utils.get_device())
    noise = [torch.randn(40, model.latent_dim_size, generator=generator) for model in (autoencoder, vae)]
    rows = [("test digits", x), ("autoencoder", autoencoder(x)), ("VAE", vae.decoder(vae.encoder(x)[0]))]
    for name, model, latents in zip(("autoencoder", "VAE"), (autoencoder, vae), noise, strict=True):
        samples = model.decoder(latents.to(x.device)).split(10)
        rows += [
            (name if first else "", part) for first, part in zip((True, False, False, False), samples, strict=True)
        ]
    headings = {0: "Rebuilt", 3: "Decoded from noise, N(0, I): the first 40 samples of each", 7: ""}
    path.parent.mkdir(parents=True, exist_ok=True)
    compose(rows, headings).save(path, optimize=True)


def compose(rows: Sequence[tuple[str, Tensor]], headings: dict[int, str]) -> Image.Image:
    """Rows of images (10, 1, 28, 28) with their labels at the left; headings[i] stands above row i."""
    width = 2 * MARGIN + LABEL_WIDTH + 10 * CELL
    height = 2 * MARGIN + len(rows) * CELL + sum(HEADING_HEIGHT if text else GAP * 3 for text in headings.values())
    picture = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(picture)
    y = MARGIN
    for index, (label, images) in enumerate(rows):
        if index in headings:
            pen.text((MARGIN, y + 4), headings[index], TEXT, ImageFont.load_default(18))
            y += HEADING_HEIGHT if headings[index] else GAP * 3
        pen.text((MARGIN, y + CELL // 2), label, TEXT, ImageFont.load_default(15), anchor="lm")
        for column, digit in enumerate(utils.to_images(images)):
            tile = Image.fromarray(255 - np.asarray(digit)).resize((28 * SCALE, 28 * SCALE), Image.Resampling.BICUBIC)
            picture.paste(tile, (MARGIN + LABEL_WIDTH + column * CELL, y))
        y += CELL
    return picture
