"""The outcomes that checks leave behind, one line of JSON each in `results/progress.jsonl`, and what they add up to.

Lines are only ever added, each in one write: two processes at once do no harm, and whoever is killed half-way spoils
one line, which is then left out. An outcome counts for the code that was checked, not for what is written later.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from course import ROOT
from course.catalogue import EXERCISES, Exercise
from course.learner.answers import find_answer

FILE = ROOT / "results" / "progress.jsonl"


@dataclass(frozen=True)
class Entry:
    """What one check said of one answer: `name` in the file of `exercise`.

    `why` is a sentence for a failure; `fingerprint` belongs to the code that was checked; `by` is what ran the check,
    such as "notebook".
    """

    exercise: str
    name: str
    outcome: Literal["passed", "failed", "not attempted"]
    fingerprint: str
    why: str = ""
    cause: str | None = None
    by: str = ""
    time: str = ""

    @property
    def when(self) -> datetime:
        """The time, with its zone as it was written. Raises ValueError where it is none."""
        return datetime.fromisoformat(self.time)


State = Literal["passed", "failed", "not attempted", "not checked", "changed since", "cannot be read"]


@dataclass(frozen=True)
class Part:
    """One answer as the board shows it. `entry` is the check that its state comes from, None where it comes from the
    file alone; `trouble` is a sentence if that cannot be read."""

    exercise: Exercise
    name: str
    state: State
    entry: Entry | None = None
    trouble: str = ""


def add(entry: Entry) -> None:
    """Writes the entry, with the present time. Raises OSError where that cannot be done."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    line = json.dumps(asdict(entry) | {"time": now}, ensure_ascii=False)
    FILE.parent.mkdir(exist_ok=True)
    file = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        # The first line end closes a line that somebody left unfinished.
        os.write(file, f"\n{line}\n".encode())
    finally:
        os.close(file)


def entries() -> Iterator[Entry]:
    """Every entry that can be read, oldest first."""
    try:
        lines = FILE.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry = Entry(**json.loads(line))
            if entry.when.tzinfo and entry.outcome in ("passed", "failed", "not attempted"):
                yield entry
        except (ValueError, TypeError):  # empty, damaged, or of another version of the course
            continue


def parts() -> list[Part]:
    """Every answer that the course asks for, in order, and where it stands now."""
    checked: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries():
        checked.setdefault((entry.exercise, entry.name), []).append(entry)
    return [
        stand(exercise, name, checked.get((exercise.id, name), [])) for exercise in EXERCISES for name in exercise.names
    ]


def stand(exercise: Exercise, name: str, checks: list[Entry]) -> Part:
    """Where one answer stands, after these checks of it: what the last check of the present code said."""
    answer = find_answer(exercise.module, name)
    if answer.trouble:
        return Part(exercise, name, "cannot be read", trouble=answer.trouble)
    of_this_code = [entry for entry in checks if entry.fingerprint == answer.fingerprint]
    if of_this_code:
        return Part(exercise, name, of_this_code[-1].outcome, of_this_code[-1])
    if not answer.written:
        return Part(exercise, name, "not attempted")
    attempts = [entry for entry in checks if entry.outcome != "not attempted"]
    if attempts:
        return Part(exercise, name, "changed since", attempts[-1])
    return Part(exercise, name, "not checked")


def next_part(board: list[Part]) -> Part | None:
    """The first answer that is not known to be right."""
    return next((part for part in board if part.state != "passed"), None)


def troubles(board: list[Part]) -> list[str]:
    """A sentence for each file that Python cannot read."""
    return list(dict.fromkeys(part.trouble for part in board if part.trouble))
