"""What explains the losses that training steps returned: known mistakes alone or in pairs, and the usual loss of public code.

One number is explained by many pairs of mistakes. So what is named gives the loss of every step, and of every step of
another rig: another seed, other sizes and another weight, with a KL that counts however small its weight is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from checks.core.compare import difference
from checks.core.mistakes import DOES_NOT_FIT, Mistake, diagnose, mutant, mutants
from checks.trainers.evidence import Call
from checks.trainers.losses import Loss, Outputs, value_of
from checks.trainers.optimiser import outputs
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import Sampling, samplings
from checks.trainers.trainer import BATCHES, ROUNDING, TrainerUnderTest

CLOSE = 3e-6
"""How far apart, relative to their size, a loss that was returned and one that is to explain it may lie."""

HUGE = 1e6
"""Losses beyond it hold an exp of large latents, of which rounding leaves too few digits to be compared."""


@dataclass
class Losses:
    """The losses that the steps of one rig returned, and what went into each of them if latents came about in this way."""

    rig: TrainerRig
    calls: Sequence[Call]
    sampling: Sampling
    known: dict[Any, Any] = field(default_factory=dict)

    def given(self, number: int) -> Outputs:
        """What goes into the loss of this step, of the weights that the step before left, whatever that did to them."""
        if number not in self.known:
            weights = self.calls[number - 1].weights if number else self.rig.flat_weights
            self.known[number] = outputs(self.rig, weights, BATCHES[number], self.sampling), {}
        return self.known[number][0]

    def value(self, loss: Loss, number: int) -> float:
        """The loss at this step. A VAE's terms are kept, so that a search is fast."""
        out = self.given(number)
        if "mu" not in out:
            return value_of(loss, out, self.rig.weight)
        with torch.no_grad():
            return float(loss.weighting(*loss.terms(out, self.known[number][1]), self.rig.weight))

    def seen(self, number: int) -> float:
        """What this step returned; nan for what is no number."""
        loss = self.calls[number].loss
        return float(loss) if isinstance(loss, Tensor) and not loss.dim() else float("nan")

    def fits(self, loss: Loss, number: int, tolerance: float = ROUNDING) -> bool:
        return difference(self.seen(number), self.value(loss, number)) <= tolerance

    def fits_all(self, loss: Loss) -> bool:
        return all(self.fits(loss, number, CLOSE) for number in range(len(self.calls)))

    def kl_counts(self, loss: Loss) -> float:
        """How much a tenth of log sigma more in the KL would change the loss, relative to its size."""
        if "mu" not in self.given(0):
            return 0.0
        bent = replace(loss, divergence=lambda m, s: loss.divergence(m, s) + s / 10)
        return difference(self.value(bent, 0), self.value(loss, 0))


def explain_loss(trainer: TrainerUnderTest) -> tuple[Sampling | None, tuple[Mistake, ...]]:
    """The way of sampling, and the fewest mistakes in it and in the loss, that give what was returned; (None, ()) where
    nothing that is known does. The right loss is recognised by its first step."""
    spec = trainer.spec
    for way, made in ways_of_sampling(trainer):
        losses = Losses(trainer.rig, trainer.steps.calls, way)
        if not made and losses.fits(spec.loss, 0):
            return way, ()

        def explains(loss: Loss, losses: Losses = losses) -> bool:
            return losses.fits(loss, 0) and is_confirmed(trainer, losses, loss)

        chosen = () if explains(spec.loss) else diagnose(spec.loss, spec.loss_mistakes, explains)
        if (made and explains(spec.loss)) or chosen:
            return way, (*made, *chosen)
        if trainer.rig.is_vae and (usual := usual_loss(trainer, losses)):
            return way, (*made, *usual)
    return None, ()


def ways_of_sampling(trainer: TrainerUnderTest) -> list[tuple[Sampling, tuple[Mistake, ...]]]:
    rig, rows = trainer.rig, BATCHES[0]
    if not rig.is_vae:
        return [(trainer.sampling, ())]
    out = outputs(rig, rig.flat_weights, rows)
    found = samplings(rig, rows, out["mu"], out["logsigma"], trainer.steps.calls[0].latents)
    return [*found] or [(trainer.sampling, ())]


