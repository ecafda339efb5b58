"""Stands where W&B stands while a trainer is watched, and writes down what is called and logged."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from operator import index
from typing import Any
from unittest import mock

from torch import nn

from checks.core.evidence import plain
from checks.core.words import known_as
from checks.trainers.evidence import Wandb

TAKES = {
    name: inspect.Signature(
        [
            inspect.Parameter(
                word.rstrip("!"),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if word.endswith("!") else None,
            )
            for word in words.split()
        ]
    )
    for name, words in {
        "init": "entity project dir id name notes tags config config_exclude_keys config_include_keys allow_val_change "
        "group job_type mode force reinit resume resume_from fork_from save_code tensorboard sync_tensorboard "
        "monitor_gym settings anonymous",
        "log": "data! step commit",
        "watch": "models! criterion log log_freq idx log_graph",
        "unwatch": "models",
        "finish": "exit_code",
        "login": "key relogin host force timeout verify referrer prompt anonymous",
        "Image": "data_or_path! mode caption grouping classes boxes masks file_type",
        "save": "glob_str! base_path policy glob",
        "alert": "title! text! level wait_duration",
        "define_metric": "name! step_metric step_sync hidden summary overwrite",
        "log_artifact": "artifact_or_path! name type aliases tags",
        "log_code": "root name include_fn exclude_fn",
    }.items()
}
"""What W&B's functions take, in order, with a ! where one is asked for: as in wandb 0.31 (the suite compares)."""

UNBOUND = ("log_model", "link_model", "use_model", "use_artifact", "restore", "mark_preempting", "pin_config_keys")
RUN_ONLY = (
    "display",
    "finish_artifact",
    "link_artifact",
    "log_code",
    "status",
    "to_html",
    "upsert_artifact",
    "write_logs",
)
SPIED = tuple(name for name in (*TAKES, *UNBOUND) if name not in RUN_ONLY)
"""What of the module is spied on; of a run, RUN_ONLY and `SPIED` are."""

OTHERS = (
    *("AlertLevel", "Artifact", "ArtifactTTL", "Audio", "Classes", "Config", "EvalTable", "Graph", "Histogram", "Html"),
    *("JoinedTable", "Molecule", "Object3D", "Plotly", "Run", "Settings", "Table", "Video", "agent", "controller"),
    *(
        "errors",
        "plot",
        "plot_table",
        "require",
        "sdk",
        "setup",
        "sweep",
        "teardown",
        "termerror",
        "termlog",
        "termwarn",
        "util",
    ),
)
"""What else the module has that a trainer may use: nothing is looked at there."""

MODES = (None, "online", "offline", "shared", "disabled", "dryrun", "run")


