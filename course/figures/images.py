"""Batches of images as pictures.

`display_…` and `visualise_…` show a figure and return nothing, so a cell that ends in such a call holds
exactly one picture. The figure itself comes from the function of the same idea that ends in `_figure`.
Outside a notebook nothing is opened: one line says which figure would be there.
"""

import base64
import io
from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import torch
from einops import rearrange
from PIL import Image
from plotly.basedatatypes import BaseLayoutHierarchyType
from torch import Tensor

from course.figures.palette import TEMPLATE, alternative_text, describe

# (mean, standard deviation) that `get_dataset` normalised with, by the number of channels: MNIST, faces.
NORMALISATION = {1: (0.1307, 0.3081), 3: (0.5, 0.5)}

GAP = 1  # pixels of the images' own size between two images of a picture
LARGEST_PICTURE, LARGEST_IMAGE = 720, 72  # on the screen, in pixels


def to_images(x: Tensor) -> list[np.ndarray]:
    """Normalised images (b, 1, h, w) or (b, 3, h, w) → b arrays of bytes, (h, w) for grey, (h, w, 3) for RGB.

    Undoes the normalisation (MNIST's for one channel, the faces' for three) and clips to 0 … 255; what is
    not a number becomes 0. Works on any device and leaves gradients alone. ValueError for another shape.
    """
    if not isinstance(x, Tensor) or x.ndim != 4 or x.shape[1] not in NORMALISATION:
        raise ValueError(f"Images have shape (b, 1, h, w) or (b, 3, h, w); this is {_kind(x)}.")
    mean, std = NORMALISATION[x.shape[1]]
    bytes_ = ((x.detach().float().cpu() * std + mean) * 255).nan_to_num(0).round().clamp(0, 255)
    channels_last = rearrange(bytes_.to(torch.uint8), "b c h w -> b h w c").numpy()
    return [image[:, :, 0] if image.shape[2] == 1 else image for image in channels_last]


