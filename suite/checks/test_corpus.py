"""Every check before its corpus: wrong answers, right ones, the reference, the stub. What is in suite/corpus/ takes part."""

from pathlib import Path

import pytest

from checks.core.run import run_check
from checks.core.submission import Submission
from course import ROOT
from course.catalogue import EXERCISES, Exercise
from suite.corpus import Right, Wrong, all_answers
from suite.corpus.verdicts import accepted, cached_verdict, check_of, decided_by, named_rightly, probes_of
from suite.corpus.words import of_the_harness
from tools.stubs import make_stub

ANSWERS = all_answers()
WRONG = [answer for answer in ANSWERS if isinstance(answer, Wrong)]
RIGHT = [answer for answer in ANSWERS if isinstance(answer, Right)]
REFERENCES = [Right(exercise.id, "the reference itself") for exercise in EXERCISES]
PROBES = list(
    dict.fromkeys(
        (exercise.id, probe)
        for exercise in EXERCISES
        for check in ([exercise.id] if exercise.target else exercise.names)
        for probe in probes_of(check)
    )
)


def each(answers: list) -> list:
    """As parameters; all but every eighth are slow, so that `make quick` takes a sample."""
    marks = {False: [pytest.mark.slow], True: []}
    return [pytest.param(answer, marks=marks[number % 8 == 0], id=answer.id) for number, answer in enumerate(answers)]


@pytest.mark.parametrize("answer", each(WRONG))
def test_wrong_answers_are_refused_and_named(answer: Wrong) -> None:
    result = cached_verdict(answer)
    assert result.outcome == "failed"
    assert named_rightly(answer, result), f"{result.cause}, not {answer.cause}:\n{result.message}"
    assert not of_the_harness(result), result.message


@pytest.mark.parametrize("answer", each([*REFERENCES, *RIGHT]))
def test_right_answers_are_accepted(answer: Right) -> None:
    result = cached_verdict(answer)
    assert accepted(answer, result), (result.message, result.notes)
    assert not of_the_harness(result), result.notes


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "probe"), PROBES, ids=[".".join(each) for each in PROBES])
def test_each_probe_decides_something(exercise: str, probe: str) -> None:
    assert decided_by(exercise, probe, WRONG), "the other probes refuse every answer that this one refuses"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as a learner finds it."""
    folder = tmp_path_factory.mktemp("stubs")
    for module in {exercise.module for exercise in EXERCISES}:
        path = ROOT / "solutions" / f"{module}.py"
        (folder / path.name).write_text(make_stub(path.read_text(encoding="utf-8"), path), encoding="utf-8")
    return folder


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_stub_is_not_attempted(exercise: Exercise, stubs: Path) -> None:
    result, _ = run_check(check_of(exercise.id), Submission(stubs).runner(exercise.module, exercise.target))
    assert (result.outcome, result.score) == ("not attempted", 0)
    assert f"exercises/{exercise.module}.py" in result.message
