"""The figures of the deep dive: estimates of log p(x), Jensen's inequality, and the gap under the evidence."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import torch
from torch import Tensor

from course.figures.images import show
from course.figures.palette import BLUE, FAINT, GREEN, INK, TEMPLATE, VERMILION, describe

SERIES = (BLUE, VERMILION, GREEN)


def bands(
    title: str, counts: Sequence[int], estimates: Mapping[str, Sequence[Tensor]], exact: float, lowest: float = -10
) -> go.Figure:
    """The figure that `bands_figure` shows."""
    figure = go.Figure()
    levels = torch.tensor([0.05, 0.5, 0.95], dtype=torch.float64)
    for (name, values), colour in zip(estimates.items(), SERIES, strict=False):
        low, middle, high = torch.stack([each.double().quantile(levels) for each in values]).T.tolist()
        figure.add_scatter(
            x=[*counts, *reversed(counts)], y=[*high, *reversed(low)], mode="lines",
            fill="toself", fillcolor=colour,
            opacity=0.25, line={"width": 0}, hoverinfo="skip", legendgroup=name, showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=list(counts), y=middle, mode="lines+markers", line={"color": colour}, name=name, legendgroup=name
        )
    figure.add_hline(y=exact, line={"color": INK, "dash": "dash"})
    figure.update_layout(
        template=TEMPLATE, title=title, width=760, height=420,
        legend={"x": 0.98, "xanchor": "right", "y": 0.04, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(type="log", title="number of samples K", tickvals=list(counts))
    figure.update_yaxes(title="estimate of log p(x), nats", range=[exact + lowest, exact + 3])
    names = ", ".join(estimates)
    return describe(
        figure,
        f"{title}: median and the middle 90 % of repeated estimates ({names}) for K from {counts[0]} to "
        f"{counts[-1]}; a dashed line marks the exact value {exact:.2f}.",
    )


def bands_figure(
    title: str, counts: Sequence[int], estimates: Mapping[str, Sequence[Tensor]], exact: float, lowest: float = -10
) -> None:
    """Shows the median and the middle 90 % of estimates of log p(x), for each number of samples in `counts`.

    `estimates` maps a name to one tensor (repeats,) for each count. The vertical axis reaches from `lowest`
    below the `exact` value to 3 nats above it.
    """
    show(bands(title, counts, estimates, exact, lowest))


def bounds(title: str, counts: Sequence[int], values: Mapping[str, Sequence[float]], exact: float) -> go.Figure:
    """The figure that `bounds_figure` shows."""
    figure = go.Figure()
    for (name, line), colour in zip(values.items(), (BLUE, VERMILION), strict=False):
        figure.add_scatter(x=list(counts), y=list(line), mode="lines+markers", line={"color": colour}, name=name)
    figure.add_hline(y=exact, line={"color": INK, "dash": "dash"}, annotation_text="log p(x)")
    figure.update_layout(
        template=TEMPLATE, title=title, width=760, height=380,
        legend={"x": 0.98, "xanchor": "right", "y": 0.04, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(type="log", title="number of samples K", tickvals=list(counts))
    figure.update_yaxes(title="average of the estimates, nats")
    told = "; ".join(f"{name} from {line[0]:.2f} to {line[-1]:.2f}" for name, line in values.items())
    return describe(figure, f"{title}, below the exact {exact:.2f}, for K from {counts[0]} to {counts[-1]}: {told}.")


def bounds_figure(title: str, counts: Sequence[int], values: Mapping[str, Sequence[float]], exact: float) -> None:
    """Shows lower bounds of log p(x), one line a name with one value for each of `counts`, under the exact one."""
    show(bounds(title, counts, values, exact))


def jensen(weights: Tensor) -> go.Figure:
    """The figure that `jensen_figure` shows."""
    mean = weights.mean()
    log_of_mean, mean_of_logs = mean.log().item(), weights.log().mean().item()
    right = 1.1 * weights.max().item()
    curve = torch.linspace(weights.min().item() / 2, right, 400, dtype=torch.float64)
    tangent = log_of_mean + (curve - mean) / mean
    figure = go.Figure()
    figure.add_scatter(x=curve.tolist(), y=curve.log().tolist(), mode="lines", line={"color": INK}, name="log w")
    figure.add_scatter(
        x=curve.tolist(), y=tangent.tolist(), mode="lines", line={"color": FAINT, "dash": "dot"},
        name="the tangent at the mean",
    )  # fmt: skip
    figure.add_scatter(
        x=weights.tolist(), y=weights.log().tolist(), mode="markers", marker={"color": BLUE, "size": 8},
        name="the weights and their logarithms",
    )  # fmt: skip
    for y, name, colour in [(log_of_mean, "log of the mean", VERMILION), (mean_of_logs, "mean of the logs", BLUE)]:
        figure.add_scatter(
            x=[mean.item()], y=[y], mode="markers+text", text=[name], textposition="bottom right",
            marker={"color": colour, "size": 13, "symbol": "diamond"}, textfont={"color": colour},
            cliponaxis=False, showlegend=False,
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE, title="Jensen's inequality: the mean of the logs lies below the log of the mean",
        width=760, height=420, legend={"x": 0.98, "xanchor": "right", "y": 0.04, "yanchor": "bottom"},
    )  # fmt: skip
    lowest, highest = weights.log().min().item(), weights.log().max().item()
    figure.update_xaxes(title="weight w", range=[0, right])
    figure.update_yaxes(title="log w, nats", range=[lowest - 0.5, highest + 0.8])
    return describe(
        figure,
        f"The curve log w with {len(weights)} weights on it and its tangent at their mean, which lies above it. At "
        f"the mean, the mean of the logs ({mean_of_logs:.2f}) lies below the log of the mean ({log_of_mean:.2f}).",
    )


def jensen_figure(weights: Tensor) -> None:
    """Shows positive weights (n,) on the curve log w, with the log of their mean above the mean of their logs."""
    show(jensen(weights))


def gap(title: str, scales: Tensor, elbos: Tensor, exact: float) -> go.Figure:
    """The figure that `gap_figure` shows."""
    figure = go.Figure()
    line = {"x": scales.tolist(), "mode": "lines"}
    figure.add_scatter(**line, y=[exact] * len(scales), line={"color": INK, "dash": "dash"}, name="log p(x)")
    figure.add_scatter(
        **line, y=elbos.tolist(), line={"color": BLUE}, fill="tonexty", fillcolor="rgba(213, 94, 0, 0.25)",
        name="ELBO; shaded: the gap",
    )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE, title=title, width=760, height=400,
        legend={"x": 0.5, "xanchor": "center", "y": 0.04, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(type="log", title="width of q, in widths of the posterior", tickvals=[0.1, 0.3, 1, 3, 10])
    figure.update_yaxes(title="nats", range=[exact - 10, exact + 1])
    return describe(
        figure,
        f"{title}: the ELBO touches log p(x) = {exact:.2f} where q is as wide as the posterior, and falls away "
        f"on both sides.",
    )


def gap_figure(title: str, scales: Tensor, elbos: Tensor, exact: float) -> None:
    """Shows the ELBO (n,) under the exact log p(x), for proposals whose width is `scales` (n,) posteriors'."""
    show(gap(title, scales, elbos, exact))
