"""The figure of the live view: loss curves above the holdout digits and their reconstructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from torch import Tensor

from course.figures.images import as_batch, image_source, label_axis, tile, to_images
from course.figures.palette import KL, RECONSTRUCTION, TEMPLATE, TOTAL, describe

if TYPE_CHECKING:
    from course.figures.live import Curve, History

MOST_POINTS = 300  # of a drawn curve

# Shares of the figure's height and width.
CURVES, STRIP = (0.48, 1.0), (0.0, 0.32)
LEFT_PANEL, RIGHT_PANEL, WHOLE = (0.0, 0.46), (0.56, 1.0), (0.0, 1.0)


def thinned(curve: Curve) -> tuple[list[float], list[float]]:
    """(steps, values) with at most 300 points: means of neighbouring steps where there are more."""
    values, steps = np.array(curve.values, float), np.array(curve.steps, float)
    bins = np.array_split(np.arange(len(steps)), max(1, min(len(steps), MOST_POINTS)))
    means = [[float(f"{array[b].mean():.4g}") for b in bins if len(b)] for array in (steps, values)]
    return means[0], means[1]


def live_figure(
    history: History,
    step: int,
    originals: Tensor,
    reconstructions: Tensor | None = None,
    first_samples: int | None = None,
) -> go.Figure:
    """`history` as curves, and the originals (b, c, h, w) above their reconstructions.

    While there are none, grey stands in their place, and `first_samples`, the step at which they come.
    """
    above = to_images(as_batch(originals))
    if reconstructions is None:
        below, name = [np.full_like(image, 200) for image in above], f"from step {first_samples}"
    else:
        below, name = to_images(as_batch(reconstructions)), "reconstruction"
    picture = tile(above + below, nrows=2)
    is_vae = bool(history.kl.steps)
    figure = go.Figure()
    figure.update_layout(
        template=TEMPLATE,
        title=f"Step {step}",
        width=740,
        height=500,
        margin={"l": 105, "r": 20, "t": 75, "b": 10},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
        xaxis={"domain": LEFT_PANEL if is_vae else WHOLE, "anchor": "y", "title": "optimiser step"},
        yaxis={"domain": CURVES, "anchor": "x", "title": "training loss"},
        xaxis3={"domain": WHOLE, "anchor": "y3", "range": [-0.5, picture.shape[1] - 0.5], "visible": False},
        yaxis3={"domain": STRIP, "anchor": "x3", "range": [picture.shape[0] - 0.5, -0.5]},
    )
    _add_curve(figure, history.total, "total" if is_vae else "loss", TOTAL if is_vae else RECONSTRUCTION)
    if is_vae:
        _add_curve(figure, history.reconstruction, "reconstruction", RECONSTRUCTION)
        _add_curve(figure, history.kl, "KL", KL, axes="2")
        figure.update_layout(
            xaxis2={"domain": RIGHT_PANEL, "anchor": "y2", "title": "optimiser step"},
            yaxis2={"domain": CURVES, "anchor": "x2", "title": "KL, nats per latent", "rangemode": "tozero"},
        )
    figure.add_image(source=image_source(picture), hoverinfo="skip", xaxis="x3", yaxis="y3")
    figure.update_layout(xaxis3_constrain="domain", yaxis3_constrain="domain", yaxis3_scaleanchor="x3")
    label_axis(figure.layout.yaxis3, above[0].shape[0], ["original", name])
    return describe(
        figure, f"Training, step {step}: {_in_words(history)}; below, {len(above)} holdout images."
    )


def _add_curve(figure: go.Figure, curve: Curve, name: str, colour: str, axes: str = "") -> None:
    steps, values = thinned(curve)
    figure.add_scatter(
        x=steps, y=values, name=name, mode="lines", line={"color": colour, "width": 2},
        showlegend=True, xaxis=f"x{axes}", yaxis=f"y{axes}", hovertemplate="step %{x:.0f}: %{y:.3f}",
    )  # fmt: skip


def _in_words(history: History) -> str:
    curves = {name: curve.values for name, curve in vars(history).items() if curve.steps}
    return ", ".join(f"{name} from {values[0]:.3f} to {values[-1]:.3f}" for name, values in curves.items())
