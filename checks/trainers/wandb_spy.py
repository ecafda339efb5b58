"""Stands where W&B stands while a trainer is watched, and writes down what is called and logged."""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from torch import nn

from checks.core.evidence import plain
from checks.trainers.evidence import Wandb

SPIED = ("init", "log", "watch", "finish", "login", "Image", "save", "alert", "define_metric", "unwatch")


class Anything(dict):
    """Takes whatever is set on it, as `wandb.config` and `wandb.summary` do."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def update(self, *values: Any, **named: Any) -> None:
        for each in values:
            super().update(each if isinstance(each, dict) else vars(each))
        super().update(named)


def noted(name: str) -> Callable[..., None]:
    """A method of the spy that is written down and does nothing else."""

    def method(self: Spy, *_: Any, **__: Any) -> None:
        self.seen.calls.append(name)

    return method


class Spy:
    """`seen` is what was seen. It is also the run that `init` returns, while one goes on."""

    name = id = "checks"

    def __init__(self) -> None:
        self.seen = Wandb()
        self.config, self.summary = Anything(), Anything()
        self.step = 0
        self.row: dict[str, Any] = {}
        self.on_run: Callable[[Spy | None], None] = lambda run: None

    def init(self, entity: Any = None, project: Any = None, *_: Any, name: Any = None, **__: Any) -> Spy:
        self.seen.calls.append("init")
        self.seen.project, self.seen.name = plain(project), plain(name)
        self.on_run(self)
        return self

    def log(self, data: dict[str, Any], step: int | None = None, commit: bool | None = None, **_: Any) -> None:
        """As W&B does it: a later step ends the row before it, an earlier one is ignored, the same one adds to it."""
        self.seen.calls.append("log")
        self.seen.logs += 1
        if step is not None:
            if step < self.step:
                self.seen.dropped += 1
                return
            if step > self.step:
                self.end_row()
                self.step = int(step)
        self.row |= {str(key): number(value) for key, value in data.items()}
        if commit or (commit is None and step is None):
            self.end_row()
            self.step += 1

    def end_row(self) -> None:
        if self.row:
            self.seen.rows.append(self.row)
        self.row = {}

    def watch(self, models: Any = None, *_: Any, **__: Any) -> None:
        self.seen.calls.append("watch")
        self.seen.watched = "model" if isinstance(models, nn.Module | list | tuple) else type(models).__name__

    def finish(self, *_: Any, **__: Any) -> None:
        self.seen.calls.append("finish")
        self.end_row()
        self.on_run(None)

    def login(self, *_: Any, **__: Any) -> bool:
        self.seen.calls.append("login")
        return True

    def Image(self, data: Any = None, *_: Any, **__: Any) -> Any:
        self.seen.calls.append("Image")
        return data

    save, alert, define_metric, unwatch = map(noted, ("save", "alert", "define_metric", "unwatch"))

    def __enter__(self) -> Spy:
        return self

    def __exit__(self, *_: Any) -> None:
        self.finish()


def number(value: Any) -> Any:
    """A logged value as W&B would keep it: a tensor or array of one number is that number."""
    if hasattr(value, "item") and getattr(value, "size", None) == 1:  # NumPy's
        return value.item()
    value = plain(value)
    return value.item() if getattr(value, "numel", lambda: 0)() == 1 else value


@contextlib.contextmanager
def spied(trainer_class: type) -> Iterator[Spy]:
    """Puts a spy in W&B's place, whether or not the learner's file has imported it, or names out of it, already."""
    spy, real = Spy(), sys.modules.get("wandb")
    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.dict(os.environ, WANDB_MODE="disabled"))  # for what is not spied on
        if real is None:
            module = types.ModuleType("wandb")
            vars(module).update(Settings=Anything, Histogram=Anything, Table=Anything)
            sys.modules["wandb"] = module  # nothing else is restored: torch imports much on its first step
            patches.callback(sys.modules.pop, "wandb", None)
        else:
            module = real
            for base in trainer_class.__mro__:
                replace_borrowed_names(base.__module__, real, spy, patches)
        for name in SPIED:
            patches.enter_context(mock.patch.object(module, name, getattr(spy, name), create=True))
        for name in ("config", "summary", "run"):
            value = None if name == "run" else getattr(spy, name)
            patches.enter_context(mock.patch.object(module, name, value, create=True))
        spy.on_run = lambda run: setattr(module, "run", run)
        yield spy


def replace_borrowed_names(module_name: str, wandb: types.ModuleType, spy: Spy, patches: contextlib.ExitStack) -> None:
    """For `from wandb import init, log`: the spy's functions in place of those in the learner's module."""
    values = vars(sys.modules.get(module_name, types.ModuleType("")))
    real = {id(getattr(wandb, name)): name for name in SPIED if hasattr(wandb, name)}
    for name, value in list(values.items()):
        if id(value) in real:
            patches.callback(values.__setitem__, name, value)
            values[name] = getattr(spy, real[id(value)])
