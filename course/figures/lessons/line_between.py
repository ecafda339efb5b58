"""From one digit to another along a straight line: in pixels, and in the latents of two models."""

import plotly.graph_objects as go
import torch
from einops import rearrange
from torch import Tensor

from course.figures.images import as_batch, label_axis, picture_figure, to_images
from course.figures.latents import LatentModel, device_of, mean_latent
from course.figures.palette import describe


@torch.no_grad()
def line_between(
    autoencoder: LatentModel, vae: LatentModel, start: Tensor, end: Tensor, n_points: int = 11
) -> go.Figure:
    """Three rows from image `start` to image `end`, each (1, h, w) or (1, 1, h, w).

    Pixels mixed; the autoencoder's decodings of the latents on the line between theirs; the VAE's likewise,
    between its means. Raises ValueError for other shapes, and for fewer than two points.
    """
    if n_points < 2:
        raise ValueError(f"A line has at least two points; got n_points={n_points}.")
    ends = torch.cat([as_batch(start), as_batch(end)])
    if len(ends) != 2:
        raise ValueError(f"start and end are one image each; got {len(start)} and {len(end)}.")
    share = torch.linspace(0, 1, n_points)
    rows = {"pixels mixed": _mix(ends, share)}
    for name, model in (("autoencoder", autoencoder), ("VAE", vae)):
        latents = mean_latent(model, ends.to(device_of(model)))
        rows[name] = model.decoder(_mix(latents, share))
    images = [image for row in rows.values() for image in to_images(row)]
    figure = picture_figure(images, len(rows), "On a straight line between two digits", left=110, bottom=60)
    height, width = images[0].shape[:2]
    label_axis(figure.layout.yaxis, height, list(rows))
    label_axis(figure.layout.xaxis, width, [f"{value:.2g}" for value in share.tolist()], "share of the second digit")
    return describe(
        figure,
        f"Three rows of {n_points} images from one digit to another: their pixels mixed, which shows both at once; "
        "what the autoencoder decodes on the line between their latents; what the VAE decodes there.",
        keep_shape=True,
    )


def _mix(ends: Tensor, share: Tensor) -> Tensor:
    """(2, …) → (n_points, …): the first end, what lies between, the second end."""
    share = rearrange(share.to(ends.device), f"n -> n {' '.join('1' * (ends.ndim - 1))}")
    return ends[0] + share * (ends[1] - ends[0])
