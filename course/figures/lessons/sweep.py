"""One table and one figure for a sweep over beta, and two closer looks at a few of its models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots
from torch import Tensor

from course.figures.images import image_source, label_axis, tile, to_images
from course.figures.latents import LatentModel, create_grid_of_latents, in_the_plane, short
from course.figures.palette import BLUE, FAINT, GREEN, INK, KL, PURPLE, RECONSTRUCTION, TEMPLATE, describe


@dataclass(frozen=True)
class Row:
    """One beta of the sweep.

    `reconstruction`: mean squared error on the test images, from the mean. `kl`: nats per latent. `active`: number of
    active latents. `aggregate_std`: (latent,) standard deviation of all clouds together. `confident_share` and
    `frechet_distance`: of images decoded from N(0, I).
    """

    beta_kl: float
    effective_beta: float
    reconstruction: float
    kl: float
    active: int
    aggregate_std: Tensor
    confident_share: float
    frechet_distance: float


def sweep_table(rows: Sequence[Row]) -> str:
    """The sweep as text, one line a beta."""
    head = "beta_kl  real beta  error  KL/latent  active  std of all clouds  share read  Fréchet"
    lines = [
        f"{row.beta_kl:7g}  {row.effective_beta:9.2f}  {row.reconstruction:.3f}  {row.kl:9.3f}  {row.active:6d}  "
        f"{row.aggregate_std.min():8.2f} … {row.aggregate_std.max():<6.2f}  {row.confident_share:10.1%}  "
        f"{row.frechet_distance:7.1f}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def sweep_figure(rows: Sequence[Row]) -> go.Figure:
    """Four panels over beta: the loss's two terms; active latents; the clouds' spread; how well it draws."""
    titles = ["the two terms of the loss", "active latents", "spread of all clouds, by latent", "drawn from N(0, I)"]
    figure = make_subplots(
        2, 2, subplot_titles=titles, specs=[[{"secondary_y": True}, {}], [{}, {"secondary_y": True}]],
        horizontal_spacing=0.17, vertical_spacing=0.2,
    )  # fmt: skip
    betas = [f"{row.beta_kl:g}" for row in rows]

    def line(name: str, values: Sequence[float], colour: str, place: tuple[int, int], second: bool = False) -> None:
        figure.add_scatter(
            x=betas, y=[float(f"{value:.4g}") for value in values], name=name, mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "dash" if second else "solid"}, marker={"size": 8},
            row=place[0], col=place[1], secondary_y=second if place in ((1, 1), (2, 2)) else None,
            hovertemplate="beta_kl %{x}: %{y:.3g}",
        )  # fmt: skip

    line("squared error", [row.reconstruction for row in rows], RECONSTRUCTION, (1, 1))
    line("KL", [row.kl for row in rows], KL, (1, 1), second=True)
    line("active latents", [row.active for row in rows], GREEN, (1, 2))
    for latent in range(len(rows[0].aggregate_std)):
        figure.add_scatter(
            x=betas, y=[round(float(row.aggregate_std[latent]), 3) for row in rows], mode="markers",
            marker={"size": 8, "color": PURPLE, "opacity": 0.7}, name=f"latent {latent}", row=2, col=1,
            hovertemplate=f"beta_kl %{{x}}, latent {latent}: %{{y:.2f}}<extra></extra>",
        )  # fmt: skip
    line("Fréchet distance", [row.frechet_distance for row in rows], BLUE, (2, 2))
    line("share read", [row.confident_share for row in rows], INK, (2, 2), second=True)
    figure.add_hline(1, line={"color": FAINT, "dash": "dot"}, row=2, col=1)
    figure.update_layout(
        template=TEMPLATE, width=840, height=640, showlegend=False, title="What beta buys, and what it costs",
        margin={"t": 90},
    )  # fmt: skip
    figure.update_xaxes(title="beta_kl", type="category")
    figure.update_yaxes(
        title={"text": "squared error (solid)", "font": {"color": RECONSTRUCTION}}, row=1, col=1, secondary_y=False
    )
    figure.update_yaxes(
        title={"text": "KL, nats per latent (dashed)", "font": {"color": KL}}, type="log", row=1, col=1,
        secondary_y=True, showgrid=False, range=[-3, 2], dtick=1,
    )  # fmt: skip
    figure.update_yaxes(title="number of latents", range=[-0.3, len(rows[0].aggregate_std) + 0.3], row=1, col=2)
    figure.update_yaxes(title="standard deviation", type="log", tickvals=[0.25, 0.5, 1, 2, 4, 8], row=2, col=1)
    figure.update_yaxes(
        title={"text": "Fréchet distance (solid)", "font": {"color": BLUE}}, rangemode="tozero", row=2, col=2,
        secondary_y=False,
    )  # fmt: skip
    figure.update_yaxes(
        title="share read (dashed)",
        tickformat=".0%",
        tickmode="linear",
        dtick=0.2,
        range=[0, 1],
        row=2,
        col=2,
        secondary_y=True,
        showgrid=False,
    )
    told = "; ".join(
        f"beta_kl {row.beta_kl:g}: error {row.reconstruction:.2f}, KL {row.kl:.2f}, {row.active} active, Fréchet "
        f"distance {row.frechet_distance:.0f}, {row.confident_share:.0%} read"
        for row in rows
    )
    return describe(figure, f"Four panels over beta. {told}.")


def latent_histograms(codes: Mapping[float, tuple[Tensor, Tensor]], seed: int = 0) -> go.Figure:
    """For each beta_kl, with the codes mu and logsigma (n, latent): above, how samples z are spread, a line a latent,
    beside N(0, 1); below, the means alone."""
    generator = torch.Generator().manual_seed(seed)
    figure = make_subplots(
        2, len(codes), column_titles=[f"beta_kl {beta_kl:g}" for beta_kl in codes], vertical_spacing=0.16,
        horizontal_spacing=0.06,
    )  # fmt: skip
    colours = TEMPLATE.layout.colorway
    told = []
    for column, (beta_kl, (mu, logsigma)) in enumerate(codes.items(), 1):
        mu, logsigma = mu.cpu(), logsigma.cpu()
        z = mu + logsigma.exp() * torch.randn(mu.shape, generator=generator)
        reach = max(3.5, float(z.abs().quantile(0.995)))
        edges = np.linspace(-reach, reach, 61)
        centres = (edges[1:] + edges[:-1]) / 2
        for row, values in ((1, z), (2, mu)):
            for latent in range(values.shape[1]):
                counts, _ = np.histogram(values[:, latent].numpy(), edges)
                figure.add_scatter(
                    x=short(centres, 2 * reach), y=short(counts / len(values) / (edges[1] - edges[0]), 1), mode="lines",
                    line={"color": colours[latent % len(colours)], "width": 1.5, "shape": "hvh"}, row=row, col=column,
                    name=f"latent {latent}", legendgroup=f"latent {latent}", showlegend=row == column == 1,
                    hovertemplate="%{x:.1f}: %{y:.2f}",
                )  # fmt: skip
            figure.add_scatter(
                x=short(centres, 2 * reach), y=short(np.exp(-(centres**2) / 2) / np.sqrt(2 * np.pi), 1), mode="lines",
                line={"color": INK, "width": 2, "dash": "dot"}, row=row, col=column, name="N(0, 1)",
                legendgroup="prior", showlegend=row == column == 1, hoverinfo="skip",
            )  # fmt: skip
        told.append(f"beta_kl {beta_kl:g}: samples spread by {z.std():.2f}, means by {mu.std():.2f}")
    figure.update_yaxes(range=[0, 1])
    figure.update_yaxes(title="samples z: density", col=1, row=1)
    figure.update_yaxes(title="means mu: density", col=1, row=2)
    figure.update_xaxes(title="value")
    figure.update_layout(
        template=TEMPLATE, width=840, height=560, title="The latents of the test images beside N(0, 1)",
        margin={"t": 140}, legend={"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom"},
    )  # fmt: skip
    return describe(figure, f"Histograms of latents. {'; '.join(told)}.")


@torch.no_grad()
def decoded_grids(
    models: Mapping[float, LatentModel], dims: Mapping[float, tuple[int, int]], limit: float = 2, n_points: int = 9
) -> go.Figure:
    """For each beta_kl the decoded grid over ±limit in two of its latents, `dims`, the others 0; two grids a line.

    The first of the two grows to the right, the second upwards.
    """
    figure = make_subplots(
        -(-len(models) // 2), 2, subplot_titles=[f"beta_kl {beta_kl:g}" for beta_kl in models],
        horizontal_spacing=0.12, vertical_spacing=0.12,
    )  # fmt: skip
    steps = np.linspace(-limit, limit, n_points)
    ticks = [f"{value:g}".replace("-", "−") for value in steps]
    if len(models) % 2:  # the last place stays empty
        last = {"row": (len(models) + 1) // 2, "col": 2}
        figure.update_xaxes(visible=False, **last)
        figure.update_yaxes(visible=False, **last)
    for index, (beta_kl, model) in enumerate(models.items()):
        grid = create_grid_of_latents(model, (-limit, limit), n_points, dims[beta_kl])
        images = in_the_plane(to_images(model.decoder(grid)), steps, steps)
        size = images[0].shape[0]
        place = {"row": index // 2 + 1, "col": index % 2 + 1}
        figure.add_trace(go.Image(source=image_source(tile(images, n_points)), hoverinfo="skip"), **place)
        for axes, dim, labels in zip(
            (figure.select_xaxes, figure.select_yaxes), dims[beta_kl], (ticks, ticks[::-1]), strict=True
        ):
            (axis,) = axes(**place)
            axis.constrain = "domain"
            label_axis(axis, size, labels, f"latent {dim}")
    figure.update_layout(
        template=TEMPLATE, width=840, height=70 + 430 * -(-len(models) // 2), dragmode=False, margin={"t": 90},
        title=f"Decoded grids over ±{limit:g} in the two latents of largest KL, the others 0",
    )  # fmt: skip
    return describe(
        figure,
        f"Decoded grids over ±{limit:g}, {n_points} by {n_points} images, for beta_kl {', '.join(f'{b:g}' for b in models)}.",
        keep_shape=True,
    )
