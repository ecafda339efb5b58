"""Runs the learner's trainer on the stage and says what it did."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.autograd.graph import register_multi_grad_hook
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader
from tqdm.std import tqdm

import utils
from checks.evidence import Call, Made, Steps, Training, plain
from checks.hands import OPERATIONS, UNLIMITED, Hands
from checks.rehearsal import NotAnImage, Stage, StageModel, TinySet, Watchers, flat_parameters, stage_model
from checks.take_over import optimisers_of, take_over
from checks.trainer_args import trainer_args
from checks.wandb_spy import Spy, spied
from course.catalogue import NotWritten
from course.data import substitute

START = 100
"""The counter before `train`, which is to set it to 0."""


class ModelNotBuilt(Exception):
    """The learner's model, which is another exercise, cannot be made."""


class Enough(BaseException):
    """Leaves `train` when all that was wanted from it has happened."""


class Diary:
    """Writes down what happens in each call of `training_step`, and (in `outside`) between them."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.outside = Call()
        self.now = self.outside
        self.steps: Counter[int] = Counter()

    @property
    def watchers(self) -> Watchers:
        return Watchers(self.note_pass, lambda z: self.now.latents.append(plain(z)))

    def note_pass(self, rows: list[int], learning: bool) -> None:
        if learning:
            self.now.passes.append(rows)
        else:
            self.now.idle_passes += 1

    @contextlib.contextmanager
    def watching(self, model: StageModel) -> Iterator[None]:
        weights = list(model.parameters())

        def on_backward(_gradient: Tensor) -> None:
            self.now.events.append("backward")

        def on_step(optimiser: torch.optim.Optimizer, *_: Any) -> None:
            held = {id(each) for group in optimiser.param_groups for each in group["params"]}
            gradients = [each.grad for each in weights if id(each) in held]
            real = any(each is not None and bool(each.any()) for each in gradients)
            self.now.events.append("step" if real else "empty step")
            if real and self.now.gradient is None and not self.calls[1:]:
                self.now.gradient = torch.cat(
                    [
                        torch.zeros(each.numel()) if each.grad is None else each.grad.flatten()
                        for each in weights
                    ]
                )

        hooks = (
            register_multi_grad_hook(weights, on_backward, mode="any"),
            register_optimizer_step_pre_hook(on_step),
        )
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    @contextlib.contextmanager
    def call(self, counter: Any, stage: Stage, images: Any) -> Iterator[Call]:
        self.now = Call(plain(counter))
        self.calls.append(self.now)
        with contextlib.suppress(NotAnImage):
            torch.default_generator.manual_seed(stage.seed_for(stage.recognise(images)))
        try:
            yield self.now
        finally:
            self.now = self.outside


@contextlib.contextmanager
def on_stage(hands: Hands, stage: Stage) -> Iterator[tuple[Any, nn.Module, Made, Diary, Spy]]:
    """A trainer of the learner's class with the stage's data and model in place of its own."""
    diary = Diary()
    with substitute(TinySet(stage)), holdout_of(stage), spied(hands.target) as spy, quietly():
        trainer = built(hands.target, trainer_args(hands.target, stage))
        ours = stage_model(stage, diary.watchers)
        model, made = take_over(trainer, ours)
        with diary.watching(ours):
            yield trainer, model, made, diary, spy


def built(trainer_class: type, args: Any) -> Any:
    """The trainer. Raises ModelNotBuilt when what fails is the constructor of a model."""
    try:
        return trainer_class(args)
    except NotWritten:
        raise
    except Exception as error:
        for frame, _line in traceback.walk_tb(error.__traceback__):
            model = frame.f_locals.get("self")
            if frame.f_code.co_name == "__init__" and isinstance(model, nn.Module):
                text = f"{type(model).__name__} cannot be made: {type(error).__name__}: {error}"
                raise ModelNotBuilt(text) from error
        raise


@contextlib.contextmanager
def holdout_of(stage: Stage) -> Iterator[None]:
    """`utils.HOLDOUT_DATA` is the stage's, so that no file is read for it."""
    before = vars(utils).get("HOLDOUT_DATA")
    utils.HOLDOUT_DATA = stage.images[:10]
    try:
        yield
    finally:
        del utils.HOLDOUT_DATA
        if before is not None:
            utils.HOLDOUT_DATA = before


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """No progress bar is drawn, whichever of tqdm's the learner took, and no loader starts processes."""
    with changed_arguments(tqdm, disable=True), changed_arguments(DataLoader, **IN_THIS_PROCESS):
        yield


