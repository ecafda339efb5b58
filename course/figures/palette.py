"""The colours and the plain look that every figure of the course shares.

Figures carry their alternative text and their size in `layout.meta`, since plotly has no field for the one and no largest
width; `course/figures/page.js` gives them to the page.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

# The dots of the ten digits lie on a dark ground in every theme, as the digits do themselves: on white, the paper's light
# washes small dots out. Colours found by a search, for full colour vision and three kinds of colour blindness
# (G. M. Machado et al., doi 10.1109/TVCG.2009.113). Digits of one symbol differ by 25 (CIEDE2000) or more and those that
# look alike, such as 1 and 7, have another symbol and differ by 21; all after a third of a dot's light has been taken
# away, as the ground around it does. `suite/course/test_figures.py` measures it.
DIGITS = (
    "#69ba93", "#b52d00", "#f5ffff", "#d9c2ff", "#605f70",
    "#d98000", "#867162", "#00ff81", "#1c62bb", "#918bfe",
)  # fmt: skip
CIRCLE, TRIANGLE, CROSS = "circle", "triangle-up", "x"
DIGIT_SYMBOLS = (
    CIRCLE, CIRCLE, TRIANGLE, CIRCLE, CIRCLE, TRIANGLE, CROSS, CROSS, CROSS, TRIANGLE
)  # fmt: skip
GROUND, GROUND_INK, GROUND_GRID = "#111111", "#e6e6e6", "#303030"

# One colour a role, from the palette of M. Okabe and K. Ito, "Color universal design" (2008).
BLUE, VERMILION, GREEN, YELLOW, PURPLE, SKY = (
    "#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"
)  # fmt: skip
AUTOENCODER, VAE = BLUE, VERMILION
RECONSTRUCTION, KL, TOTAL = BLUE, VERMILION, "#454545"  # plotly writes its own letters on tints in #444444
INK, FAINT, GRID, ZERO_LINE = "#222222", "#8a8a8a", "#e3e3e3", "#bbbbbb"

ON_TINT = "#222221"  # ink on a coloured or white ground of the figure's own, which is the same in every theme

# What `course/figures/page.py` draws in a dark theme in the place of these. Text has a contrast of 4.5 or more to JupyterLab's
# #111111, lines and dots of 3 or more.
IN_THE_DARK = {
    "#ffffff": "transparent",
    INK: "#e0e0e0",
    TOTAL: "#c4c4c4",
    FAINT: "#9a9a9a",
    GRID: "#333333",
    ZERO_LINE: "#555555",
    BLUE: "#4da3e0",
    VERMILION: "#f07f2e",
    GREEN: "#2bbd93",
}

SLIDER_HEIGHT = 95  # pixels that plotly's own slider takes below a figure

_AXIS = {
    "gridcolor": GRID,
    "linecolor": FAINT,
    "zerolinecolor": ZERO_LINE,
    "ticks": "outside",
    "tickcolor": FAINT,
    "automargin": True,
    "title": {"standoff": 10, "font": {"size": 13}},
}
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "Open Sans, Verdana, Arial, sans-serif", "size": 13, "color": INK},
        "title": {"x": 0, "xanchor": "left", "pad": {"l": 12}, "font": {"size": 16}},
        "colorway": [BLUE, VERMILION, GREEN, YELLOW, PURPLE, SKY],
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 60, "r": 20, "t": 60, "b": 50},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {"namelength": -1},
        # The first of these would upload the figure to plotly's own server.
        "modebar": {"remove": ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"]},
    }
)


def describe(figure: go.Figure, alt: str, keep_shape: bool = False) -> go.Figure:
    """Gives the figure its alternative text, the picture in words; returns the figure.

    Its `width` becomes the largest that it takes, and it fits itself into what there is. `keep_shape` lets its height
    shrink with the width, as is right for images and for plots whose two axes have one scale. Where there is less than
    `narrowest`, and labels would run into each other, it is made smaller as a whole.
    """
    layout = figure.layout
    panels = sum(1 for _ in figure.select_xaxes())
    title = 30 + 8 * len(layout.title.text or "")  # pixels; its letters are 16 high
    narrowest = min(layout.width, max(title, round(0.9 * layout.width) if panels > 1 else 480))
    height = layout.height - (SLIDER_HEIGHT if layout.sliders else 0)  # on the page the slider stands below
    size = {"width": layout.width, "height": height, "narrowest": narrowest, "keep_shape": keep_shape}
    figure.update_layout(meta={"alt": alt, "size": size}, width=None, autosize=True)
    return figure


def dots_of(digit: int) -> dict[str, object]:
    """The marker of a digit in a scatter, for a plot whose ground is dark (`on_dark_ground`)."""
    index = digit % len(DIGITS)
    return {"color": DIGITS[index], "symbol": DIGIT_SYMBOLS[index], "size": 5.5}


def on_dark_ground(figure: go.Figure, axes: Sequence[str] = ("",)) -> None:
    """Gives the plot, its grid on these axes ("" is the first, "2" the second) and the legend a dark ground."""
    grid = {"gridcolor": GROUND_GRID, "zerolinecolor": FAINT}
    figure.update_layout({f"{letter}axis{number}": grid for letter in "xy" for number in axes})
    figure.update_layout(
        plot_bgcolor=GROUND, legend={"bgcolor": GROUND, "font": {"color": GROUND_INK}, "itemsizing": "constant"}
    )


def alternative_text(figure: go.Figure) -> str:
    """The figure's alternative text, else its title, else an empty string."""
    meta = figure.layout.meta
    return (meta.get("alt") if isinstance(meta, dict) else None) or figure.layout.title.text or ""
