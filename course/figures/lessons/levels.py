"""Two figures of the two-level VAE: the chain of its networks, and what each level costs while it learns."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from course.figures.palette import BLUE, FAINT, GREEN, INK, PURPLE, TEMPLATE, VERMILION, describe

UP, DOWN = BLUE, VERMILION
RUNS = (INK, BLUE, VERMILION, GREEN, PURPLE)


def chain_of_levels() -> go.Figure:
    """x, z1 and z2 side by side, with the encoders' arrows above them and the decoders' below."""
    figure = go.Figure()
    for place, (name, text) in enumerate((("x", "an image"), ("z₁", "10 numbers"), ("z₂", "5 numbers"))):
        figure.add_shape(
            type="circle", x0=place - 0.16, x1=place + 0.16, y0=-0.16, y1=0.16, line_color=INK, fillcolor="white"
        )
        figure.add_annotation(x=place, y=0, text=f"<b>{name}</b>", font_size=20, showarrow=False)
        figure.add_annotation(x=place, y=-0.62, text=text, font={"size": 13, "color": FAINT}, showarrow=False)
    for place, up, down in ((0, "q(z₁|x)", "p(x|z₁)"), (1, "q(z₂|z₁)", "p(z₁|z₂)")):
        arrow(figure, place + 0.18, place + 0.82, 0.1, UP)
        arrow(figure, place + 0.82, place + 0.18, -0.1, DOWN)
        label(figure, place + 0.5, 0.24, f"{up}<br>encoder{place + 1}", UP)
        label(figure, place + 0.5, -0.24, f"decoder{place + 1}<br>{down}", DOWN)
    arrow(figure, 2.62, 2.18, -0.1, DOWN)
    label(figure, 2.62, -0.24, "prior<br>N(0, I)", DOWN)
    figure.update_layout(
        template=TEMPLATE, title="Up with the encoders, down with the decoders", width=760, height=300, dragmode=False,
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.35, 2.9])
    figure.update_yaxes(visible=False, range=[-0.75, 0.5])
    return describe(
        figure,
        "Three circles in a row: the image x, the latent z1 of ten numbers, the latent z2 of five numbers. Arrows of the "
        "encoders lead from x to z1, q(z1|x), and from z1 to z2, q(z2|z1). Arrows of the decoders lead back: from the "
        "prior N(0, I) to z2, from z2 to z1, p(z1|z2), and from z1 to x, p(x|z1).",
    )


def arrow(figure: go.Figure, start: float, end: float, height: float, colour: str) -> None:
    figure.add_annotation(
        x=end, y=height, ax=start, ay=height, xref="x", yref="y", axref="x", ayref="y", text="",
        arrowhead=2, arrowwidth=2, arrowcolor=colour,
    )  # fmt: skip


def label(figure: go.Figure, x: float, y: float, text: str, colour: str) -> None:
    figure.add_annotation(
        x=x, y=y, text=text, font={"size": 13, "color": colour}, showarrow=False,
        yanchor="bottom" if y > 0 else "top",
    )  # fmt: skip


def level_costs(runs: Mapping[str, Sequence[tuple[float, float, float]]]) -> go.Figure:
    """What each level pays while it learns, the lower one on the left, the upper one on the right.

    `runs` maps a name to rows (epoch, kl1, kl2), in epochs and nats per image.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(1, 2, subplot_titles=("lower level, z₁", "upper level, z₂"), horizontal_spacing=0.12)
    for colour, (name, rows) in zip(RUNS, runs.items(), strict=False):
        epochs, *levels = zip(*rows, strict=True)
        for column, values in enumerate(levels, start=1):
            figure.add_scatter(
                x=[round(each, 3) for each in epochs], y=[round(each, 3) for each in values], mode="lines",
                line={"color": colour, "width": 2}, name=name, legendgroup=name, showlegend=column == 1,
                row=1, col=column,
            )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE, title="What each level pays", width=820, height=400,
        legend={"orientation": "h", "y": -0.22, "yanchor": "top"}, margin={"t": 90, "b": 110},
    )  # fmt: skip
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="KL, nats per image", rangemode="tozero")
    ends = "; ".join(f"{name}: {rows[-1][1]:.1f} and {rows[-1][2]:.1f}" for name, rows in runs.items())
    return describe(
        figure, f"What each level pays, in nats per image over the epochs. At the end z1 and z2 cost {ends}."
    )
