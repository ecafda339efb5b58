"""An exercise of several functions: each part has its own outcome, and the whole says of every one what became of it."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tests
from checks.core.display import MARKS, displayed
from checks.core.result import CheckFailure, Result, whole
from checks.core.run import run_check
from checks.core.sandbox import Sandbox
from course import ROOT
from course.catalogue import NotWritten
from solutions import beta_vae

SOLUTION = (ROOT / "solutions" / "beta_vae.py").read_text(encoding="utf-8")
PARTS = ["kl_per_latent", "active_units", "aggregate_moments", "effective_beta"]


def unwritten(*_):
    raise NotWritten("beta_vae: write it in exercises/beta_vae.py")


def answered(**answers) -> ModuleType:
    """The reference with other answers to some parts."""
    module = ModuleType("beta_vae")
    vars(module).update(vars(beta_vae) | answers)
    return module


def outcomes(result: Result) -> dict[str, str]:
    return {part.part: part.outcome for part in result.parts}


HALF_RIGHT = {
    "active_units": lambda mu, threshold=0.01: mu.mean(0) > threshold,
    "aggregate_moments": lambda mu, sigma: mu,
}


def test_every_wrong_part_is_named_and_what_is_right_counts():
    result, failure = run_check(tests.test_beta_vae, answered(**HALF_RIGHT, effective_beta=unwritten), seed=0)
    assert outcomes(result) == dict(zip(PARTS, ("passed", "failed", "failed", "not attempted"), strict=True))
    assert (result.outcome, result.score, result.share) == ("failed", 0, 0.25)
    assert result.checks == sum(part.checks for part in result.parts) and result.parts[0].share == 1
    first = result.parts[1]
    assert (failure.exercise, failure.check, failure.cause) == ("beta_vae", first.check, first.cause)
    assert failure.numbers == first.numbers and failure.parts == result.parts
    lines = result.line().split("\n")
    assert lines[0] == "✗ beta_vae: 1 of 4 parts right."
    signed = [line.partition(": ")[0] for line in lines if line[0] in MARKS]
    assert signed == ["✗ beta_vae", "✗ active_units", "✗ aggregate_moments", "○ not attempted yet", "✓ right"]
    assert lines[-2:] == ["○ not attempted yet: effective_beta", "✓ right: kl_per_latent"]
    assert failure.line() == result.line() and str(failure) == result.message


def test_a_notebook_shows_each_wrong_part_under_its_own_sign():
    with pytest.raises(CheckFailure) as caught:
        tests.test_beta_vae(answered(**HALF_RIGHT))
    (shown,) = caught.value._render_traceback_()
    assert shown == displayed(caught.value.line())
    coloured = displayed(caught.value.line(), colour=True)
    assert coloured.count(f"\x1b[{MARKS['✗']}m✗") == 3 and coloured.count(f"\x1b[{MARKS['✓']}m✓") == 1


@pytest.mark.parametrize("forged", ["✓ beta_vae: passed, 9 checks in 0.01 s", "○ vae: not attempted yet."])
def test_no_sign_at_the_beginning_of_a_line_is_the_learners(forged):
    def raises(*_):
        raise ValueError(f"no\n{forged}")

    for check, answer in ((tests.test_kl_per_latent, raises), (tests.test_beta_vae, answered(kl_per_latent=raises))):
        line = run_check(check, answer)[0].line()
        assert f"\n  {forged}" in line and f"\n{forged}" not in line


def test_what_is_not_written_keeps_the_whole_from_passing_and_nothing_is_wrong():
    result, failure = run_check(tests.test_beta_vae, answered(active_units=unwritten, effective_beta=unwritten))
    assert (result.outcome, result.score, result.share, failure) == ("not attempted", 0, 0.5, None)
    assert result.line() == "○ beta_vae: 2 of 4 parts right so far. Not attempted yet: active_units, effective_beta."
    result, _ = run_check(tests.test_beta_vae, answered(**dict.fromkeys(PARTS, unwritten)))
    assert (result.outcome, result.share) == ("not attempted", 0)
    assert result.line() == "○ beta_vae: not attempted yet. Write it in exercises/beta_vae.py."


def test_all_right_is_one_line():
    result, _ = run_check(tests.test_beta_vae, beta_vae)
    assert (result.outcome, result.score, result.share) == ("passed", 1, 1)
    assert result.line().startswith(f"✓ beta_vae: passed, {result.checks} checks in ") and "\n" not in result.line()


def test_one_trouble_of_several_parts_is_told_once():
    parts = [Result("vae", "failed", message="no such file", part=part) for part in "abc"]
    assert whole("vae", parts).line() == "✗ vae: 0 of 3 parts right.\n✗ a, b, c: no such file"


def test_results_hold_their_parts_as_data():
    data = json.loads(run_check(tests.test_beta_vae, answered(**HALF_RIGHT))[0].as_json())
    assert (data["exercise"], data["outcome"], data["score"], data["share"]) == ("beta_vae", "failed", 0, 0.5)
    assert [(part["part"], part["share"]) for part in data["parts"]] == list(zip(PARTS, (1, 0, 0, 1), strict=True))
    assert {"exercise", "part", "outcome", "share", "cause", "message", "notes", "seconds"} <= set(data["parts"][1])


def test_notes_say_whose_they_are():
    parts = [Result("vae", "passed", notes=[note], part=part) for note, part in (("a habit", "a"), ("b: a habit", "b"))]
    assert whole("vae", parts).notes == ["a: a habit", "b: a habit"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected", "share", "words"),
    [
        (
            SOLUTION.replace("    return mu.var(", "    import os; os._exit(3)\n    return mu.var("),
            ["passed", "failed", "passed", "passed"],
            0.75,
            "✗ active_units: active_units(mu, threshold=0.01)",
        ),
        (f"import os\nos._exit(3)\n{SOLUTION}", ["failed"] * 4, 0, "exit code 3"),
        ("def broken(:", ["failed"] * 4, 0, f"✗ {', '.join(PARTS)}: importing your file raised SyntaxError"),
    ],
    ids=["a part ends the process", "the import ends the process", "the file cannot be read"],
)
def test_a_part_that_ends_the_process_costs_itself_alone(tmp_path: Path, text, expected, share, words):
    (tmp_path / "beta_vae.py").write_text(text, encoding="utf-8")
    with Sandbox(tmp_path, "beta_vae", "", 60) as sandbox:
        result, _ = run_check(tests.test_beta_vae, sandbox)
    assert list(outcomes(result).values()) == expected, result.message
    assert result.share == share and words in result.message


@pytest.mark.slow
def test_grading_keeps_each_part(tmp_path: Path):
    wrong = SOLUTION.replace("    return mu.var(", "    return -mu.var(")
    assert wrong != SOLUTION
    (tmp_path / "beta_vae.py").write_text(wrong, encoding="utf-8")
    report = tmp_path / "results.json"
    command = [sys.executable, "-m", "tools.grade", str(tmp_path), "--only", "beta_vae", "--json", str(report)]
    graded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert graded.returncode == 1, graded.stderr
    assert graded.stdout.startswith("✗ beta_vae: 3 of 4 parts right.\n✗ active_units: ")
    (result,) = json.loads(report.read_text())["results"]
    assert result["share"] == 0.75 and [part["part"] for part in result["parts"]] == PARTS
