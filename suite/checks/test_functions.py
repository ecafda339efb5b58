"""The engine for functions: what it refuses and names, and that the functions' own data hold together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from math import nan

import pytest
import torch
from torch import Tensor

import tests
from checks.core.compare import difference
from checks.core.mistakes import DOES_NOT_FIT, Mistake, mutant, table
from checks.core.result import Result
from checks.core.run import check, run_check
from checks.functions.function import (
    FunctionCheck,
    FunctionSpec,
    Outcome,
    Trial,
    answer_of,
    first_numbers,
    gradients,
    noted,
    number,
    numbers,
    shapes,
)
from suite.corpus.random_functions import FUNCTIONS, random_function
from suite.corpus.verdicts import cached_verdict

SPECS = [each for each in vars(tests).values() if isinstance(each, FunctionSpec)]


# The data of every function


def trials_of(spec: FunctionSpec) -> list[Trial]:
    generator = torch.Generator().manual_seed(4)
    return [trial for make in spec.trials.values() for trial in make(generator) if trial.compare is numbers]


def off(spec: FunctionSpec, recipe: Callable, trial: Trial) -> float:
    return FunctionCheck(None, spec).off(answer(recipe, trial), answer(spec.oracle, trial))


def answer(function: Callable, trial: Trial) -> tuple[Tensor, ...]:
    return answer_of(function(*trial.arguments))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_recipe_without_a_mistake_gives_what_the_oracle_gives(spec: FunctionSpec) -> None:
    for trial in trials_of(spec):
        assert off(spec, spec.recipe, trial) <= FunctionCheck(None, spec).tolerance(trial)


def known(spec: FunctionSpec) -> list[Mistake]:
    return [*spec.mistakes, *spec.rare]


def changes_something(spec: FunctionSpec, step: str, change: object) -> bool:
    mutant = replace(spec.recipe, **{step: change})
    for trial in trials_of(spec):
        try:
            if off(spec, mutant, trial) > spec.tolerance:
                return True
        except (RuntimeError, IndexError, ValueError, ArithmeticError):
            return True
    return False


def test_every_mistake_changes_what_some_function_gives() -> None:
    mistakes = {mistake.text: mistake for spec in SPECS for mistake in known(spec)}
    found = {
        mistake.text
        for spec in SPECS
        for mistake in known(spec)
        if changes_something(spec, mistake.step, mistake.change)
    }
    assert mistakes.keys() == found


def gives(spec: FunctionSpec, recipe: Callable) -> list[tuple[Tensor, ...] | None]:
    """What a recipe gives in each trial, in the form that is compared; None where it does not fit."""
    found: list[tuple[Tensor, ...] | None] = []
    for trial in trials_of(spec):
        try:
            found.append(spec.form(answer(recipe, trial)))
        except DOES_NOT_FIT:
            found.append(None)
    return found


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_no_two_mistakes_give_the_same(spec: FunctionSpec) -> None:
    """One of them could never be named, and somebody would be told the other."""
    trials = trials_of(spec)
    right = gives(spec, spec.oracle)

    def alike(some: list, others: list) -> bool:
        return all(
            (one is None) == (other is None)
            and (one is None or shapes(one) == shapes(other))
            and (one is None or difference(one, other) <= FunctionCheck(None, spec).tolerance(trial))
            for one, other, trial in zip(some, others, trials, strict=True)
        )

    shown = [(each, gives(spec, mutant(spec.recipe, [each]))) for each in known(spec)]
    shown = [(each, numbers) for each, numbers in shown if not alike(numbers, right)]  # some are a wider table's
    twins = [
        (one.cause, other.cause)
        for (one, some), (other, others) in combinations(shown, 2)
        if one.cause != other.cause and alike(some, others)
    ]
    assert not twins


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_cause_is_named_for_what_is_in_no_table(name: str) -> None:
    result = cached_verdict(random_function(name, seed=0))
    assert (result.outcome, result.cause) == ("failed", None), result.message


# The engine


@dataclass(frozen=True)
class Doubling:
    factor: Callable = lambda x: 2 * x
    shift: Callable = lambda x: x

    def __call__(self, x: Tensor) -> Tensor:
        return self.shift(self.factor(x))


double = FunctionSpec(
    "double",
    oracle=lambda x: x + x,
    recipe=Doubling(),
    mistakes=[
        *table("factor", ("tripled", "that is three times x.", lambda x: 3 * x)),
        *table("shift", ("one-more", "1 is added.", lambda x: x + 1)),
        *table("factor", ("rows-only", "only rows are taken.", lambda x: 2 * x[:, 0])),
    ],
    takes=("x",),
    example=Trial([torch.tensor([1.0, 2.0])], "x = 1, 2"),
    trials={
        "gives_the_right_numbers": lambda g: [Trial([torch.rand(5, generator=g)])],
        "lets_gradients_through": lambda g: [Trial([torch.rand(5, generator=g)], compare=gradients)],
        "takes_zeros": lambda g: [Trial([torch.zeros(2)], compare=noted("zeros are not doubled."))],
    },
)


def verdict(function: Callable, spec: FunctionSpec = double) -> Result:
    """The exercise's id is borrowed: a result must have one of the catalogue's."""

    @check("beta_vae", spec)
    def specification(double: FunctionCheck) -> None:
        double.gives_the_right_numbers()
        double.lets_gradients_through()
        double.takes_zeros()

    return run_check(specification, function, seed=0)[0]


def test_a_right_function_passes() -> None:
    result = verdict(lambda x: 2 * x)
    assert (result.outcome, result.checks, result.notes) == ("passed", 3, [])


def right_once() -> Callable:
    """A function that is right when it is called for the first time, and never again."""
    calls = []

    def function(x: Tensor) -> Tensor:
        calls.append(x)
        return 2 * x if len(calls) == 1 else 5 * x + len(calls)

    return function


@pytest.mark.parametrize(
    ("function", "cause", "words"),
    [
        (lambda x: 3 * x, "tripled", "that is three times x"),
        (lambda x: 3 * x + 1, "tripled+one-more", "three times x. And: 1 is added"),
        (lambda x: x**2, None, "Follow a small case by hand: x = 1, 2 gives 1, 4; it should give 2, 4"),
        (lambda x: (2 * x)[:3], "wrong-shape", "double(x) with x (5,)"),
        (lambda x: 2 * x + torch.rand(5), "sampled", "something else each time"),
        (right_once(), "sampled", "something else each time"),
        (lambda x: x.mul_(2), "changes-its-input", "an assignment (`x -= …`)"),
        (lambda x: None, "returns-none", "gave None; expected one tensor"),
        (lambda x: (x, x), "returns-tuple", "`double` is to return one tensor"),
        (lambda x: 2.0, "not-a-tensor", "gave a float; expected one tensor"),
        (lambda x: 2 * x.detach(), "detached", "no gradient for x"),
        (lambda x: x + x.detach(), "wrong-gradient", "a wrong gradient for x"),
        (lambda x: 2j * x, "complex-numbers", "gave complex numbers; expected one tensor"),
        (lambda: 0, "wrong-signature", "takes 0 positional arguments"),
    ],
)
def test_what_is_wrong_is_named(function: Callable, cause: str | None, words: str) -> None:
    result = verdict(function)
    assert (result.outcome, result.cause) == ("failed", cause), result.message
    assert words in result.message


def test_a_cause_explains_other_numbers_too() -> None:
    """What one input is explained by may be chance."""
    first: list[Tensor] = []

    def by_chance(x: Tensor) -> Tensor:
        first.append(x.clone())
        return 3 * x if torch.equal(x, first[0]) else x**2

    result = verdict(by_chance)
    assert (result.outcome, result.cause) == ("failed", None)


def test_of_what_explains_one_input_that_is_named_which_explains_all() -> None:
    """With five numbers both do, with three only one of the two."""
    length = table(
        "shift",
        ("five-more", "5 is added.", lambda x: x + 5),
        ("length-more", "its length is added.", lambda x: x + len(x)),
    )
    trials = {"gives_the_right_numbers": lambda g: [Trial([torch.rand(n, generator=g)]) for n in (5, 3)]}
    sized = replace(double, mistakes=length, trials=double.trials | trials)
    assert verdict(lambda x: 2 * x + len(x), sized).cause == "length-more"
    assert verdict(lambda x: 2 * x + 5, sized).cause == "five-more"


@pytest.mark.parametrize(
    ("seen", "expected", "words"),
    [
        (torch.arange(9.0), torch.arange(9.0) + (torch.arange(9) == 7), "gave 7 at [7]; expected 8"),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.001]), "gave 2 at [1]; expected 2.001"),
        (torch.tensor([1.0, 3.0]), torch.tensor([1.0, 2.0]), "gave 1, 3 of shape (2,); expected 1, 2 of shape (2,)"),
        (torch.arange(8) < 9, torch.arange(8) < 7, "gave True at [7]; expected False"),
        (torch.ones(7, 2), torch.ones(7, 2).index_fill(0, torch.tensor(6), nan), "gave 1 at [6, 0]; expected nan"),
    ],
)
def test_what_came_out_never_reads_like_what_was_expected(seen: Tensor, expected: Tensor, words: str) -> None:
    assert first_numbers(Outcome((), (seen,), (seen,), (expected,), False, None)) == words


def test_of_several_tensors_the_wrong_one_is_told() -> None:
    right, other = torch.arange(8.0), torch.arange(8.0).index_fill(0, torch.tensor(7), 0)
    outcome = Outcome((), (right, other), (right, other), (right, right), False, None)
    assert first_numbers(outcome) == "gave 0 at [7] of the second; expected 7"


def test_what_is_worth_a_note_is_no_failure() -> None:
    def no_zeros(x: Tensor) -> Tensor:
        if not x.any():
            raise ZeroDivisionError
        return 2 * x

    result = verdict(no_zeros)
    assert (result.outcome, result.notes) == ("passed", ["double: zeros are not doubled."])


def test_a_gradient_of_zero_may_be_missing() -> None:
    sign = replace(double, oracle=torch.sign, recipe=torch.sign, mistakes=(), example=None)
    assert verdict(lambda x: (x > 0).float() + 0 * x, sign).outcome == "passed"
    assert verdict(lambda x: (x > 0).float(), sign).outcome == "passed"


def test_a_plain_number_counts_where_one_is_asked() -> None:
    total = replace(
        double,
        oracle=torch.sum,
        recipe=torch.sum,
        mistakes=(),
        read=number,
        example=None,
        trials=double.trials | {"lets_gradients_through": lambda g: [], "takes_zeros": lambda g: []},
    )
    assert verdict(lambda x: float(x.sum()), total).outcome == "passed"


def test_a_probe_without_trials_is_an_error_of_the_specification() -> None:
    with pytest.raises(AttributeError, match="takes_ones"):
        FunctionCheck(None, double).takes_ones()
