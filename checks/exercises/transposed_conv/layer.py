"""The layer ConvTranspose2d: its weight, how that starts, and what the layer computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from checks.core.exceptions import KnownError
from checks.core.mistakes import Symptom, causes_of, diagnose, first_shown, table, texts_of
from checks.core.require import require_module_class
from checks.core.return_values import kind
from checks.core.run import CheckRun, probe
from checks.core.words import article
from checks.exercises.transposed_conv.functions import (
    BOTH,
    DTYPES,
    KNOWN_ERRORS,
    TWO_DIRECTION_CASES,
    Case,
    by_torch,
    conv_transpose2d,
)
from checks.exercises.transposed_conv.recipe import Numbers
from checks.functions.function import FunctionCheck, Trial, left_to_defaults, numbers
from checks.functions.operations import read_weights
from checks.models.evidence import Built
from checks.models.operations import build, call, load

FURTHEST = 0.03
"""Largest distance between the distribution of n = 25,200 weights and the one asked. By the inequality of Dvoretzky,
Kiefer and Wolfowitz (1956; Massart 1990) a right start is further off with probability 2·exp(−2·n·0.03²) < 10⁻¹⁹."""


@dataclass(frozen=True)
class Start:
    """How weights (in, out, kernel height, kernel width) start: `draw` of a bound that follows from the shape."""

    bound: Callable[[Numbers], float] = lambda shape: 1 / sqrt(shape[1] * shape[2] * shape[3])
    below: Callable[[Tensor, float], Tensor] = lambda values, bound: (values + bound) / (2 * bound)
    """The share of the weights that lies below each of these values."""

    def distance(self, weights: Tensor) -> float:
        """The largest difference between the share that is below a value and the share that should be."""
        values = weights.double().flatten().sort().values
        wanted = self.below(values, self.bound(tuple(weights.shape))).clamp(0, 1)
        share = torch.arange(len(values) + 1, dtype=torch.float64) / len(values)
        return float(torch.maximum((wanted - share[:-1]).abs(), (wanted - share[1:]).abs()).max())


def normal_below(values: Tensor, spread: float) -> Tensor:
    return torch.special.ndtr(values / spread)


STARTS = [
    *table(
        "bound",
        (
            "wrong-initial-scale",
            "the bound is 1/√(in · kernel height · kernel width), the rule for a plain convolution. Here each number of "
            "the weight's *second* dimension counts: out.",
            lambda shape: 1 / sqrt(shape[0] * shape[2] * shape[3]),
        ),
        (
            "wrong-initial-scale",
            "the square root is missing: the bound is 1/√(out · kernel height · kernel width).",
            lambda shape: 1 / (shape[1] * shape[2] * shape[3]),
        ),
        (
            "wrong-initial-scale",
            "the bound is 1/√out; the kernel's height and width count too.",
            lambda shape: 1 / sqrt(shape[1]),
        ),
        (
            "wrong-initial-scale",
            "the bound is 1/√(kernel height · kernel width); the out channels count too.",
            lambda shape: 1 / sqrt(shape[2] * shape[3]),
        ),
        (
            "wrong-initial-scale",
            "the bound is 1/√(out · kernel height²); the kernel need not be square.",
            lambda shape: 1 / sqrt(shape[1] * shape[2] ** 2),
        ),
        (
            "wrong-initial-scale",
            "the bound is 1/√(out · kernel width²); the kernel need not be square.",
            lambda shape: 1 / sqrt(shape[1] * shape[3] ** 2),
        ),
        (
            "wrong-initial-scale",
            "the bound is √(out · kernel height · kernel width), where one divided by it is asked.",
            lambda shape: sqrt(shape[1] * shape[2] * shape[3]),
        ),
        ("wrong-initial-scale", "the weights are not scaled: the bound is 1.", lambda shape: 1.0),
        (
            "wrong-initial-scale",
            "that is He's bound, √(6 / fan), larger by √6 (`kaiming_uniform_` with a=0).",
            lambda shape: sqrt(6 / (shape[1] * shape[2] * shape[3])),
        ),
        (
            "wrong-initial-scale",
            "that is Glorot's bound (`xavier_uniform_`), of which the in channels are a part.",
            lambda shape: sqrt(6 / ((shape[0] + shape[1]) * shape[2] * shape[3])),
        ),
    ),
    *table(
        "below",
        (
            "not-centred",
            "the weights are all positive. `torch.rand` gives 0 … 1: take it times 2, less 1, before scaling.",
            lambda values, bound: values / bound,
        ),
        ("wrong-distribution", "the weights are normally distributed (`randn`); they are to be uniform.", normal_below),
        (
            "wrong-initial-scale",
            "the weights reach only half as far as the bound (`rand - 0.5` has a width of 1, not 2).",
            lambda values, bound: values / bound + 0.5,
        ),
    ),
]


WRONG_WEIGHTS = (
    Symptom(
        "not-a-parameter",
        "a plain tensor (or a list) is no parameter, so no optimiser finds it: `self.weight = nn.Parameter(…)`.",
        lambda shapes, wanted: not shapes,
    ),
    Symptom(
        "has-a-bias", "the layer is to have no bias.", lambda shapes, wanted: len(shapes) > 1 and wanted[1:2] in shapes
    ),
    Symptom("extra-parameters", "", lambda shapes, wanted: len(shapes) > 1),
    Symptom(
        "weight-shape-swapped",
        "that is (out, in, …), as in a plain convolution; here in comes first.",
        lambda shapes, wanted: shapes[0] != wanted and shapes[0] == (wanted[1], wanted[0], *wanted[2:]),
    ),
    Symptom(
        "kernel-height-and-width-swapped",
        "height comes before width.",
        lambda shapes, wanted: shapes[0] != wanted and shapes[0] == (*wanted[:2], *wanted[:1:-1]),
    ),
    Symptom("wrong-weight-shape", "", lambda shapes, wanted: shapes[0] != wanted),
)
"""By the shapes of the layer's parameters, and the one that is asked."""


