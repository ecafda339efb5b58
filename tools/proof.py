"""How well the checks judge: `python -m tools.proof` prints the table of docs/checks.md.

    python -m tools.proof --write               and writes it there, and its sums into the README (some minutes)
    python -m tools.proof --repeat 200          checks each reference with two hundred seeds and counts its failures
    python -m tools.proof --verdicts FILE       writes what the checks say of every answer, at one seed, as JSON
    python -m tools.proof --against FILE        compares that with such a file: before and after a change of the checks

`--only vae` (several are possible) limits any of them to these exercises. All end with 1 when a check was wrong, or
said something else than before.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from course import ROOT
from course.catalogue import EXERCISES
from suite.corpus import Answer, Right, Wrong, all_answers
from suite.corpus.shapes_and_counts import accepts
from suite.corpus.verdicts import accepted, named_rightly, verdict

HEAD = (
    "| exercise | wrong answers refused | causes named rightly | right answers accepted | a check takes "
    "| shapes and counts: wrong refused | right accepted |"
)
RULE = "|---" * HEAD.count(" | ") + "|---|"

TABLE_IN, SUMS_IN = ROOT / "docs" / "checks.md", ROOT / "README.md"
SUMS = "each of {wrong:,} wrong answers, {named:,} with the cause named, and not one of {right:,} right ones"
"""The README's sentence, which holds only where every wrong answer is refused and every right one accepted."""


@dataclass(frozen=True)
class Row:
    """What the checks said of one exercise's corpora: numbers of answers, and seconds that a check takes. The last two
    are the shapes-and-counts checker's, None where it does not apply."""

    exercise: str
    wrong: int
    refused: int
    named: int
    right: int
    accepted: int
    seconds: float
    usual_refused: int | None
    usual_accepted: int | None

    @property
    def sound(self) -> bool:
        return self.refused == self.wrong and self.accepted == self.right

    def __str__(self) -> str:
        def share(part: int | None, whole: int) -> str:
            return "–" if part is None else f"{part} ({part / whole:.0%})"

        cells = (
            self.exercise,
            f"{self.refused} of {self.wrong}",
            share(self.named, self.wrong),
            f"{self.accepted} of {self.right}",
            f"{self.seconds:.2f} s",
            share(self.usual_refused, self.wrong),
            share(self.usual_accepted, self.right),
        )
        return f"| {' | '.join(cells)} |"


def measured(exercise: str) -> Row:
    """The exercise before its answers; those that the check is wrong about are named on the standard error."""
    mine = answers_of([exercise])
    wrong = [each for each in mine if isinstance(each, Wrong)]
    right = [each for each in mine if isinstance(each, Right)]
    verdicts = {answer: verdict(answer) for answer in mine}
    refused = {each for each in wrong if verdicts[each].outcome == "failed"}
    passed = {each for each in right if accepted(each, verdicts[each])}
    for answer in {*mine} - refused - passed:
        print(f"wrong about {answer.id}", file=sys.stderr)
    for answer in wrong:
        if answer.cause and not named_rightly(answer, verdicts[answer]):
            print(f"{answer.id} was {verdicts[answer].cause}, not {answer.cause}", file=sys.stderr)
    usual = {answer: accepts(answer) for answer in mine}
    applies = None not in usual.values()
    return Row(
        exercise,
        len(wrong),
        len(refused),
        sum(named_rightly(each, verdicts[each]) for each in wrong if each.cause),
        len(right),
        len(passed),
        median(verdict(Answer(exercise, "the reference timed")).seconds for _ in range(9)),
        sum(not usual[each] for each in wrong) if applies else None,
        sum(bool(usual[each]) for each in right) if applies else None,
    )


def write(rows: Sequence[Row]) -> None:
    """Puts the rows of these exercises into the table, in the catalogue's order, and the sums of all corpora where they
    are read. Raises ValueError where there is no place for them."""
    lines = dict(re.findall(r"^(\| (\w+) \|.*)$", TABLE_IN.read_text(encoding="utf-8"), re.MULTILINE))
    lines = {exercise: line for line, exercise in lines.items()} | {row.exercise: str(row) for row in rows}
    table = [HEAD, RULE, *(lines[each.id] for each in EXERCISES if each.id in lines)]
    put(TABLE_IN, re.escape(HEAD) + r"\n(\|.*\n)+", "\n".join(table) + "\n")
    put(SUMS_IN, re.sub(r"\\\{\w+:,\\\}", "[0-9,]+", re.escape(SUMS)), sums())


def sums() -> str:
    """The README's sentence, of all corpora."""
    answers = all_answers()
    wrong = [each for each in answers if isinstance(each, Wrong)]
    named = [each for each in wrong if each.cause]
    return SUMS.format(wrong=len(wrong), named=len(named), right=len(answers) - len(wrong))


def put(file: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, lambda _: new, file.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{file.name} has {count} places for {new.splitlines()[0]!r}, not one.")
    file.write_text(text, encoding="utf-8")


def repeat(times: int, exercises: Sequence[str]) -> bool:
    """Whether no reference failed, whatever the seed."""
    failures = 0
    for exercise in exercises:
        reference = Answer(exercise, "the reference repeated")
        results = [verdict(reference, seed) for seed in range(times)]
        failed = [result for result in results if result.outcome != "passed"]
        failures += len(failed)
        slowest, usual = max(each.seconds for each in results), median(each.seconds for each in results)
        print(f"{exercise}: {len(failed)} of {times} failed; {usual:.2f} s each, {slowest:.2f} s at most", flush=True)
        for each in failed[:3]:
            print(f"  {each.message}")
    return not failures


def verdicts_of(exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the checks say of each answer at seed 0: outcome, cause, check, message and notes."""
    said = {}
    for answer in answers_of(exercises):
        result = asdict(verdict(answer, seed=0))
        said[answer.id] = {name: result[name] for name in ("outcome", "cause", "check", "message", "notes")}
    return said


def differences(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each thing that is said otherwise."""
    return [
        f"{answer}: {name}\n  - {before.get(answer, {}).get(name)}\n  + {after[answer][name]}"
        for answer in after
        for name in after[answer]
        if after[answer][name] != before.get(answer, {}).get(name)
    ]


def answers_of(exercises: Sequence[str]) -> list[Answer]:
    return [each for each in all_answers() if each.exercise in exercises]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/checks.md, its sums into the README"
    )
    parser.add_argument("--repeat", type=int, metavar="TIMES", help="check each reference this often")
    parser.add_argument("--verdicts", type=Path, metavar="FILE", help="write what the checks say of every answer")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare what they say with such a file")
    ids = [each.id for each in EXERCISES]
    parser.add_argument("--only", action="append", choices=ids, metavar="EXERCISE", help="an exercise's id")
    options = parser.parse_args()
    exercises = [each for each in ids if not options.only or each in options.only]
    if options.repeat:
        sys.exit(0 if repeat(options.repeat, exercises) else 1)
    if options.verdicts:
        options.verdicts.write_text(json.dumps(verdicts_of(exercises), indent=1), encoding="utf-8")
        return
    if options.against:
        found = differences(json.loads(options.against.read_text(encoding="utf-8")), verdicts_of(exercises))
        print("\n".join(found) or "The checks say what they said before.")
        sys.exit(1 if found else 0)
    print(HEAD, RULE, sep="\n")
    rows = []
    for exercise in exercises:
        rows.append(measured(exercise))
        print(rows[-1], flush=True)
    sound = all(row.sound for row in rows)
    if options.write and sound:
        write(rows)
    sys.exit(0 if sound else 1)  # W&B wants a number, at its end


if __name__ == "__main__":
    main()
