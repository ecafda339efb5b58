"""The checks of the bonus exercises beyond the corpora: remarks, and exercises of several parts."""

import linecache
from functools import cache
from types import ModuleType

import pytest

import tests
from checks.core.run import run_check
from course import ROOT
from course.catalogue import exercise_named
from suite.corpus import answer_named, transposed_conv
from suite.corpus.verdicts import cached_verdict
from tools.stubs import make_stub

PARTS = exercise_named("transposed_conv").names


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_a_check_of_its_own(part, capsys):
    check = getattr(tests, f"test_{part}")
    assert check(getattr(stub(), part)) is None
    assert f"○ {part}: not attempted yet. Write {part}" in capsys.readouterr().out
    assert check(getattr(reference(), part)) is None
    assert f"✓ {part}: passed" in capsys.readouterr().out


@cache
def stub() -> ModuleType:
    """The stubs of transposed_conv, run as a module."""
    path = ROOT / "solutions" / "transposed_conv.py"
    source = make_stub(path.read_text(encoding="utf-8"), path)
    module = ModuleType("stub_of_transposed_conv")
    module.__file__ = f"stub/{path.name}"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    exec(compile(source, module.__file__, "exec"), vars(module))
    return module


@cache
def reference() -> ModuleType:
    return transposed_conv.RIGHT[0].load()


def test_an_exercise_of_parts_is_whole_only_with_all_of_them():
    some = ModuleType("some")
    vars(some).update(vars(reference()))
    some.conv_transpose2d = stub().conv_transpose2d
    result, _ = run_check(tests.test_transposed_conv, some)
    assert result.outcome == "not attempted" and "5 of 6 parts right so far" in result.message

    some.ConvTranspose2d = lambda *sizes: None  # written, and wrong: that weighs more than what is not written
    result, _ = run_check(tests.test_transposed_conv, some)
    assert (result.outcome, result.cause) == ("failed", "not-a-class")

    del some.fractional_stride_2d
    result, _ = run_check(tests.test_transposed_conv, some)
    assert (result.outcome, result.cause) == ("failed", "missing-answer")


REMARKS = {
    "transposed_conv: kernel not flipped": [
        "conv_transpose1d_minimal(x, weights) with x (2, 3, 5) and weights (3, 3, 6) gave the right shape, but numbers",
        "Likely cause: the kernel is not turned round.",
        "Where: transposed_conv-kernel-not-flipped.py, line",
        "Hints: the exercise transposed_conv in notebooks/04_transposed_convolution.ipynb",
    ],
    "transposed_conv: zeros at the end too": [
        "fractional_stride_1d(x, stride=3) with x (2, 3, 5) gave shape (2, 3, 15); expected (2, 3, 13)",
        "zeros stand behind the last number too",
    ],
    "transposed_conv: spread along the channels": ["Follow a small case by hand: x = 1, 2 and stride 2 gives"],
    "transposed_conv: with a bias": [
        "its parameters are: weight (2, 3, 4, 5), bias (3,); expected one, weight (2, 3, 4, 5)"
    ],
    "transposed_conv: fan of the in channels": ["12 channels in, 60 out and a kernel of 5 by 7", "1/√(60 · 5 · 7)"],
    "transposed_conv: no fewer zeros than none": [
        "conv_transpose1d(x, weights, stride=2, padding=3) with x (2, 2, 6) and weights (2, 3, 2), a padding larger than",
        "a negative amount crops",
    ],
    "transposed_conv: a padding of 1 by default": [
        "stride=3) with x (2, 2, 5) and weights (2, 3, 4) and its defaults, padding=0"
    ],
    "transposed_conv: weights for weight": ["its weight is called `weights`; expected `weight`"],
    "transposed_conv: extra_repr that returns nothing": [
        "extra_repr() gave None; expected text. print(layer) would raise"
    ],
    "latent_pca: each batch centred": ["each batch is centred by its own mean"],
    "latent_pca: the mean is not subtracted": ["cosines of", "the mean latent is not subtracted"],
    "latent_pca: whitened by scikit-learn": ["your projections spread by 1.00 and 1.00; expected "],
    "latent_pca: eigh's rows": ["rows and columns are exchanged"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_to_do(name):
    answer = answer_named(name)
    for part in REMARKS[name]:
        assert part in cached_verdict(answer).message


def test_a_small_case_that_comes_out_right_is_not_shown():
    result = cached_verdict(answer_named("transposed_conv: first image only"))
    assert result.cause is None and "numbers that are off by" in result.message and "small case" not in result.message
