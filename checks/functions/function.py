"""A function under test as data: what it computes, on what it is tried, and how it goes wrong. One engine judges them all.

An exercise makes a `FunctionSpec` for each function that it asks for. Its `trials` are the probes that tests.py names:

    squares = FunctionSpec(
        "squares",
        oracle=torch.square,                       # another road to the right numbers than the recipe
        recipe=Squares(),                          # the right answer in steps; a mistake does one of them otherwise
        mistakes=table("power", ("cubed", "that is the cube.", lambda x: x**3)),
        takes=("x",),
        trials={"gives_the_right_numbers": lambda g: [Trial([torch.randn(7, generator=g)])]},
    )
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from math import inf
from typing import Any, NoReturn

import torch
from torch import Generator, Tensor

from checks.core.compare import TOLERANCE, difference, same
from checks.core.evidence import Raised
from checks.core.exceptions import KnownError
from checks.core.mistakes import Mistake, Symptom, causes_of, diagnose, diagnose_nearest, first_shown, texts_of
from checks.core.require import require_function
from checks.core.return_values import instead_of_several, instead_of_tensor
from checks.core.run import CheckRun, probe
from checks.functions.operations import apply

Answer = tuple[Tensor, ...]
"""What a function gives, as tensors: one for most."""


@dataclass(frozen=True)
class Outcome:
    """What came of a trial: what was `seen`, the `other` of two calls, and what was `expected`.

    It is `right` where both calls gave what was expected; of a wrong one, `seen` is the call that went wrong (first).
    `evidence` is what the operation says of the first call.
    """

    arguments: Sequence[Any]
    seen: Answer
    other: Answer
    expected: Answer
    right: bool
    evidence: Any

    @property
    def other_shape(self) -> bool:
        return shapes(self.seen) != shapes(self.expected)


CUT_OFF = "a `.detach()`, `.data`, `.item()`, `.numpy()`, `torch.tensor(…)` or `torch.no_grad()` on the way."

SAMPLED = Symptom(
    "sampled",
    "it gives something else each time, for the same input.",
    lambda outcome: not same(outcome.seen, outcome.other),
)


# What a trial compares


def numbers(check: FunctionCheck, trial: Trial) -> None:
    """What the function gives, twice, beside the oracle's."""
    outcome = check.call(trial)
    _, harmless = first_shown(check.spec.harmless, outcome)
    if harmless:
        check.note(harmless)
    elif not outcome.right:
        check.explain(trial, outcome)


def gradients(check: FunctionCheck, trial: Trial) -> None:
    """The gradient for each tensor that was handed over, beside the oracle's."""
    leaves = [each.clone().requires_grad_() if isinstance(each, Tensor) else each for each in trial.arguments]
    (output,) = answer_of(check.spec.oracle(*leaves))
    cotangent = 0.5 + torch.rand(output.shape, generator=check.run.generator, dtype=output.dtype)
    tensors = {number: each for number, each in enumerate(leaves) if isinstance(each, Tensor)}
    wanted = torch.autograd.grad((output * cotangent).sum(), list(tensors.values()))
    found = check.observe(trial, cotangent=cotangent).gradients
    check.compare_gradients(
        trial,
        {check.spec.takes[number]: found.get(str(number)) for number in tensors},
        {check.spec.takes[number]: each for number, each in zip(tensors, wanted, strict=True)},
    )


def noted(text: str) -> Comparison:
    """Compares the numbers; where they are wrong, or none come, this is worth a note, and no more."""

    def compare(check: FunctionCheck, trial: Trial) -> None:
        spec = check.spec
        evidence = check.run.runner.run_operation(spec.operation, **spec.request(*trial.arguments))
        seen = None if isinstance(evidence, Raised) else spec.read(evidence.value)
        if seen is None or not check.agree(trial, seen, answer_of(spec.oracle(*trial.arguments))):
            check.note(text)

    return compare


@dataclass(frozen=True)
class Trial:
    """One call of the function, and what of it is compared.

    `text` is what is particular about it, said behind the call ("both float64"). `known_errors` and `symptoms` are what
    an exception and a wrong answer mean in this trial; they are looked at before those of the function. `how` goes to the
    operation, beside the arguments.
    """

    arguments: Sequence[Any]
    text: str = ""
    compare: Comparison = numbers
    known_errors: Sequence[KnownError] = ()
    symptoms: Sequence[Symptom] = ()
    tolerance: float | None = None
    how: Mapping[str, Any] = field(default_factory=dict)


