"""The numbers that README and docs give of the checks are those of the corpora, and the commands behind them work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from course import ROOT
from course.catalogue import EXERCISES
from suite.corpus import Fresh, Right, Wrong, all_answers
from suite.corpus.shapes_and_counts import accepts
from tools import proof

ANSWERS = all_answers()


def numbers(exercise: str) -> tuple[int, int, int]:
    """Wrong answers, those whose cause is known, and right answers. That each is judged so, test_corpus.py shows."""
    mine = [each for each in ANSWERS if each.exercise == exercise]
    wrong = [each for each in mine if isinstance(each, Wrong)]
    return (len(wrong), sum(each.cause is not None for each in wrong), sum(isinstance(each, Right) for each in mine))


def rows(head: str = proof.HEAD) -> dict[str, list[str]]:
    table = proof.TABLE_IN.read_text(encoding="utf-8").partition(head)[2].partition("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)]
    return {exercise: rest for exercise, *rest in cells[1:]}


@pytest.mark.parametrize("head", [proof.HEAD, proof.FRESH_HEAD], ids=["authors", "strangers"])
def test_the_tables_of_the_docs_hold_every_exercise(head: str) -> None:
    assert list(rows(head)) == [each.id for each in EXERCISES]


@pytest.mark.parametrize("exercise", [each.id for each in EXERCISES])
def test_the_table_of_the_docs_counts_the_corpora(exercise: str) -> None:
    wrong, named, right = numbers(exercise)
    refused, causes, accepted, *_ = rows()[exercise]
    assert (refused, accepted) == (f"{wrong} of {wrong}", f"{right} of {right}"), "python -m tools.proof --write"
    assert causes.startswith(f"{named} ("), "python -m tools.proof --write"


@pytest.mark.parametrize("exercise", [each.id for each in EXERCISES])
def test_the_table_of_the_docs_counts_the_strangers(exercise: str) -> None:
    answers = sum(isinstance(each, Fresh) and each.exercise == exercise for each in ANSWERS)
    refused, named, silent, false = rows(proof.FRESH_HEAD)[exercise]
    assert (refused, false) == (f"{answers} of {answers}", "0"), "python -m tools.proof --write"
    assert int(named.partition(" ")[0]) + int(silent) == answers, "python -m tools.proof --write"


def test_the_readme_gives_the_sums() -> None:
    assert proof.sums() in proof.SUMS_IN.read_text(encoding="utf-8"), "python -m tools.proof --write"


@pytest.mark.slow
def test_the_usual_checker_says_what_the_table_says(exercise: str = "vae") -> None:
    mine = [each for each in ANSWERS if each.exercise == exercise]
    refused = sum(not accepts(each) for each in mine if isinstance(each, Wrong))
    assert rows()[exercise][-2].startswith(f"{refused} ("), "python -m tools.proof --write"


def test_writing_needs_a_place(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing here")
    with pytest.raises(ValueError, match=r"README\.md has 0 places for 'new'"):
        proof.put(tmp_path / "README.md", "old", "new")


@pytest.mark.slow
def test_verdicts_are_written_and_compared(tmp_path: Path) -> None:
    def command(*options: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "tools.proof", "--only", "latent_pca", *map(str, options)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    file = tmp_path / "verdicts.json"
    assert command("--verdicts", file).returncode == 0
    same = command("--against", file)
    assert (same.returncode, same.stdout) == (0, "The checks say what they said before.\n"), same.stderr
    file.write_text(file.read_text().replace('"failed"', '"passed"', 1))
    other = command("--against", file)
    assert other.returncode == 1 and "outcome\n  - passed\n  + failed" in other.stdout
