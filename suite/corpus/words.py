"""Words that no learner is to meet in a message: the names of what stands behind a check."""

from __future__ import annotations

import ast
import re
from functools import cache

from checks.core.result import Result
from course import ROOT

ALSO = (r"Spy\b", r"'Half'", r"\bOther\(", r"transplant", r"handed in\.py", r"<locals>", r"\bthe check\.")
"""Beside the names of classes that no prose has."""


@cache
def pattern() -> re.Pattern[str]:
    """Every class of `checks/` whose name is of two words and none of the solutions', its modules, and `ALSO`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "checks").rglob("*.py")]
    classes = {each.name for tree in trees for each in ast.walk(tree) if isinstance(each, ast.ClassDef)}
    solutions = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "solutions").glob("*.py"))
    known = set(re.findall(r"\w+", solutions))
    ours = sorted(name for name in classes - known if len(re.findall("[A-Z]", name)) > 1)
    return re.compile("|".join([rf"\b(?:{'|'.join(ours)})\b", r"\bchecks[./]\w+", *ALSO]))


def of_the_harness(result: Result) -> list[str]:
    """What a result says that is a name of the harness."""
    return pattern().findall("\n".join([result.message, *result.notes]))
