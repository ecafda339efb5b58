"""What the checks say of the corpora's answers, and which answer shows that a probe is needed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

import tests
from checks.core.result import Result
from checks.core.run import run_check, without
from checks.core.runner import LocalRunner
from suite.corpus import Answer, Fresh, Right, Wrong

LOOPING, PATIENCE = 3.0, 120.0
"""Seconds of processor time that one call of an answer that never ends may take, and by the clock that any may take."""


def check_of(exercise_id: str) -> Callable:
    return getattr(tests, f"test_{exercise_id}")


def verdict(answer: Answer, seed: int | None = None) -> Result:
    """The check's result for an answer."""
    endless = isinstance(answer, Wrong) and answer.cause == "takes-too-long"
    runner = LocalRunner(answer.load(), LOOPING if endless else PATIENCE, PATIENCE)
    return run_check(check_of(answer.exercise), runner, seed)[0]


@cache
def cached_verdict(answer: Answer) -> Result:
    """The same, found once for a whole run of the suite, and alike in each run."""
    return verdict(answer, seed=0)


def named_rightly(answer: Wrong, result: Result) -> bool:
    return result.outcome == "failed" and result.cause == answer.cause


def told(answer: Fresh, result: Result) -> Literal["accepted", "a true cause", "no cause", "a false cause"]:
    """What a stranger hears of a wrong answer."""
    if result.outcome != "failed":
        return "accepted"
    if result.cause in (None, "wrong-shape"):  # that much can be seen without knowing the mistake
        return "no cause"
    return "a true cause" if {*result.cause.split("+")} <= {*answer.causes} else "a false cause"


def accepted(answer: Right, result: Result) -> bool:
    """Passed, with the note that is due and no other."""
    if answer.note is None:
        return result.outcome == "passed" and not result.notes
    return result.outcome == "passed" and any(answer.note in note for note in result.notes)


def probes_of(exercise_id: str) -> list[str]:
    """The probes that the check's function names in tests.py."""
    source = inspect.getsource(inspect.unwrap(check_of(exercise_id)))
    return re.findall(r"^    \w+\.(\w+)\(", source, flags=re.MULTILINE)


def decided_by(exercise_id: str, probe: str, answers: Sequence[Wrong]) -> Wrong | None:
    """A wrong answer that passes when this probe alone is left out; None where the other probes see all that it sees."""
    for answer in reversed(answers):
        if answer.exercise == exercise_id and cached_verdict(answer).check == probe:
            with without(f"{exercise_id}.{probe}"):
                if verdict(answer).outcome == "passed":
                    return answer
    return None
