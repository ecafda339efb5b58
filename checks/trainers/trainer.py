"""A learner's trainer on the stage: evidence is taken once, and what fails is told in one form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Call, Steps, Training
from checks.core.mistakes import Mistake
from checks.core.run import CheckRun
from checks.trainers.exceptions import TRAINER_ERRORS
from checks.trainers.losses import RIGHT, Loss, Outputs, squared_error
from checks.trainers.operations import run_training, take_steps
from checks.trainers.rig import TrainerRig

BATCHES = [[0, 1, 2, 3, 4], [5, 6, 7], [8], [9, 10, 11, 12]]
"""The images of the steps that are looked at: batches of several sizes, one of them of a single image."""

ROUNDING = 1e-5
"""How far apart, relative to their size, two float32 ways of computing one loss may lie."""


@dataclass(frozen=True)
class TrainerSpec:
    """What one trainer exercise asks for: the mistakes known of its loss, what W&B gets at each step, its model, and
    its loss."""

    name: str
    kind: str
    mistakes: list[Mistake]
    logged: dict[str, Callable[[Outputs, float], Tensor]]
    model: str
    right: Loss = RIGHT


def kl_of(out: Outputs, _beta: float) -> Tensor:
    return RIGHT.kl_of(out)


LOGGED_BY_AUTOENCODER = {"loss": RIGHT}
LOGGED_BY_VAE = {
    "reconstruction_loss": lambda out, beta: squared_error(out),
    "kl_div_loss": kl_of,
    "mean": lambda out, beta: out["mu"].mean(),
    "std": lambda out, beta: out["logsigma"].exp().mean(),
    "total_loss": RIGHT,
}


@dataclass
class Trainer:
    """The trainer class under test and the evidence of what it did."""

    run: CheckRun
    spec: TrainerSpec
    rig: TrainerRig = field(init=False)
    _steps: Steps | None = None
    _trainings: dict[bool, Training] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rig = TrainerRig(self.spec.kind, self.run.seed)

    @property
    def name(self) -> str:
        return self.run.target.name

    @property
    def steps(self) -> Steps:
        """The evidence of a few training steps."""
        if self._steps is None:
            shape = (len(BATCHES[0]), 1, 28, 28)
            self._steps = self.run.observe(
                take_steps,
                f"{self.name}(args), and training_step(img) on images of shape {shape} and others,",
                TRAINER_ERRORS,
                rig=asdict(self.rig),
                batches=BATCHES,
            )
        return self._steps

    def training(self, use_wandb: bool = False) -> Training:
        """The evidence of one run of `train`."""
        if use_wandb not in self._trainings:
            rig = replace(self.rig, use_wandb=use_wandb)
            tried = f"{self.name}(args).train()" + (" with use_wandb=True" if use_wandb else "")
            self._trainings[use_wandb] = self.run.observe(
                run_training, tried, TRAINER_ERRORS, rig=asdict(rig)
            )
        return self._trainings[use_wandb]

    def batches(self, training: Training) -> list[list[int]]:
        """The images of each training step; where train never calls `training_step`, those of each pass."""
        if training.calls:
            return [images_of(call) for call in training.calls]
        return training.outside.passes

    def fail(
        self, method: str, text: str, cause: str | None, likely: str | None = None, **parts: Any
    ) -> None:
        """One failure, with the place of the method that it is about."""
        self.run.fail(
            text, cause=cause, **parts, likely_cause=likely, where=self.run.where(method, "__init__")
        )


def images_of(call: Call) -> list[int]:
    """The images that went through the model in one step; those that went twice count once."""
    return list(dict.fromkeys(row for rows in call.passes for row in rows))


def distance(seen: float, expected: float) -> float:
    """How far two numbers are apart, relative to their size; nan is near nan, since a formula may lead there."""
    if seen != seen or expected != expected:
        return 0.0 if seen != seen and expected != expected else float("inf")
    return 0.0 if seen == expected else abs(seen - expected) / (1 + abs(expected))


def nearly(seen: float, expected: float, tolerance: float = ROUNDING) -> bool:
    return distance(seen, expected) <= tolerance


def value_of(loss: Callable[[Outputs, float], Tensor], out: Outputs, beta: float) -> float:
    with torch.no_grad():
        return float(loss(out, beta))


def article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
