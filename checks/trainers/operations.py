"""Runs the learner's trainer on the test rig and says what it did. Decides nothing."""

from __future__ import annotations

import contextlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm.std import tqdm

import utils
from checks.core.evidence import plain
from checks.core.runner import LocalRunner, unlimited
from checks.core.words import Refused
from checks.trainers.evidence import Event, Made, Steps, Training
from checks.trainers.recorder import Recorder
from checks.trainers.rig import MARK, TinySet, TrainerRig, flat_parameters, rig_model, trainer_args
from checks.trainers.swap_model import optimisers_of, swap_model
from checks.trainers.wandb_spy import Spy, spied
from course.catalogue import NotWritten
from course.data.datasets import substitute

START = 100
"""The counter before `train`, which is to set it to 0."""


class ModelNotBuilt(Refused):
    """The learner's model, which is another exercise, cannot be made."""


class Enough(BaseException):
    """Leaves `train` when all that was wanted from it has happened."""


@contextlib.contextmanager
def on_the_rig(runner: LocalRunner, rig: TrainerRig) -> Iterator[tuple[Any, nn.Module, Made, Recorder, Spy]]:
    """A trainer of the learner's class with the rig's data and model in place of its own."""
    trainer_class: Any = runner.target
    recorder = Recorder(rig)
    with on_tiny_data(rig) as splits, spied(trainer_class, rig.use_wandb) as spy, quietly():
        trainer = built(trainer_class, trainer_args(trainer_class, rig))
        ours = rig_model(rig, recorder.listeners)
        model, made = swap_model(trainer, ours)
        made.splits = splits
        with recorder.listening(ours):
            yield trainer, model, made, recorder, spy


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
def on_tiny_data(rig: TrainerRig) -> Iterator[list[bool]]:
    """Every data set is the rig's, and so is `utils.HOLDOUT_DATA`, for which no file is read then.

    Gives a list that grows by the `train` of each call of `utils.get_dataset`.
    """
    splits: list[bool] = []
    original = utils.get_dataset

    def get_dataset(name: Any, train: bool = True) -> Dataset:
        splits.append(bool(train))
        return original(name, train)

    stand_ins = {"get_dataset": get_dataset, "HOLDOUT_DATA": rig.images[:10]}
    before = {name: vars(utils)[name] for name in stand_ins if name in vars(utils)}
    vars(utils).update(stand_ins)
    try:
        with substitute(TinySet(rig)):
            yield splits
    finally:
        del utils.HOLDOUT_DATA  # it may not have been asked for yet
        vars(utils).update(before)


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


def changed_arguments(changed: Any, **forced: Any) -> contextlib.AbstractContextManager:
    """The class's constructor with some named arguments fixed."""
    original = changed.__init__

    def constructor(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{**kwargs, **forced})

    return mock.patch.object(changed, "__init__", constructor)


@unlimited
def warm_up(runner: LocalRunner) -> None:
    """Imports what torch imports with the first optimiser of a process (seconds), outside the learner's time."""
    torch.optim.Adam([nn.Parameter(torch.zeros(1))])


def take_steps(runner: LocalRunner, rig: dict[str, Any], batches: list[list[int]], apart: int = 1) -> Steps:
    """Calls `training_step` once for each batch of image indices, while the counter grows by `apart`.

    A trainer without an optimiser of its own gets them from within `train`, which may make one.
    """
    the_rig = TrainerRig(**rig)
    with on_the_rig(runner, the_rig) as (trainer, model, made, recorder, spy):

        def all_steps(*_: Any, **__: Any) -> None:
            for number, rows in enumerate(batches):
                trainer.step = number * apart
                images = the_rig.images[rows].clone()
                with recorder.call(getattr(trainer, "step", None), the_rig, images) as call:
                    call.loss = plain(step_of(trainer)(images))
                call.weights = flat_parameters(model)
            raise Enough

        with contextlib.suppress(Enough):
            if not any(optimisers_of(trainer)):
                trainer.training_step = all_steps
                trainer.train()
            all_steps()
        return Steps(made, recorder.calls, spy.seen)


def step_of(trainer: Any) -> Callable[..., Any]:
    """The class's `training_step`, past whatever `__init__` put in front of it to watch it."""
    return inspect.getattr_static(type(trainer), "training_step").__get__(trainer, type(trainer))


def run_training(
    runner: LocalRunner, rig: dict[str, Any], losses: list[float] | None = None, marks: bool = False
) -> Training:
    """Runs `train` from a counter of 100, with `log_samples` only noted. `losses` are what it hears of its steps, in place of
    their own; `marks` has copies on a device marked."""
    the_rig = TrainerRig(**rig)
    heard = iter(losses or [])
    with (
        marking_copies(the_rig if marks else None) as copies,
        on_the_rig(runner, the_rig) as (trainer, model, _made, recorder, spy),
    ):
        samples: list[Any] = []
        done: list[int] = []

        def note_sample(counter: Any) -> None:
            samples.append(counter)
            done.append(recorder.steps_done)

        def watched_step(*arguments: Any, **named: Any) -> Any:
            images = next(iter([*arguments, *named.values()]), None)
            with recorder.call(getattr(trainer, "step", None), the_rig, images):
                loss, value = step_of(trainer)(*arguments, **named), next(heard, None)
            if value is None or not isinstance(loss, torch.Tensor) or loss.dim():
                return loss
            return loss - loss.detach() + value

        with (
            noting_samples(type(trainer), note_sample),
            noting_bars() as bars,
            noting_seeds(recorder),
            noting_questions(trainer) as asks,
        ):
            trainer.training_step = watched_step
            trainer.step = START
            returned = trainer.train()
        spy.end_row()
        return Training(
            returned=kind_of(returned, model),
            weights=flat_parameters(model),
            calls=recorder.calls,
            outside=recorder.outside,
            samples=samples,
            done=done,
            final_counter=plain(trainer.step),
            wandb=spy.seen,
            bars=[(bar.total, bar.n + moved, bar.iterable is not None) for bar, moved in bars.values() if bar.total],
            moved=sorted(copies),
            asks=bool(asks),
        )


