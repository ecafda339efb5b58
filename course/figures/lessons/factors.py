"""What latents know of the factors that drawn faces come from, as a heat map for each model."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from torch import Tensor

from course.figures.images import show
from course.figures.palette import GRID, INK, TEMPLATE, describe

SHADES: list[tuple[float, str]] = [(0.0, "#ffffff"), (0.25, "#cfe1ef"), (0.6, "#5b9cc9"), (1.0, "#00406b")]
WRITTEN_FROM = 0.095  # smaller numbers are left out of the figure: the shade says enough


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
    return describe(figure, f"{title or 'Latents and factors'}: the largest r² of any latent with each factor. {best}.")


def visualise_factors(tables: dict[str, Tensor], factor_names: Sequence[str], title: str = "") -> None:
    """Shows one heat map of r² (latent, factor) for each model, side by side; `tables` names them."""
    show(factors_figure(tables, factor_names, title))
