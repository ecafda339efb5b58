"""KL(N(mu, sigma²) ‖ N(0, 1)) as a landscape over mu and sigma."""

import numpy as np
import plotly.graph_objects as go

from course.figures.latents import short
from course.figures.palette import BLUE, FAINT, ON_TINT, TEMPLATE, VERMILION, describe

LARGEST_MU, SIGMAS = 3.0, (0.05, 3.0)
SHOWN = 4.0  # nats; beyond that the landscape has one colour


def kl_divergence(mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """KL(N(mu, sigma²) ‖ N(0, 1)) in nats, element by element: (sigma² + mu² − 1)/2 − log sigma.

    "The Book of Statistical Proofs" proves the formula under "Kullback-Leibler divergence for the normal
    distribution" (norm-kl).
    """
    return (sigma**2 + mu**2 - 1) / 2 - np.log(sigma)


def kl_landscape() -> go.Figure:
    """A contour map of the KL over mu and sigma with its minimum, 0 at (0, 1), and the two cuts through it."""
    mu, sigma = np.linspace(-LARGEST_MU, LARGEST_MU, 61), np.linspace(*SIGMAS, 60)
    figure = go.Figure()
    figure.add_contour(
        x=short(mu, 6),
        y=short(sigma, 3),
        z=[short(row, 4) for row in kl_divergence(mu[None, :], sigma[:, None])],
        contours={
            "start": 0,
            "end": SHOWN,
            "size": 0.5,
            "showlabels": True,
            "labelfont": {"size": 12, "color": ON_TINT},
        },
        zmin=0,
        zmax=SHOWN,
        colorscale=["#ffffff", "#c6dbef", "#6baed6"],
        line={"color": FAINT},
        showscale=False,
        hovertemplate="mu %{x:.2f}, sigma %{y:.2f}: %{z:.2f} nats<extra></extra>",
    )
    figure.add_scatter(
        x=[0], y=[1], mode="markers+text", text=["0 at (0, 1)"], textposition="top center",
        marker={"color": VERMILION, "size": 11, "line": {"color": "white", "width": 1.5}},
        textfont={"color": ON_TINT, "size": 13}, hoverinfo="skip",
    )  # fmt: skip
    cuts = (
        (mu, kl_divergence(mu, np.ones(1)), "2", "sigma = 1"),
        (sigma, kl_divergence(np.zeros(1), sigma), "3", "mu = 0"),
    )
    for values, kl, axes, fixed in cuts:
        figure.add_scatter(
            x=short(values, 6), y=short(kl, 4), mode="lines", line={"color": BLUE, "width": 2.5},
            xaxis=f"x{axes}", yaxis=f"y{axes}", hovertemplate=f"%{{x:.2f}}, {fixed}: %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=480,
        showlegend=False,
        title="KL(N(mu, sigma²) ‖ N(0, 1)) in nats: 0 only at mu = 0, sigma = 1",
        xaxis={"domain": [0, 0.6], "title": "mu"},
        yaxis={"title": "sigma"},
        xaxis2={"domain": [0.72, 1], "anchor": "y2", "title": "mu, at sigma = 1"},
        yaxis2={"domain": [0.62, 1], "anchor": "x2", "title": "KL (nats)", "range": [0, 4.7]},
        xaxis3={"domain": [0.72, 1], "anchor": "y3", "title": "sigma, at mu = 0", "range": [0, 3.05]},
        yaxis3={"domain": [0, 0.38], "anchor": "x3", "title": "KL (nats)", "range": [0, 4.7]},
    )
    return describe(
        figure,
        "A map of the KL over mu from −3 to 3 and sigma from 0.05 to 3: a bowl with its bottom, zero, at mu 0 and "
        "sigma 1. It grows as mu²/2 to either side, steeply as sigma goes to 0, and slower as sigma grows.",
    )