NO_DEFAULTS = KnownError(
    "TypeError",
    r"missing \d+ required positional arguments?: '(stride|padding)'",
    "default-missing",
    f"`__init__` has to have defaults: {BOTH}.",
)
LEFT_TO_DEFAULTS = Case((2, 2, 5, 4), (2, 3, 4, 3))


@dataclass
class LayerCheck:
    """The class under test. What it computes is judged as `conv_transpose2d` is."""

    run: CheckRun
    name: str = "ConvTranspose2d"

    @probe
    def has_one_weight(self) -> None:
        """One parameter, `weight`, of shape (in, out, kernel height, kernel width)."""
        for kernel_size, shape in (((4, 5), (2, 3, 4, 5)), (4, (2, 3, 4, 4))):
            made = self.build(in_channels=2, out_channels=3, kernel_size=kernel_size)
            self.check_weight(made, shape)
        self.note_what_print_shows(self.build(in_channels=2, out_channels=3, kernel_size=4))

    @probe
    def starts_uniform(self) -> None:
        """The weight starts uniform in ±1/√(out · kernel height · kernel width)."""
        made = self.build(in_channels=12, out_channels=60, kernel_size=(5, 7))
        name = self.weight_of(made, (12, 60, 5, 7))
        weights = self.run.observe(read_weights, "reading the weight", handle=made.handle).value[name]
        right = Start()
        if right.distance(weights) < FURTHEST:
            return
        chosen = diagnose(right, STARTS, lambda start: start.distance(weights) < FURTHEST)
        bound = right.bound(tuple(weights.shape))
        self.run.fail(
            f"with 12 channels in, 60 out and a kernel of 5 by 7 the weights lie in {float(weights.min()):.3f} … "
            f"{float(weights.max()):.3f}; expected a uniform spread over {-bound:.3f} … {bound:.3f}, "
            "1/√(60 · 5 · 7) to either side.",
            cause=causes_of(chosen) or "bad-initialisation",
            numbers={"lowest": float(weights.min()), "highest": float(weights.max()), "bound": bound},
            likely_cause=texts_of(chosen),
            where=self.run.where("__init__"),
        )

    @probe
    def agrees_with_torch(self) -> None:
        """The right numbers for kernels, strides and paddings of one number or two."""
        for case in (*TWO_DIRECTION_CASES, LEFT_TO_DEFAULTS):
            arguments = case.draw(self.run.generator)
            trial = Trial(arguments) if case.further else left_to_defaults(arguments, BOTH)
            function, _ = self.make(case, trial.arguments[1])
            numbers(function, trial)
            if torchs_own := function.observe(trial).torchs_own:
                self.run.fail(
                    f"{self.name} is right, but torch's own transposed convolution does the work "
                    f"(`{torchs_own[0]}` was called). Let your `conv_transpose2d` do it.",
                    cause="torchs-own",
                    where=function.where,
                )

    @probe
    def lets_gradients_through(self) -> None:
        """Its weight and x get the right gradients, so that the layer can learn, and those before it."""
        case = TWO_DIRECTION_CASES[1]
        trial = Trial(case.draw(self.run.generator), known_errors=(DTYPES,))
        function, name = self.make(case, trial.arguments[1])
        leaves = [each.clone().requires_grad_() for each in trial.arguments[:2]]
        output = by_torch(*leaves, *case.further)
        cotangent = 0.5 + torch.rand(output.shape, generator=self.run.generator)
        wanted = torch.autograd.grad((output * cotangent).sum(), leaves)
        found = function.observe(trial, cotangent=cotangent).gradients
        function.compare_gradients(
            trial,
            {"x": found.get("0"), "its weight": found.get(name)},
            dict(zip(("x", "its weight"), wanted, strict=True)),
            "`self.weight.data`, `.detach()` or `torch.no_grad()` in `forward`.",
        )

    # How

    def build(self, **sizes: Any) -> Built:
        shown = ", ".join(f"{name}={value}" for name, value in sizes.items())
        known_errors = KNOWN_ERRORS if "stride" in sizes else (NO_DEFAULTS, *KNOWN_ERRORS)
        return self.run.observe(build, f"{self.name}({shown})", known_errors=known_errors, sizes=sizes)

    def make(self, case: Case, weights: Tensor) -> tuple[FunctionCheck, str]:
        """Builds the layer of this case and gives it these weights; the layer as a function of x, and the name of its
        weight."""
        c_in, c_out, height, width = case.weights
        moves = dict(zip(("stride", "padding"), case.further, strict=False))
        made = self.build(
            in_channels=c_in, out_channels=c_out, kernel_size=height if height == width else (height, width), **moves
        )
        name = self.weight_of(made, case.weights)
        self.run.observe(load, "copying weights into your layer", handle=made.handle, values={name: weights})
        sizes = ", ".join((f"{c_in}, {c_out}, {(height, width)}", *(f"{name}={each}" for name, each in moves.items())))
        called = f"{self.name}({sizes}) with x {case.x}"
        spec = replace(
            conv_transpose2d,
            name=self.name,
            text=lambda *_: called,
            example=None,
            trials={},  # each case has a layer of its own
            request=lambda x, *_: {"arguments": [x], "handle": made.handle},
        )
        return FunctionCheck(self.run, spec), name

    def weight_of(self, made: Built, shape: Numbers) -> str:
        """The name of the weight."""
        if shape not in [each.shape for each in made.parameters]:
            self.check_weight(made, shape)
        return next(each.name for each in made.parameters if each.shape == shape)

    def check_weight(self, made: Built, shape: Numbers) -> None:
        seen = {each.name: each.shape for each in made.parameters}
        listed = ", ".join(f"{name} {shape}" for name, shape in seen.items()) or "none"
        where = self.run.where("weight", "__init__")
        cause, text = first_shown(WRONG_WEIGHTS, list(seen.values()), shape)
        if cause:
            self.run.fail(
                f"its parameters are: {listed}; expected one, weight {shape}.",
                cause=cause,
                likely_cause=text,
                where=where,
            )
        if not made.parameters[0].learnable:
            self.run.fail(
                "its weight does not ask for a gradient, so it would never learn.",
                cause="frozen-weights",
                likely_cause="`requires_grad=False`, or a `.detach()` behind `nn.Parameter`.",
                where=where,
            )
        if "weight" not in seen:
            self.run.fail(
                f"its weight is called `{next(iter(seen))}`; expected `weight`, the name in torch's layers.",
                cause="weight-of-another-name",
                likely_cause="write `self.weight`. What is trained elsewhere is copied by this name, in the lesson below too.",
                where=where,
            )

    def note_what_print_shows(self, made: Built) -> None:
        returned = self.run.observe(
            call, f"{self.name}.extra_repr()", handle=made.handle, method="extra_repr", arguments=[]
        )
        if not isinstance(returned.value, str):
            self.run.fail(
                f"extra_repr() gave {article(kind(returned.value))}; expected text. print(layer) would raise an error.",
                cause="extra-repr-not-text",
                likely_cause='the `return` is missing, or what it returns is no string: `return f"…"`.',
                where=self.run.where("extra_repr"),
            )
        if not all(number in str(returned.value) for number in "234"):
            self.run.note(
                "print(layer) does not say with what the layer was made: let `extra_repr` return the numbers as text."
            )


def convolution_layer(run: CheckRun) -> LayerCheck:
    """What a check's specification works with."""
    require_module_class(run, LayerCheck.name)
    return LayerCheck(run)
