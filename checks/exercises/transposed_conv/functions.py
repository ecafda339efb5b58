"""The functions of the transposed convolution, each beside torch's own over many shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Raised
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.core.compare import same
from checks.core.mistakes import Mistake, causes_of, texts_of, mutants
from checks.functions.operations import Applied, apply
from checks.core.return_values import instead_of_tensor
from checks.exercises.transposed_conv.cases import BEYOND, KINDS, Case, Kind
from checks.exercises.transposed_conv.recipe import Numbers, Recipe
from checks.exercises.transposed_conv.exceptions import DTYPES, KNOWN_ERRORS
from checks.core.exceptions import KnownError

ROUNDING = {torch.float32: 1e-4, torch.float64: 1e-10}
"""Largest difference, relative to the size of the numbers, between two ways of computing one thing."""


@dataclass
class ConvolutionFunction:
    """One of the functions under test, beside the oracle."""

    run: CheckRun
    name: str
    handle: int | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    # The probes

    @probe
    def agrees_with_torch(self) -> None:
        """The right numbers for every shape, and x as it was."""
        for case in self.kind.cases:
            x, weights = self.inputs(case)
            applied = self.apply(case, x, weights)
            self.compare(case, self.text(case), applied.value, x, weights)
            if applied.deviceless:
                self.run.note(
                    f"{self.name} calls `torch.{applied.deviceless[0]}` without a device, so on a GPU its tensors would lie "
                    "elsewhere than x. `x.new_zeros(…)` puts them beside x."
                )
            if applied.changed_input:
                self.run.fail(
                    f"{self.text(case)} changes x or the weights. Whoever calls it still needs them.",
                    cause="changes-its-input",
                    where=self.where(),
                    likely_cause="an assignment or a `_` method (`add_`, `squeeze_`) on what was handed in. Make a new "
                    "tensor.",
                )
        self.note_what_else_torch_takes()

    @probe
    def takes_any_memory_layout(self) -> None:
        """x and the weights may be views whose numbers lie in another order in memory."""
        case = self.kind.cases[1]
        x, weights = self.inputs(case)
        tried = f"{self.text(case)}, both of them permuted views (not contiguous),"
        applied = self.apply(case, x, weights, tried, scattered=True)
        if not isinstance(applied.value, Tensor) or not same(applied.value, self.oracle(case, x, weights)):
            self.run.fail(
                f"{tried} gave other numbers than for the same x and weights in a row in memory.",
                cause="contiguous-only",
                where=self.where(),
                likely_cause="`as_strided` with strides that are counted from the shape. Take them from `x.stride()`.",
            )

    @probe
    def keeps_dtype(self) -> None:
        """float64 in, float64 out, to its own precision."""
        case = self.kind.cases[1]
        x, weights = self.inputs(case, torch.float64)
        tried = f"{self.text(case)}, both float64,"
        applied = self.apply(case, x, weights, tried, known_errors=(DTYPES,))
        seen, expected = applied.value, self.oracle(case, x, weights)
        if isinstance(seen, Tensor) and seen.dtype != x.dtype:
            self.run.fail(
                f"{tried} gave {str(seen.dtype).removeprefix('torch.')}.",
                cause="float32-only",
                where=self.where(),
                likely_cause=DTYPES.text,
            )
        off = float((seen - expected).abs().max()) / (1 + float(expected.abs().max()))
        if not off <= ROUNDING[torch.float64]:
            self.run.fail(
                f"{tried} is off by {off:.0e}, far more than float64's rounding.",
                cause="float32-only",
                where=self.where(),
                likely_cause="the numbers pass through float32 on the way, by `.float()` perhaps.",
            )

    @probe
    def lets_gradients_through(self) -> None:
        """Gradients for x and for the weights, and the right ones: a layer learns by them."""
        case = self.kind.cases[1]
        x, weights = self.inputs(case, torch.float64)
        sources = [each.clone().requires_grad_() for each in ([x, weights] if case.weights else [x])]
        output = self.kind.oracle(*sources, *case.numbers)
        cotangent = torch.randn(output.shape, generator=self.run.generator, dtype=output.dtype)
        expected = torch.autograd.grad((output * cotangent).sum(), sources)
        tried = f"{self.text(case)}, and going backward from it,"
        applied = self.apply(case, x, weights, tried, cotangent=cotangent, known_errors=(DTYPES,))
        for number, (source, wanted) in enumerate(zip(("x", "the weights"), expected, strict=False)):
            found = applied.gradients.get(str(number))
            if found is None:
                self.run.fail(
                    f"{tried} leaves {source} without a gradient: a network would not learn through it.",
                    cause="detached",
                    where=self.where(),
                    likely_cause="a `.detach()`, `.data`, `.item()`, `.numpy()`, `torch.tensor(…)` or "
                    "`torch.no_grad()` on the way.",
                )
            if found.shape != wanted.shape or not same(found, wanted):
                self.run.fail(
                    f"{tried} gives {source} a wrong gradient.", cause="wrong-gradient", where=self.where()
                )

    @probe
    def is_built_from_scratch(self) -> None:
        """torch's own transposed convolution was not called."""
        case = self.kind.cases[0]
        applied = self.apply(case, *self.inputs(case))
        if applied.torchs_own:
            self.run.fail(
                f"{self.name} is right, but torch's own transposed convolution does the work (`{applied.torchs_own[0]}` "
                "was called). Here you build it: zeros, a flipped kernel, and a plain convolution or a loop.",
                cause="torchs-own",
                where=self.where(),
            )

    # How

    def inputs(self, case: Case, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """x and weights whose numbers are all far from 0, so that each one shows."""
        generator = self.run.generator

        def numbers(shape: Numbers) -> Tensor:
            signs = torch.randint(0, 2, shape, generator=generator) * 2 - 1
            return signs * (0.5 + torch.rand(shape, generator=generator, dtype=dtype))

        return numbers(case.x), numbers(case.weights)

    def arguments(self, case: Case, x: Tensor, weights: Tensor) -> list[Any]:
        return [x, *([weights] if case.weights else []), *case.numbers]

    def handed_over(self, case: Case, x: Tensor, weights: Tensor) -> list[Any]:
        """The arguments of the learner's function."""
        return self.arguments(case, x, weights)

    def oracle(self, case: Case, x: Tensor, weights: Tensor) -> Tensor:
        return self.kind.oracle(*self.arguments(case, x, weights))

    def text(self, case: Case) -> str:
        return self.kind.text(case, self.name)

    def where(self) -> str | None:
        return self.run.where(self.name)

    def apply(
        self,
        case: Case,
        x: Tensor,
        weights: Tensor,
        tried: str = "",
        *,
        known_errors: Sequence[KnownError] = (),
        **how: Any,
    ) -> Applied:
        return self.run.observe(
            apply,
            tried or self.text(case),
            known_errors=(*known_errors, *KNOWN_ERRORS),
            arguments=self.handed_over(case, x, weights),
            handle=self.handle,
            **how,
        )

    def compare(self, case: Case, tried: str, seen: Any, x: Tensor, weights: Tensor) -> None:
        """Fails unless the numbers are right, with the mistake that gives the same wrong ones."""
        if not isinstance(seen, Tensor):
            cause, what, text = instead_of_tensor(seen, self.name)
            self.run.fail(f"{tried} gave {what}.", cause=cause, where=self.where(), likely_cause=text)
        expected = self.oracle(case, x, weights)
        if same(seen, expected):
            return
        mistakes = self.mistakes(case, seen, x, weights)
        numbers: dict[str, Any] = {"shape": list(seen.shape), "expected shape": list(expected.shape)}
        if seen.shape == expected.shape:
            numbers["largest difference"] = float((seen.double() - expected.double()).abs().max())
            what = f"the right shape, but numbers that are off by up to {numbers['largest difference']:.3g}"
        else:
            what = f"shape {tuple(seen.shape)}; expected {tuple(expected.shape)}"
        self.run.fail(
            f"{tried} gave {what}.",
            cause=causes_of(mistakes),
            numbers=numbers,
            likely_cause=texts_of(mistakes) or self.example(case),
            where=self.where(),
        )

    def mistakes(self, case: Case, seen: Tensor, x: Tensor, weights: Tensor) -> tuple[Mistake, ...]:
        """The known mistakes, one or two, with which the recipe gives what was seen."""
        for recipe, chosen in mutants(Recipe(), self.kind.mistakes, 1, 2):
            try:
                if same(seen, self.kind.compute(recipe, *self.arguments(case, x, weights))):
                    return chosen
            except (RuntimeError, IndexError, ValueError):  # shapes that this mistake does not leave fitting
                continue
        return ()

    def example(self, case: Case) -> str | None:
        """The smallest case that can be followed by hand, for a mistake that is not known."""
        directions = len(case.x) - 2
        x = torch.tensor([1.0, 2.0]).reshape(1, 1, *(1,) * (directions - 1), 2)
        weights = torch.tensor([1.0, 10.0, 100.0]).reshape(1, 1, *(1,) * (directions - 1), 3)
        small = Case(
            tuple(x.shape), tuple(weights.shape) if case.weights else (), tuple(2 for _ in case.numbers[:1])
        )
        if case.weights and case.numbers:
            small = Case(small.x, small.weights, (2, 0))
        if not case.weights:
            small = Case(small.x, (), (2,) * directions)
        applied = self.run.runner.run_operation(
            apply, arguments=self.arguments(small, x, weights), handle=self.handle
        )
        value = getattr(applied, "value", None)
        if isinstance(applied, Raised) or not isinstance(value, Tensor):
            return None
        right = self.oracle(small, x, weights)
        kernel = ", the kernel 1, 10, 100" if case.weights else ""
        stride = f" and stride {small.numbers[0]}" if small.numbers else ""
        return (
            f"none that is known. Follow a small case by hand: x = 1, 2{kernel}{stride} gives "
            f"{listed(value)}; it should give {listed(right)}."
        )

    def note_what_else_torch_takes(self) -> None:
        """A note, no failure: a padding beyond kernel − 1."""
        case = self.kind.cases[0]
        if case.weights and case.numbers:
            case = BEYOND[len(case.x) - 2]
            x, weights = self.inputs(case)
            applied = self.run.runner.run_operation(
                apply, arguments=self.arguments(case, x, weights), handle=self.handle
            )
            value = getattr(applied, "value", None)
            if not isinstance(value, Tensor) or not same(value, self.oracle(case, x, weights)):
                self.run.note(
                    f"torch also takes a padding larger than kernel − 1; {self.name} does not. "
                    "`F.pad` with a negative number crops."
                )


def listed(x: Tensor) -> str:
    return ", ".join(f"{value:g}" for value in x.flatten()[:12].tolist()) + (" …" if x.numel() > 12 else "")


def convolution_function(name: str) -> Callable[[CheckRun], ConvolutionFunction]:
    """What a check's specification works with: the function of this name, alone or inside a module."""

    def subject(run: CheckRun) -> ConvolutionFunction:
        function = ConvolutionFunction(run, name)
        require_function(run, function.name)
        return function

    return subject
