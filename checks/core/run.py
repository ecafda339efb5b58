"""One check from beginning to end: who is examined, what is counted, and which of three outcomes it has."""

from __future__ import annotations

import contextlib
import functools
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import torch

from checks.core.display import clean, displayed
from checks.core.evidence import Raised, Target
from checks.core.exceptions import KnownError, explain_exception
from checks.core.isolation import isolated
from checks.core.keeping import keep
from checks.core.result import CheckFailure, HarnessError, NotAttempted, Result, paragraphs
from checks.core.runner import LocalRunner
from course.catalogue import Exercise, exercise_named
from course.learner.interruption import interruption_told
from course.learner.reloading import trouble_with

IGNORED_PROBES: ContextVar[frozenset[str]] = ContextVar("IGNORED_PROBES", default=frozenset())
"""Probes to leave out, as "exercise.probe": only for showing that each of them decides something."""


class Runner(Protocol):
    """Who runs the learner's code: `Hands` in this process, or a process of its own behind the same method."""

    def run_operation(self, operation: Callable[..., Any], **request: Any) -> Any: ...


@dataclass
class CheckRun:
    """One run of one exercise's check."""

    exercise: Exercise
    runner: Runner
    seed: int
    generator: torch.Generator = field(init=False)
    probes: int = 0
    probe: str = ""
    notes: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    target: Target | None = None

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)

    def observe(
        self,
        operation: Callable[..., Any],
        tried: str,
        known_errors: Sequence[KnownError] = (),
        about: str | None = None,
        **request: Any,
    ) -> Any:
        """Has the learner's code do something. Its exceptions become failures that say what was tried, and which of
        the known troubles, or of these `suspects`, is the likely cause; `about` is where to look if no line of the
        learner's raised it."""
        evidence = self.runner.run_operation(operation, **request)
        text = getattr(evidence, "printed", "")
        if text and text not in self.printed:
            self.printed.append(text)
        if isinstance(evidence, Raised):
            if evidence.unwritten:
                raise NotAttempted(evidence.text)
            cause, message = explain_exception(evidence, tried, known_errors, about)
            self.fail(message, cause=cause)
        return evidence

    def fail(
        self, text: str = "", *, cause: str | None = None, numbers: dict | None = None, **parts: str | None
    ) -> NoReturn:
        """Raises the one kind of failure, with the parts of the remark that are known."""
        body = paragraphs(**parts)
        message = "\n".join(part for part in (text, body) if part)
        raise CheckFailure(
            message
            + f"\n  Hints: the exercise {self.exercise.id} in notebooks/{self.exercise.notebook}.ipynb",
            cause=cause,
            check=self.probe,
            exercise=self.exercise.id,
            numbers=numbers,
        )

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    def where(self, *methods: str) -> str | None:
        """The first of the methods that the learner's class has, as file and line."""
        places = self.target.places if self.target else {}
        return next((str(places[name]).partition(":\n")[0] for name in methods if name in places), None)


_current: ContextVar[CheckRun] = ContextVar("exam")


def current_run() -> CheckRun:
    return _current.get()


def probe(method: Callable) -> Callable:
    """Marks a function as one thing that a check looks at: counted, named in a failure, and removable for proof."""
    name = method.__name__

    @functools.wraps(method)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        run = current_run()
        if f"{run.exercise.id}.{name}" in IGNORED_PROBES.get():
            return None
        run.probes += 1
        run.probe = name
        return method(*args, **kwargs)

    return wrapper


def check(exercise_id: str, subject: Callable[[CheckRun], Any], part: str = "") -> Callable:
    """Turns a function that states what an exercise asks for into its check.

    The function is written for one argument, which `subject` makes from the exam. The result is called with the
    learner's class (from a notebook or by pytest's fixture of that name) or with a `Performer`; it prints one line
    for a pass, raises CheckFailure for a wrong answer, and NotAttempted (only under pytest) for a stub.
    `part` is the name of the function where the exercise asks for several.
    """

    def decorate(specification: Callable) -> Callable:
        @functools.wraps(specification)
        def call(*answers: Any, **named: Any) -> None:
            (answer,) = (*answers, *named.values())
            with interruption_told(lambda: f"Interrupted: the check of {part or exercise_id} has no result."):
                result, error = run_check(call, answer)
            report(result)
            keep(result, answer)
            if result.outcome == "failed":
                raise error.with_traceback(None) from None
            if result.outcome == "not attempted" and isinstance(answer, Graded):
                raise NotAttempted(result.line())

        call.exercise_id, call.part = exercise_id, part
        call.specification = lambda run: specification(subject(run))
        return call

    return decorate


@dataclass(frozen=True)
class Graded:
    """What pytest's fixtures hand over: a performer, so that a stub is reported as skipped."""

    runner: Runner


def run_check(
    check_function: Callable, answer: Any, seed: int | None = None
) -> tuple[Result, CheckFailure | None]:
    """Runs one check and returns its result as data, with the failure if there is one.

    `answer` is the learner's class or function, a `Graded`, or a `Performer`. Raises HarnessError when the check
    looked at nothing.
    """
    if isinstance(answer, Graded):
        answer = answer.runner
    trouble = trouble_with(answer)
    is_performer = not trouble and hasattr(answer, "run_operation") and not isinstance(answer, type)
    runner = answer if is_performer else LocalRunner(answer)
    seed = secrets.randbits(31) if seed is None else seed
    started = time.perf_counter()
    error = None
    with isolated(seed):
        run = CheckRun(exercise_named(check_function.exercise_id), runner, seed)
        token = _current.set(run)
        result = Result(run.exercise.id, "passed", part=check_function.part)
        try:
            if trouble:
                raise CheckFailure(trouble.sentence, cause=trouble.cause, exercise=run.exercise.id)
            check_function.specification(run)
            if not run.probes and not IGNORED_PROBES.get():
                raise HarnessError(f"the check of {run.exercise.id} looked at nothing")
        except NotAttempted as stub:
            result.outcome, result.message = "not attempted", str(stub)
        except Exception as raised:
            error = raised if isinstance(raised, CheckFailure) else unreadable(raised, runner, run)
            result.outcome, result.message, result.cause = "failed", error.message, error.cause
            result.check, result.numbers, error.part = error.check, error.numbers, result.part
        finally:
            _current.reset(token)
    result.checks, result.seconds = run.probes, time.perf_counter() - started
    result.notes = run.notes
    if run.printed:
        result.printed = "".join(run.printed)
    return result, error


def unreadable(error: Exception, runner: Runner, run: CheckRun) -> CheckFailure:
    """The failure for evidence that makes no sense; in the learner's own process such an error is the harness's."""
    if getattr(runner, "trusted", True):
        raise error
    text = f"your code's process sent something that is no answer ({type(error).__name__}: {error})."
    return CheckFailure(text, cause="process-died", check=run.probe, exercise=run.exercise.id)


def report(result: Result) -> None:
    """What a notebook shows beside a possible failure: what was printed, one line, and the notes."""
    if result.printed:
        print(f"Your code printed:\n{clean(result.printed).rstrip()}")
    if result.outcome != "failed":
        print(displayed(result.line()))
    for note in result.notes:
        print(displayed(f"  Note: {note}"))


@contextlib.contextmanager
def without(probe_name: str) -> Iterator[None]:
    """Leaves out one probe ("exercise.probe") in the block."""
    token = IGNORED_PROBES.set(frozenset({probe_name}))
    try:
        yield
    finally:
        IGNORED_PROBES.reset(token)
