"""One check from beginning to end: whose code is looked at, what is counted, and which of three outcomes it has."""

from __future__ import annotations

import contextlib
import functools
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar

import torch

from checks.core.display import clean, displayed
from checks.core.evidence import Raised, Target
from checks.core.exceptions import KnownError, explain_exception
from checks.core.isolation import isolated
from checks.core.keeping import keep
from checks.core.result import CheckFailure, HarnessError, NotAttempted, Result, paragraphs, whole
from checks.core.runner import LocalRunner, Runner
from course.catalogue import EXERCISES, Exercise, exercise_named
from course.learner.interruption import interruption_told
from course.learner.reloading import trouble_with

Seen = TypeVar("Seen")
Arguments = ParamSpec("Arguments")

IGNORED_PROBES: ContextVar[frozenset[str]] = ContextVar("IGNORED_PROBES", default=frozenset())
"""Probes to leave out, as "exercise.probe": only for showing that each of them decides something."""


@dataclass
class CheckRun:
    """One run of one exercise's check. `seed` decides all that is drawn in it, by `generator`.

    `target` is what was handed in where `asked` should be, as `checks.core.require` saw it; `probe` names what is looked
    at just now.
    """

    exercise: Exercise
    runner: Runner
    seed: int
    generator: torch.Generator = field(init=False)
    probes: int = 0
    probe: str = ""
    notes: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    target: Target = field(default_factory=lambda: Target("not looked at", ""))
    asked: str = ""

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)

    def observe(
        self,
        operation: Callable[..., Seen],
        tried: str,
        known_errors: Sequence[KnownError] = (),
        about: str | None = None,
        **request: Any,
    ) -> Seen:
        """Has the runner do an operation, with what is requested, and returns the evidence of it.

        `tried` says in the learner's words what that is: "VAE.forward(x) with x of shape (11, 1, 28, 28)".
        `known_errors` are looked through first for what an exception means, and `about` is where to look if no line of
        the learner's raised it. Raises CheckFailure where the learner's code raised something, and NotAttempted where
        that was a stub's own error.
        """
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
        self, text: str = "", *, cause: str | None = None, numbers: dict[str, Any] | None = None, **parts: str | None
    ) -> NoReturn:
        """Raises CheckFailure, the one kind of failure, with the `parts` of the remark that are known: `tried`,
        `came_out`, `expected`, `likely_cause`, `where`. Where the answer to another exercise was handed in, that is all
        there is to say."""
        if other := self.of_another_exercise():
            text, cause, numbers, parts = other, "another-exercise", None, {}
        body = paragraphs(**parts)
        message = "\n".join(part for part in (text, body) if part)
        raise CheckFailure(
            message + f"\n  Hints: the exercise {self.exercise.id} in notebooks/{self.exercise.notebook}.ipynb",
            cause=cause,
            check=self.probe,
            exercise=self.exercise.id,
            numbers=numbers,
        )

    def of_another_exercise(self) -> str:
        """A sentence where the target is what another exercise, or another part, asks for."""
        name, module = self.target.name, self.target.module.rpartition(".")[2]
        if name == self.asked or self.target.kind not in ("class", "function"):
            return ""
        for each in EXERCISES:
            if name in each.names and module == each.module:
                own = f"tests.test_{each.id if each.target else name}({name})"
                return f"this is `{name}`; this check is for `{self.asked}`. `{name}` has one of its own: `{own}`."
        return ""

    def note(self, text: str) -> None:
        """Keeps a remark that is shown beside a pass too; an empty one, or one that was made already, is not."""
        if text and text not in self.notes:
            self.notes.append(text)

    def where(self, *methods: str) -> str | None:
        """The first of the methods that the learner's class has, as file and line."""
        places = self.target.places
        return next((str(places[name]).partition(":\n")[0] for name in methods if name in places), None)


class Subject(Protocol):
    """What a specification works with: a model, a trainer or a function under test, with its run of the check."""

    run: CheckRun


AnySubject = TypeVar("AnySubject", bound=Subject)


