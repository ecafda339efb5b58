"""The layer ConvTranspose2d: its weight, how that starts, and what the layer computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Built
from checks.core.require import require_module_class
from checks.core.run import CheckRun, probe
from checks.core.compare import same
from checks.core.runner import build, call, load
from checks.core.mistakes import causes_of, table, texts_of, mutants
from checks.functions.operations import read_weights
from checks.exercises.transposed_conv.functions import ConvolutionFunction
from checks.exercises.transposed_conv.cases import Case
from checks.exercises.transposed_conv.recipe import Numbers
from checks.exercises.transposed_conv.exceptions import DTYPES, KNOWN_ERRORS

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
        (
            "wrong-distribution",
            "the weights are normally distributed (`randn`); they are to be uniform.",
            normal_below,
        ),
        (
            "wrong-initial-scale",
            "the weights reach only half as far as the bound (`rand - 0.5` has a width of 1, not 2).",
            lambda values, bound: values / bound + 0.5,
        ),
    ),
]


@dataclass
class ConvolutionLayer:
    """The class under test."""

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
        wrong_starts = mutants(right, STARTS, 1, 2)
        chosen = next((chosen for each, chosen in wrong_starts if each.distance(weights) < FURTHEST), ())
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
        comparison = LayerCall(self.run, "conv_transpose2d")
        for number, case in enumerate(comparison.kind.cases):
            x, weights = comparison.inputs(case)
            self.make(comparison, case, weights)
            applied = comparison.apply(case, x, weights)
            comparison.compare(case, comparison.text(case), applied.value, x, weights)
            if number == 0 and applied.torchs_own:
                self.run.fail(
                    f"{self.name} is right, but torch's own transposed convolution does the work "
                    f"(`{applied.torchs_own[0]}` was called). Let your `conv_transpose2d` do it.",
                    cause="torchs-own",
                    where=self.run.where("forward"),
                )

    @probe
    def lets_gradients_through(self) -> None:
        """The weight gets the right gradient, so that the layer can learn."""
        comparison = LayerCall(self.run, "conv_transpose2d")
        case = comparison.kind.cases[1]
        x, weights = comparison.inputs(case)
        name = self.make(comparison, case, weights)
        source = weights.clone().requires_grad_()
        output = comparison.oracle(case, x, source)
        cotangent = torch.randn(output.shape, generator=self.run.generator)
        (wanted,) = torch.autograd.grad((output * cotangent).sum(), source)
        applied = comparison.apply(case, x, weights, cotangent=cotangent, known_errors=(DTYPES,))
        found = applied.gradients.get(name)
        if found is None:
            self.run.fail(
                "a loss on the layer's output does not reach its weight, which would never learn.",
                cause="detached",
                where=self.run.where("forward"),
                likely_cause="`self.weight.data`, `.detach()` or `torch.no_grad()` in `forward`.",
            )
        if found.shape != wanted.shape or not same(found, wanted):
            self.run.fail(
                "the weight gets a wrong gradient.", cause="wrong-gradient", where=self.run.where("forward")
            )

    # How

    def build(self, **sizes: Any) -> Built:
        shown = ", ".join(f"{name}={value}" for name, value in sizes.items())
        return self.run.observe(build, f"{self.name}({shown})", known_errors=KNOWN_ERRORS, sizes=sizes)

    def make(self, comparison: LayerCall, case: Case, weights: Tensor) -> str:
        """Builds the layer of this case and gives it these weights; returns the name of its own."""
        height, width = case.weights[2:]
        made = self.build(
            in_channels=case.weights[0],
            out_channels=case.weights[1],
            kernel_size=height if height == width else (height, width),
            **dict(zip(("stride", "padding"), case.numbers, strict=False)),
        )
        name = self.weight_of(made, case.weights)
        self.run.observe(load, "copying weights into your layer", handle=made.handle, values={name: weights})
        comparison.handle = made.handle
        return name

    def weight_of(self, made: Built, shape: Numbers) -> str:
        """The name of the weight."""
        if shape not in [each.shape for each in made.parameters]:
            self.check_weight(made, shape)
        return next(each.name for each in made.parameters if each.shape == shape)

    def check_weight(self, made: Built, shape: Numbers) -> None:
        seen = {each.name: each.shape for each in made.parameters}
        listed = ", ".join(f"{name} {shape}" for name, shape in seen.items()) or "none"
        what = f"its parameters are: {listed}; expected one, weight {shape}."
        c_in, c_out, height, width = shape
        trouble: tuple[str, str | None] | None = None
        if not seen:
            trouble = (
                "not-a-parameter",
                "a plain tensor (or a list) is no parameter, so no optimiser finds it: "
                "`self.weight = nn.Parameter(…)`.",
            )
        elif len(seen) > 1:
            trouble = ("has-a-bias", "the layer is to have no bias.")
            if (c_out,) not in seen.values():
                trouble = ("extra-parameters", None)
        elif shape not in seen.values():
            (found,) = seen.values()
            trouble = ("wrong-weight-shape", None)
            if found == (c_out, c_in, height, width):
                trouble = (
                    "weight-shape-swapped",
                    "that is (out, in, …), as in a plain convolution; here in comes first.",
                )
            elif found == (c_in, c_out, width, height):
                trouble = ("kernel-height-and-width-swapped", "height comes before width.")
        elif not made.parameters[0].learnable:
            what = "its weight does not ask for a gradient, so it would never learn."
            trouble = ("frozen-weights", "`requires_grad=False`, or a `.detach()` behind `nn.Parameter`.")
        if trouble:
            self.run.fail(
                what, cause=trouble[0], likely_cause=trouble[1], where=self.run.where("weight", "__init__")
            )
        if "weight" not in seen:
            self.run.note(f"the weight is called `{next(iter(seen))}`; torch's layers call it `weight`.")

    def note_what_print_shows(self, made: Built) -> None:
        returned = self.run.observe(
            call, f"{self.name}.extra_repr()", handle=made.handle, method="extra_repr", arguments=[]
        )
        if not all(number in str(returned.value) for number in "234"):
            self.run.note(
                "print(layer) does not say with what the layer was made: let `extra_repr` return the numbers as text."
            )


class LayerCall(ConvolutionFunction):
    """Calls the layer where the function is called, with x alone: the rest is in the layer."""

    def handed_over(self, case: Case, x: Tensor, weights: Tensor) -> list[Any]:
        return [x]

    def text(self, case: Case) -> str:
        stride, padding = case.numbers
        c_in, c_out, *kernel = case.weights
        made = f"ConvTranspose2d({c_in}, {c_out}, {tuple(kernel)}, stride={stride}, padding={padding})"
        return f"{made} with x {case.x}"

    def where(self) -> str | None:
        return self.run.where("forward")

    def example(self, case: Case) -> None:
        return None


def convolution_layer(run: CheckRun) -> ConvolutionLayer:
    layer = ConvolutionLayer(run)
    require_module_class(run, layer.name)
    return layer
