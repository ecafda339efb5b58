"""The contractive penalty, beside Jacobians that were taken number by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Returned
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.exercises.regularised.operations import penalise
from checks.exercises.regularised.contractive_mistakes import MISTAKES, KNOWN_ERRORS, Known, Penalty
from checks.exercises.regularised.rig import EncoderRig
from checks.core.mistakes import Mistake, causes_of, texts_of, mutants
from checks.models.network import compute
from checks.core.return_values import instead_of_tensor
from checks.core.exceptions import BATCH_OF_ONE

ROUNDING = 1e-3
"""Largest difference, relative to the penalty, between two float32 ways of computing it; a mistake changes far more."""

CASES = (("perceptron", 5), ("linear", 3), ("convolutional", 4), ("perceptron", 1))
TEXTS = {
    "perceptron": "an encoder Linear–tanh–Linear",
    "linear": "an encoder of one linear layer",
    "convolutional": "a convolutional encoder",
}


@dataclass
class ContractivePenalty:
    """The function under test."""

    run: CheckRun
    name: str = "contractive_penalty"

    @probe
    def is_the_squared_norm(self) -> None:
        """The mean over the batch of the sum of the squared entries of dz/dx, for several encoders and batches."""
        for kind, images in CASES:
            self.compare(rig := self.rig(kind, images), self.penalise(rig).value)

    @probe
    def teaches_the_weights(self) -> None:
        """Its gradient by the encoder's weights, a second derivative, is the right one."""
        for kind, images in CASES[:3]:
            rig = self.rig(kind, images)
            seen = self.penalise(rig).gradients
            leaves = {name: value.clone().requires_grad_() for name, value in rig.weights.items()}
            penalty = rig.jacobian(leaves).square().sum() / images
            wanted = torch.autograd.grad(penalty, list(leaves.values()), allow_unused=True)
            if not seen:
                self.fail(
                    f"{self.text(rig)} gives the right number, but the encoder's weights cannot learn from it: no "
                    "gradient reaches them.",
                    "detached",
                    "`create_graph=True` is missing in `torch.autograd.grad` (or in `jacobian`), or a `.detach()`, "
                    "`.item()` or `torch.no_grad()` stands on the way.",
                )
            for name, expected in zip(leaves, wanted, strict=True):
                expected = torch.zeros(leaves[name].shape) if expected is None else expected
                found = seen.get(name, torch.zeros_like(expected))
                if not float((found - expected).norm()) <= 1e-2 * float(expected.norm()) + 1e-6:
                    self.fail(
                        f"{self.text(rig)} gives the encoder's weights a wrong gradient.",
                        "wrong-gradient",
                        "a part of the way from the weights to the penalty is cut off by `.detach()` or `.data`.",
                    )

    @probe
    def leaves_nothing_behind(self) -> None:
        """Neither gradients on the encoder's weights, nor other numbers in x."""
        rig = self.rig(*CASES[0])
        returned = self.penalise(rig)
        if returned.reached:
            self.fail(
                f"{self.text(rig)} leaves gradients on the encoder's weights, which the next optimiser step would "
                "take for the loss's own.",
                "gradients-left-behind",
                "`backward()` adds to every weight's `.grad`. `torch.autograd.grad(latent, x, create_graph=True)` "
                "returns the gradient and touches nothing.",
            )
        if returned.changed_input:
            self.fail(
                f"{self.text(rig)} changes the numbers in x. Whoever calls it still needs them.",
                "changes-its-input",
                "an in-place operation on x: work on a new tensor.",
            )

    # How

    def rig(self, kind: str, images: int) -> EncoderRig:
        return EncoderRig(kind, images, self.run.seed)

    def text(self, rig: EncoderRig) -> str:
        return (
            f"{self.name}(encoder, x), with {TEXTS[rig.kind]} of {rig.latents} latents and {rig.images} "
            f"image{'s' if rig.images > 1 else ''},"
        )

    def fail(self, text: str, cause: str | None, likely: str | None, **parts: Any) -> None:
        self.run.fail(text, cause=cause, likely_cause=likely, where=self.run.where(self.name), **parts)

    def penalise(self, rig: EncoderRig, noise_seed: int = 1) -> Returned:
        return self.run.observe(
            penalise,
            self.text(rig),
            known_errors=BATCH_OF_ONE if rig.images == 1 else KNOWN_ERRORS,
            about=self.run.where(self.name),
            kind=rig.kind,
            images=rig.images,
            seed=rig.seed,
            noise_seed=noise_seed,
        )

    def compare(self, rig: EncoderRig, seen: Any) -> None:
        """Fails unless this is the penalty, a scalar tensor."""
        if not isinstance(seen, Tensor):
            cause, what, text = instead_of_tensor(seen, self.name)
            if isinstance(seen, float | int):
                cause, text = (
                    "returns-number",
                    "leave out `.item()`: the weights are to learn from the penalty.",
                )
            self.fail(f"{self.text(rig)} gave {what}.", cause, text)
        if seen.dim():
            what = (
                "one number for each image" if seen.shape == (rig.images,) else f"shape {tuple(seen.shape)}"
            )
            self.fail(
                f"{self.text(rig)} gave {what}; a scalar tensor is asked.",
                "not-scalar",
                "add up the squares of one image's Jacobian, and take the mean over the batch.",
            )
        jacobian = rig.jacobian(rig.weights).detach()
        weights = torch.cat([each.flatten() for each in rig.weights.values()])
        known = Known(jacobian, compute(rig.network, rig.weights, rig.x), weights)
        right, value = float(Penalty()(known)), float(seen)
        if close(value, right):
            return
        mistakes = mistakes_behind(known, value)
        cause, text = causes_of(mistakes), texts_of(mistakes)
        if not mistakes and not close(value, float(self.penalise(rig, noise_seed=2).value)):
            cause, text = (
                "estimate",
                "it comes out differently each time: a random direction gives an estimate. Here the penalty is exact: one "
                "gradient for each latent.",
            )
        self.fail(
            f"{self.text(rig)} gave {value:.5g}; expected {right:.5g}.",
            cause,
            text,
            numbers={"seen": value, "expected": right},
        )


def close(seen: float, expected: float) -> bool:
    return abs(seen - expected) <= ROUNDING * abs(expected)


def mistakes_behind(known: Known, seen: float) -> tuple[Mistake, ...]:
    """The one or two known mistakes that give this number; of several pairs, the one that comes nearest."""
    for number in (1, 2):
        found = [
            (abs(float(penalty(known)) - seen), chosen)
            for penalty, chosen in mutants(Penalty(), MISTAKES, number, number)
        ]
        off, chosen = min(found, key=lambda each: each[0])
        if off <= ROUNDING * abs(seen):
            return chosen
    return ()


def contractive_penalty(run: CheckRun) -> ContractivePenalty:
    """What the check's specification works with."""
    penalty = ContractivePenalty(run)
    require_function(run, penalty.name)
    return penalty
