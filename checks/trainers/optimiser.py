"""What a training step does with a loss: Adam by hand, a replay of a few steps, and the ways they go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from checks.core.mistakes import table
from checks.models.network import compute
from checks.trainers.losses import Loss, Outputs
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import BY_THE_MODEL, Sampling, drawn


@dataclass
class OptimiserState:
    """What an optimiser keeps between steps: running means of the gradient and of its square, and their number."""

    mean: Tensor | float = 0.0
    square: Tensor | float = 0.0
    steps: int = 0


Rule = Callable[[Tensor, Tensor, OptimiserState, TrainerRig], Tensor]
"""(weights, gradient, state, rig) → new weights; all weights in one vector. It changes the state."""


def adam(
    weights: Tensor,
    gradient: Tensor,
    state: OptimiserState,
    rig: TrainerRig,
    lr: float | None = None,
    betas: tuple[float, float] | None = None,
    decay: float = 0.0,
    penalty: float = 0.0,
) -> Tensor:
    """One step of Adam (Kingma & Ba, arXiv 1412.6980, algorithm 1) with the rig's lr and betas, unless others are given.

    `decay` is AdamW's weight decay, `penalty` Adam's own.
    """
    lr, (slow, slower) = lr or rig.lr, betas or rig.betas
    gradient = gradient + penalty * weights
    state.steps += 1
    state.mean = slow * state.mean + (1 - slow) * gradient
    state.square = slower * state.square + (1 - slower) * gradient**2
    mean = state.mean / (1 - slow**state.steps)
    square = state.square / (1 - slower**state.steps)
    return weights * (1 - lr * decay) - lr * mean / (square.sqrt() + 1e-8)


def descent(weights: Tensor, gradient: Tensor, state: OptimiserState, rig: TrainerRig, momentum: float = 0.0) -> Tensor:
    """One step of gradient descent, with momentum as torch's SGD has it."""
    state.mean = momentum * state.mean + gradient
    return weights - rig.lr * state.mean


def root_mean_square(weights: Tensor, gradient: Tensor, state: OptimiserState, rig: TrainerRig) -> Tensor:
    """One step of RMSprop, with torch's alpha."""
    state.square = 0.99 * state.square + 0.01 * gradient**2
    return weights - rig.lr * gradient / (state.square.sqrt() + 1e-8)


@dataclass(frozen=True)
class StepRecipe:
    """What one training step does, in order; `gradient` is what becomes of the gradient before the step. `collects`
    (every, rest, share) says that the optimiser steps at each step whose number, counted from 0, leaves this rest, along
    this share of the gradients until then, and `forgets` before which steps it loses its state."""

    order: tuple[str, ...] = ("zero", "backward", "step")
    rule: Rule = adam
    gradient: Callable[[Tensor], Tensor] = lambda gradient: gradient
    collects: tuple[int, int, float] = (1, 0, 1.0)
    forgets: Callable[[int, TrainerRig], bool] = lambda number, rig: False

    def is_due(self, number: int) -> bool:
        every, rest, _share = self.collects
        return number % every == rest


def clipped(norm: float, kind: float = 2.0) -> Callable[[Tensor], Tensor]:
    """The gradient made shorter where its norm is larger than this."""
    return lambda gradient: gradient * (norm / (gradient.norm(kind) + 1e-6)).clamp(max=1.0)


def clipping(norm: float) -> str:
    return f"the gradients are clipped to a norm of {norm:.3g}; the exercise takes them as they are."


def accumulation(every: int) -> str:
    return (
        f"gradients are collected over {every} batches: `optimizer.step()` runs at every {ordinal(every)} one only. The "
        "exercise takes a step for each batch."
    )


