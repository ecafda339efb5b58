"""How well the checks judge: `python -m tools.proof` prints the two tables of docs/checks.md.

    python -m tools.proof --write               and writes them there, and their sums into the README (some minutes)
    python -m tools.proof --fresh               only the second: what strangers' wrong answers are told
    python -m tools.proof --repeat 200          checks each reference with two hundred seeds and counts its failures
    python -m tools.proof --repeat 5 --of wrong         each wrong answer with five (or right, or fresh: the strangers')
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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from checks.core.result import Result
from course import ROOT
from course.catalogue import EXERCISES
from suite.corpus import Answer, Fresh, Right, Wrong, all_answers
from suite.corpus.shapes_and_counts import accepts
from suite.corpus.verdicts import accepted, named_rightly, told, verdict

Kind = TypeVar("Kind", bound=Answer)
KINDS = {"wrong": Wrong, "right": Right, "fresh": Fresh}

HEAD = (
    "| exercise | wrong answers refused | causes named rightly | right answers accepted | a check takes "
    "| shapes and counts: wrong refused | right accepted |"
)
FRESH_HEAD = "| exercise | strangers' wrong answers refused | a true cause named | no cause | a false cause |"

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
        return line_of(
            self.exercise,
            f"{self.refused} of {self.wrong}",
            share(self.named, self.wrong),
            f"{self.accepted} of {self.right}",
            f"{self.seconds:.2f} s",
            share(self.usual_refused, self.wrong),
            share(self.usual_accepted, self.right),
        )


@dataclass(frozen=True)
class FreshRow:
    """What was said of the wrong answers to one exercise by people who had not seen the tables: numbers of answers."""

    exercise: str
    answers: int
    accepted: int
    true: int
    silent: int
    false: int

    @property
    def sound(self) -> bool:
        return not self.accepted + self.false

    def __str__(self) -> str:
        return line_of(
            self.exercise,
            f"{self.answers - self.accepted} of {self.answers}",
            share(self.true, self.answers),
            str(self.silent),
            str(self.false),
        )


AnyRow = Row | FreshRow


def share(part: int | None, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if part is not None and whole else "–"


def line_of(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def rule(head: str) -> str:
    return "|---" * head.count(" | ") + "|---|"


def measured(exercise: str) -> Row:
    """The exercise before its answers, at one seed; those that the check is wrong about are named on the standard error."""
    wrong, right = answers_of([exercise], Wrong), answers_of([exercise], Right)
    mine = [*wrong, *right]
    verdicts = {answer: verdict(answer, seed=0) for answer in mine}
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


def measured_fresh(exercise: str) -> FreshRow:
    """The exercise before strangers' wrong answers; those with no cause, or a false one, are named on the standard
    error."""
    said = []
    for answer in answers_of([exercise], Fresh):
        result = verdict(answer, seed=0)
        said.append(told(answer, result))
        if said[-1] != "a true cause":
            print(f"{answer.id}: {said[-1]} ({result.cause}); {answer.mistake}", file=sys.stderr)
    numbers = {
        kind: sum(each == kind for each in said) for kind in ("accepted", "a true cause", "no cause", "a false cause")
    }
    return FreshRow(exercise, len(said), *numbers.values())


def write(rows: Sequence[AnyRow], head: str) -> None:
    """Puts the rows of these exercises into the table with this head, in the catalogue's order. Raises ValueError where
    there is no place for them."""
    old = TABLE_IN.read_text(encoding="utf-8").partition(head)[2].partition("\n\n")[0]
    lines = {exercise: line for line, exercise in re.findall(r"^(\| (\w+) \|.*)$", old, re.MULTILINE)}
    lines |= {row.exercise: str(row) for row in rows}
    table = [head, rule(head), *(lines[each.id] for each in EXERCISES if each.id in lines)]
    put(TABLE_IN, re.escape(head) + r"\n(\|.*\n)+", "\n".join(table) + "\n")


def write_sums() -> None:
    """Puts the sums of all corpora where they are read."""
    put(SUMS_IN, re.sub(r"\\\{\w+:,\\\}", "[0-9,]+", re.escape(SUMS)), sums())


def sums() -> str:
    """The README's sentence, of all corpora but the strangers'."""
    ids = [each.id for each in EXERCISES]
    wrong = answers_of(ids, Wrong)
    named = [each for each in wrong if each.cause]
    return SUMS.format(wrong=len(wrong), named=len(named), right=len(answers_of(ids, Right)))


def put(file: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, lambda _: new, file.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{file.name} has {count} places for {new.splitlines()[0]!r}, not one.")
    file.write_text(text, encoding="utf-8")


def repeat(times: int, exercises: Sequence[str], kind: type[Answer] | None) -> bool:
    """Whether each reference passed, or each answer of a kind was judged as it should be, whatever the seed."""
    errors = 0
    for exercise in exercises:
        answers = answers_of([exercise], kind) if kind else [Right(exercise, "the reference repeated")]
        results = [(answer, verdict(answer, seed)) for answer in answers for seed in range(times)]
        wrong = [(answer, result) for answer, result in results if not judged_rightly(answer, result)]
        errors += len(wrong)
        seconds = [result.seconds for _, result in results] or [0.0]
        print(
            f"{exercise}: {len(wrong)} of {len(results)} judged wrongly; {median(seconds):.2f} s each, "
            f"{max(seconds):.2f} s at most",
            flush=True,
        )
        for answer, result in wrong[:9]:
            print(f"  {answer.id}: {result.outcome}, {result.cause}: {result.message}")
    return not errors


def judged_rightly(answer: Answer, result: Result) -> bool:
    match answer:
        case Right():
            return accepted(answer, result)
        case Fresh():
            return told(answer, result) in ("a true cause", "no cause")
        case Wrong():
            return result.outcome == "failed" and result.cause == answer.cause
    raise TypeError(f"{answer.id} is neither right nor wrong")


def verdicts_of(exercises: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the checks say of each answer at seed 0: outcome, cause, check, message and notes."""
    said = {}
    for answer in answers_of(exercises, Answer):
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


