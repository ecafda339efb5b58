"""A transposed convolution as a convolution: the kernel, turned round, slides along numbers with zeros between them."""

from collections.abc import Sequence

import plotly.graph_objects as go

from course.figures.palette import ON_TINT, TEMPLATE, describe
from course.figures.slider import add_slider

# What a cell holds, and its tint; the numbers are the z values of a heatmap.
NOTHING, ZERO, GIVEN, KERNEL, PRODUCT, RESULT, RESULT_NOW = None, *range(6)
TINTS = ["#f0f0f0", "#8fc5ea", "#cdb7dd", "#f0c75e", "#dcefe8", "#4fc3a1"]
ROWS = ["x and the zeros", "kernel, turned round", "products", "", "output"]


def spread_and_border(x: Sequence[int], kernel: Sequence[int], stride: int, padding: int) -> list[int | None]:
    """x with its zeros, those as None: stride − 1 in each gap, kernel − 1 − padding at each end."""
    border: list[int | None] = [None] * (len(kernel) - 1 - padding)
    spread: list[int | None] = [None] * ((len(x) - 1) * stride + 1)
    spread[::stride] = x
    return [*border, *spread, *border]


def sliding_over_zeros(
    x: Sequence[int] = (1, 2, 3), kernel: Sequence[int] = (1, 10, 100), stride: int = 1, padding: int = 0
) -> go.Figure:
    """One number of the output after the other, as the sum of products under the kernel; a slider steps through them.

    `padding` is at most len(kernel) − 1.
    """
    row = spread_and_border(x, kernel, stride, padding)
    output = [
        sum((value or 0) * w for value, w in zip(row[place:], reversed(kernel), strict=False))
        for place in range(len(row) - len(kernel) + 1)
    ]
    frames = [_frame(row, kernel, output, now) for now in range(len(output))]
    figure = go.Figure(frames[0].data, frames[0].layout)
    bare = {"showgrid": False, "zeroline": False, "ticks": "", "ticklabelstandoff": 6, "fixedrange": True}
    made = [f"{stride - 1} zero{'s' * (stride > 2)} in each gap"] * (stride > 1)
    made += [f"padding {padding}"] * (padding > 0)
    figure.update_layout(
        template=TEMPLATE,
        width=min(840, 190 + 62 * len(row)),
        height=430,
        margin={"l": 160, "r": 15, "t": 100, "b": 20},
        title=", ".join([f"Stride {stride}", *made]) if made else "Stride 1, no padding",
        dragmode=False,
        xaxis={**bare, "visible": False},
        yaxis={**bare, "autorange": "reversed", "tickvals": list(range(len(ROWS))), "ticktext": ROWS},
    )
    add_slider(figure, frames, [str(now) for now in range(len(output))], "Place in the output:")
    shown = ", ".join(map(_number, output))
    return describe(
        figure,
        f"The kernel {', '.join(map(_number, kernel))}, turned round, slides along {', '.join(map(_number, x))} with zeros "
        f"between and around it. At each place the products under it are added up: {shown}.",
    )


def _frame(row: Sequence[int | None], kernel: Sequence[int], output: Sequence[int], now: int) -> go.Frame:
    """The kernel at one place, its products, and the output so far, each number below the middle of its window."""
    kinds: list[list[int | None]] = [[NOTHING] * len(row) for _ in ROWS]
    texts = [[""] * len(row) for _ in ROWS]
    terms = []
    for place, value in enumerate(row):
        kinds[0][place], texts[0][place] = (ZERO, "0") if value is None else (GIVEN, _number(value))
    for k, w in enumerate(reversed(kernel)):
        value = row[now + k]
        kinds[1][now + k], texts[1][now + k] = KERNEL, _number(w)
        kinds[2][now + k], texts[2][now + k] = (ZERO, "0") if value is None else (PRODUCT, _number(w * value))
        if value is not None:
            terms.append(f"{_number(value)} · {_number(w)}")
    for place, value in enumerate(output[: now + 1]):
        column = place + (len(kernel) - 1) // 2
        kinds[4][column], texts[4][column] = RESULT_NOW if place == now else RESULT, _number(value)
    caption = {
        "text": f"place {now}: {' + '.join(terms) or '0'} = <b>{_number(output[now])}</b>",
        "x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 6,
        "showarrow": False,
    }  # fmt: skip
    return go.Frame(data=[_cells(kinds, texts)], layout={"annotations": [caption]})


def _cells(kinds: list[list[int | None]], texts: list[list[str]]) -> go.Heatmap:
    edges = [[(kind + side) / len(TINTS), tint] for kind, tint in enumerate(TINTS) for side in (0, 1)]
    return go.Heatmap(
        z=kinds, text=texts, texttemplate="%{text}", textfont={"color": ON_TINT, "size": 14}, zmin=-0.5,
        zmax=len(TINTS) - 0.5, colorscale=edges, showscale=False, xgap=3, ygap=3, hoverinfo="skip",
    )  # fmt: skip


def _number(value: int) -> str:
    return str(value).replace("-", "−")
