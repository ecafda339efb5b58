"""The checks of the bonus exercises before wrong answers, right ones, and stubs."""

import linecache
from functools import cache
from types import ModuleType

import pytest

import tests
from checks.exam import examine
from checks.hands import ROOT, Hands
from course.catalogue import exercise_named
from suite.corpus import latent_pca, transposed_conv
from suite.corpus.verdicts import SECONDS, accepted, decided_by, named_rightly, probes_of, settled
from tools.stubs import make_stub

EXERCISES = ("transposed_conv", "latent_pca")
WRONG = (*transposed_conv.WRONG, *latent_pca.WRONG)
RIGHT = (*transposed_conv.RIGHT, *latent_pca.RIGHT)
PARTS = exercise_named("transposed_conv").names
PROBES = [
    *dict.fromkeys(("transposed_conv", probe) for part in PARTS for probe in probes_of(part)),
    *(("latent_pca", probe) for probe in probes_of("latent_pca")),
]


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: answer.id)
def test_wrong_answers_are_refused_and_named(answer):
    result = settled(answer)
    assert result.outcome == "failed"
    assert named_rightly(answer, result), f"{result.cause}, not {answer.cause}:\n{result.message}"


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.id)
def test_right_answers_are_accepted(answer):
    result = settled(answer)
    assert accepted(answer, result), (result.message, result.notes)


@pytest.mark.parametrize(("exercise", "probe"), PROBES, ids=[".".join(each) for each in PROBES])
def test_each_probe_decides_something(exercise, probe):
    assert decided_by(exercise, probe, WRONG), "the other probes refuse every answer that this one refuses"


@cache
def stub(exercise: str) -> ModuleType:
    """The exercise's stub, run as a module."""
    path = ROOT / "solutions" / f"{exercise_named(exercise).module}.py"
    source = make_stub(path.read_text(encoding="utf-8"), path)
    module = ModuleType(f"stub_of_{exercise}")
    module.__file__ = f"stub/{path.name}"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    exec(compile(source, module.__file__, "exec"), vars(module))
    return module


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_stub_is_not_attempted(exercise):
    target = exercise_named(exercise).target
    answer = getattr(stub(exercise), target) if target else stub(exercise)
    result, _ = examine(getattr(tests, f"test_{exercise}"), Hands(answer, SECONDS))
    assert (result.outcome, result.score) == ("not attempted", 0)
    assert f"exercises/{exercise}.py" in result.message


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_a_check_of_its_own(part, capsys):
    check = getattr(tests, f"test_{part}")
    assert check(getattr(stub("transposed_conv"), part)) is None
    assert f"○ {part}: not attempted yet. write {part}" in capsys.readouterr().out
    assert check(getattr(reference(), part)) is None
    assert f"✓ {part}: passed" in capsys.readouterr().out


@cache
def reference() -> ModuleType:
    return RIGHT[0].load()


def test_an_exercise_of_parts_is_whole_only_with_all_of_them():
    some = ModuleType("some")
    vars(some).update(vars(reference()))
    some.conv_transpose2d = stub("transposed_conv").conv_transpose2d
    result, _ = examine(tests.test_transposed_conv, some)
    assert result.outcome == "not attempted" and "write conv_transpose2d" in result.message

    some.ConvTranspose2d = lambda *sizes: (
        None
    )  # written, and wrong: that weighs more than what is not written
    result, _ = examine(tests.test_transposed_conv, some)
    assert (result.outcome, result.cause) == ("failed", "not-a-module")

    del some.fractional_stride_2d
    result, _ = examine(tests.test_transposed_conv, some)
    assert (result.outcome, result.cause) == ("failed", "missing-answer")


REMARKS = {
    "kernel not flipped": [
        "conv_transpose1d_minimal(x, weights) with x (2, 3, 5) and weights (3, 3, 6) gave the right shape, but numbers",
        "Likely cause: the kernel is not turned round.",
        "Where: transposed_conv-kernel-not-flipped.py, line",
        "Hints: the exercise transposed_conv in notebooks/04_transposed_convolution.ipynb",
    ],
    "zeros at the end too": [
        "fractional_stride_1d(x, 3) with x (2, 3, 5) gave shape (2, 3, 15); expected (2, 3, 13)",
        "zeros stand behind the last number too",
    ],
    "first image only": [
        "x = 1, 2, the kernel 1, 10, 100 gives 1, 12, 120, 200; it should give 1, 12, 120, 200"
    ],
    "spread along the channels": ["Follow a small case by hand: x = 1, 2 and stride 2 gives"],
    "with a bias": ["its parameters are: weight (2, 3, 4, 5), bias (3,); expected one, weight (2, 3, 4, 5)"],
    "fan of the in channels": ["12 channels in, 60 out and a kernel of 5 by 7", "1/√(60 · 5 · 7)"],
    "the mean is not subtracted": ["cosines of", "the mean latent is not subtracted"],
    "whitened by scikit-learn": ["your projections spread by 1.00 and 1.00; expected 6.00 and 3.00"],
    "eigh's rows": ["rows and columns are exchanged"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_to_do(name):
    answer = next(each for each in WRONG if each.name == name)
    for part in REMARKS[name]:
        assert part in settled(answer).message