Comparison = Callable[["FunctionCheck", Trial], None]


def left_to_defaults(arguments: Sequence[Any], **defaults: Any) -> list[Trial]:
    """A call with the arguments that have `defaults`, and one without them: what is right there and wrong here is another
    default, or none."""
    words = joined(f"{name}={shown(value)}" for name, value in defaults.items())
    text = f"the first line of the function has another default, or none: {words}."
    left_out = Trial(
        arguments,
        f" and its defaults, {words},",
        known_errors=(KnownError("TypeError", r"missing \d+ required positional arg", "default-missing", text),),
        symptoms=(Symptom("other-default", text, lambda outcome: same(outcome.seen, outcome.other)),),
    )
    return [Trial([*arguments, *defaults.values()]), left_out]


# How a function's value is read


def tensor(value: Any) -> Answer | None:
    """One tensor."""
    return (value,) if isinstance(value, Tensor) else None


def number(value: Any) -> Answer | None:
    """One tensor, or a plain number."""
    return (torch.as_tensor(value),) if type(value) in (bool, int, float) else tensor(value)


def pair(value: Any) -> Answer | None:
    """Two tensors, as a tuple or a list."""
    fits = isinstance(value, tuple | list) and len(value) == 2
    return tuple(value) if fits and all(isinstance(each, Tensor) for each in value) else None


# How wrong numbers are told


def first_numbers(outcome: Outcome) -> str:
    """The first numbers of each tensor, and its shape where it has one; where the first ones are right, those that are
    furthest off instead."""
    if not outcome.other_shape and all(map(first_alike, outcome.seen, outcome.expected)):
        return furthest_numbers(outcome)

    def told(x: Tensor) -> str:
        first = x.flatten()[:SHOWN].tolist()
        listed = ", ".join(str(each) if isinstance(each, bool) else f"{each:.3g}" for each in first)
        return f"{listed}{' …' if x.numel() > SHOWN else ''}" + (f" of shape {tuple(x.shape)}" if x.ndim else "")

    return f"gave {' and '.join(map(told, outcome.seen))}; expected {' and '.join(map(told, outcome.expected))}"


SHOWN = 6


def first_alike(seen: Tensor, expected: Tensor) -> bool:
    """Whether the numbers that would be shown read alike."""
    first, wanted = (x.flatten()[:SHOWN].tolist() for x in (seen, expected))
    return all(f"{one:.3g}" == f"{other:.3g}" for one, other in zip(first, wanted, strict=True))


def furthest_numbers(outcome: Outcome) -> str:
    """Of each tensor that is not right, the number that is furthest off, and where it stands."""
    parts = []
    for number, (seen, expected) in enumerate(zip(outcome.seen, outcome.expected, strict=True)):
        if torch.equal(seen.double(), expected.double()):
            continue
        place = furthest(seen, expected)
        index = [int(each) for each in torch.unravel_index(torch.tensor(place), seen.shape)]
        which = f" of the {ORDINALS[number]}" if len(outcome.seen) > 1 else ""
        came, right = told_apart(seen.flatten()[place].item(), expected.flatten()[place].item(), 3)
        parts.append((f"{came} at {index}{which}" if index else f"{came}{which}", right))
    return f"gave {' and '.join(came for came, _ in parts)}; expected {' and '.join(right for _, right in parts)}"


ORDINALS = ("first", "second", "third", "fourth")


def furthest(seen: Tensor, expected: Tensor) -> int:
    """The place, in the flattened tensors, of the number that is furthest off; one that is no number counts most."""
    off = (seen.double() - expected.double()).abs().flatten()
    return int(off.nan_to_num(nan=inf).argmax())


def told_apart(seen: float, expected: float, places: int) -> tuple[str, str]:
    """Both in so many digits, and in more where they would read alike."""
    if isinstance(seen, bool) or isinstance(expected, bool):
        return str(seen), str(expected)
    pairs = ((f"{seen:.{digits}g}", f"{expected:.{digits}g}") for digits in range(places, 17))
    return next((pair for pair in pairs if pair[0] != pair[1]), (repr(seen), repr(expected)))


