"""Stands where W&B stands while a trainer is watched, and writes down what is called and logged."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any
from unittest import mock

from checks.evidence import plain


class Spy:
    """`calls` are the names called, in order; `logged` what each `log` got; `project` and `name` what `init` got."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.logged: list[dict[str, Any]] = []
        self.started: dict[str, Any] = {}
        self.config: dict[str, Any] = {}

    def init(self, project=None, name=None, **how: Any) -> Spy:
        self.calls.append("init")
        self.started = {"project": project, "name": name}
        return self

    def log(self, data: dict[str, Any], step: int | None = None, **_: Any) -> None:
        self.calls.append("log")
        self.logged.append({str(key): number(value) for key, value in data.items()})

    def watch(self, *_: Any, **__: Any) -> None:
        self.calls.append("watch")

    def finish(self, *_: Any, **__: Any) -> None:
        self.calls.append("finish")

    def login(self, *_: Any, **__: Any) -> bool:
        self.calls.append("login")
        return True

    def Image(self, data: Any = None, **_: Any) -> Any:
        self.calls.append("Image")
        return data

    def define_metric(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Spy:
        return self

    def __exit__(self, *_: Any) -> None:
        self.finish()


def number(value: Any) -> Any:
    """A logged value as W&B would keep it: a tensor of one number is that number."""
    value = plain(value)
    return value.item() if getattr(value, "numel", lambda: 0)() == 1 else value


@contextlib.contextmanager
def spied() -> Iterator[Spy]:
    """Puts a spy in W&B's place, whether or not the learner's file has imported it already."""
    spy = Spy()
    names = ("init", "log", "watch", "finish", "login", "Image", "define_metric")
    module = sys.modules.get("wandb")
    if module is None:
        stand_in = types.ModuleType("wandb")
        for name in names:
            setattr(stand_in, name, getattr(spy, name))
        stand_in.run, stand_in.config = spy, spy.config
        sys.modules["wandb"] = stand_in  # and nothing else is restored: torch imports much on its first step
        try:
            yield spy
        finally:
            del sys.modules["wandb"]
        return
    with contextlib.ExitStack() as patches:
        for name in names:
            patches.enter_context(mock.patch.object(module, name, getattr(spy, name)))
        patches.enter_context(mock.patch.object(module, "run", spy))
        yield spy
