"""The latent space of a model: what its decoder makes of a grid, and where its encoder puts the data.

Every picture of a latent space has the first of its two dimensions to the right and the second upwards: a scatter
of latents and a decoded grid can be laid on each other.
"""

from collections.abc import Callable, Iterator, Sequence
from math import floor, isqrt, log10
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go
import torch
from einops import rearrange
from torch import Tensor, nn

from course.figures.images import as_batch, image_source, label_axis, picture_figure, show, to_images
from course.figures.palette import TEMPLATE, describe, dots_of, on_dark_ground


class LatentModel(Protocol):
    """A module with a latent space, as the lessons write it.

    `encoder`: images (b, c, h, w) → latents (b, latent), or the pair of a VAE, means before log sigmas. `decoder`: latents
    (b, latent) → images (b, c, h, w).
    """

    @property
    def latent_dim_size(self) -> int: ...
    @property
    def encoder(self) -> Callable[[Tensor], Any]: ...
    @property
    def decoder(self) -> Callable[[Tensor], Tensor]: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def __call__(self, x: Tensor) -> Any: ...


def create_grid_of_latents(
    model: LatentModel,
    interpolation_range: tuple[float, float] = (-1, 1),
    n_points: int = 11,
    dims: tuple[int, int] = (0, 1),
) -> Tensor:
    """A grid in two of the latent dimensions, zero in all others: (n_points², latent), on the model's device.

    Row i · n_points + j holds the i-th value of `interpolation_range` in dims[0] and the j-th in dims[1].
    Raises ValueError for dims that are equal or not below `model.latent_dim_size`, and for n_points below 2.
    """
    size = model.latent_dim_size
    if len(dims) != 2 or dims[0] == dims[1] or not all(isinstance(d, int) and 0 <= d < size for d in dims):
        raise ValueError(f"dims are two different latent dimensions, each from 0 to {size - 1}; got {dims}.")
    if not isinstance(n_points, int) or n_points < 2:
        raise ValueError(f"n_points is a whole number of at least 2; got {n_points!r}.")
    device = device_of(model)
    values = torch.linspace(*interpolation_range, n_points, device=device)
    grid = torch.zeros(n_points**2, size, device=device)
    grid[:, dims[0]] = values.repeat_interleave(n_points)
    grid[:, dims[1]] = values.repeat(n_points)
    return grid


def device_of(model: LatentModel | nn.Module) -> torch.device:
    """Where the model's parameters live; the CPU for a model without any."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def mean_latent(model: LatentModel, x: Tensor) -> Tensor:
    """Images (b, 1, h, w) → (b, latent): an autoencoder's latents, or the means where the encoder gives two."""
    latents = model.encoder(x)
    return latents[0] if not isinstance(latents, Tensor) or latents.ndim == 3 else latents


def grid_axes(grid_latent: Tensor) -> tuple[list[tuple[str, np.ndarray]], int]:
    """(title, values) of the first direction and of the second, and the number of points of each.

    Row i · n_points + j of the grid holds the i-th point of the first direction and the j-th of the second.

    A direction along one latent dimension is measured by that latent; any other, such as a principal one, by
    the distance from the middle of the grid. Raises ValueError where the rows are no square grid.
    """
    n_points = isqrt(len(grid_latent)) if isinstance(grid_latent, Tensor) and grid_latent.ndim == 2 else 0
    if n_points < 2 or n_points**2 != len(grid_latent):
        shape = tuple(grid_latent.shape) if isinstance(grid_latent, Tensor) else type(grid_latent).__name__
        raise ValueError(f"grid_latent has shape (n_points², latent), n_points at least 2; got {shape}.")
    grid = rearrange(grid_latent.detach().double().cpu().numpy(), "(i j) latent -> i j latent", i=n_points)
    axes = []
    for name, line in (("first", grid[:, 0]), ("second", grid[0])):
        (changing,) = np.nonzero(np.abs(line[-1] - line[0]) > 1e-6 * np.abs(line[-1] - line[0]).max())
        if len(changing) == 1:
            axes.append((f"latent {changing[0]}", line[:, changing[0]]))
        else:
            middle = (line[0] + line[-1]) / 2
            direction = (line[-1] - line[0]) / max(np.linalg.norm(line[-1] - line[0]), 1e-12)
            axes.append((f"{name} direction, distance from the middle", (line - middle) @ direction))
    return axes, n_points