def largest_difference(outcome: Outcome) -> str:
    """Of a tensor of many numbers: its shape, its dtype where that is another, and how far it is off."""
    (seen,), (expected,) = outcome.seen, outcome.expected
    if outcome.other_shape:
        return f"gave shape {tuple(seen.shape)}; expected {tuple(expected.shape)}"
    off = float((seen.double() - expected.double()).abs().max())
    dtype = "" if seen.dtype == expected.dtype else f" as {str(seen.dtype).removeprefix('torch.')}"
    return f"gave the right shape{dtype}, but numbers that are off by up to {off:.3g}"


@dataclass(frozen=True)
class FunctionSpec:
    """A function that an exercise asks for.

    - `oracle` and `recipe` take a trial's arguments and give what the function should, by two roads; `mistakes` each
      change a step of the recipe. `takes` names the arguments; `axes`, where all tensors among them have one shape,
      says what that is.
    - `rare` mistakes are looked for by themselves alone, and not in pairs. Of the others, `most` may come together.
    - `outline` makes of the recipe, or of one with mistakes, what gives a tensor of the same shape in less time.
    - `trials` makes the trials of each probe from a random generator; its `initial_seed()` is the check's seed.
    - `further` makes more of them, for a cause: what explains the trials is to explain these as well. They are needed where
      the trials' numbers are few, or always the same.
    - `returns` says what is asked; `read` makes tensors of what came, or None where it is something else. `instead`
      are symptoms of such a value, beside those that are known of any.
    - `form` brings equally right answers into one form, before they are compared up to the `tolerance`.
    - `symptoms` are shown by a wrong outcome itself, and looked at before the mistakes are tried; `sampled`, the last
      of them, is shown where two calls differ. `harmless` ones are shown by an outcome that is right all the same, and
      noted.
    - `tell` puts an outcome into words, `text` a call. Where no mistake is known, `formula` or the small `example`
      (`text` says how it reads) is what the learner can compare by hand.
    - `operation` is what the runner does, with what `request` makes of the arguments; `prepare` is done before all.
    """

    name: str
    oracle: Callable[..., Any]
    recipe: Any
    mistakes: Sequence[Mistake]
    trials: Mapping[str, Callable[[Generator], Iterable[Trial]]]
    takes: Sequence[str] = ()
    rare: Sequence[Mistake] = ()
    most: int = 2
    outline: Callable[[Any], Callable[..., Any]] | None = None
    further: Callable[[Generator], Iterable[Trial]] = lambda _: ()
    axes: str = ""
    returns: str = "one tensor"
    read: Callable[[Any], Answer | None] = tensor
    instead: Sequence[Symptom] = ()
    form: Callable[[Answer], Answer] = lambda answer: answer
    tolerance: float = TOLERANCE
    known_errors: Sequence[KnownError] = ()
    symptoms: Sequence[Symptom] = ()
    sampled: Symptom = SAMPLED
    harmless: Sequence[Symptom] = ()
    tell: Callable[[Outcome], str] = first_numbers
    text: Callable[..., str] | None = None
    formula: str | None = None
    example: Trial | None = None
    operation: Callable[..., Any] = apply
    request: Callable[..., dict[str, Any]] = lambda *arguments: {"arguments": list(arguments)}
    prepare: Callable[..., Any] | None = None

    def __call__(self, run: CheckRun) -> FunctionCheck:
        """What a check's specification works with: the function of this name, alone or inside a module."""
        require_function(run, self.name)
        if self.prepare:
            run.observe(self.prepare, f"preparing `{self.name}`")
        return FunctionCheck(run, self)


