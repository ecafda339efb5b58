"""Runs the learner's trainer on the stage and says what it did."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import torch
from tqdm.std import tqdm

from checks.evidence import Optimiser, Steps, Training, plain
from checks.hands import OPERATIONS, Hands
from checks.rehearsal import Stage, StageModel, TinySet, stage_model
from checks.wandb_spy import Spy, spied
from course.data import substitute

START = 7
"""The counter before `train`, which is to set it to 0."""


@contextlib.contextmanager
def on_stage(hands: Hands, stage: Stage) -> Iterator[tuple[Any, StageModel, Optimiser | None, Spy]]:
    """A trainer of the learner's class with the stage's data and model in place of its own."""
    with substitute(TinySet(stage)), spied() as spy, quiet_progress_bars():
        trainer = hands.target(trainer_args(hands.target, stage))
        model = stage_model(stage, on_pass=lambda: counters.append(plain(getattr(trainer, "step", None))))
        counters: list[Any] = []
        model.counters = counters
        optimiser = take_over(trainer, model)
        yield trainer, model, optimiser, spy


def take_over(trainer: Any, model: StageModel) -> Optimiser | None:
    """Puts the stage's model in, and its weights into every optimiser that the trainer holds."""
    own = {id(each) for each in trainer.model.parameters()}
    trainer.model = model
    found = None
    for value in vars(trainer).values():
        if isinstance(value, torch.optim.Optimizer):
            held = {id(each) for group in value.param_groups for each in group["params"]}
            found = Optimiser(type(value).__name__, held == own)
            value.param_groups[0]["params"] = list(model.parameters())
            del value.param_groups[1:]
            value.state.clear()
    return found


def trainer_args(trainer_class: type, stage: Stage) -> Any:
    """The learner's own args class where the trainer's file has one, else the reference's, with the stage's values."""
    from solutions.autoencoder import AutoencoderArgs
    from solutions.vae import VAEArgs

    reference = VAEArgs if stage.kind == "vae" else AutoencoderArgs
    modules = (sys.modules.get(base.__module__) for base in trainer_class.__mro__)
    theirs = (getattr(module, reference.__name__, None) for module in modules if module)
    args_class = next((each for each in theirs if each is not None), reference)
    values = {name: value for name, value in asdict(stage).items() if name not in ("kind", "seed", "beta_kl")}
    args = args_class(**values, wandb_project="checks", wandb_name="stage")
    if stage.kind == "vae":
        args.beta_kl = stage.beta_kl
    return args


@contextlib.contextmanager
def quiet_progress_bars() -> Iterator[None]:
    """No progress bar is drawn, whichever of tqdm's the learner took."""
    drawn = tqdm.__init__

    def silent(self: tqdm, *args: Any, **kwargs: Any) -> None:
        drawn(self, *args, **{**kwargs, "disable": True})

    tqdm.__init__ = silent
    try:
        yield
    finally:
        tqdm.__init__ = drawn


def take_steps(hands: Hands, stage: dict[str, Any], batches: list[list[int]]) -> Steps:
    """Calls `training_step` once for each batch of image indices."""
    the_stage = Stage(**stage)
    images = the_stage.images()
    seen = Steps([], [], [], None, [], [])
    with on_stage(hands, the_stage) as (trainer, model, optimiser, spy):
        seen.optimiser = optimiser
        for indices in batches:
            model.seen.clear()
            loss = trainer.training_step(images[indices].clone())
            seen.losses.append(plain(loss))
            seen.weights.append(model.flat_weights())
            seen.inputs.append(list(model.seen))
    seen.wandb_calls, seen.logged = spy.calls, spy.logged
    return seen


def run_training(hands: Hands, stage: dict[str, Any]) -> Training:
    """Runs `train` from a counter of 7, with `log_samples` only noted."""
    with on_stage(hands, Stage(**stage)) as (trainer, model, _, spy):
        samples: list[Any] = []
        trainer.log_samples = lambda *_, **__: samples.append(plain(trainer.step))
        trainer.step = START
        returned = trainer.train()
        kind = "model" if returned is model else type(returned).__name__
        return Training(
            returned=kind,
            weights=model.flat_weights(),
            batches=list(model.seen),
            counters=list(model.counters),
            samples=samples,
            final_counter=plain(trainer.step),
            wandb_calls=spy.calls,
            logged=spy.logged,
            started=plain(spy.started),
        )


OPERATIONS["take_steps"] = take_steps
OPERATIONS["run_training"] = run_training
