"""The check of a trainer: what `tests.py` calls, and how it comes by the trainer under test."""

from __future__ import annotations

from collections.abc import Callable

from checks.core.require import require_class
from checks.core.run import CheckRun
from checks.trainers import loop, step, wandb
from checks.trainers.operations import warm_up
from checks.trainers.trainer import TrainerSpec, TrainerUnderTest


class TrainerCheck(TrainerUnderTest):
    """The trainer class under test, with a probe for each thing that is looked at."""

    makes_its_model = step.makes_its_model
    returns_loss = step.returns_loss
    updates_weights = step.updates_weights
    sees_every_image_each_epoch = loop.sees_every_image_each_epoch
    moves_images = loop.moves_images
    counts_steps = loop.counts_steps
    logs_samples = loop.logs_samples
    trains_as_it_steps = loop.trains_as_it_steps
    returns_model = loop.returns_model
    leaves_wandb_alone = wandb.leaves_wandb_alone
    tells_wandb = wandb.tells_wandb


def trainer(spec: TrainerSpec, kind: type[TrainerCheck] = TrainerCheck) -> Callable[[CheckRun], TrainerCheck]:
    """What a check's specification works with: the trainer of the spec's name, alone or inside a module."""

    def subject(run: CheckRun) -> TrainerCheck:
        require_class(run, spec.name)
        run.runner.run_operation(warm_up)
        return kind(run, spec)

    return subject
