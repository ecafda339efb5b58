"""The view while training: one figure, redrawn in place, with the loss so far and the holdout digits.

`LiveView(trainer)` watches `trainer.training_step`: it keeps the loss that each call returns and, at every
fifth step, the two terms of a VAE's loss, computed from what `trainer.model(img)` gave in that very call.
Nothing is run a second time, no random number is drawn, and nothing waits for a GPU before the next redraw.

In a notebook a cell holds one figure, which later redraws replace. A run of `train` that will come to show samples
shows the loss until then, from its first step on. Elsewhere each call of `update` is a printed line.

It watches `trainer.train` too: an interruption there ends the W&B run, and is told in one line.
"""

import sys
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm.auto import tqdm

from course.figures.images import as_batch, image_source, in_notebook, label_axis, mime_bundle, tile, to_images
from course.figures.palette import KL, RECONSTRUCTION, TEMPLATE, TOTAL, describe
from course.learner.interruption import interruption_told

BLOCK = 256  # values
TERMS_EVERY = 5  # steps, since the terms cost about 1 % of a step on a CPU
MOST_POINTS = 300  # of a drawn curve

# Shares of the figure's height and width.
CURVES, STRIP = (0.48, 1.0), (0.0, 0.32)
LEFT_PANEL, RIGHT_PANEL, WHOLE = (0.0, 0.46), (0.56, 1.0), (0.0, 1.0)


@dataclass
class Curve:
    """One number a step. New values stay on their device until somebody asks for `values`, or `BLOCK` have come.

    They are written into one tensor: a small tensor kept from each step would lie between the step's freed
    activations, whose room could then not be used again, and the process would grow by 2 MB a step.
    """

    steps: list[int] = field(default_factory=list)
    _settled: list[float] = field(default_factory=list)
    _block: Tensor | None = None

    def add(self, step: int, value: Tensor | float) -> None:
        """Keeps a scalar, a number or a tensor (), that belongs to `step`."""
        value = torch.as_tensor(value).detach()
        if self._block is None:
            self._block = torch.empty(BLOCK, device=value.device)
        self._block[len(self.steps) - len(self._settled)] = value
        self.steps.append(step)
        if len(self.steps) - len(self._settled) == BLOCK:
            _ = self.values

    @property
    def values(self) -> list[float]:
        """All values so far, as many as `steps`."""
        if self._block is not None:
            self._settled += self._block[: len(self.steps) - len(self._settled)].tolist()  # one transfer for all
        return self._settled


@dataclass
class History:
    """The curves of one training run. The terms stay empty for a model that is no VAE.

    `total` is what `training_step` returned, `reconstruction` the mean squared error between images and
    reconstructions, `kl` the mean over batch and latents of KL(N(mu, sigma²) ‖ N(0, 1)), in nats, unweighted.
    """

    total: Curve = field(default_factory=Curve)
    reconstruction: Curve = field(default_factory=Curve)
    kl: Curve = field(default_factory=Curve)


