"""Leaves the outcome of a check for the board, where what was checked is the learner's own file."""

from __future__ import annotations

import functools
import re
import sys
from textwrap import shorten
from typing import Any

from checks.core.result import Result
from course.catalogue import exercise_named
from course.learner import reloading
from course.learner.answers import find_answer, saved
from course.learner.progress import Entry, add


def keep(result: Result, answer: Any) -> None:
    """Leaves the outcome of a check that a notebook ran, for the text that the answer was imported from.

    Nothing is left where that is not known, or where the answer is not what an exercise file defines: a class
    written in the notebook, one of `solutions/`, one of another folder that is graded.
    """
    exercise = exercise_named(result.exercise)
    module = f"{reloading.PACKAGE}.{exercise.module}"
    if module not in reloading.versions:
        return
    there = sys.modules.get(module)
    if answer is there:
        results = result.parts
    else:
        name = result.part or exercise.target
        trouble = reloading.trouble_with(answer)
        file_fails = trouble is not None and trouble is reloading.versions[module].trouble
        results = [result] if file_fails or getattr(there, name, None) is answer else []
    for each in results:
        name = each.part or exercise.target
        leave(each, name, find_answer(exercise.module, name, imported).fingerprint, "notebook")


def imported(module: str) -> bytes | None:
    """The text that a module of exercises/ was imported from; as it is saved, where it is not imported."""
    version = reloading.versions.get(f"{reloading.PACKAGE}.{module}")
    return version.text if version else saved(module)


def leave(result: Result, name: str, fingerprint: str, by: str) -> None:
    """Adds the outcome to the results. Where that fails the check counts all the same: it is said once."""
    why = reason(result.message) if result.outcome == "failed" else ""
    try:
        add(Entry(result.exercise, name, result.outcome, fingerprint, why, result.cause, by))
    except OSError as error:
        say_once(f"(The board does not have this result: results/ cannot be written, {error.strerror}.)")


say_once = functools.cache(print)


def reason(message: str) -> str:
    """A failure in a sentence or two: the likely cause where the message names one, otherwise its first line."""
    cause = re.search(r"^  Likely cause: (.*(?:\n    .*)*)", message, re.MULTILINE)
    text = shorten(cause[1] if cause else message.partition("\n")[0], 300, placeholder=" …")
    return text.encode(errors="replace").decode()  # a learner's exception may say what is no Unicode