def tile(images: list[np.ndarray], nrows: int) -> np.ndarray:
    """Images of one size, row by row, as one picture with `nrows` rows; gaps and missing images are white."""
    height, width = images[0].shape[:2]
    ncols = ceil(len(images) / nrows)
    step_down, step_right = height + GAP, width + GAP
    picture = np.full((nrows * step_down - GAP, ncols * step_right - GAP, *images[0].shape[2:]), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = index // ncols * step_down, index % ncols * step_right
        picture[top : top + height, left : left + width] = image
    return picture


def image_source(picture: np.ndarray) -> str:
    """Bytes (h, w), (h, w, 3) or (h, w, 4) as a data URI, which plotly's images take as their source.

    Grey is kept exactly, as a PNG, and so is what can be seen through. Other colour becomes a JPEG, as the faces once
    were: a third of a PNG's size.
    """
    buffer = io.BytesIO()
    image = Image.fromarray(picture)
    if exact := image.mode in ("L", "RGBA"):
        image.save(buffer, "PNG", optimize=True)
    else:
        image.save(buffer, "JPEG", quality=90, subsampling=0)
    return f"data:image/{'png' if exact else 'jpeg'};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def picture_figure(images: list[np.ndarray], nrows: int, title: str, left: int = 10, bottom: int = 10) -> go.Figure:
    """The images tiled in `nrows` rows, as one image trace without axes; one unit of an axis is one pixel.

    `left` and `bottom` are the margins, in pixels of the screen, for the ticks and titles that a caller adds.
    """
    picture = tile(images, nrows)
    height, width = picture.shape[:2]
    scale = min(LARGEST_IMAGE / images[0].shape[1], LARGEST_PICTURE / width, LARGEST_PICTURE / height)
    right, top = 10, 60 if title else 20
    shown_width, shown_height = round(width * scale), round(height * scale)
    spare = max(0, 420 - shown_width)  # room for the title above a narrow picture
    figure = go.Figure(go.Image(source=image_source(picture), hoverinfo="skip"))
    figure.update_layout(
        template=TEMPLATE,
        title=title,
        margin={"l": left, "r": right + spare, "t": top, "b": bottom},
        width=left + shown_width + spare + right,
        height=top + shown_height + bottom,
        dragmode=False,
    )
    figure.update_xaxes(visible=False, range=[-0.5, width - 0.5], constrain="domain")
    figure.update_yaxes(visible=False, range=[height - 0.5, -0.5], constrain="domain", scaleanchor="x")
    return figure


def label_axis(axis: BaseLayoutHierarchyType, size: int, labels: Sequence[str], title: str = "") -> None:
    """Writes one label to each row or column of a picture's images, which are `size` pixels high or wide."""
    centres = [index * (size + GAP) + (size - 1) / 2 for index in range(len(labels))]
    axis.update(visible=True, title=title, tickvals=centres, ticktext=labels)
    axis.update(ticks="", ticklabelstandoff=6, showgrid=False, zeroline=False)


def data_figure(x: Tensor, nrows: int, title: str = "") -> go.Figure:
    """The figure that `display_data` shows; it raises ValueError as that does."""
    images = to_images(as_batch(x))
    if not isinstance(nrows, int) or not 1 <= nrows <= len(images):
        raise ValueError(f"nrows is a whole number from 1 to {len(images)}, the number of images; got {nrows!r}.")
    return describe(
        picture_figure(images, nrows, title),
        f"{title or 'Images'}: {len(images)} images in {nrows} rows.",
        keep_shape=True,
    )


def reconstructions_figure(originals: Tensor, reconstructions: Tensor, title: str = "") -> go.Figure:
    """The figure that `display_reconstructions` shows; it raises ValueError as that does."""
    above, below = to_images(as_batch(originals)), to_images(as_batch(reconstructions))
    if [image.shape for image in above] != [image.shape for image in below]:
        raise ValueError(
            "Originals and reconstructions have the same shape; "
            f"these are {tuple(originals.shape)} and {tuple(reconstructions.shape)}."
        )
    figure = picture_figure(above + below, 2, title, left=110)
    label_axis(figure.layout.yaxis, above[0].shape[0], ["original", "reconstruction"])
    return describe(
        figure, f"{title or 'Reconstructions'}: {len(above)} originals above their reconstructions.", keep_shape=True
    )


def display_data(x: Tensor, nrows: int, title: str = "") -> None:
    """Shows a batch of normalised images (b, c, h, w) or (b, h, w) as one picture with `nrows` rows.

    Where `nrows` does not divide b, the last row is filled up with white. Raises ValueError for a shape that
    is no batch of images, and for `nrows` outside 1 … b.
    """
    show(data_figure(x, nrows, title))


def display_reconstructions(originals: Tensor, reconstructions: Tensor, title: str = "") -> None:
    """Shows images (b, c, h, w) above their reconstructions, both normalised; ValueError if shapes differ."""
    show(reconstructions_figure(originals, reconstructions, title))


def as_batch(x: Tensor) -> Tensor:
    """(b, c, h, w) as it is, (b, h, w) as (b, 1, h, w); ValueError for an empty batch or another shape."""
    if isinstance(x, Tensor) and x.ndim == 3:
        x = rearrange(x, "b h w -> b 1 h w")
    if not isinstance(x, Tensor) or x.ndim != 4 or x.shape[1] not in NORMALISATION or x.numel() == 0:
        raise ValueError(f"A batch of images has shape (b, 1, h, w), (b, 3, h, w) or (b, h, w); this is {_kind(x)}.")
    return x


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel (JupyterLab, VS Code, Colab, nbconvert, nbclient)."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def mime_bundle(figure: go.Figure) -> dict[str, Any]:
    """The figure in the forms that plotly's renderer gives (`PLOTLY_RENDERER`), and its alternative text."""
    # Plotly's public `_repr_mimebundle_` would put all of plotly.js (5 MB) beside each figure with the
    # `notebook` renderer; this one does so once a kernel.
    shown = pio.renderers._build_mime_bundle(figure.to_dict())
    return {"text/plain": alternative_text(figure), **shown}


def show(figure: go.Figure) -> None:
    """Shows the figure in a notebook; elsewhere prints one line and opens nothing."""
    if in_notebook():
        from IPython.display import display

        display(mime_bundle(figure), raw=True)
    else:
        print(f"[a figure, shown in notebooks] {alternative_text(figure)}")


def _kind(x: object) -> str:
    return str(tuple(x.shape)) if hasattr(x, "shape") else f"of type {type(x).__name__}"
