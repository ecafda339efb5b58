"""The three outcomes of a check, and how each of them reads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal
from unittest import SkipTest

from checks.core.display import MARKS, displayed

OUTCOMES = ("failed", "not attempted", "passed")
"""What a part's outcome means for the whole: the first of these that any part has decides."""
OTHER_SIGN = re.compile(f"^(?=[{''.join(MARKS)}])", re.MULTILINE)


class CheckFailure(AssertionError):
    """A learner's answer is not right yet.

    Attributes: `exercise` and `check` (which probe of which exercise), `cause` (a stable slug such as "missing-relu", or
    None where no known mistake fits), `message` (what the learner reads), `numbers` (what was seen and expected, as data),
    `part` and `parts` (as in `Result`). Of an exercise of several parts, check, cause and numbers are the first wrong one's.
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
        self.parts: list[Result] = []

    @classmethod
    def of(cls, result: Result) -> CheckFailure:
        """The failure that a result tells of."""
        failure = cls(
            result.message, cause=result.cause, check=result.check, exercise=result.exercise, numbers=result.numbers
        )
        failure.part, failure.parts = result.part, result.parts
        return failure

    def __str__(self) -> str:
        return self.message

    def line(self) -> str:
        """The message under the name of what failed."""
        return signed("✗", self.part or self.exercise, self.message, bool(self.parts))

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

    Where an exercise asks for several functions, each has a result, in which `part` names it; the exercise's own is made
    of its `parts` by `whole`, and its `share` is how many of them passed, from 0 to 1.
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
    parts: list[Result] = field(default_factory=list)

    @property
    def score(self) -> int:
        return int(self.outcome == "passed")

    @property
    def share(self) -> float:
        return sum(part.score for part in self.parts) / len(self.parts) if self.parts else float(self.score)

    def as_data(self) -> dict[str, Any]:
        """All of it, its parts too, as data that JSON can hold."""
        parts = [part.as_data() for part in self.parts]
        return {**asdict(self), "parts": parts, "score": self.score, "share": self.share}

    def as_json(self) -> str:
        return json.dumps(self.as_data(), ensure_ascii=False, indent=2)

    def line(self) -> str:
        """One plain line for a pass or a stub; the whole message for a failure."""
        name = self.part or self.exercise
        if self.outcome == "passed":
            return f"✓ {name}: passed, {self.checks} checks in {self.seconds:.2f} s"
        if self.outcome == "not attempted":
            what = re.sub(r"^\w+: ", "", self.message).rstrip(".")  # a stub names its exercise first
            begun = "" if self.share else "not attempted yet. "
            return signed("○", name, f"{begun}{what[:1].upper()}{what[1:]}.")
        return signed("✗", name, self.message, bool(self.parts))


def signed(sign: str, name: str, text: str, of_parts: bool = False) -> str:
    """The text under an outcome's sign and a name. Only a text that is made of its parts' holds other signs at the
    beginning of a line: in any other, whatever the learner's code said, they are moved in."""
    return f"{sign} {name}: {text if of_parts else OTHER_SIGN.sub('  ', text)}"


def whole(exercise: str, parts: Sequence[Result]) -> Result:
    """An exercise's result, made of its parts': wrong where one of them is, otherwise not attempted where one is not,
    otherwise passed. What it says of a cause, a check and numbers is the first wrong part's."""
    by_outcome = {outcome: [part for part in parts if part.outcome == outcome] for outcome in OUTCOMES}
    wrong, unwritten, right = by_outcome.values()
    decisive = (wrong or unwritten or right)[0]
    so_far = f"{len(right)} of {len(parts)} parts right"
    if wrong:
        said = [
            f"{so_far}.",
            *told_once(wrong),
            *together("○ not attempted yet", unwritten),
            *together("✓ right", right),
        ]
        message = "\n".join(said)
    elif unwritten and right:
        message = f"{so_far} so far. Not attempted yet: {', '.join(part.part for part in unwritten)}."
    else:
        message = decisive.message
    return replace(
        decisive,
        exercise=exercise,
        part="",
        parts=[*parts],
        message=message,
        checks=sum(part.checks for part in parts),
        seconds=sum(part.seconds for part in parts),
        notes=[f"{part.part}: {note.removeprefix(f'{part.part}: ')}" for part in parts for note in part.notes],
        printed="".join(part.printed for part in parts),
    )


def told_once(wrong: Sequence[Result]) -> list[str]:
    """What is said of each wrong part; of several that have one trouble, a file that cannot be imported say, once."""
    names: dict[str, list[str]] = {}
    for part in wrong:
        names.setdefault(part.message, []).append(part.part)
    return [signed("✗", ", ".join(each), message) for message, each in names.items()]


def together(what: str, parts: Sequence[Result]) -> list[str]:
    """A line that says one thing of all these parts, if there are any."""
    return [f"{what}: {', '.join(part.part for part in parts)}"] if parts else []


def paragraphs(**parts: str | None) -> str:
    """The parts of a remark, each on a line of its own under its name; empty ones are left out."""
    lines = []
    for name, text in parts.items():
        if text:
            label = name.replace("_", " ").capitalize()
            lines.append(f"  {label}: " + text.replace("\n", "\n    "))
    return "\n".join(lines)