IN_THIS_PROCESS = {
    "num_workers": 0,
    "prefetch_factor": None,
    "persistent_workers": False,
    "timeout": 0,
    "multiprocessing_context": None,
}


def changed_arguments(changed: type, **forced: Any) -> contextlib.AbstractContextManager:
    """The class's constructor with some named arguments fixed."""
    original = changed.__init__

    def constructor(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{**kwargs, **forced})

    return mock.patch.object(changed, "__init__", constructor)


def warm_up(hands: Hands) -> None:
    """Imports what torch imports with the first optimiser of a process (seconds), outside the learner's time."""
    torch.optim.Adam([nn.Parameter(torch.zeros(1))])


def take_steps(hands: Hands, stage: dict[str, Any], batches: list[list[int]]) -> Steps:
    """Calls `training_step` once for each batch of image indices.

    A trainer without an optimiser of its own gets them from within `train`, which may make one.
    """
    with on_stage(hands, Stage(**stage)) as (trainer, model, made, diary, spy):

        def all_steps(*_: Any, **__: Any) -> None:
            for number, rows in enumerate(batches):
                trainer.step = number
                images = model.stage.images[rows].clone()
                with diary.call(getattr(trainer, "step", None), model.stage, images) as call:
                    call.loss = plain(step_of(trainer)(images))
                call.weights = flat_parameters(model)
            raise Enough

        with contextlib.suppress(Enough):
            if not any(optimisers_of(trainer)):
                trainer.training_step = all_steps
                trainer.train()
            all_steps()
        return Steps(made, diary.calls, spy.seen)


def step_of(trainer: Any) -> Callable[..., Any]:
    """The class's `training_step`, past whatever `__init__` put in front of it to watch it."""
    return type(trainer).training_step.__get__(trainer)


def run_training(hands: Hands, stage: dict[str, Any]) -> Training:
    """Runs `train` from a counter of 100, with `log_samples` only noted."""
    with on_stage(hands, Stage(**stage)) as (trainer, model, _made, diary, spy):
        samples: list[Any] = []

        def watched_step(*arguments: Any, **named: Any) -> Any:
            images = next(iter([*arguments, *named.values()]), None)
            with diary.call(getattr(trainer, "step", None), model.stage, images):
                return step_of(trainer)(*arguments, **named)

        def noted(self: Any, *_: Any, **__: Any) -> None:
            samples.append(plain(getattr(self, "step", None)))

        with contextlib.ExitStack() as patches:
            for base in type(trainer).__mro__:
                if "log_samples" in vars(base) or base is type(trainer):
                    patches.enter_context(mock.patch.object(base, "log_samples", noted, create=True))
            trainer.training_step = watched_step
            trainer.step = START
            returned = trainer.train()
        spy.end_row()
        return Training(
            returned="model" if returned is model else type(returned).__name__,
            weights=flat_parameters(model),
            calls=diary.calls,
            outside=diary.outside,
            samples=samples,
            final_counter=plain(trainer.step),
            wandb=spy.seen,
        )


OPERATIONS["warm_up"] = warm_up
UNLIMITED.add("warm_up")
OPERATIONS["take_steps"] = take_steps
OPERATIONS["run_training"] = run_training