def is_confirmed(trainer: TrainerUnderTest, losses: Losses, loss: Loss) -> bool:
    """Whether a loss that gives the first step's number gives all others. Where images are changed at random, nothing
    speaks against it."""
    if trainer.spec.changes_images:
        return True
    others = elsewhere(trainer, losses, trainer.other_rig)
    if others and trainer.rig.is_vae and not all(abs(others.seen(number)) < HUGE for number in range(len(BATCHES))):
        others = elsewhere(trainer, losses, replace(trainer.other_rig, code_spread=3.0))
    if not (losses.fits_all(loss) and others and isfinite(others.seen(0)) and others.fits_all(loss)):
        return False
    if not trainer.rig.is_vae:
        return True
    if counts := max(losses.kl_counts(loss), others.kl_counts(loss)):
        return counts > 2 * CLOSE  # else its form cannot be seen
    loud = elsewhere(trainer, losses, replace(trainer.other_rig, code_spread=1000.0))
    return loud is not None and loud.fits(loss, 0, CLOSE)  # a KL that is said to be missing would be large here


def elsewhere(trainer: TrainerUnderTest, losses: Losses, rig: TrainerRig) -> Losses | None:
    """The same of another rig; None where its steps raise something."""
    steps = trainer.steps_on(rig)
    return Losses(rig, steps.calls, losses.sampling) if steps else None


# The usual loss


def usual_loss(trainer: TrainerUnderTest, losses: Losses) -> tuple[Mistake, ...]:
    """The mistakes of a loss as public code has it: those of `spec.usual`, and a KL whose weight is any number. Three of
    them and more are one, the usual loss."""
    loud = elsewhere(trainer, losses, trainer.other_rig)
    if loud is None:
        return ()
    for terms, chosen in mutants(trainer.spec.loss, trainer.spec.usual, 0, 4):
        for loss, weighting in weighted(terms, loud):
            try:
                if losses.fits(loss, 0) and is_confirmed(trainer, losses, loss):
                    found = (*chosen, *weighting)
                    return found if len(found) < 3 else (as_usual(found),)
            except DOES_NOT_FIT:
                continue
    return ()


def weighted(terms: Loss, losses: Losses) -> Iterator[tuple[Loss, tuple[Mistake, ...]]]:
    """The loss as it is, with a fixed weight of its KL, and with a multiple of beta_kl: such that these losses' first fits."""
    yield terms, ()
    try:
        first, second = terms.terms(losses.given(0), losses.known[0][1])
    except DOES_NOT_FIT:
        return
    weight = (losses.seen(0) - first) / second if second else 0.0
    if not 1e-7 < weight < 1e7:
        return
    for mistake in (fixed(weight), multiplied(weight / losses.rig.weight)):
        yield mutant(terms, [mistake]), (mistake,)


def fixed(weight: float) -> Mistake:
    if abs(weight - 1) < 1e-3:
        return Mistake("beta-ignored", "beta_kl is not used.", "weighting", lambda mse, kl, beta: mse + kl)
    text = f"the KL counts {weight:.2g} times, whatever beta_kl is: use `self.args.beta_kl`."
    return Mistake("beta-fixed", text, "weighting", lambda mse, kl, beta: mse + weight * kl)


def multiplied(factor: float) -> Mistake:
    text = f"the KL counts {factor:.2g} · beta_kl times: its weight is `self.args.beta_kl` alone."
    return Mistake("beta-scaled", text, "weighting", lambda mse, kl, beta: mse + factor * beta * kl)


def as_usual(found: Sequence[Mistake]) -> Mistake:
    """Three mistakes and more as one, for what they are together."""
    *some, last = (each.text.partition(":")[0].rstrip(".") for each in found)
    text = (
        f"this is the usual loss of public code, not the lesson's: {', '.join(some)}, and {last}. Here both terms are means "
        "over all their numbers, the encoder's second half is log sigma, and the weight of the KL is beta_kl."
    )
    return replace(found[-1], cause="usual-loss", text=text)
