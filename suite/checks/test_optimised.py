"""Under `python -O`, which leaves out every `assert`, the checks judge as they always do."""

import json
import subprocess
import sys

import pytest

from course import ROOT
from course.catalogue import EXERCISES
from suite.corpus import Right, Wrong, all_answers

JUDGE = """
import json
import sys

from suite.corpus import all_answers
from suite.corpus.verdicts import verdict

assert False, "this Python does not leave out what it asserts"
answers = {answer.id: answer for answer in all_answers()}
for name in sys.argv[1:]:
    result = verdict(answers[name], seed=0)
    print(json.dumps([name, result.outcome, result.cause]))
"""


@pytest.mark.slow
def test_right_and_wrong_answers_of_every_exercise_are_judged_alike_without_asserts() -> None:
    answers = all_answers()
    right, wrong = (
        [
            next(each for each in answers if isinstance(each, kind) and each.exercise == exercise.id)
            for exercise in EXERCISES
        ]
        for kind in (Right, Wrong)
    )
    done = subprocess.run(
        [sys.executable, "-O", "-c", JUDGE, *(answer.id for answer in right + wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        *([answer.id, "passed", None] for answer in right),
        *([answer.id, "failed", answer.cause] for answer in wrong),
    ]
