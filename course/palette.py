"""The colours and the plain look that every figure of the course shares.

Figures carry their alternative text and their size in `layout.meta`, since plotly has no field for the one and no largest
width; `course/page.js` gives them to the page.
"""

import plotly.graph_objects as go

# Ten colours for the ten digits, found by a search: any two differ by 18 or more (CIEDE2000), to full colour
# vision and to the three kinds of colour blindness (G. M. Machado et al., doi 10.1109/TVCG.2009.113); digits that
# look alike, such as 4 and 9, by much more. `suite/test_figures.py` measures it.
DIGITS = (
    "#5379fa", "#947c97", "#4a6f5a", "#65f276", "#1200ef",
    "#5e3c61", "#c17002", "#9cab96", "#e4b2fa", "#930907",
)  # fmt: skip

# One colour a role, from the palette of M. Okabe and K. Ito, "Color universal design" (2008).
BLUE, VERMILION, GREEN, YELLOW, PURPLE, SKY = (
    "#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"
)  # fmt: skip
AUTOENCODER, VAE = BLUE, VERMILION
RECONSTRUCTION, KL, TOTAL = BLUE, VERMILION, "#444444"
INK, FAINT, GRID, ZERO_LINE = "#222222", "#8a8a8a", "#e3e3e3", "#bbbbbb"

ON_TINT = "#222221"  # ink on a coloured or white ground of the figure's own, which is the same in every theme

# What `course/page.py` draws in a dark theme in the place of these. Text has a contrast of 4.5 or more to JupyterLab's
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
    narrowest = round(0.9 * layout.width) if panels > 1 else min(480, layout.width)
    height = layout.height - (SLIDER_HEIGHT if layout.sliders else 0)  # on the page the slider stands below
    size = {"width": layout.width, "height": height, "narrowest": narrowest, "keep_shape": keep_shape}
    figure.update_layout(meta={"alt": alt, "size": size}, width=None, autosize=True)
    return figure


def alternative_text(figure: go.Figure) -> str:
    """The figure's alternative text, else its title, else an empty string."""
    meta = figure.layout.meta
    return (meta.get("alt") if isinstance(meta, dict) else None) or figure.layout.title.text or ""
