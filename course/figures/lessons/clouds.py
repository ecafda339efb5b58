"""An autoencoder's points and a VAE's clouds: a drawing in two dimensions, with sigma on a slider."""

from math import log, sqrt

import numpy as np
import plotly.graph_objects as go
from einops import rearrange

from course.figures.images import image_source
from course.figures.latents import short
from course.figures.palette import BLUE, GREEN, TEMPLATE, VERMILION, YELLOW, describe
from course.figures.slider import add_slider

KINDS = {"A": BLUE, "B": VERMILION, "C": GREEN, "D": YELLOW}
EACH = 6  # points of a kind
SIGMAS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0)
EDGE, PIXELS = 3.0, 90  # of the right half: −3 … 3, and its picture

WORDS = {
    0.0: "sigma 0: points, as in an autoencoder",
    0.1: "small clouds, nothing learned between them",
    0.2: "neighbours begin to share the space",
    0.35: "clouds overlap: what lies between has a meaning",
    0.5: "no holes left, and the kinds still stand apart",
    0.7: "unlike images share latents: decodings blur",
    0.9: "a latent says little about its image",
    1.0: "posterior collapse: a latent says nothing",
}


def points_and_clouds(seed: int = 3) -> go.Figure:
    """Left, images as points far apart; right, the same images as clouds N(mu, sigma²), sigma on a slider.

    It is a drawing: 24 made-up images of four kinds. The right half keeps the variance of all clouds together
    at 1, as the prior wants, so mu shrinks as sigma grows and the KL per latent is −log sigma. Its tint is
    what the best decoder would answer at each place: the mean of the images whose clouds lie there.
    """
    means = _means(seed)
    frames = [_frame(means, sigma) for sigma in SIGMAS]
    figure = go.Figure()
    rng = np.random.default_rng(seed)
    spread = means * (7, 4) + rng.normal(0, 0.4, means.shape)
    for kind, (name, colour) in enumerate(KINDS.items()):
        own = spread[kind * EACH : (kind + 1) * EACH]
        figure.add_scatter(
            x=short(own[:, 0], 30), y=short(own[:, 1], 30), mode="markers", name=f"kind {name}",
            marker={"color": colour, "size": 8}, hoverinfo="skip",
        )  # fmt: skip
    start = SIGMAS.index(0.35)
    figure.add_traces(frames[start].data)
    for frame in frames:
        frame.update(traces=list(range(len(KINDS), len(figure.data))))
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=610,
        margin={"l": 60, "r": 20, "t": 125, "b": 20},
        title="An autoencoder learns points, a VAE learns clouds",
        legend={"orientation": "h", "x": 0.01, "y": 0.01, "yanchor": "bottom"},
        xaxis={"domain": [0, 0.45], "title": "latent 0", "range": [-18, 18], "dtick": 10},
        yaxis={"title": "latent 1", "range": [-18, 18], "dtick": 10},
        xaxis2={
            "domain": [0.55, 1],
            "title": "latent 0",
            "range": [-EDGE, EDGE],
            "anchor": "y2",
            "constrain": "domain",
        },
        yaxis2={
            "title": "latent 1",
            "range": [-EDGE, EDGE],
            "anchor": "x2",
            "scaleanchor": "x2",
            "constrain": "domain",
        },
        dragmode=False,
    )
    figure.update_layout(frames[start].layout)
    add_slider(figure, frames, [f"{sigma:g}" for sigma in SIGMAS], "sigma =", start)
    return describe(
        figure,
        "Left: 24 images as points, with wide empty space between them. Right: the same images as clouds. With "
        "sigma 0 they are points too; up to about 0.5 the clouds grow together until no hole is left; at sigma 1 "
        "all of them cover the same ground and a latent says nothing about its image.",
        keep_shape=True,
    )


def _means(seed: int) -> np.ndarray:
    """mu of every image, (24, 2), kind by kind, with mean 0 and variance 1 in both dimensions."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.array([(-1.1, 0.9), (1.0, 1.1), (1.1, -0.9), (-0.9, -1.1)]), EACH, axis=0)
    points = centres + rng.normal(0, 0.42, centres.shape)
    return (points - points.mean(axis=0)) / points.std(axis=0)


def _frame(means: np.ndarray, sigma: float) -> go.Frame:
    """The right half at one sigma: the tint, then the clouds' outlines and centres, kind by kind."""
    mu = means * sqrt(1 - sigma**2)
    traces: list[go.Scatter] = []
    angle = np.linspace(0, 2 * np.pi, 25)
    circle = sigma * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    for kind, colour in enumerate(KINDS.values()):
        own = mu[kind * EACH : (kind + 1) * EACH]
        outline: dict[str, list[float | None]] = {"x": [], "y": []}
        for centre in own:
            for axis, values in zip("xy", (centre + circle).T, strict=True):
                outline[axis] += [*short(values, 6, digits=2), None]  # None lifts the pen
        traces.append(
            go.Scatter(
                **outline, mode="lines", line={"color": colour, "width": 1.2}, opacity=0.8, showlegend=False,
                hoverinfo="skip", xaxis="x2", yaxis="y2",
            )
        )  # fmt: skip
        traces.append(
            go.Scatter(
                x=short(own[:, 0], 6), y=short(own[:, 1], 6), mode="markers", showlegend=False, hoverinfo="skip",
                marker={"color": colour, "size": 8, "line": {"color": "white", "width": 1}}, xaxis="x2", yaxis="y2",
            )
        )  # fmt: skip
    kl = f"{abs(log(sigma)):.2f} nats" if sigma else "infinite"
    titles = (
        ("<b>Autoencoder</b><br>points, as far apart as they like<br>empty: no image was ever here", 0),
        (f"<b>VAE</b>: KL {kl} per latent<br>{WORDS[sigma]}<br>"
         "tint: what a decoder would answer here", 0.55),
    )  # fmt: skip
    annotations = [
        {
            "text": text, "x": at, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
            "yshift": 6, "align": "left", "showarrow": False,
        }
        for text, at in titles
    ]  # fmt: skip
    tint = {
        "source": image_source(_tint(mu, sigma)), "layer": "below", "sizing": "stretch", "xref": "x2", "yref": "y2",
        "x": -EDGE, "y": EDGE, "sizex": 2 * EDGE, "sizey": 2 * EDGE,
    }  # fmt: skip
    return go.Frame(data=traces, layout={"annotations": annotations, "images": [tint]})


def _tint(mu: np.ndarray, sigma: float) -> np.ndarray:
    """The mean colour of the clouds at each place, (90, 90, 4), clearer where fewer than one of them reaches."""
    places = np.linspace(-EDGE, EDGE, PIXELS * 2 + 1)[1::2]  # the pixels' centres
    x, y = np.meshgrid(places, places[::-1])
    squared = (x[..., None] - mu[:, 0]) ** 2 + (y[..., None] - mu[:, 1]) ** 2  # (90, 90, 24)
    clouds = np.exp(-squared / (2 * max(sigma, 1e-3) ** 2))
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in KINDS.values() for _ in range(EACH)])
    weights = rearrange(clouds, "h w image -> h w image 1")
    mixed = (weights * colours).sum(axis=2) / np.maximum(weights.sum(axis=2), 1e-12)
    strength = 0.65 * (1 - np.exp(-1.5 * weights.sum(axis=2)))
    return np.round(np.concatenate([mixed, 255 * strength], axis=2)).astype(np.uint8)