@dataclass
class FunctionCheck:
    """The function under test, beside its specification. Each of the trials' names is a probe."""

    run: CheckRun
    spec: FunctionSpec

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("__") or name not in self.spec.trials:
            raise AttributeError(name)

        def look(check: FunctionCheck) -> None:
            for trial in check.spec.trials[name](check.run.generator):
                trial.compare(check, trial)

        look.__name__ = name
        return partial(probe(look), self)

    def text(self, trial: Trial) -> str:
        """How a trial's call reads: "f(x, stride=2) with x (2, 3, 5)"."""
        if self.spec.text:
            return self.spec.text(*trial.arguments) + trial.text
        named = list(zip(self.spec.takes, trial.arguments, strict=False))
        words = ", ".join(name if isinstance(each, Tensor) else f"{name}={shown(each)}" for name, each in named)
        tensors = [(name, tuple(each.shape)) for name, each in named if isinstance(each, Tensor)]
        if tensors and self.spec.axes:
            sizes = f" for {self.spec.axes} = {tensors[0][1]}"
        else:
            alike = groupby(tensors, key=lambda each: each[1])
            groups = [f"{joined(name for name, _ in group)} {shape}" for shape, group in alike]
            sizes = f" with {joined(groups)}" if tensors else ""
        return f"{self.spec.name}({words}){sizes}{trial.text}"

    def observe(self, trial: Trial, **how: Any) -> Any:
        return self.run.observe(
            self.spec.operation,
            self.text(trial),
            known_errors=(*trial.known_errors, *self.spec.known_errors),
            about=self.where,
            **self.spec.request(*trial.arguments),
            **trial.how,
            **how,
        )

    def call(self, trial: Trial) -> Outcome:
        """Two calls; fails where the function gives no tensors, or changes what it got."""
        evidence, again = self.observe(trial), self.observe(trial)
        if evidence.changed_input or again.changed_input:
            self.fail(
                f"{self.text(trial)} changes what it was handed. Whoever calls it still needs that.",
                "changes-its-input",
                f"an assignment (`{next(iter(self.spec.takes), 'x')} -= …`) or a `_` method (`exp_`). Make a new tensor.",
            )
        expected = answer_of(self.spec.oracle(*trial.arguments))
        seen = self.read(trial, evidence.value, len(expected))
        other = self.read(trial, again.value, len(expected))
        first, second = (self.agree(trial, each, expected) for each in (seen, other))
        if first:
            seen, other = other, seen
        return Outcome(trial.arguments, seen, other, expected, first and second, evidence)

    def read(self, trial: Trial, value: Any, number: int) -> Answer:
        """The value as so many tensors of real numbers. Fails where it is something else."""
        if (answer := self.spec.read(value)) is not None:
            if any(each.is_complex() for each in answer):
                self.fail(f"{self.text(trial)} gave complex numbers; expected {self.spec.returns}.", "complex-numbers")
            return answer
        one = number == 1
        cause, what, text = instead_of_tensor(value, self.spec.name) if one else instead_of_several(value, number)
        known = first_shown(self.spec.instead, value)
        cause, text = known if known[0] else (cause, text)
        self.fail(f"{self.text(trial)} gave {what}; expected {self.spec.returns}.", cause, text)

    def agree(self, trial: Trial, seen: Answer, expected: Answer) -> bool:
        return self.off(seen, expected) <= self.tolerance(trial)

    def tolerance(self, trial: Trial) -> float:
        return trial.tolerance or self.spec.tolerance

    def off(self, seen: Answer, expected: Answer) -> float:
        if shapes(seen) != shapes(expected):
            return inf
        return difference(self.spec.form(seen), self.spec.form(expected))

    def explain(self, trial: Trial, outcome: Outcome) -> NoReturn:
        """Fails, with the symptom that shows, or else the mistakes with which the recipe gives what was seen."""
        cause, text = first_shown((*trial.symptoms, *self.spec.symptoms, self.spec.sampled), outcome)
        if not cause:
            chosen = self.mistakes_behind(trial, outcome)
            cause, text = causes_of(chosen), texts_of(chosen)
        if not cause and outcome.other_shape:
            cause = "wrong-shape"
        self.fail(
            f"{self.text(trial)} {self.spec.tell(outcome)}.",
            cause,
            text or self.small_example(),
            compare=None if text else self.spec.formula,
            numbers={"seen": listed(outcome.seen), "expected": listed(outcome.expected)},
        )

    def mistakes_behind(self, trial: Trial, outcome: Outcome) -> tuple[Mistake, ...]:
        """The known mistakes with which the recipe gives what was seen, in this trial and, on other numbers, in all."""
        elsewhere = cache(self.seen_elsewhere)  # asked once, and only where something explains this trial
        tolerance = self.tolerance(trial)

        def off(recipe: Any) -> float:
            outline = self.spec.outline
            if outline and shapes(answer_of(outline(recipe)(*trial.arguments))) != shapes(outcome.seen):
                return inf
            here = self.off(outcome.seen, answer_of(recipe(*trial.arguments)))
            if here > tolerance:
                return here
            everywhere = all(
                self.agree(other, seen, answer_of(recipe(*other.arguments))) for other, seen in elsewhere()
            )
            return here if everywhere else inf

        def search(mistakes: Sequence[Mistake], most: int) -> tuple[Mistake, ...]:
            if sum(each.numel() for each in outcome.seen) <= 2:
                return diagnose_nearest(self.spec.recipe, mistakes, off, tolerance, most)
            return diagnose(self.spec.recipe, mistakes, lambda recipe: off(recipe) <= tolerance, most)

        return search([*self.spec.mistakes, *self.spec.rare], 1) or search(self.spec.mistakes, self.spec.most)

    def seen_elsewhere(self) -> list[tuple[Trial, Answer]]:
        """What the function gives in trials of another seed, and in further ones; without those that it raises in."""
        generator = torch.Generator().manual_seed(self.run.generator.initial_seed() + 1)
        seen = []
        for make in (*self.spec.trials.values(), self.spec.further):
            for trial in make(generator):
                if trial.compare is not numbers or trial.symptoms or trial.how:
                    continue
                evidence = self.run.runner.run_operation(self.spec.operation, **self.spec.request(*trial.arguments))
                answer = None if isinstance(evidence, Raised) else self.spec.read(evidence.value)
                if answer is not None:
                    seen.append((trial, answer))
        return seen

    def small_example(self) -> str | None:
        """The example that can be followed by hand, where the function gives something for it."""
        if not (example := self.spec.example):
            return None
        evidence = self.run.runner.run_operation(self.spec.operation, **self.spec.request(*example.arguments))
        seen = None if isinstance(evidence, Raised) else self.spec.read(evidence.value)
        if seen is None:
            return None
        right = answer_of(self.spec.oracle(*example.arguments))
        if self.agree(example, seen, right):
            return None  # it would show nothing
        return (
            f"none that is known. Follow a small case by hand: {example.text} gives {in_full(seen)}; it should give "
            f"{in_full(right)}."
        )

    def compare_gradients(
        self,
        trial: Trial,
        found: Mapping[str, Tensor | None],
        wanted: Mapping[str, Tensor | None],
        likely: str = CUT_OFF,
    ) -> None:
        """Fails where a gradient is missing or wrong; None is a gradient of 0. Differences count relative to the
        largest of the numbers in a gradient, which may all be small."""
        due = {name: each for name, each in wanted.items() if each is not None and each.any()}
        seen = {name: each for name, each in found.items() if each is not None}
        if missing := [name for name in due if name not in seen]:
            self.fail(
                f"{self.text(trial)} gives the right numbers, but no gradient for {joined(missing)}: nothing "
                "could learn through it.",
                "detached",
                likely,
            )
        for name, expected in due.items():
            largest = expected.abs().max()
            if not same(seen[name] / largest, expected / largest, self.spec.tolerance):
                self.fail(
                    f"{self.text(trial)} gives the right numbers, but a wrong gradient for {name}.",
                    "wrong-gradient",
                    "a part of the way is cut off, by `.detach()` or `.data`.",
                )

    @property
    def where(self) -> str | None:
        return self.run.where(self.spec.name, "forward")

    def fail(self, text: str, cause: str | None, likely: str | None = None, **parts: Any) -> NoReturn:
        self.run.fail(text, cause=cause, likely_cause=likely, where=self.where, **parts)

    def note(self, text: str) -> None:
        self.run.note(f"{self.spec.name}: {text}")


def answer_of(value: Any) -> Answer:
    """What an oracle or a recipe gives, as tensors."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    return tuple(map(torch.as_tensor, value)) if isinstance(value, tuple) else (torch.as_tensor(value),)


def shapes(answer: Answer) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in answer]


def listed(answer: Answer) -> list[list[float]]:
    """The first numbers of each tensor."""
    return [each.flatten()[:50].tolist() for each in answer]


def in_full(answer: Answer) -> str:
    numbers = [f"{value:g}" for each in answer for value in each.flatten()[:12].tolist()]
    return ", ".join(numbers) + (" …" if any(each.numel() > 12 for each in answer) else "")


def joined(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
