"""The statistics by which a beta is chosen, each beside another road to the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from checks.exercises.beta_vae.cases import CODES, KINDS, Answer, Kind, codes, spread_out, unbiased_moments
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.core.compare import same
from checks.core.mistakes import Mistake, causes_of, texts_of, mutants
from checks.functions.operations import apply
from checks.core.return_values import instead_of_tensor, kind, nothing
from checks.core.exceptions import BATCH_OF_ONE, KnownError

(SQUEEZED,) = BATCH_OF_ONE


@dataclass
class Statistic:
    """One of the functions under test."""

    run: CheckRun
    name: str

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    # The probes

    @probe
    def gives_the_right_numbers(self) -> None:
        """For many images, for as many images as latents, and the same each time."""
        for arguments in self.cases():
            if not equal(self.call(arguments), self.call(arguments)):
                self.run.fail(
                    f"{self.tried(arguments)} gives something else each time.",
                    cause="sampled",
                    where=self.where(),
                    likely_cause="it draws latents. Draws are not needed: the formula gives their moments exactly.",
                )
            self.compare(arguments)

    @probe
    def takes_one_image(self) -> None:
        """A single image has a KL, no variance of its mean, and its own cloud's moments."""
        mu, logsigma = codes(1, 4, self.run.generator)
        self.compare([mu, logsigma] if self.takes_codes else [mu], SQUEEZED)

    @probe
    def obeys_the_threshold(self) -> None:
        """Another threshold, another answer."""
        self.compare([spread_out(37, self.run.generator), 0.5])

    @probe
    def minds_the_decoders_variance(self) -> None:
        """The fourth argument counts."""
        self.compare([0.1, 5, 28 * 28, 0.3])

    # How

    @property
    def takes_codes(self) -> bool:
        return self.kind.arguments == CODES

    def cases(self) -> list[list[Any]]:
        if self.takes_codes:
            return [codes(37, 5, self.run.generator), codes(3, 3, self.run.generator)]
        if self.name == "active_units":
            return [[spread_out(37, self.run.generator)]]
        return [[0.3, 7], [0.02, 3, 64 * 64 * 3]]

    def where(self) -> str | None:
        return self.run.where(self.name)

    def tried(self, arguments: Sequence[Any]) -> str:
        def shown(name: str, value: Any) -> str:
            return name if isinstance(value, Tensor) else f"{name}={value:g}"

        words = ", ".join(map(shown, self.kind.arguments, arguments))
        codes = next((tuple(each.shape) for each in arguments if isinstance(each, Tensor)), None)
        return f"{self.name}({words})" + (f" for codes (n, latent) = {codes}" if codes else "")

    def call(self, arguments: Sequence[Any]) -> Answer:
        """What the function gives, as tensors; fails where it is something else, or changes what it got."""
        tried = self.tried(arguments)
        applied = self.run.observe(apply, tried, arguments=list(arguments))
        if applied.changed_input:
            self.run.fail(
                f"{tried} changes what it was handed. Whoever calls it still needs that.",
                cause="changes-its-input",
                where=self.where(),
                likely_cause="an assignment (`mu -= …`) or a `_` method (`exp_`). Make a new tensor.",
            )
        if (answer := self.as_answer(applied.value)) is not None:
            return answer
        cause, what, text = self.instead(applied.value)
        self.run.fail(
            f"{tried} gave {what}; expected {self.kind.returns}.",
            cause=cause,
            where=self.where(),
            likely_cause=text,
        )
        raise AssertionError("fail() raises")

    def as_answer(self, value: Any) -> Answer | None:
        """The value as tensors, or None where it is something else than was asked."""
        if self.name != "aggregate_moments":
            number = type(value) in (bool, int, float) and not self.takes_codes
            return (torch.as_tensor(value),) if number or isinstance(value, Tensor) else None
        if isinstance(value, Tensor) and value.ndim:
            value = [*value]  # both moments in one tensor unpack just as well
        pair = isinstance(value, tuple | list) and len(value) == 2
        return tuple(value) if pair and all(isinstance(each, Tensor) for each in value) else None

    def instead(self, value: Any) -> tuple[str | None, str, str | None]:
        """Where something else came than was asked: the cause, what came, and what it most likely comes from."""
        if found := nothing(value):
            return found
        if self.name != "aggregate_moments":
            return instead_of_tensor(value, self.name)
        if isinstance(value, Tensor):
            return "returns-one", f"one tensor of shape {tuple(value.shape)}", None
        if isinstance(value, tuple | list) and len(value) != 2:
            return ("returns-too-many" if len(value) > 2 else "returns-one"), f"{len(value)} things", None
        return "not-a-tensor", f"a {kind(value)}", None

    def compare(self, arguments: Sequence[Any], known_error: KnownError | None = None) -> None:
        """Fails unless the numbers are right, with the mistake that gives the same wrong ones; where there is a
        `suspect`, a wrong shape is put down to it."""
        seen, expected = self.call(arguments), self.kind.oracle(*arguments)
        if all(map(same, seen, expected)):
            if self.name == "active_units" and seen[0].dtype != torch.bool:
                self.run.note(
                    "a mask of type bool counts (`.sum()`) and selects (`kl[active]`); yours is a number."
                )
            return
        if self.name == "aggregate_moments" and equal(seen, unbiased_moments(*arguments)):
            self.run.note(
                "your variance of the means divides by n − 1. These n images are all there are, so divide by n "
                "(`correction=0`); for a single image n − 1 gives nan."
            )
            return
        mistakes = self.mistakes(arguments, seen)
        cause, text = causes_of(mistakes), texts_of(mistakes)
        if shapes(seen) != shapes(expected):
            cause, text = (known_error.cause, known_error.text) if known_error else (cause or "wrong-shape", text)
        self.run.fail(
            f"{self.tried(arguments)} gave {told(seen)}; expected {told(expected)}.",
            cause=cause,
            numbers={"seen": numbers(seen), "expected": numbers(expected)},
            likely_cause=text,
            where=self.where(),
        )

    def mistakes(self, arguments: Sequence[Any], seen: Answer) -> tuple[Mistake, ...]:
        """The known mistakes, one or two, with which the recipe gives what was seen."""
        for recipe, chosen in mutants(self.kind.recipe, self.kind.mistakes, 1, 2):
            try:
                value = recipe(*arguments)
            except (
                RuntimeError,
                IndexError,
                ArithmeticError,
            ):  # a mistake that does not go with these shapes
                continue
            if equal(seen, value if isinstance(value, tuple) else (torch.as_tensor(value),)):
                return chosen
        return ()


def equal(seen: Answer, expected: Answer) -> bool:
    """The same numbers, where nan is nan's equal."""
    return shapes(seen) == shapes(expected) and all(
        torch.equal(a.isnan(), b.isnan()) and same(a.nan_to_num(), b.nan_to_num())
        for a, b in zip(seen, expected, strict=True)
    )


def shapes(answer: Answer) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in answer]


def numbers(answer: Answer) -> list[Any]:
    return [each.tolist() for each in answer]


def told(answer: Answer) -> str:
    """The first numbers of each tensor, and its shape where it has one."""

    def one(x: Tensor) -> str:
        first = x.flatten()[:6].tolist()
        listed = ", ".join(str(each) if isinstance(each, bool) else f"{each:.3g}" for each in first)
        return f"{listed}{' …' if x.numel() > 6 else ''}" + (f" of shape {tuple(x.shape)}" if x.ndim else "")

    return " and ".join(map(one, answer))


def statistic(name: str) -> Callable[[CheckRun], Statistic]:
    """What a check's specification works with: the function of this name, alone or inside a module."""

    def subject(run: CheckRun) -> Statistic:
        require_function(run, name)
        return Statistic(run, name)

    return subject