def in_the_plane(
    images: list[np.ndarray], to_the_right: Sequence[float] | np.ndarray, upwards: Sequence[float] | np.ndarray
) -> list[np.ndarray]:
    """The images of a grid in the order in which `tile` puts each at its coordinates, in len(upwards) rows.

    Image i · len(upwards) + j belongs to to_the_right[i] and upwards[j]; both may be in any order.
    """
    rows, columns = np.argsort(upwards)[::-1], np.argsort(to_the_right)  # the picture's first row is on top
    return [images[i * len(upwards) + j] for j in rows for i in columns]


def output_figure(
    output: Tensor,
    grid_latent: Tensor,
    title: str = "",
    axis_titles: tuple[str, str] | None = None,
    axis_values: tuple[Tensor, Tensor] | None = None,
) -> go.Figure:
    """The figure that `visualise_output` shows; it raises ValueError as that does."""
    axes, n_points = grid_axes(grid_latent)
    images = to_images(as_batch(output))
    if len(images) != n_points**2:
        raise ValueError(f"One image for each latent of the grid: got {len(images)} images, {n_points**2} latents.")
    values = [np.asarray(each, np.float64) for each in axis_values or [values for _, values in axes]]
    titles = axis_titles or [title for title, _ in axes]
    figure = picture_figure(in_the_plane(images, *values), n_points, title, left=80, bottom=60)
    spoken = []
    for axis, direction, name, along in zip(
        (figure.layout.xaxis, figure.layout.yaxis), ("to the right", "upwards"), titles, values, strict=True
    ):
        along = np.sort(along)
        labels = [f"{value:.3g}".replace("-", "−") for value in short(along, np.ptp(along) or 1, digits=2)]
        height, width = images[0].shape[:2]
        if axis is figure.layout.yaxis:  # a picture's pixels are counted from the top
            label_axis(axis, height, labels[::-1], name)
        else:
            label_axis(axis, width, labels, name)
        spoken.append(f"{direction}, {name} goes from {labels[0]} to {labels[-1]}")
    alt = f"{title or 'Decoded grid'}: {n_points} by {n_points} decoded images; {', and '.join(spoken)}."
    return describe(figure, alt, keep_shape=True)


def visualise_output(
    output: Tensor,
    grid_latent: Tensor,
    title: str = "",
    axis_titles: tuple[str, str] | None = None,
    axis_values: tuple[Tensor, Tensor] | None = None,
) -> None:
    """Shows the images (n_points², c, h, w) decoded from `grid_latent` (n_points², latent) as one picture.

    Each image stands where its latent does, as in a scatter: the direction in which dims[0] of
    `create_grid_of_latents` changes is horizontal and grows to the right, that of dims[1] is vertical and grows
    upwards. Both are labelled with what `grid_latent` says. Where the directions are no single latents, as along
    principal components, `axis_titles` and `axis_values` say it better, horizontal before vertical.

    Raises ValueError where the grid is not square or the number of images is another.
    """
    show(output_figure(output, grid_latent, title, axis_titles, axis_values))


