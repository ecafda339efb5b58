"""A convolution and its transpose in one dimension, side by side, one position of the kernel after another."""

from collections.abc import Sequence

import plotly.graph_objects as go

from course.figures.palette import ON_TINT, TEMPLATE, describe
from course.figures.slider import add_slider

# What a cell holds, and its tint; the numbers are the z values of a heatmap.
NOTHING, GIVEN, USED, PRODUCT, PRODUCT_NOW, RESULT, RESULT_NOW = None, *range(6)
TINTS = ["#dfeaf2", "#56b4e9", "#f7f0da", "#f0c75e", "#dcefe8", "#4fc3a1"]


def convolve(x: Sequence[int], kernel: Sequence[int], stride: int = 1) -> list[int]:
    """The kernel at each of its positions inside x, one number each: (len(x) − k) // stride + 1 numbers."""
    starts = range(0, len(x) - len(kernel) + 1, stride)
    return [sum(w * x[start + k] for k, w in enumerate(kernel)) for start in starts]


def transpose(x: Sequence[int], kernel: Sequence[int], stride: int = 1) -> list[int]:
    """x[p] times the kernel added at position p of the output: (len(x) − 1) · stride + k numbers."""
    output = [0] * ((len(x) - 1) * stride + len(kernel))
    for p, value in enumerate(x):
        for k, w in enumerate(kernel):
            output[p * stride + k] += w * value
    return output


def convolution_and_transpose(
    x: Sequence[int] = (2, 0, 1, 3, 1, 2), kernel: Sequence[int] = (1, 2, -1), stride: int = 1
) -> go.Figure:
    """Left, `kernel` slides inside x; right, the result comes back through the transposed convolution.

    Each row of cells is one position of the kernel: on the left its products are summed along the row, on the
    right down the columns. A slider steps through the positions. Whole numbers of one or two digits fit best.
    Raises ValueError where the kernel is longer than x.
    """
    if len(kernel) > len(x):
        raise ValueError(f"The kernel ({len(kernel)} numbers) is longer than x ({len(x)} numbers).")
    result = convolve(x, kernel, stride)
    back = transpose(result, kernel, stride)
    frames = [
        go.Frame(
            data=[_left(x, kernel, stride, p), _right(result, kernel, stride, p)],
            layout={"annotations": _captions(x, result, kernel, stride, p)},
        )
        for p in range(len(result))
    ]
    figure = go.Figure(frames[0].data, frames[0].layout)
    rows = len(result) + 2
    positions = [f"position {p}" for p in range(len(result))]
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=44 * rows + 260,
        margin={"l": 80, "r": 15, "t": 110, "b": 20},
        title=f"One kernel, {_vector(kernel)}, in a convolution and in its transpose",
        dragmode=False,
    )
    bare = {
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "fixedrange": True,
    }
    figure.update_layout(
        xaxis={"domain": [0, 0.44], **bare, **_ticks([*map(str, range(len(x))), "", "output"])},
        xaxis2={"domain": [0.56, 1], **bare, **_ticks(["input", "", *map(str, range(len(back)))])},
        yaxis={**bare, "autorange": "reversed", **_ticks(["input", "", *positions])},
        yaxis2={**bare, "autorange": "reversed", **_ticks([*positions, "", "output"]), "anchor": "x2"},
    )
    figure.update_layout(xaxis_title="place in the input", xaxis2_title="place in the output")
    add_slider(figure, frames, [str(p) for p in range(len(result))], "Kernel at position")
    return describe(
        figure,
        f"The convolution takes {_vector(x)} to {_vector(result)}, one number for each position of the kernel. "
        f"The transposed convolution takes that to {_vector(back)}: each number adds its multiple of the kernel "
        f"at its own position. The length is that of the input again, the numbers are not.",
    )