SUFFIXES = {2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    return f"{number}{SUFFIXES.get(number, 'th')}"


RIGHT_STEP = StepRecipe()

STEP_MISTAKES = [
    *table(
        "order",
        (
            "gradients-not-zeroed",
            "training_step does not zero its gradients, so each step adds to those of the steps before: call "
            "`self.optimizer.zero_grad()` in it.",
            ("backward", "step"),
        ),
        ("steps-twice", "`optimizer.step()` runs twice for one loss.", ("zero", "backward", "step", "step")),
        (
            "step-before-backward",
            "`optimizer.step()` comes before `loss.backward()`: it uses the gradients of the step before.",
            ("step", "zero", "backward"),
        ),
    ),
    *table(
        "rule",
        ("wrong-optimiser", "the weights move as with plain gradient descent (SGD); take Adam.", descent),
        (
            "wrong-optimiser",
            "the weights move as with SGD and a momentum of 0.9; take Adam.",
            partial(descent, momentum=0.9),
        ),
        ("wrong-optimiser", "the weights move as with RMSprop; take Adam.", root_mean_square),
        ("betas-ignored", "Adam's betas are its defaults: use `args.betas`.", partial(adam, betas=(0.9, 0.999))),
        (
            "betas-ignored",
            "Adam's betas are fixed at (0.5, 0.999): use `args.betas`.",
            partial(adam, betas=(0.5, 0.999)),
        ),
        ("lr-ignored", "the learning rate is fixed at 1e-3: use `args.lr`.", partial(adam, lr=1e-3)),
        ("lr-ignored", "the learning rate is fixed at 1e-4: use `args.lr`.", partial(adam, lr=1e-4)),
        ("lr-ignored", "the learning rate is fixed at 1e-2: use `args.lr`.", partial(adam, lr=1e-2)),
        (
            "lr-ignored+betas-ignored",
            "Adam is made with its defaults: use `args.lr` and `args.betas`.",
            partial(adam, lr=1e-3, betas=(0.9, 0.999)),
        ),
        (
            "weight-decay",
            "there is a weight decay of 0.01 (AdamW's default); take Adam without one.",
            partial(adam, decay=0.01),
        ),
        (
            "weight-decay",
            "there is a weight decay of 1e-2 in Adam; the exercise has none.",
            partial(adam, penalty=1e-2),
        ),
        (
            "weight-decay",
            "there is a weight decay of 1e-4 in Adam; the exercise has none.",
            partial(adam, penalty=1e-4),
        ),
    ),
    *table(
        "forgets",
        (
            "optimiser-anew",
            "the optimiser is made anew for each step and forgets its running means: make it once, in `__init__`.",
            lambda number, rig: True,
        ),
        (
            "optimiser-anew",
            "the optimiser is made anew in each epoch and forgets its running means: make it once, in `__init__`.",
            lambda number, rig: number % rig.steps_an_epoch == 0,
        ),
    ),
    *table(
        "collects",
        *(
            ("gradients-accumulated", accumulation(every), (every, rest, share))
            for every in (2, 3, 4)
            for rest in (every - 1, 0)
            for share in (1.0, 1 / every)
        ),
    ),
    *table(
        "gradient",
        *(("gradients-clipped", clipping(norm), clipped(norm)) for norm in (1.0, 5.0, 10.0)),
        (
            "gradients-clipped",
            "each gradient is clipped to ±1; the exercise takes them as they are.",
            lambda gradient: gradient.clamp(-1, 1),
        ),
    ),
]


FEW_STEP_MISTAKES = [each for each in STEP_MISTAKES if each.step not in ("collects", "gradient")]
"""Those that are looked for in pairs."""


@dataclass
class StepRecord:
    """One step of a replay: what the model gave, the loss and its gradient before the step, the weights after it.

    `clear` marks the weights whose gradients were all above rounding until now: the others are left out of a comparison.
    """

    outputs: Outputs
    loss: Tensor
    gradient: Tensor
    clear: Tensor
    weights: Tensor


def outputs(rig: TrainerRig, flat: Tensor, rows: list[int], sampling: Sampling = BY_THE_MODEL) -> Outputs:
    """What goes into the loss: what the rig's model with these weights gives for these images, with gradients."""
    weights, x, seen = rig.unflatten(flat), rig.images[rows], sampling.images(rig, rows)
    code = compute(rig.halves["encoder"], weights["encoder"], seen)
    if not rig.is_vae:
        reconstruction = compute(rig.halves["decoder"], weights["decoder"], code)
        encoder = flat[: sum(value.numel() for value in weights["encoder"].values())]
        return {
            "x": x,
            "seen": seen,
            "reconstruction": reconstruction,
            "code": code,
            "weights": flat,
            "encoder_weights": encoder,
        }
    mu, logsigma = code
    z = sampling(rig, rows, mu, logsigma)
    reconstruction = compute(rig.halves["decoder"], weights["decoder"], z)
    return {
        "x": x,
        "reconstruction": reconstruction,
        "mu": mu,
        "logsigma": logsigma,
        "z": z,
        "fresh": drawn(torch.randn)(rig, rows),
    }


def replay(
    rig: TrainerRig,
    batches: list[list[int]],
    loss: Loss,
    recipe: StepRecipe = RIGHT_STEP,
    sampling: Sampling = BY_THE_MODEL,
) -> Iterator[StepRecord]:
    """Trains the rig's model on these batches of image indices, one step each, and gives each step as it is taken."""
    weights, state, collected = rig.flat_weights, OptimiserState(), None
    clear = torch.ones_like(weights, dtype=torch.bool)
    for number, rows in enumerate(batches):
        if recipe.forgets(number, rig):
            state = OptimiserState()
        weights = weights.detach().requires_grad_()
        out = outputs(rig, weights, rows, sampling)
        value = loss(out, rig.weight)
        gradient = torch.zeros_like(weights)
        if value.requires_grad:
            gradient = torch.autograd.grad(value, weights)[0]
        clear = clear & above_rounding(rig, gradient)
        weights = weights.detach()
        for action in recipe.order:
            if action == "zero":
                collected = collected if number and not recipe.is_due(number - 1) else None
            elif action == "backward":
                share = recipe.collects[2] * gradient
                collected = share if collected is None else collected + share
            elif collected is not None and recipe.is_due(number):
                weights = recipe.rule(weights, recipe.gradient(collected), state, rig)
        yield StepRecord(out, value.detach(), gradient, clear, weights)


SAME_MOVES = 3e-4
"""How far apart, relative to their length, two float32 runs of one recipe may move the weights."""


def moves_apart(seen: Tensor, record: StepRecord, start: Tensor) -> float:
    """How far apart two runs moved the weights from `start`, relative to the length of the replay's move.

    It is infinite for weights of another shape, and for nan and inf.
    """
    if seen.shape != start.shape or not bool(torch.isfinite(seen).all()):
        return float("inf")
    move, wanted = (seen - start)[record.clear], (record.weights - start)[record.clear]
    apart, length = float((move - wanted).norm()), float(wanted.norm())
    return apart / length if length else float("inf") if apart else 0.0


def above_rounding(rig: TrainerRig, gradient: Tensor) -> Tensor:
    """Which elements are well above rounding, or exactly 0. Of the others, Adam makes a whole step in either direction."""
    parts = [part for half in rig.unflatten(gradient).values() for part in half.values()]
    floor = torch.cat([(1e-3 * part.square().mean().sqrt()).expand(part.numel()) for part in parts])
    return (gradient.abs() > floor) | (gradient == 0)