@known_as("Artifact")
class Anything:
    """Takes every call and has every attribute; each gives another of the kind."""

    def __init__(self, **named: Any) -> None:
        vars(self).update(named)

    def __call__(self, *_: Any, **named: Any) -> Anything:
        return Anything(**named)

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Settable(dict):
    """Takes whatever is set on it, as `wandb.config` and `wandb.summary` do."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def update(self, *values: Any, **named: Any) -> None:
        for each in values:
            super().update(each if isinstance(each, dict) else vars(each))
        super().update(named)


def noted(name: str) -> Callable[..., Any]:
    """A method of the spy that is written down and does nothing else."""

    def method(self: Spy, *arguments: Any, **named: Any) -> Any:
        self.called(name, arguments, named)
        return Anything()

    return method


@known_as("Run")
class Spy:
    """`seen` is what was seen. It is also the run that `init` returns, while one goes on.

    Where W&B is `on`, a call that the real one refuses raises what it raises.
    """

    id, entity, path, group, job_type, notes = "checks", "", "checks/checks", "", "", None
    tags, url, project_url, sweep_id, sweep_url = (), None, None, None, None
    starting_step, start_time, resumed, offline, disabled, settings = 0, 0.0, False, True, False, Anything()

    def __init__(self, on: bool = True) -> None:
        self.on = on
        self.seen = Wandb()
        self.config, self.summary = Settable(), Settable()
        self.config_static = self.config
        self.project: Any = None
        self.name: Any = "checks"
        self.step = 0
        self.row: dict[str, Any] = {}
        self.folder: tempfile.TemporaryDirectory | None = None
        self.on_run: Callable[[Spy | None], None] = lambda run: None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'Run' object has no attribute {name!r}")

    @property
    def dir(self) -> str:
        """An empty folder, into which files may be written; it is gone when the watching ends."""
        self.folder = self.folder or tempfile.TemporaryDirectory(prefix="checks-wandb-")
        return self.folder.name

    sync_dir = dir

    def forget(self) -> None:
        if self.folder:
            self.folder.cleanup()

    def called(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Writes the call down and gives its arguments by name. Raises TypeError where W&B has no such arguments."""
        self.seen.calls.append(name)
        if name not in TAKES:
            return {}
        try:
            return TAKES[name].bind(*arguments, **named).arguments
        except TypeError as error:
            self.refuse(name, str(error))
            return {}

    def refuse(self, name: str, why: str, kind: type[Exception] = TypeError) -> None:
        if self.on:
            raise kind(f"wandb.{name}() {why}")

    def init(self, *arguments: Any, **named: Any) -> Spy:
        told = self.called("init", arguments, named)
        config, mode = told.get("config"), told.get("mode") or mode_of(told.get("settings"))
        if not isinstance(config, dict | str | None) and not hasattr(config, "__dict__"):
            self.refuse("init", f"takes as config a dict, or an object with a __dict__, not {config!r:.60}")
        for name in ("project", "name"):
            if not isinstance(told.get(name), str | None):
                self.refuse("init", f"takes as {name} a text, not {told[name]!r:.60}", ValueError)
        if mode not in MODES:
            self.refuse("init", f'takes as mode "offline" or nothing, not {mode!r:.60}', ValueError)
        self.seen.project, self.seen.name = plain(told.get("project")), plain(told.get("name"))
        self.seen.mode = plain(mode)
        self.project, self.name = told.get("project"), told.get("name") or "checks"
        self.on_run(self)
        return self

    def log(self, *arguments: Any, **named: Any) -> None:
        """As W&B does it: a later step ends the row before it, an earlier one is ignored, the same one adds to it."""
        told = self.called("log", arguments, named)
        data, step, commit = told.get("data"), told.get("step"), told.get("commit")
        self.seen.logs += 1
        if not isinstance(data, Mapping):
            self.refuse("log", f"takes a dict, not {type(data).__name__}")
            return
        if not all(isinstance(key, str) for key in data):
            self.refuse("log", "takes a dict whose names are texts")
        if step is not None:
            try:
                step = index(step)
            except TypeError:
                self.refuse("log", f"takes as step a whole number, not {step!r:.60}")
                return
            if step < self.step:
                self.seen.dropped += 1
                return
            if step > self.step:
                self.end_row()
                self.step = step
        self.row |= {str(key): number(value) for key, value in data.items()}
        if commit or (commit is None and step is None):
            self.end_row()
            self.step += 1

    def end_row(self) -> None:
        if self.row:
            self.seen.rows.append(self.row)
        self.row = {}

    def watch(self, *arguments: Any, **named: Any) -> None:
        told = self.called("watch", arguments, named)
        models = told.get("models")
        several = models if isinstance(models, list | tuple) else [models]
        if told.get("log") not in ("gradients", "parameters", "all", None):
            self.refuse(
                "watch", f'takes as log "gradients", "parameters" or "all", not {told["log"]!r:.60}', ValueError
            )
        other = next((each for each in several if not isinstance(each, nn.Module)), None)
        self.seen.watched = "model" if all(isinstance(each, nn.Module) for each in several) else type(other).__name__

    def finish(self, *arguments: Any, **named: Any) -> None:
        self.called("finish", arguments, named)
        self.end_row()
        self.on_run(None)

    def login(self, *arguments: Any, **named: Any) -> bool:
        self.called("login", arguments, named)
        return True

    def Image(self, *arguments: Any, **named: Any) -> Any:
        return self.called("Image", arguments, named).get("data_or_path")

    def save(self, *arguments: Any, **named: Any) -> list[str]:
        self.called("save", arguments, named)
        return []

    def __enter__(self) -> Spy:
        return self

    def __exit__(self, *_: Any) -> None:
        self.finish()


for _name in (*SPIED, *RUN_ONLY):
    if _name not in vars(Spy):
        setattr(Spy, _name, noted(_name))


def mode_of(settings: Any) -> Any:
    """The mode that is asked for in `init(settings=…)`: a dict, W&B's own `Settings`, or what stands for these."""
    if isinstance(settings, dict):
        return settings.get("mode")
    given = getattr(settings, "model_fields_set", None)  # W&B's own: it has a mode even where none was given
    return (
        vars(settings).get("mode") if settings is not None and (not isinstance(given, set) or "mode" in given) else None
    )


def number(value: Any) -> Any:
    """A logged value as W&B would keep it: a tensor or array of one number is that number."""
    if hasattr(value, "item") and getattr(value, "size", None) == 1:  # NumPy's
        return value.item()
    value = plain(value)
    return value.item() if getattr(value, "numel", lambda: 0)() == 1 else value


@contextlib.contextmanager
def spied(trainer_class: type, on: bool) -> Iterator[Spy]:
    """Puts a spy in W&B's place, whether or not the learner's file has imported it, or names out of it, already."""
    spy, real = Spy(on), sys.modules.get("wandb")
    with contextlib.ExitStack() as patches:
        patches.callback(spy.forget)
        patches.enter_context(mock.patch.dict(os.environ, WANDB_MODE="disabled"))  # for what is not spied on
        if real is None:
            module = types.ModuleType("wandb")
            vars(module).update({name: Anything() for name in OTHERS})
            vars(module).update({name: type(name, (Exception,), {}) for name in ("Error", "CommError", "UsageError")})
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