def _left(x: Sequence[int], kernel: Sequence[int], stride: int, now: int) -> go.Heatmap:
    """Input in the first row, then a row of products for each position so far, with their sum at its end."""
    result = convolve(x, kernel, stride)
    kinds: list[list[int | None]] = [[NOTHING] * (len(x) + 2) for _ in range(len(result) + 2)]
    texts = [[""] * (len(x) + 2) for _ in kinds]
    for place, value in enumerate(x):
        used = 0 <= place - now * stride < len(kernel)
        kinds[0][place], texts[0][place] = USED if used else GIVEN, _number(value)
    for p in range(now + 1):
        for k, w in enumerate(kernel):
            place = p * stride + k
            kinds[p + 2][place], texts[p + 2][place] = (PRODUCT_NOW if p == now else PRODUCT, _number(w * x[place]))
        kinds[p + 2][-1], texts[p + 2][-1] = RESULT_NOW if p == now else RESULT, _number(result[p])
    return _cells(kinds, texts, "")


def _right(x: Sequence[int], kernel: Sequence[int], stride: int, now: int) -> go.Heatmap:
    """A row for each number of the input: the number, then its multiple of the kernel; sums in the last row."""
    sums = transpose([*x[: now + 1], *[0] * (len(x) - now - 1)], kernel, stride)
    kinds: list[list[int | None]] = [[NOTHING] * (len(sums) + 2) for _ in range(len(x) + 2)]
    texts = [[""] * (len(sums) + 2) for _ in kinds]
    for p, value in enumerate(x):
        kinds[p][0], texts[p][0] = USED if p == now else GIVEN, _number(value)
    for p in range(now + 1):
        for k, w in enumerate(kernel):
            place = p * stride + k + 2
            kinds[p][place], texts[p][place] = PRODUCT_NOW if p == now else PRODUCT, _number(w * x[p])
    for place, value in enumerate(sums):
        touched = 0 <= place - now * stride < len(kernel)
        kinds[-1][place + 2], texts[-1][place + 2] = RESULT_NOW if touched else RESULT, _number(value)
    return _cells(kinds, texts, "2")


def _cells(kinds: list[list[int | None]], texts: list[list[str]], axes: str) -> go.Heatmap:
    edges = [[(kind + side) / len(TINTS), tint] for kind, tint in enumerate(TINTS) for side in (0, 1)]
    return go.Heatmap(
        z=kinds, text=texts, texttemplate="%{text}", textfont={"color": ON_TINT, "size": 13}, zmin=-0.5, zmax=len(TINTS) - 0.5, colorscale=edges,
        showscale=False, xgap=3, ygap=3, hoverinfo="skip", xaxis=f"x{axes}", yaxis=f"y{axes}",
    )  # fmt: skip


def _captions(
    x: Sequence[int], result: Sequence[int], kernel: Sequence[int], stride: int, now: int
) -> list[dict[str, object]]:
    """What happens at this position, above each half."""
    window = x[now * stride : now * stride + len(kernel)]
    total = " + ".join(_product(w, value) for w, value in zip(kernel, window, strict=True)).replace("+ −", "− ")
    first, last = now * stride, now * stride + len(kernel) - 1
    left = f"<b>Convolution</b>: the kernel inside the input<br>{total} = <b>{_number(result[now])}</b>"
    right = (
        "<b>Transposed</b>: the kernel inside the output<br>"
        f"<b>{_number(result[now])}</b> × {_vector(kernel)} is added at places {first} to {last}"
    )
    return [
        {
            "text": text, "x": at, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
            "yshift": 8, "align": "left", "showarrow": False,
        }
        for text, at in ((left, 0), (right, 0.56))
    ]  # fmt: skip


def _ticks(labels: list[str]) -> dict[str, object]:
    return {"tickvals": list(range(len(labels))), "ticktext": labels}


def _number(value: int) -> str:
    return str(value).replace("-", "−")


def _product(w: int, value: int) -> str:
    return f"{_number(w)}·{_number(value) if value >= 0 else f'({_number(value)})'}"


def _vector(values: Sequence[int]) -> str:
    return f"[{', '.join(map(_number, values))}]"