def answers_of(exercises: Sequence[str], kind: type[Kind]) -> list[Kind]:
    return [each for each in all_answers() if each.exercise in exercises and isinstance(each, kind)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/checks.md, its sums into the README"
    )
    parser.add_argument("--fresh", action="store_true", help="what strangers' wrong answers are told, alone")
    parser.add_argument("--repeat", type=int, metavar="TIMES", help="check each reference this often")
    parser.add_argument("--of", choices=KINDS, help="repeat these answers, not the references")
    parser.add_argument("--verdicts", type=Path, metavar="FILE", help="write what the checks say of every answer")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare what they say with such a file")
    ids = [each.id for each in EXERCISES]
    parser.add_argument("--only", action="append", choices=ids, metavar="EXERCISE", help="an exercise's id")
    options = parser.parse_args()
    exercises = [each for each in ids if not options.only or each in options.only]
    if options.repeat:
        sys.exit(0 if repeat(options.repeat, exercises, KINDS.get(options.of)) else 1)
    if options.verdicts:
        options.verdicts.write_text(json.dumps(verdicts_of(exercises), indent=1), encoding="utf-8")
        return
    if options.against:
        found = differences(json.loads(options.against.read_text(encoding="utf-8")), verdicts_of(exercises))
        print("\n".join(found) or "The checks say what they said before.")
        sys.exit(1 if found else 0)
    sound = True
    tables: dict[str, Callable[[str], AnyRow]] = {HEAD: measured, FRESH_HEAD: measured_fresh}
    for head, measure in list(tables.items())[options.fresh :]:
        rows = print_table(head, map(measure, exercises))
        sound &= all(row.sound for row in rows)
        if options.write and sound:
            write(rows, head)
    if options.write and sound:
        write_sums()
    sys.exit(0 if sound else 1)  # W&B wants a number, at its end


def print_table(head: str, rows: Iterable[AnyRow]) -> list[AnyRow]:
    """Prints the rows as they come, and returns them."""
    print("", head, rule(head), sep="\n")
    printed = []
    for row in rows:
        print(row, flush=True)
        printed.append(row)
    return printed


if __name__ == "__main__":
    main()
