"""What latents know of the factors that drawn faces come from: one by one, and all together."""

from collections.abc import Sequence

import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots
from torch import Tensor

from course.figures.images import show
from course.figures.palette import GRID, INK, TEMPLATE, describe

SHADES = [[0.0, "#ffffff"], [0.25, "#cfe1ef"], [0.6, "#5b9cc9"], [1.0, "#00406b"]]
WRITTEN_FROM = 0.095  # smaller numbers are left out of the figure: the shade says enough


def squared_correlations(latents: Tensor, factors: Tensor) -> Tensor:
    """r² of each latent (n, latent) with each factor (n, factor): (latent, factor), each in 0 … 1.

    It is the share of the factor's variance that a straight line through this one latent explains. What never varies
    has r² = 0. Raises ValueError where the numbers of rows differ.
    """
    latents, factors = standardised(latents, factors)
    return ((latents.T @ factors) / len(latents)).square().float()


def probe_scores(latents: Tensor, factors: Tensor) -> Tensor:
    """R² of a linear probe, which sees all latents (n, latent) at once: one number for each factor (n, factor).

    Fitted by least squares on the first half of the rows, judged on the other half: 1 is perfect, 0 is no better than
    the mean, and below 0 is worse. Raises ValueError where the numbers of rows differ.
    """
    latents, factors = standardised(latents, factors)
    inputs = torch.cat((latents, torch.ones(len(latents), 1, dtype=latents.dtype)), dim=1)
    half = len(inputs) // 2
    weights = torch.linalg.lstsq(inputs[:half], factors[:half], driver="gelsd").solution
    left_over = (factors[half:] - inputs[half:] @ weights).square().mean(0)
    return (1 - left_over / factors[half:].var(0, correction=0)).float()


def standardised(latents: Tensor, factors: Tensor) -> tuple[Tensor, Tensor]:
    """Both in float64 on the CPU, with mean 0 and standard deviation 1 in each column; a constant column is 0."""
    if latents.ndim != 2 or factors.ndim != 2 or len(latents) != len(factors) or len(latents) < 4:
        raise ValueError(
            "Latents (n, latent) and factors (n, factor) have one row a face, four at least; "
            f"got {tuple(latents.shape)} and {tuple(factors.shape)}."
        )
    centred = [(each - each.mean(0)) for each in (latents.cpu().double(), factors.cpu().double())]
    return tuple(each / each.square().mean(0).sqrt().clamp_min(1e-9) for each in centred)


def factors_figure(tables: dict[str, Tensor], factor_names: Sequence[str], title: str = "") -> go.Figure:
    """The figure that `visualise_factors` shows."""
    figure = make_subplots(
        rows=1, cols=len(tables), subplot_titles=list(tables), shared_yaxes=True, horizontal_spacing=0.06
    )
    for column, table in enumerate(tables.values(), start=1):
        numbers = table.double().numpy()
        figure.add_heatmap(
            z=numbers.round(2).tolist(),
            x=list(factor_names),
            y=[str(latent) for latent in range(len(numbers))],
            text=[[f"{number:.1f}" if number > WRITTEN_FROM else "" for number in row] for row in numbers],
            texttemplate="%{text}",
            hovertemplate="latent %{y}, %{x}: r² = %{z:.2f}<extra></extra>",
            coloraxis="coloraxis",
            row=1,
            col=column,
            xgap=1,
            ygap=1,
        )
    figure.update_layout(
        template=TEMPLATE,
        plot_bgcolor=GRID,  # seen between the cells
        title=title,
        width=820,
        height=460,
        margin={"l": 60, "r": 20, "t": 90, "b": 110},
        coloraxis={
            "colorscale": SHADES,
            "cmin": 0,
            "cmax": 1,
            "colorbar": {"title": {"text": "r²"}, "thickness": 14, "outlinewidth": 0},
        },
    )
    figure.update_xaxes(tickangle=-45, showgrid=False, ticks="", title="factor")
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False, ticks="", dtick=1)
    figure.update_yaxes(title="latent", col=1)
    figure.update_annotations(font={"size": 14, "color": INK})
    best = "; ".join(
        f"{name}: {', '.join(f'{factor} {value:.2f}' for factor, value in zip(factor_names, table.amax(0).tolist(), strict=True))}"
        for name, table in tables.items()
    )
    return describe(
        figure, f"{title or 'Latents and factors'}: the largest r² of any latent with each factor. {best}."
    )


def visualise_factors(tables: dict[str, Tensor], factor_names: Sequence[str], title: str = "") -> None:
    """Shows one heat map of r² (latent, factor) for each model, side by side; `tables` names them."""
    show(factors_figure(tables, factor_names, title))
