"""Whatever can be called is a function: partial, cached, scripted, or an object with `__call__`."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import tests
from checks.core.run import run_check
from checks.core.runner import LocalRunner
from course.catalogue import EXERCISES

FUNCTIONS = [
    (exercise.module, name, exercise.id if exercise.target else name)
    for exercise in EXERCISES
    for name in exercise.names
    if name[0].islower()
]
"""The module, the function, and what follows `tests.test_`."""


class Called:
    """An object that passes its arguments on."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def __call__(self, *arguments: object, **named: object) -> object:
        return self.function(*arguments, **named)


@pytest.mark.parametrize("wrapped", [functools.partial, functools.cache, Called], ids=lambda each: each.__name__)
@pytest.mark.parametrize(("module", "name", "check"), FUNCTIONS, ids=lambda each: each)
def test_any_callable_is_a_function(module: str, name: str, check: str, wrapped: Callable) -> None:
    if (name, wrapped) == ("hierarchical_loss", functools.cache):
        pytest.skip("a HierarchicalOutput cannot be hashed, and so not be cached")
    solution = getattr(__import__(f"solutions.{module}", fromlist=[name]), name)
    result, _ = run_check(getattr(tests, f"test_{check}"), wrapped(solution), seed=0)
    assert result.outcome == "passed", result.message


def test_a_scripted_function_is_a_function() -> None:
    def effective_beta(beta_kl: float, latents: int, pixels: int = 28 * 28, decoder_variance: float = 1.0) -> float:
        return beta_kl * pixels / (2 * decoder_variance * latents)

    scripted = torch.jit.script(effective_beta)
    result, _ = run_check(tests.test_effective_beta, scripted, seed=0)
    assert result.outcome == "passed", result.message


@pytest.mark.parametrize(
    ("answer", "what"), [(3, "an int"), (None, "None"), (Path, "the class `Path`"), (torch.zeros(2), "a Tensor")]
)
def test_what_cannot_be_called_is_named(answer: object, what: str) -> None:
    result, _ = run_check(tests.test_active_units, LocalRunner(answer), seed=0)
    assert (result.outcome, result.cause) == ("failed", "not-a-function")
    assert f"this is {what} where the function `active_units` should be" in result.message
