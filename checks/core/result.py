"""The three outcomes of a check, and how each of them reads."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from unittest import SkipTest

from checks.core.display import displayed


class CheckFailure(AssertionError):
    """A learner's answer is not right yet.

    Attributes: `exercise` and `check` (which part of which exercise), `cause` (a stable slug such as
    "missing-relu", or None where no known mistake fits), `message` (what the learner reads), `numbers` (what was
    seen and expected, as data) and `part` (as in `Result`).
    """

    def __init__(
        self,
        message: str,
        *,
        cause: str | None = None,
        check: str = "",
        exercise: str = "",
        numbers: dict | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.check = check
        self.exercise = exercise
        self.numbers = numbers or {}
        self.part = ""

    def __str__(self) -> str:
        return self.message

    def line(self) -> str:
        """The message under the name of what failed."""
        return f"✗ {self.part or self.exercise}: {self.message}"

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the message, without the harness's frames."""
        return [displayed(self.line())]


class NotAttempted(SkipTest):
    """The stub still stands: neither passed nor failed. pytest shows it as skipped."""


class HarnessError(RuntimeError):
    """The check itself is broken (it ran nothing, say); never the learner's fault."""


@dataclass
class Result:
    """One exercise's outcome as data; `score` is 1 for passed and 0 for everything else.

    `part` is the function that was checked, where the exercise asks for several.
    """

    exercise: str
    outcome: Literal["passed", "failed", "not attempted"]
    checks: int = 0
    seconds: float = 0.0
    cause: str | None = None
    check: str = ""
    message: str = ""
    notes: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    part: str = ""

    @property
    def score(self) -> int:
        return int(self.outcome == "passed")

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "score": self.score}, ensure_ascii=False, indent=2)

    def line(self) -> str:
        """One plain line for a pass or a stub; the whole message for a failure."""
        name = self.part or self.exercise
        if self.outcome == "passed":
            return f"✓ {name}: passed, {self.checks} checks in {self.seconds:.2f} s"
        if self.outcome == "not attempted":
            what = re.sub(r"^\w+: ", "", self.message).rstrip(".")  # a stub names its exercise first
            return f"○ {name}: not attempted yet. {what[:1].upper()}{what[1:]}."
        return f"✗ {name}: {self.message}"


def paragraphs(**parts: str | None) -> str:
    """The parts of a remark, each on a line of its own under its name; empty ones are left out."""
    lines = []
    for name, text in parts.items():
        if text:
            label = name.replace("_", " ").capitalize()
            lines.append(f"  {label}: " + text.replace("\n", "\n    "))
    return "\n".join(lines)
