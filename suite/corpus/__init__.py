"""Answers as a learner might write them, wrong and right, for showing what the checks tell apart.

An answer is the reference with a few things changed, or a class written out:

    Wrong("vae", "exp is forgotten", "exp-forgotten", ("logsigma.exp()", "logsigma"))
    Right("autoencoder", "an encoder of functions", "class Autoencoder(nn.Module): …", note="width before height")

Changes concern the class under test alone; in an exercise of several functions, the one that `part` names.
In a change (old, new), any white space in `old` stands for any other, the reference's comments do not count, and
`old` occurs exactly once; (old, new, 3) asks for three places.
A text that is no pair takes the place of the whole class; the rest of the module (imports, other classes) stays.

Each module of this package keeps its answers in the tuples WRONG and RIGHT; those of `fresh` in FRESH and RIGHT.
"""

from __future__ import annotations

import ast
import importlib
import linecache
import pkgutil
import re
import sys
from functools import cache
from types import ModuleType
from typing import Any

from course import ROOT
from course.catalogue import exercise_named

SOLUTIONS = ROOT / "solutions"

Change = str | tuple[str, str] | tuple[str, str, int]


class Answer:
    """One answer to one exercise. `name` says what the learner did; `load` gives what the check takes."""

    def __init__(self, exercise: str, name: str, *changes: Change, part: str | None = None) -> None:
        self.exercise = exercise
        self.name = name
        self.changes = changes
        self.part = part or exercise_named(exercise).names[0]

    @property
    def id(self) -> str:
        """The name as pytest shows it: "vae: exp is forgotten" is vae-exp-is-forgotten."""
        return re.sub(r"\W+", "-", f"{self.exercise} {self.name}").strip("-")

    @property
    def source(self) -> str:
        """The whole module. Raises ValueError where a change does not fit the reference."""
        exercise = exercise_named(self.exercise)
        before, written, behind = reference(exercise.module, self.part)
        for change in self.changes:
            written = change if isinstance(change, str) else changed(written, *change)
        return before + written + behind

    def load(self) -> Any:
        """Runs the source as a new module whose lines tracebacks and `inspect` can find."""
        name, file = f"solutions.{self.id.replace('-', '_')}", f"corpus/{self.id}.py"
        source = self.source
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        module = sys.modules[name] = ModuleType(name)
        module.__package__, module.__file__ = "solutions", file
        exec(compile(source, file, "exec"), vars(module))
        target = exercise_named(self.exercise).target
        return getattr(module, target) if target else module


class Wrong(Answer):
    """An answer to be refused, with the cause that the check is to name (None where the tables do not hold it)."""

    def __init__(self, exercise: str, name: str, cause: str | None, *changes: Change, part: str | None = None) -> None:
        super().__init__(exercise, name, *changes, part=part)
        self.cause = cause


class Right(Answer):
    """An answer to be accepted; `note` is a part of the remark that comes with it, where one is due."""

    def __init__(
        self, exercise: str, name: str, *changes: Change, note: str | None = None, part: str | None = None
    ) -> None:
        super().__init__(exercise, name, *changes, part=part)
        self.note = note


class Fresh(Answer):
    """A wrong answer by somebody who knew the lesson alone and none of the tables.

    `mistake` says in words what is wrong; `causes` are those that are true of it, each of which may be named, alone or
    together.
    """

    def __init__(
        self,
        exercise: str,
        name: str,
        mistake: str,
        *changes: Change,
        causes: tuple[str, ...] = (),
        part: str | None = None,
    ) -> None:
        super().__init__(exercise, f"{name}, by a stranger", *changes, part=part)
        self.mistake = mistake
        self.causes = causes


@cache
def reference(module: str, name: str) -> tuple[str, str, str]:
    """The reference's module without comments, in three parts: before the class, the class, behind it."""
    source = without_comments((SOLUTIONS / f"{module}.py").read_text(encoding="utf-8"))
    found = next(
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == name
    )
    lines = source.splitlines(keepends=True)
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)]) - 1
    return ("".join(lines[:first]), "".join(lines[first : found.end_lineno]), "".join(lines[found.end_lineno :]))


def without_comments(source: str) -> str:
    """Comments alone on a line go with their line; those behind code leave the code."""
    bare = re.sub(r"^[ \t]*#.*\n", "", source, flags=re.MULTILINE)
    bare = re.sub(r"[ \t]+# .*$", "", bare, flags=re.MULTILINE)
    assert ast.dump(ast.parse(bare)) == ast.dump(ast.parse(source)), "a # inside a string?"
    return bare


def changed(text: str, old: str, new: str, times: int = 1) -> str:
    pattern = r"\s+".join(map(re.escape, old.split()))
    result, count = re.subn(pattern, lambda _: new, text)
    if count != times:
        raise ValueError(f"{old!r} occurs {count} times in the reference, not {times}")
    return result


def all_answers() -> list[Answer]:
    """Every answer of the corpora. Raises ValueError when two have one name."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(__path__, f"{__name__}.")]
    answers = [each for module in modules for kind in ("WRONG", "FRESH", "RIGHT") for each in getattr(module, kind, ())]
    ids = [each.id for each in answers]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise ValueError(f"two answers have one name: {', '.join(sorted(twice))}")
    return answers


@cache
def answer_named(name: str) -> Answer:
    """The answer called "vae: exp is forgotten". Raises KeyError when there is none."""
    return {f"{each.exercise}: {each.name}": each for each in all_answers()}[name]