def probe(
    method: Callable[Concatenate[AnySubject, Arguments], None],
) -> Callable[Concatenate[AnySubject, Arguments], None]:
    """Marks a subject's method as one thing that a check looks at: counted, named in a failure, and removable for
    proof that it decides something."""
    name = method.__name__

    @functools.wraps(method)
    def wrapper(subject: AnySubject, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        run = subject.run
        if f"{run.exercise.id}.{name}" not in IGNORED_PROBES.get():
            run.probes += 1
            counted, run.probe = run.probes, name
            method(subject, *args, **kwargs)
            run.probes = counted  # a probe that asks others counts as one

    return wrapper


CheckFunction = Callable[..., None]
"""A function of tests.py, called with what a learner wrote."""


@dataclass(frozen=True)
class Check:
    """What stands behind such a function: its exercise, and its `specification`, which raises CheckFailure or
    NotAttempted. Where an exercise asks for several functions, `part` names the one that is checked, and the check of the
    whole exercise has the checks of its `parts` in the place of a specification."""

    exercise_id: str
    part: str = ""
    specification: Callable[[CheckRun], Any] = lambda run: None
    parts: tuple[CheckFunction, ...] = ()


CHECKS: dict[CheckFunction, Check] = {}
"""Filled by `as_function`."""


def check(exercise_id: str, subject: Callable[[CheckRun], Any], part: str = "") -> Callable[..., CheckFunction]:
    """Turns a function that states what an exercise asks for into its check.

    The function is written for one argument, which `subject` makes from the run. The result is called with the
    learner's class (from a notebook), a `Runner` or a `Graded` (by pytest's fixture of the argument's name). It prints
    one line for a pass, raises CheckFailure for a wrong answer, and NotAttempted (only under pytest) for a stub.
    `part` is the name of the function where the exercise asks for several.
    """

    def decorate(specification: Callable[[Any], Any]) -> CheckFunction:
        call = as_function(Check(exercise_id, part, lambda run: specification(subject(run))))
        return functools.update_wrapper(call, specification)

    return decorate


def all_parts(exercise_id: str, *checks: CheckFunction) -> CheckFunction:
    """The check of a whole exercise that asks for several functions: of its module, each part in turn.

    pytest leaves it out, since it runs the parts.
    """
    call = as_function(Check(exercise_id, parts=checks))
    call.__name__ = call.__qualname__ = f"test_{exercise_id}"
    vars(call)["__test__"] = False  # pytest's own mark
    return call


def as_function(checked: Check) -> CheckFunction:
    """The check as a learner calls it."""

    def call(*answers: Any, **named: Any) -> None:
        (answer,) = (*answers, *named.values())
        name = checked.part or checked.exercise_id
        with interruption_told(lambda: f"Interrupted: the check of {name} has no result."):
            result, failure = run_check(call, answer)
        if not failure and is_the_reference(answer):
            result.notes.append("this is the reference, out of solutions/. Yours is in exercises/.")
        report(result)
        keep(result, answer)
        if failure:
            raise failure.with_traceback(None) from None
        if result.outcome == "not attempted" and isinstance(answer, Graded):
            raise NotAttempted(result.line())

    CHECKS[call] = checked
    return call


def is_the_reference(answer: Any) -> bool:
    module = answer.__name__ if isinstance(answer, ModuleType) else getattr(answer, "__module__", None)
    return module in {f"solutions.{each.module}" for each in EXERCISES}


@dataclass(frozen=True)
class Graded:
    """What pytest's fixtures hand over: a runner, and the wish that a stub is reported as skipped."""

    runner: Runner


def run_check(
    check_function: CheckFunction, answer: Any, seed: int | None = None
) -> tuple[Result, CheckFailure | None]:
    """Runs one check and returns its result as data, with the failure if there is one.

    `answer` is the learner's class, function or module, a `Runner`, or a `Graded`. Raises HarnessError when the check
    looked at nothing, and whatever else is the harness's own fault.
    """
    if isinstance(answer, Graded):
        answer = answer.runner
    checked = CHECKS[check_function]
    trouble = trouble_with(answer)
    is_runner = not trouble and isinstance(answer, Runner) and not isinstance(answer, type)
    if trouble:
        result = Result(checked.exercise_id, "failed", cause=trouble.cause, message=trouble.sentence, part=checked.part)
    elif checked.parts and not is_runner and not isinstance(answer, ModuleType):
        module, first = exercise_named(checked.exercise_id).module, CHECKS[checked.parts[0]].part
        message = (
            f"this check takes the whole file: `from exercises import {module}`, then "
            f"`tests.test_{checked.exercise_id}({module})`. Each part has a check of its own, such as "
            f"`tests.test_{first}({first})`."
        )
        result = Result(checked.exercise_id, "failed", cause="not-the-module", message=message)
    else:
        runner: Runner = answer if is_runner else LocalRunner(answer)
        result = judged(checked, runner, secrets.randbits(31) if seed is None else seed)
    return result, CheckFailure.of(result) if result.outcome == "failed" else None


def judged(checked: Check, runner: Runner, seed: int) -> Result:
    """What a check says of the runner's answer; of an exercise of parts, what the checks of all parts say."""
    if checked.parts:
        return whole(checked.exercise_id, [judged(CHECKS[part], runner, seed) for part in checked.parts])
    started = time.perf_counter()
    runner.begin()
    with isolated(seed):
        run = CheckRun(exercise_named(checked.exercise_id), runner, seed)
        result = Result(run.exercise.id, "passed", part=checked.part)
        try:
            checked.specification(run)
            if not run.probes and not IGNORED_PROBES.get():
                raise HarnessError(f"the check of {run.exercise.id} looked at nothing")
        except NotAttempted as stub:
            result.outcome, result.message = "not attempted", str(stub)
        except Exception as error:
            failure = error if isinstance(error, CheckFailure) else unreadable(error, run)
            result.outcome, result.message, result.cause = "failed", failure.message, failure.cause
            result.check, result.numbers = failure.check, failure.numbers
    result.checks, result.seconds = run.probes, time.perf_counter() - started
    result.notes, result.printed = run.notes, "".join(run.printed)
    return result


def unreadable(error: Exception, run: CheckRun) -> CheckFailure:
    """The failure for evidence that makes no sense. Raises the error where the runner is trusted: there it is the
    harness's own."""
    if run.runner.trusted or isinstance(error, HarnessError):
        raise error
    text = f"your code's process sent something that is no answer ({type(error).__name__}: {error})."
    return CheckFailure(text, cause="process-died", check=run.probe, exercise=run.exercise.id)


def report(result: Result) -> None:
    """Shows what a notebook has beside a possible failure: what was printed, one line for the outcome, and the notes."""
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
