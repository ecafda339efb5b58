"""The latent spaces of an autoencoder and a VAE side by side: where the digits lie, and what lies between."""

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from course.figures.images import as_batch, image_source, tile, to_images
from course.figures.latents import (
    LatentModel,
    add_thumbnails,
    create_grid_of_latents,
    device_of,
    in_the_plane,
    mean_latent,
    short,
)
from course.figures.palette import GROUND, GROUND_INK, TEMPLATE, describe, dots_of, on_dark_ground


@torch.no_grad()
def latent_spaces(
    autoencoder: LatentModel,
    vae: LatentModel,
    images: Tensor,
    labels: Tensor,
    holdout_data: Tensor,
    ranges: tuple[float, float] = (3, 1),
    n_points: int = 11,
    dims: tuple[int, int] = (0, 1),
) -> go.Figure:
    """Above, `images` (n, 1, h, w) in two latent dimensions of each model, coloured by `labels` (n,).

    The holdout images stand at their places. Below, the decoded grid of the dashed square, −range … range of
    that model (autoencoder, VAE); dims[0] is horizontal and dims[1] grows upwards in all four pictures. The
    VAE's points are its means. 2,000 images are plenty, and keep the figure under 300 kB. Raises ValueError where there
    are not as many labels as images.
    """
    digits = labels.cpu().numpy()
    if digits.shape != (len(images),):
        raise ValueError(f"One label for each image: got {digits.shape} labels for {len(images)} images.")
    thumbnails = to_images(as_batch(holdout_data))
    figure = go.Figure()
    told = []
    for column, (name, model, edge) in enumerate((("Autoencoder", autoencoder, ranges[0]), ("VAE", vae, ranges[1]))):
        above, below = ("", "3") if column == 0 else ("2", "4")
        half = edge * n_points / (n_points - 1)  # the outer images reach half an image beyond the square
        points, holdout = (
            mean_latent(model, batch.to(device_of(model)))[:, list(dims)].cpu().double().numpy()
            for batch in (images, as_batch(holdout_data))
        )
        reach = float(np.abs(np.concatenate([points, holdout])).max()) * 1.05
        for digit in np.unique(digits):
            x, y = points[digits == digit].T
            figure.add_scatter(
                x=short(x, reach, 2), y=short(y, reach, 2), mode="markers", name=str(digit),
                marker=dots_of(int(digit)), hoverinfo="skip",
                legendgroup=str(digit), showlegend=column == 0, xaxis=f"x{above}", yaxis=f"y{above}",
            )  # fmt: skip
        add_thumbnails(figure, thumbnails, holdout, np.full(2, reach / 9), above)
        for line in ({"color": GROUND, "width": 5}, {"color": GROUND_INK, "width": 2, "dash": "dash"}):
            figure.add_shape(
                type="rect", x0=-edge, x1=edge, y0=-edge, y1=edge, line=line, name="grid below",
                legendgroup="square", showlegend=column == 0 and "dash" in line, xref=f"x{above}", yref=f"y{above}",
            )  # fmt: skip
        figure.add_layout_image(_grid(model, edge, half, n_points, dims, below))
        domain = [0, 0.45] if column == 0 else [0.55, 1]
        bare = {"showgrid": False, "zeroline": False}
        titles = [{"text": f"latent {dim}"} for dim in dims]
        figure.update_layout(
            {
                f"xaxis{above}": {"domain": domain, "range": [-reach, reach], "anchor": f"y{above}"},
                f"yaxis{above}": {"domain": [0.55, 1], "range": [-reach, reach], "anchor": f"x{above}"},
                f"xaxis{below}": {"domain": domain, "range": [-half, half], "anchor": f"y{below}", **bare},
                f"yaxis{below}": {"domain": [0, 0.45], "range": [-half, half], "anchor": f"x{below}", **bare},
            }
        )
        for part in (above, below):
            figure.update_layout({f"xaxis{part}_title": titles[0], f"yaxis{part}_title": titles[1]})
        figure.add_annotation(
            text=f"<b>{name}</b>", x=domain[0], y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
            yshift=6, showarrow=False, font={"size": 14},
        )  # fmt: skip
        told.append(f"{name}: points within ±{reach:.1f}, grid over ±{edge:g}")
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=950,
        margin={"t": 130},
        title="Where the digits lie, and what the decoder makes of the dashed square",
        legend={"orientation": "h", "x": 0, "y": 1.035, "yanchor": "bottom"},
    )
    on_dark_ground(figure, ("", "2"))
    return describe(figure, f"Two scatters of digits, and two decoded grids. {'; '.join(told)}.", keep_shape=True)


def _grid(
    model: LatentModel, edge: float, half: float, n_points: int, dims: tuple[int, int], axes: str
) -> dict[str, object]:
    """The decoded grid with dims[0] to the right and dims[1] upwards, drawn over −half … half of its axes.

    The outer images' centres stand at ±edge.
    """
    grid = create_grid_of_latents(model, (-edge, edge), n_points, dims)
    images = to_images(model.decoder(grid))
    steps = range(n_points)
    picture = tile(in_the_plane(images, steps, steps), n_points)
    # Not an image trace: with a vertical axis that grows upwards plotly.js draws those upside down.
    return {
        "source": image_source(picture), "sizing": "stretch", "layer": "below", "xref": f"x{axes}", "yref": f"y{axes}",
        "x": -half, "y": half, "sizex": 2 * half, "sizey": 2 * half,
    }  # fmt: skip