def input_figure(
    latent_vectors: Tensor,
    labels: Tensor,
    holdout_latent_vectors: Tensor,
    holdout_data: Tensor,
    title: str = "Where the encoder puts the digits",
    axis_titles: tuple[str, str] = ("latent 0", "latent 1"),
) -> go.Figure:
    """The figure that `visualise_input` shows; it raises ValueError as that does."""
    points, holdout_points = (_plane(latent_vectors, "latent_vectors"), _plane(holdout_latent_vectors, "holdout_…"))
    digits = torch.as_tensor(labels).cpu().numpy()
    if digits.shape != (len(points),):
        raise ValueError(f"One label for each latent vector: got {digits.shape} labels for {len(points)} vectors.")
    images = to_images(as_batch(holdout_data))
    if len(images) != len(holdout_points):
        raise ValueError(f"One holdout image for each holdout vector: {len(images)} against {len(holdout_points)}.")

    everything = np.concatenate([points, holdout_points])
    lowest, highest = everything.min(axis=0), everything.max(axis=0)
    spans = np.maximum(highest - lowest, 1e-6)
    figure = go.Figure()
    for digit in np.unique(digits):
        x, y = points[digits == digit].T
        figure.add_scatter(
            x=short(x, spans[0]),
            y=short(y, spans[1]),
            mode="markers",
            marker=dots_of(int(digit)),
            name=str(digit),
            hovertemplate=f"{digit}: (%{{x:.2f}}, %{{y:.2f}})<extra></extra>",
        )
    add_thumbnails(figure, images, holdout_points, spans / 18)
    figure.update_layout(
        template=TEMPLATE,
        title=title,
        width=800,
        height=700,
        xaxis_title=axis_titles[0],
        yaxis_title=axis_titles[1],
        legend_title={"text": "digit"},
    )
    on_dark_ground(figure)
    alt = (
        f"{title}: {len(points)} points coloured by digit; {axis_titles[0]} from {lowest[0]:.1f} to "
        f"{highest[0]:.1f}, {axis_titles[1]} from {lowest[1]:.1f} to {highest[1]:.1f}; "
        f"the {len(images)} holdout images stand at their places."
    )
    if max(spans) / min(spans) < 2:
        figure.update_yaxes(scaleanchor="x")  # a distance then looks the same in every direction
    return describe(figure, alt, keep_shape=True)


def visualise_input(
    latent_vectors: Tensor,
    labels: Tensor,
    holdout_latent_vectors: Tensor,
    holdout_data: Tensor,
    title: str = "Where the encoder puts the digits",
    axis_titles: tuple[str, str] = ("latent 0", "latent 1"),
) -> None:
    """Shows a scatter of the first two dimensions of `latent_vectors` (n, latent), coloured by `labels` (n,).

    The holdout images (m, 1, h, w) stand at their own `holdout_latent_vectors` (m, latent). The first
    dimension is horizontal. For other directions than the first two latents pass the coordinates along them,
    (n, 2) and (m, 2), and `axis_titles`. Raises ValueError where the numbers of rows differ, or for fewer
    than two columns.
    """
    show(input_figure(latent_vectors, labels, holdout_latent_vectors, holdout_data, title, axis_titles))


def add_thumbnails(
    figure: go.Figure, images: list[np.ndarray], places: np.ndarray, size: np.ndarray, axes: str = ""
) -> None:
    """Draws each image (h, w) centred at its place (x, y), `size` (width, height) in the axes' units.

    `axes` is the number plotly gives to the subplot's axes: "" for the first, "2" for the second.
    """
    for image, (x, y) in zip(images, places, strict=True):
        figure.add_layout_image(
            source=image_source(image), xref=f"x{axes}", yref=f"y{axes}", xanchor="center", yanchor="middle",
            x=float(x), y=float(y), sizex=float(size[0]), sizey=float(size[1]),
        )  # fmt: skip


def short(values: np.ndarray | Tensor, span: float, digits: int = 3) -> list[float]:
    """The values (n,) as plain numbers, to `digits` digits of `span`: three are what a screen can show across it."""
    places = max(0, digits - floor(log10(span)))
    return (np.round(np.asarray(values, np.float64), places) + 0.0).tolist()  # + 0.0 turns −0.0 into 0.0


def _plane(vectors: Tensor, name: str) -> np.ndarray:
    """The first two columns of (n, latent)."""
    if not isinstance(vectors, Tensor) or vectors.ndim != 2 or vectors.shape[1] < 2 or len(vectors) == 0:
        shape = tuple(vectors.shape) if isinstance(vectors, Tensor) else type(vectors).__name__
        raise ValueError(f"{name} has shape (n, latent) with at least two latents; got {shape}.")
    return vectors[:, :2].detach().double().cpu().numpy()
