"""How well the checks judge: `python -m tools.proof` prints the table of docs/checks.md.

`python -m tools.proof --repeat 200` checks each reference with two hundred seeds and counts its failures.
`--only vae` (several are possible) limits either to these exercises. Both end with 1 when a check was wrong.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from statistics import median

from course.catalogue import EXERCISES
from suite.corpus import Answer, Right, Wrong, all_answers
from suite.corpus.shapes_and_counts import accepts
from suite.corpus.verdicts import accepted, named_rightly, verdict

HEAD = (
    "| exercise | wrong answers refused | causes named rightly | right answers accepted | a check takes "
    "| shapes and counts: wrong refused | right accepted |"
)


@dataclass
class Row:
    """One exercise before its answers; `usual` is what the shapes-and-counts checker says of each, where it applies."""

    exercise: str
    wrong: list[Wrong]
    right: list[Right]
    seconds: float

    def __post_init__(self) -> None:
        verdicts = {answer: verdict(answer) for answer in (*self.wrong, *self.right)}
        self.refused = [each for each in self.wrong if verdicts[each].outcome == "failed"]
        self.named = [each for each in self.wrong if each.cause and named_rightly(each, verdicts[each])]
        self.accepted = [each for each in self.right if accepted(each, verdicts[each])]
        self.usual = {answer: accepts(answer) for answer in (*self.wrong, *self.right)}

    @property
    def sound(self) -> bool:
        return len(self.refused) == len(self.wrong) and len(self.accepted) == len(self.right)

    def cells(self) -> list[str]:
        applies = None not in self.usual.values()
        usual_refused = sum(not self.usual[each] for each in self.wrong)
        usual_accepted = sum(bool(self.usual[each]) for each in self.right)
        return [
            self.exercise,
            f"{len(self.refused)} of {len(self.wrong)}",
            f"{len(self.named)} ({share(len(self.named), len(self.wrong))})",
            f"{len(self.accepted)} of {len(self.right)}",
            f"{self.seconds:.2f} s",
            f"{usual_refused} ({share(usual_refused, len(self.wrong))})" if applies else "–",
            f"{usual_accepted} ({share(usual_accepted, len(self.right))})" if applies else "–",
        ]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def print_table(answers: list[Answer], exercises: list[str]) -> bool:
    """Whether every wrong answer was refused and every right one accepted."""
    print(HEAD)
    print("|---" * HEAD.count(" | ") + "|---|")
    sound = True
    for exercise in exercises:
        mine = [each for each in answers if each.exercise == exercise]
        row = Row(
            exercise,
            [each for each in mine if isinstance(each, Wrong)],
            [each for each in mine if isinstance(each, Right)],
            median(verdict(Answer(exercise, "the reference timed")).seconds for _ in range(9)),
        )
        print("| " + " | ".join(row.cells()) + " |", flush=True)
        for answer in {*row.wrong} - {*row.refused} | {*row.right} - {*row.accepted}:
            print(f"wrong about {answer.id}", file=sys.stderr)
        sound = sound and row.sound
    return sound


def repeat(times: int, exercises: list[str]) -> bool:
    """Whether no reference failed, whatever the seed."""
    failures = 0
    for exercise in exercises:
        reference = Answer(exercise, "the reference repeated")
        results = [verdict(reference, seed) for seed in range(times)]
        failed = [result for result in results if result.outcome != "passed"]
        failures += len(failed)
        slowest, usual = max(each.seconds for each in results), median(each.seconds for each in results)
        print(
            f"{exercise}: {len(failed)} of {times} failed; {usual:.2f} s each, {slowest:.2f} s at most",
            flush=True,
        )
        for each in failed[:3]:
            print(f"  {each.message}")
    return not failures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, metavar="TIMES", help="check each reference this often")
    parser.add_argument("--only", action="append", metavar="EXERCISE", help="an exercise's id")
    options = parser.parse_args()
    answers = all_answers()
    present = {each.exercise for each in answers}
    exercises = [each.id for each in EXERCISES if each.id in (options.only or present)]
    sound = repeat(options.repeat, exercises) if options.repeat else print_table(answers, exercises)
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
