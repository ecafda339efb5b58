"""Runs the learner's code and says what it did. Decides nothing: that is for those who never run it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import linecache
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Protocol, TypeVar, runtime_checkable

from torch import nn

from checks.core.evidence import Place, Raised, Target
from checks.core.time_limit import PATIENCE, SECONDS, TookTooLong, time_limit
from checks.core.words import Refused
from course import ROOT
from course.catalogue import NotWritten

NOT_THE_LEARNERS = (
    str(ROOT / "checks"),
    str(ROOT / "course"),
    str(ROOT / "tests.py"),
    sysconfig.get_paths()["stdlib"],
    "<frozen",
    "<string>",  # the methods that dataclasses write
)

SHOWN_FROM = [ROOT]
"""A file in one of these folders is named from there on."""


@runtime_checkable
class Runner(Protocol):
    """Runs the learner's code: `LocalRunner` in this process, `checks.core.sandbox.Sandbox` in one of its own.

    An operation is a function `operation(runner: LocalRunner, **request)` that returns evidence. Evidence of a runner
    that is not `trusted` may be anything: what cannot be read counts as a wrong answer.
    """

    trusted: bool

    def begin(self) -> None:
        """A check begins, and nothing that the last one made is needed any more."""

    def run_operation(self, operation: Callable[..., Any], **request: Any) -> Any: ...


class LocalRunner:
    """Runs operations on what was handed in, in this process, and keeps the objects that they make.

    `target` is the class or function under test, in a module that was handed in as soon as it is known which of its
    names is asked for; `seconds` of processor time and `patience` by the clock limit each operation.
    """

    trusted = True

    def __init__(self, target: Any, seconds: float = SECONDS, patience: float = PATIENCE) -> None:
        self.handed_in = self.target = target
        self.seconds, self.patience = seconds, patience
        self.made: list[Any] = []
        self.trouble: BaseException | None = None  # which has kept the target from being imported

    def begin(self) -> None:
        self.made.clear()

    def find_target(self) -> Any:
        """What was handed in, where it was not known from the beginning."""
        return self.target

    def run_operation(self, operation: Callable[..., Any], **request: Any) -> Any:
        """The operation's evidence, or `Raised` when the learner's code raised or ran out of time."""
        with captured() as printed:
            try:
                if operation in UNLIMITED:
                    return operation(self, **request)
                with time_limit(self.seconds, self.patience):
                    if self.target is None:
                        self.handed_in = self.target = self.find_target()
                    evidence = operation(self, **request)
            except TookTooLong as late:
                text = type(late).told(self.seconds, self.patience)
                evidence = Raised(type(late).__name__, text, place_of(late), timed_out=True)
                evidence.importing = late is self.trouble
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                evidence = raised(error)
                evidence.importing = error is self.trouble
        if hasattr(evidence, "printed"):
            evidence.printed = printed.getvalue()[:2000]
        return evidence


UNLIMITED: set[Callable[..., Any]] = set()
"""Operations that no time limit may cut short."""

Operation = TypeVar("Operation", bound=Callable[..., Any])


def unlimited(operation: Operation) -> Operation:
    """Marks an operation that runs none of the learner's code, so that it may take as long as it takes."""
    UNLIMITED.add(operation)
    return operation


def raised(error: BaseException) -> Raised:
    try:
        text = str(error)[:1000]
    except Exception:
        text = "(its message fails)"
    return Raised(
        type(error).__name__,
        text,
        place_of(error),
        unwritten=isinstance(error, NotWritten),
        ours=isinstance(error, Refused),
    )


class FirstWords(io.StringIO):
    """Keeps the beginning of what is printed, so that printing without end costs nothing."""

    longest = 10_000

    def write(self, text: str) -> int:
        if self.tell() < self.longest:
            super().write(text[: self.longest])
        return len(text)


@contextlib.contextmanager
def captured() -> Iterator[io.StringIO]:
    """Collects what the learner's code prints, and keeps progress bars quiet."""
    printed = FirstWords()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(FirstWords()):
        yield printed


def place_of(error: BaseException) -> Place | None:
    """The innermost line of the traceback that the learner wrote."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        theirs = not frame.filename.startswith(NOT_THE_LEARNERS) and "site-packages" not in frame.filename
        if theirs:
            return Place(shown(frame.filename), frame.lineno or 0, frame.name, (frame.line or "").strip())
    return None


def shown(file: str) -> str:
    """A file's name as the learner knows it."""
    if "ipykernel" in file or file.startswith("<ipython"):
        return "this notebook"
    path = Path(file)
    return next((str(path.relative_to(each)) for each in SHOWN_FROM if path.is_relative_to(each)), path.name)


class MissingAnswer(Refused):
    """The submission has no such class or function."""


def look_at(runner: LocalRunner, name: str) -> Target:
    """What was handed in, without running it; of a whole module, what it calls `name`. Raises MissingAnswer."""
    if isinstance(module := runner.handed_in, ModuleType):
        if not hasattr(module, name):
            raise MissingAnswer(f"{name_of_file(module)} has no `{name}`")
        runner.target = getattr(module, name)
    target = runner.target
    called = str(getattr(target, "__name__", type(target).__name__))
    where = str(getattr(target, "__module__", ""))
    if inspect.isclass(target):
        return Target("class", called, issubclass(target, nn.Module), places(target), parameters(target), where)
    if not callable(target):
        made = places(type(target))  # of a class that somebody wrote
        return Target("instance" if made else type(target).__name__, called)
    kind = "instance" if isinstance(target, nn.Module) else "function"
    found = place_of_function(target)
    return Target(kind, called, False, {name: found} if found else {}, parameters(target), where, is_callable=True)


def name_of_file(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return Path(file).name if isinstance(file, str) else "the module"


def parameters(target: Callable[..., Any]) -> list[str]:
    """The names of what it takes; none where that cannot be known, as of a scripted function."""
    try:
        return list(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return []


def place_of_function(function: Any) -> Place | None:
    """Where a function begins, through the wrappers (`partial`, `lru_cache`, an object's `__call__`) around it."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return beginning(code) if code and "site-packages" not in code.co_filename else None


def beginning(code: CodeType) -> Place:
    """The line on which a function begins."""
    file, line = code.co_filename, code.co_firstlineno
    return Place(shown(file), line, "", linecache.getline(file, line).strip())


def places(target: type) -> dict[str, Place]:
    """Where each method of the class (and of its own bases) begins, and where `self.name = …` stands in `__init__`."""
    found: dict[str, Place] = {}
    assigned: dict[str, Place] = {}
    for base in reversed(target.__mro__):
        for name, method in vars(base).items():
            code = getattr(inspect.unwrap(method), "__code__", None) if callable(method) else None
            if code and "site-packages" not in code.co_filename and not code.co_filename.startswith("<frozen"):
                found[name] = beginning(code)
                if name == "__init__":
                    assigned |= assignments(code)
    return assigned | found


def assignments(code: CodeType) -> dict[str, Place]:
    """The lines of a function in which `self.name = …` begins."""
    places: dict[str, Place] = {}
    for line in sorted({line for _, _, line in code.co_lines() if line}):
        text = linecache.getline(code.co_filename, line).strip()
        if name := re.match(r"self\.(\w+)( *:[^=]+)? *=", text):
            places.setdefault(name[1], Place(shown(code.co_filename), line, "", text))
    return places