@contextlib.contextmanager
def noting_samples(trainer_class: type, note: Callable[[Any], None]) -> Iterator[None]:
    """In place of each `log_samples` of the class and its bases: it takes the same arguments and notes the counter."""

    def noting(original: Callable[..., Any]) -> Callable[..., None]:
        def log_samples(*arguments: Any, **named: Any) -> None:
            try:
                inspect.signature(original).bind(*arguments, **named)
            except TypeError as error:
                raise TypeError(f"log_samples() has {error}") from None
            note(plain(getattr(arguments[0], "step", None)))

        return log_samples

    def plainest(self: Any) -> None: ...

    with contextlib.ExitStack() as patches:
        for base in trainer_class.__mro__:
            if "log_samples" in vars(base) or base is trainer_class:
                stand_in = noting(getattr(base, "log_samples", plainest))
                patches.enter_context(mock.patch.object(base, "log_samples", stand_in, create=True))
        yield


@contextlib.contextmanager
def noting_bars() -> Iterator[dict[int, tuple[Any, float]]]:
    """Gives each of tqdm's bars, by its id, and how far `update` moved it on since it was made or reset."""
    bars: dict[int, tuple[Any, float]] = {}
    makes, moves = tqdm.__init__, tqdm.update

    def make(self: Any, *arguments: Any, **named: Any) -> None:
        makes(self, *arguments, **named)
        bars[id(self)] = self, 0.0

    def update(self: Any, n: Any = 1) -> Any:
        bars[id(self)] = self, bars.get(id(self), (self, 0.0))[1] + float(n)
        return moves(self, n)

    def reset(self: Any, total: Any = None) -> None:
        bars[id(self)] = self, 0.0
        if total is not None:
            self.total = total

    with mock.patch.multiple(tqdm, __init__=make, update=update, reset=reset):
        yield bars


@contextlib.contextmanager
def noting_seeds(recorder: Recorder) -> Iterator[None]:
    """Writes down each `torch.manual_seed`."""
    original = torch.manual_seed

    def manual_seed(seed: Any) -> Any:
        recorder.now.events.append(Event.SEEDED)
        return original(seed)

    with mock.patch.object(torch, "manual_seed", manual_seed):
        yield


@contextlib.contextmanager
def noting_questions(trainer: Any) -> Iterator[list[str]]:
    """Gives a list that grows where the learner asks for the trainer's `device`, or whether there is a GPU."""
    asked: list[str] = []
    there_is_one = torch.cuda.is_available

    def is_available() -> bool:
        if not sys._getframe(1).f_globals.get("__name__", "").startswith("torch."):
            asked.append("cuda")
        return there_is_one()

    def device(self: Any) -> Any:
        asked.append("device")
        return vars(self)["device"]

    def set_device(self: Any, value: Any) -> None:
        vars(self)["device"] = value

    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(torch.cuda, "is_available", is_available))
        if "device" in vars(trainer):
            watched = property(device, set_device)
            patches.enter_context(mock.patch.object(type(trainer), "device", watched, create=True))
        yield asked


@contextlib.contextmanager
def marking_copies(rig: TrainerRig | None) -> Iterator[set[str]]:
    """Makes what `Tensor.to` copies of the rig's images to a device a little brighter. Gives a set of what was moved to one:
    "images", "model"."""
    copies: set[str] = set()
    original, of_module = torch.Tensor.to, nn.Module.to

    def module_to(self: Any, *arguments: Any, **named: Any) -> Any:
        copies.add("model")
        return of_module(self, *arguments, **named)

    def to(self: Any, *arguments: Any, **named: Any) -> Any:
        copy = original(self, *arguments, **named)
        goals = [*arguments[:1], named.get("device"), named.get("other")]
        moved = any(isinstance(goal, str | int | torch.device | torch.Tensor) for goal in goals)
        if not (moved and self.numel() and self.shape[-2:] == (28, 28) and self.is_floating_point()):
            return copy
        if rig is None or -1 in rig.recognise(self.reshape(-1, 1, 28, 28)):
            return copy
        copies.add("images")
        return copy + MARK

    if not rig:
        yield copies
        return
    with mock.patch.object(torch.Tensor, "to", to), mock.patch.object(nn.Module, "to", module_to):
        yield copies


def kind_of(returned: Any, model: nn.Module) -> str:
    """ "model" for the model or an exact copy of it, "another model", or the name of the type."""
    if not isinstance(returned, nn.Module):
        return type(returned).__name__
    same = type(returned) is type(model) and torch.equal(flat_parameters(returned), flat_parameters(model))
    return "model" if returned is model or same else "another model"