class LiveView:
    """Watches a trainer's `training_step(img) -> loss` and `train`; `update` shows what it saw.

    The trainer has a `model`, counts its optimiser steps in `step`, and has `args`, a `trainloader` and `holdout`
    images as the course's trainers do.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer
        self.history = History()
        self._cell: int | None = None
        self._display_id = ""
        self._next_glance: int | None = None  # the number of steps after which the losses are drawn without samples
        trainer.training_step = self._watched_step
        trainer.train = self._watched_train

    def update(self, originals: Tensor, reconstructions: Tensor) -> None:
        """Redraws the curves, and the images (b, c, h, w) above their reconstructions; prints elsewhere."""
        self._next_glance = None
        if in_notebook():
            self._show(live_figure(self.history, self.trainer.step, originals, reconstructions))
        else:
            tqdm.write(self.line())  # above the progress bar, not into it

    def line(self) -> str:
        """The state in one line: `step 250   total 0.478   reconstruction 0.363   kl 1.153`."""
        curves = {name: curve.values for name, curve in vars(self.history).items()}
        latest = [f"{name} {values[-1]:.3f}" for name, values in curves.items() if values]
        return "   ".join([f"step {self.trainer.step}", *latest])

    def _watched_step(self, img: Tensor) -> Any:
        step, trainer, history = self.trainer.step, self.trainer, self.history
        if history.total.steps and step <= history.total.steps[-1]:
            self.history = history = History()  # a new run of `train`
        watched = step % TERMS_EVERY == 0
        hook = trainer.model.register_forward_hook(self._keep_terms) if watched else None
        try:
            loss = type(trainer).training_step(trainer, img)  # whatever the class holds now
        finally:
            if hook:
                hook.remove()  # the model leaves as it came: it can be copied and saved
        if loss is not None:
            history.total.add(step, loss)
        if self._next_glance == step + 1:
            self._next_glance = 2 * (step + 1)
            first = trainer.args.log_every_n_steps
            self._show(live_figure(history, step + 1, trainer.holdout, first_samples=first))
        return loss

    def _watched_train(self, *arguments: Any, **named: Any) -> Any:
        trainer = self.trainer
        if in_notebook():
            args, steps = trainer.args, trainer.args.epochs * len(trainer.trainloader)
            self._next_glance = 1 if args.log_every_n_steps <= steps else None
        with interruption_told(self._stop):
            return type(trainer).train(trainer, *arguments, **named)

    def _stop(self) -> str:
        if (wandb := sys.modules.get("wandb")) and wandb.run:
            wandb.finish()
        return f"Training stopped after step {self.trainer.step}. `trainer.model` holds the model as it is now."

    @torch.no_grad()
    def _keep_terms(self, model: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        if not (isinstance(output, tuple) and len(output) == 3):
            return
        reconstruction, mu, logsigma = output
        self.history.reconstruction.add(self.trainer.step, F.mse_loss(reconstruction, inputs[0]))
        kl = (torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma
        self.history.kl.add(self.trainer.step, kl.mean())

    def _show(self, figure: go.Figure) -> None:
        """Draws into the running cell's one output, in whatever form plotly's renderer gives."""
        from IPython import get_ipython
        from IPython.display import display, update_display

        bundle = mime_bundle(figure)
        if self._cell == (cell := get_ipython().execution_count):
            # JupyterLab's plotly extension draws an output once and passes over its updates. An output that has
            # been something else in between, here an empty space of the same height, is drawn anew.
            space = {"text/html": f'<div style="height: {figure.layout.height}px"></div>', "text/plain": ""}
            update_display(space, raw=True, display_id=self._display_id)
            update_display(bundle, raw=True, display_id=self._display_id)
        else:
            self._cell, self._display_id = cell, uuid4().hex
            display(bundle, raw=True, display_id=self._display_id)


def thinned(curve: Curve) -> tuple[list[float], list[float]]:
    """(steps, values) with at most 300 points: means of neighbouring steps where there are more."""
    values, steps = np.array(curve.values, float), np.array(curve.steps, float)
    bins = np.array_split(np.arange(len(steps)), max(1, min(len(steps), MOST_POINTS)))
    means = [[float(f"{array[b].mean():.4g}") for b in bins if len(b)] for array in (steps, values)]
    return means[0], means[1]


def live_figure(
    history: History,
    step: int,
    originals: Tensor,
    reconstructions: Tensor | None = None,
    first_samples: int | None = None,
) -> go.Figure:
    """`history` as curves, and the originals (b, c, h, w) above their reconstructions.

    While there are none, grey stands in their place, and `first_samples`, the step at which they come.
    """
    above = to_images(as_batch(originals))
    if reconstructions is None:
        below, name = [np.full_like(image, 200) for image in above], f"from step {first_samples}"
    else:
        below, name = to_images(as_batch(reconstructions)), "reconstruction"
    picture = tile(above + below, nrows=2)
    is_vae = bool(history.kl.steps)
    figure = go.Figure()
    figure.update_layout(
        template=TEMPLATE,
        title=f"Step {step}",
        width=740,
        height=500,
        margin={"l": 105, "r": 20, "t": 75, "b": 10},
        legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
        xaxis={"domain": LEFT_PANEL if is_vae else WHOLE, "anchor": "y", "title": "optimiser step"},
        yaxis={"domain": CURVES, "anchor": "x", "title": "training loss"},
        xaxis3={"domain": WHOLE, "anchor": "y3", "range": [-0.5, picture.shape[1] - 0.5], "visible": False},
        yaxis3={"domain": STRIP, "anchor": "x3", "range": [picture.shape[0] - 0.5, -0.5]},
    )
    _add_curve(figure, history.total, "total" if is_vae else "loss", TOTAL if is_vae else RECONSTRUCTION)
    if is_vae:
        _add_curve(figure, history.reconstruction, "reconstruction", RECONSTRUCTION)
        _add_curve(figure, history.kl, "KL", KL, axes="2")
        figure.update_layout(
            xaxis2={"domain": RIGHT_PANEL, "anchor": "y2", "title": "optimiser step"},
            yaxis2={"domain": CURVES, "anchor": "x2", "title": "KL, nats per latent", "rangemode": "tozero"},
        )
    figure.add_image(source=image_source(picture), hoverinfo="skip", xaxis="x3", yaxis="y3")
    figure.update_layout(xaxis3_constrain="domain", yaxis3_constrain="domain", yaxis3_scaleanchor="x3")
    label_axis(figure.layout.yaxis3, above[0].shape[0], ["original", name])
    return describe(figure, f"Training, step {step}: {_in_words(history)}; below, {len(above)} holdout images.")


def _add_curve(figure: go.Figure, curve: Curve, name: str, colour: str, axes: str = "") -> None:
    steps, values = thinned(curve)
    figure.add_scatter(
        x=steps, y=values, name=name, mode="lines", line={"color": colour, "width": 2},
        showlegend=True, xaxis=f"x{axes}", yaxis=f"y{axes}", hovertemplate="step %{x:.0f}: %{y:.3f}",
    )  # fmt: skip


def _in_words(history: History) -> str:
    curves = {name: curve.values for name, curve in vars(history).items() if curve.steps}
    return ", ".join(f"{name} from {values[0]:.3f} to {values[-1]:.3f}" for name, values in curves.items())
