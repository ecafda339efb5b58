"""The terms of the loss, step by step, for one training run or several."""

from collections.abc import Mapping
from math import log10

import plotly.graph_objects as go

from course.figures.live import History, thinned
from course.figures.palette import TEMPLATE, describe

DASHES = ("solid", "dash", "dot", "dashdot")


def learning_curves(
    histories: Mapping[str, History], title: str = "Both terms of the loss", log_kl: bool = False
) -> go.Figure:
    """The reconstruction error on the left, the KL on the right, a line for each run; the runs' names are the keys.

    A history is what a trainer's `live_view.history` holds after `train`. A run without a KL term, such as a
    plain autoencoder's, has its loss on the left. `log_kl` draws the KL on a logarithmic axis down to 0.01 nats,
    for runs that differ by orders of magnitude. Raises ValueError where nothing was recorded.
    """
    if not any(history.total.steps for history in histories.values()):
        raise ValueError("No training steps were recorded: train first, then pass trainer.live_view.history.")
    figure = go.Figure()
    colours = TEMPLATE.layout.colorway
    told = []
    for index, (name, history) in enumerate(histories.items()):
        is_vae = bool(history.kl.steps)
        line = {"color": colours[index % len(colours)], "width": 2, "dash": DASHES[index // len(colours) % 4]}
        terms = [(history.reconstruction if is_vae else history.total, "", "mean squared error")]
        if is_vae:
            terms.append((history.kl, "2", "KL"))
        for curve, axes, what in terms:
            steps, values = thinned(curve)
            figure.add_scatter(
                x=steps, y=values, mode="lines", name=name, legendgroup=name, showlegend=not axes, line=line,
                xaxis=f"x{axes}", yaxis=f"y{axes}", hovertemplate="step %{x:.0f}: %{y:.3f}",
            )  # fmt: skip
            told.append(f"{name}, {what} from {values[0]:.2f} to {values[-1]:.2f}")
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=400,
        title=title,
        margin={"t": 95},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"domain": [0, 0.44], "title": "optimiser step"},
        yaxis={"title": "reconstruction: mean squared error"},
        xaxis2={"domain": [0.56, 1], "title": "optimiser step", "anchor": "y2"},
        yaxis2={"title": "KL, nats per latent", "anchor": "x2", "rangemode": "tozero"},
    )
    if log_kl:
        top = max((max(curve.values) for curve in (h.kl for h in histories.values()) if curve.steps), default=1)
        figure.update_layout(yaxis2={"type": "log", "range": [-2, log10(max(top, 1) * 1.5)], "dtick": 1})
    return describe(figure, f"{title}: {'; '.join(told)}.")
