"""What reaches mu and sigma through a sample: nothing, a good estimate, or a noisy one."""

from collections.abc import Callable

import plotly.graph_objects as go
import torch
from torch import Tensor
from torch.distributions import Normal

from course.figures.latents import short
from course.figures.palette import BLUE, INK, TEMPLATE, VERMILION, describe

DRAWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def cost(z: Tensor) -> Tensor:
    """(z − 1)², whose mean over N(mu, sigma²) is (mu − 1)² + sigma²: its gradient is known exactly."""
    return (z - 1) ** 2


def sampled(mu: Tensor, sigma: Tensor) -> Tensor:
    """The naive way, mu and sigma (n,) → costs (n,). `torch.normal` takes part in autograd without a complaint, and hands zeros back."""
    return cost(torch.normal(mu, sigma))


def reparameterised(mu: Tensor, sigma: Tensor) -> Tensor:
    """z = mu + sigma · eps: the randomness is an input like any other, and the gradient goes past it.

    Kingma & Welling, "Auto-encoding variational Bayes" (2014), section 2.4.
    """
    return cost(mu + sigma * torch.randn_like(mu))


def score_function(mu: Tensor, sigma: Tensor) -> Tensor:
    """A quantity with the right gradient on average, f(z) · log p(z), for a sample that is held fixed.

    Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning" (1992).
    """
    z = torch.normal(mu, sigma).detach()
    return cost(z) * Normal(mu, sigma).log_prob(z)


def gradients(way: Callable[[Tensor, Tensor], Tensor], mu: float, sigma: float, shape: tuple[int, int]) -> Tensor:
    """One draw's d/dmu and d/dsigma for each place of `shape`: (2, *shape), as autograd computes them."""
    mus = torch.full(shape, mu, requires_grad=True)
    sigmas = torch.full(shape, sigma, requires_grad=True)
    return torch.stack(torch.autograd.grad(way(mus, sigmas).sum(), (mus, sigmas)))


def gradient_estimates(mu: float = -0.5, sigma: float = 0.8, repeats: int = 400, seed: int = 0) -> go.Figure:
    """Estimates of d/dmu and d/dsigma of E[(z − 1)²], z ~ N(mu, sigma²), against the number of draws averaged.

    Lines are the mean of `repeats` estimates, bands one standard deviation of a single one to either side.
    """
    ways = {
        "z = mu + sigma · eps (reparameterised)": (reparameterised, BLUE, "solid"),
        "score function: f(z) · gradient of log p(z)": (score_function, VERMILION, "dot"),
        "z = torch.normal(mu, sigma): always zero": (sampled, INK, "solid"),
    }
    exact = (2 * (mu - 1), 2 * sigma)
    figure = go.Figure()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        found = {name: gradients(way, mu, sigma, (repeats, max(DRAWS))) for name, (way, *_) in ways.items()}
    spreads = {}
    for name, (_, colour, dash) in ways.items():
        for panel, axes in enumerate(("", "2")):
            means = torch.stack([found[name][panel, :, :draws].mean(dim=1) for draws in DRAWS])  # (11, repeats)
            middle, spread = means.mean(dim=1), means.std(dim=1)
            spreads[name, panel] = float(spread[0])
            where = {"xaxis": f"x{axes}", "yaxis": f"y{axes}", "legendgroup": name}
            band = [*short(middle + spread, 10), *short((middle - spread).flip(0), 10)]
            if spreads[name, panel] > 0:
                figure.add_scatter(
                    x=[*DRAWS, *DRAWS[::-1]], y=band, fill="toself", mode="lines", line={"width": 0},
                    fillcolor=colour, opacity=0.2, showlegend=False, hoverinfo="skip", **where,
                )  # fmt: skip
            figure.add_scatter(
                x=DRAWS, y=short(middle, 10), mode="lines", line={"color": colour, "width": 2.5, "dash": dash},
                name=name, showlegend=panel == 0, hovertemplate="%{x} draws: %{y:.2f}", **where,
            )  # fmt: skip
    for panel, axes in enumerate(("", "2")):
        figure.add_scatter(
            x=[DRAWS[0], DRAWS[-1]], y=[exact[panel]] * 2, mode="lines", name="exact", showlegend=panel == 0,
            line={"color": "#009e73", "width": 2, "dash": "dash"}, xaxis=f"x{axes}", yaxis=f"y{axes}",
            legendgroup="exact", hovertemplate="exact: %{y:.2f}<extra></extra>",
        )  # fmt: skip
    draws = {"type": "log", "title": "draws averaged", "tickvals": DRAWS[::2]}
    figure.update_layout(
        template=TEMPLATE,
        width=840,
        height=480,
        margin={"t": 85, "b": 130},
        title={
            "text": f"The gradient of E[(z − 1)²] for z ~ N({mu:g}, {sigma:g}²), in three ways".replace("-", "−"),
            "subtitle": {"text": f"lines: mean of {repeats} estimates; bands: one standard deviation of a single one"},
        },
        legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
        xaxis={"domain": [0, 0.44], **draws},
        yaxis={"title": "estimate of d/dmu"},
        xaxis2={"domain": [0.56, 1], "anchor": "y2", **draws},
        yaxis2={"title": "estimate of d/dsigma", "anchor": "x2"},
    )
    names = list(ways)
    return describe(
        figure,
        f"Exact gradients: {exact[0]:.2f} for mu, {exact[1]:.2f} for sigma. Reparameterised estimates and those of "
        f"the score function lie around them; single ones spread by {spreads[names[0], 0]:.1f} and "
        f"{spreads[names[1], 0]:.1f} for mu, {spreads[names[0], 1]:.1f} and {spreads[names[1], 1]:.1f} for sigma, "
        "and less with more draws. Sampling with torch.normal gives zero however many draws are averaged.",
    )
