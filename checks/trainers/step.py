"""What is looked at in a trainer's construction and in its single steps, and what explains what was seen there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

import torch
from torch import Tensor

from checks.core.compare import difference, same
from checks.core.evidence import Other
from checks.core.mistakes import Cause, Mistake, Symptom, causes_of, diagnose_nearest, first_shown, mutant, texts_of
from checks.core.result import CheckFailure, NotAttempted
from checks.core.run import probe
from checks.core.words import article
from checks.trainers.evidence import OPTIMISER_STEPS, Event, Optimiser
from checks.trainers.loop import trained_by
from checks.trainers.losses import DETACHED, Loss, Outputs, value_of
from checks.trainers.optimiser import (
    RIGHT_STEP,
    SAME_MOVES,
    STEP_MISTAKES,
    StepRecipe,
    StepRecord,
    moves_apart,
    outputs,
    replay,
)
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import RIGHT_SAMPLINGS, Sampling, samplings
from checks.trainers.trainer import BATCHES, ROUNDING, TrainerUnderTest


@probe
def makes_its_model(trainer: TrainerUnderTest) -> None:
    """A model of the right kind, of the args' sizes, and an optimiser that holds all of its weights."""
    made, spec = trainer.steps.made, trainer.spec
    if made.samples != spec.rig.is_vae and made.model != spec.model:
        trainer.fail(
            "__init__",
            f"the trainer's model is {article(made.model)}; this trainer is for {article(spec.model)}.",
            "wrong-model",
            f"`model_class = {spec.model}` is missing, or `__init__` makes another model.",
        )
    if other := [each for each in made.types if each != "float32"]:
        trainer.fail(
            "__init__",
            f"the trainer's model holds {other[0]} numbers; the images are float32, and training would stop at the first.",
            "wrong-dtype",
            "leave `.double()`, `.half()` and `dtype=…` out, here and in the model.",
        )
    for name, size in made.sizes.items():
        asked = getattr(trainer.rig, name)
        if isinstance(size, int) and size != asked:
            trainer.fail(
                "__init__",
                f"with args.{name} = {asked} the trainer's model has {name} = {size}.",
                "sizes-ignored",
                f"hand `args.{name}` to the model; mind the order, latent_dim_size first.",
                numbers={"seen": size, "expected": asked},
            )
    if made.optimisers and not (made.optimised and all(each.covers for each in made.optimisers)):
        trainer.fail(
            "__init__",
            "the optimiser does not hold exactly the model's weights.",
            "optimiser-partial",
            "it was made for a part of them, or for another model: make it after `self.model`, with "
            "`self.model.parameters()`.",
        )
    if made.splits and not any(made.splits):
        trainer.fail(
            "__init__",
            "the trainer asks for the test images alone.",
            "trains-on-test-images",
            "`utils.get_dataset(args.dataset)` gives the training images; the others are for judging the model.",
        )


@probe
def returns_loss(trainer: TrainerUnderTest) -> None:
    """training_step(img) returns the loss of these images, as a scalar tensor."""
    rig, loss, calls = trainer.rig, trainer.spec.loss, trainer.steps.calls
    for call in calls:
        is_a_scalar(trainer, call.loss)
    if not trainer.spec.changes_images:
        takes_the_images(trainer)
    seen = float(calls[0].loss)
    sampling, mistakes = explain_loss(trainer, seen)
    if sampling and not mistakes:
        trainer.sampling = sampling
        return
    cause, text = causes_of(mistakes), texts_of(mistakes)
    made = mutant(loss, [each for each in mistakes if each in trainer.spec.loss_mistakes])
    if not (mistakes and sampling and explains_each_step(trainer, sampling, made)):
        cause, text = weight_grows(trainer)
    if not mistakes and not calls[0].latents:
        cause = "decoder-not-used"
        text = "the decoder was never used: `self.model(img)` encodes and decodes."
    out = outputs(rig, rig.flat_weights, BATCHES[0], trainer.sampling)
    expected = value_of(loss, out, rig.weight)
    trainer.fail(
        "training_step",
        "training_step returns another loss than the exercise asks for.",
        cause,
        text,
        numbers={"seen": seen, "expected": expected},
        tried=f"one step on {len(BATCHES[0])} images, with a model whose weights are known",
        came_out=f"{seen:.5f}",
        expected=f"{expected:.5f}{loss.in_terms(out, rig.weight)}",
    )


def is_a_scalar(trainer: TrainerUnderTest, loss: Any) -> None:
    """Fails where a step returned anything but a finite tensor of no dimension."""
    cause: str | None
    text: str | None = None
    if isinstance(loss, Tensor):
        if loss.dim() == 0 and bool(torch.isfinite(loss)):
            return
        if loss.dim():
            cause, what = "loss-not-scalar", f"a tensor of shape {tuple(loss.shape)}"
            text = "take the mean over all its elements."
        else:
            cause, what = "loss-not-finite", str(loss.item())
            seen = float(trainer.steps.calls[0].loss)
            if seen != seen and (mistakes := explain_loss(trainer, seen)[1]):
                cause, text = causes_of(mistakes), texts_of(mistakes)
    elif loss is None:
        cause, what, text = "returns-none", "None", "`return loss` is missing at its end."
    elif isinstance(loss, float | int):
        cause, what, text = ("returns-number", f"the number {loss:.5g}", "return the loss itself, without `.item()`.")
    elif isinstance(loss, Other) and loss.kind == "ellipsis":
        cause, what, text = "left-in-place", "`...`", "the `...` still stands where the answer belongs."
    else:
        kind = loss.kind if isinstance(loss, Other) else type(loss).__name__
        cause, what = "returns-other", article(kind)
        text = "return the (total) loss alone." if kind in ("tuple", "list", "dict") else None
    trainer.fail(
        "training_step", f"training_step is to return the loss, a scalar tensor; it returned {what}.", cause, text
    )


def takes_the_images(trainer: TrainerUnderTest) -> None:
    """Fails unless the images that went through the model in each step are those that were handed over."""
    for rows, call in zip(BATCHES, trainer.steps.calls, strict=True):
        if not call.passes and call.idle_passes:
            trainer.fail(
                "training_step",
                "training_step runs `self.model` (or its encoder) without gradients, so it learns nothing.",
                "detached-loss",
                "`torch.no_grad()` or `torch.inference_mode()` stands around it.",
            )
        if not call.passes:
            trainer.fail(
                "training_step",
                "training_step never runs `self.model`.",
                "model-not-used",
                "it uses another model, or none at all: `self.model(img)`.",
            )
        for seen in call.passes:
            if -1 in seen:
                trainer.fail(
                    "training_step",
                    "the model got other images than those handed to training_step.",
                    "input-changed",
                    "noise is added, or they are normalised again or clamped: hand `img` to the model as it is.",
                )
            if seen != rows:
                trainer.fail(
                    "training_step",
                    f"of {len(rows)} images handed to training_step the model got {len(seen)}, or in another order.",
                    "batch-cut",
                    "hand `img` to the model as it is.",
                )


@probe
def updates_weights(trainer: TrainerUnderTest) -> None:
    """Each training_step is one Adam step on that loss: the weights after each of them are Adam's own."""
    rig = trainer.rig
    allow_for_scale(trainer)
    records = list(replay(rig, BATCHES, trainer.spec.loss, trainer.recipe, trainer.sampling))
    if weights_apart(trainer, records) <= SAME_MOVES:
        has_no_decay(trainer)
        draws_afresh(trainer)
        returns_each_loss(trainer, records)
        return
    moved = largest_move(trainer)
    trainer.fail(
        "training_step",
        "the weights after a few training steps are not those of Adam on this loss.",
        *explain_weights(trainer),
        numbers={"largest move": moved},
        tried=f"{len(BATCHES)} steps with lr = {rig.lr} and betas = {rig.betas}",
        came_out=f"the weights moved by up to {moved:.2g}" if moved else "the weights did not move at all",
    )


def draws_afresh(trainer: TrainerUnderTest) -> None:
    """Fails where each step of a VAE sets the seed, so that all of them get the same noise."""
    if trainer.rig.is_vae and all(Event.SEEDED in call.events for call in trainer.steps.calls):
        trainer.fail(
            "training_step",
            "training_step sets torch's seed, so the noise is the same in each step.",
            "seeds-each-step",
            "take `torch.manual_seed` out; once, before training, is the place for it.",
        )


def has_no_decay(trainer: TrainerUnderTest) -> None:
    """Fails for a weight decay too small to be seen in a few steps."""
    for optimiser in trainer.steps.made.optimisers:
        if decay := optimiser.options.get("weight_decay"):
            trainer.fail(
                "__init__",
                f"the optimiser has a weight decay of {decay}; the exercise asks for plain Adam.",
                "weight-decay",
                "`torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas)`.",
            )


def returns_each_loss(trainer: TrainerUnderTest, records: list[StepRecord]) -> None:
    """Fails where a later step returns another loss than that of its own images."""
    for number, (call, record) in enumerate(zip(trainer.steps.calls, records, strict=True), start=1):
        if not isinstance(call.loss, Tensor) or call.loss.dim():
            continue  # `returns_loss` says so
        seen, expected = float(call.loss), float(record.loss)
        if not same(seen, expected):
            trainer.fail(
                "training_step",
                f"step {number} returned {seen:.5f}; the loss of its images is {expected:.5f}.",
                "running-loss",
                "the losses are summed up or averaged over steps: return the loss of this step alone.",
                numbers={"seen": seen, "expected": expected},
            )


def allow_for_scale(trainer: TrainerUnderTest) -> None:
    """Adam takes the same steps for c times the loss (but for its epsilon), so that a factor c does no harm here."""
    right = next(replay(trainer.rig, BATCHES, trainer.spec.loss, sampling=trainer.sampling)).gradient
    seen = trainer.steps.calls[0].gradient
    if seen is None:
        return
    scale = float(seen @ right / (right @ right))
    if abs(scale - 1) > 0.01 and float((seen - scale * right).norm()) < 0.01 * float(seen.norm()):
        trainer.recipe = replace(RIGHT_STEP, gradient=lambda gradient: scale * gradient)
        trainer.run.note(
            f"the gradients are {scale:.3g} times those of the loss returned (`backward()` twice, or on another "
            "multiple of it). Adam does not mind a factor; most other optimisers do."
        )


# What explains the loss


def explain_loss(trainer: TrainerUnderTest, seen: float) -> tuple[Sampling | None, tuple[Mistake, ...]]:
    """The way of sampling, and the fewest mistakes in it and in the loss, that give what the first step returned.

    Of several equally short explanations the one that comes nearest counts. (None, ()) where there is none.
    """
    rig, spec, rows = trainer.rig, trainer.spec, BATCHES[0]
    ways: list[tuple[Sampling, tuple[Mistake, ...]]] = [(trainer.sampling, ())]
    if rig.is_vae:
        out = outputs(rig, rig.flat_weights, rows)
        latents = trainer.steps.calls[0].latents
        ways = [*samplings(rig, rows, out["mu"], out["logsigma"], latents)] or ways
    given = [outputs(rig, rig.flat_weights, rows, way) for way, _ in ways]

    def off(loss: Loss, out: Outputs) -> float:
        # What is nearer than a tenth of rounding is as near as can be: among those the first in the table counts.
        return max(ROUNDING / 10, difference(seen, value_of(loss, out, rig.weight)))

    def nearest(loss: Loss) -> float:
        return min(off(loss, out) for out in given)

    def nearest_at_each_step(loss: Loss) -> float:
        """One number alone may come about by chance: what gives the first step's must give the others', too."""
        if (first := nearest(loss)) > ROUNDING:
            return first
        fitting = (way for (way, _), out in zip(ways, given, strict=True) if off(loss, out) <= ROUNDING)
        return first if any(explains_each_step(trainer, way, loss) for way in fitting) else inf

    chosen: tuple[Mistake, ...] = ()
    if nearest(spec.loss) > ROUNDING:
        chosen = diagnose_nearest(spec.loss, spec.loss_mistakes, nearest_at_each_step, ROUNDING)
    loss = mutant(spec.loss, chosen)
    (way, made), out = min(zip(ways, given, strict=True), key=lambda each: off(loss, each[1]))
    return (way, (*made, *chosen)) if off(loss, out) <= ROUNDING else (None, ())


def at_each_step(trainer: TrainerUnderTest, loss: Loss, sampling: Sampling, weight: float) -> list[float]:
    """What this loss is at each step, of the weights that the step before left, whatever that did to them."""
    calls, rig = trainer.steps.calls, trainer.rig
    weights = [rig.flat_weights, *(call.weights for call in calls[:-1])]
    given = (outputs(rig, each, rows, sampling) for each, rows in zip(weights, BATCHES, strict=True))
    return [value_of(loss, out, weight) for out in given]


def explains_each_step(trainer: TrainerUnderTest, sampling: Sampling, loss: Loss) -> bool:
    """Whether a loss that gives the first step's number gives those of the others; where one of them is no number, or the
    images are changed at random, nothing speaks against it."""
    calls = trainer.steps.calls
    if trainer.spec.changes_images or not all(isinstance(call.loss, Tensor) and not call.loss.dim() for call in calls):
        return True
    found = at_each_step(trainer, loss, sampling, trainer.rig.weight)
    return all(same(float(call.loss), value, 1e-4) for call, value in zip(calls, found, strict=True))


def weight_grows(trainer: TrainerUnderTest) -> Cause:
    """The cause, where the loss is right but for the weight of its second term, which grows from 0 by as much a step."""
    if not all(isinstance(call.loss, Tensor) and not call.loss.dim() for call in trainer.steps.calls):
        return None, None
    for sampling in RIGHT_SAMPLINGS if trainer.rig.is_vae else [trainer.sampling]:
        without, whole = (at_each_step(trainer, trainer.spec.loss, sampling, weight) for weight in (0.0, 1.0))
        if any(abs(one - none) < 1e-3 for none, one in zip(without, whole, strict=True)):
            continue
        losses = [float(call.loss) for call in trainer.steps.calls]
        seen = [(loss - none) / (one - none) for loss, none, one in zip(losses, without, whole, strict=True)]
        growth, off = seen[2] - seen[1], 0.01 * (seen[2] - seen[1]) + 2e-6
        steady = all(abs(late - early - growth) < off for early, late in pairwise(seen))
        if growth > 1e-5 and steady and min(abs(seen[0]), abs(seen[0] - growth)) < off:
            return (
                "weight-grows",
                "the second term's weight grows from step to step, a warm-up (it was "
                f"{', '.join(f'{each:.2g}' for each in seen)}). The exercise takes it whole from the first step on, here "
                f"{trainer.rig.weight}.",
            )
    return None, None


# What explains the weights


UNMOVED = [
    Symptom(
        "detached-loss",
        "`backward()` runs, but it reaches no weight of the model: the loss is cut off from them, by `.detach()`, "
        "`.item()`, `torch.no_grad()` or a new `torch.tensor(…)`.",
        lambda events: Event.CALLED in events and Event.BACKWARD not in events,
    ),
    Symptom(
        "no-backward",
        "`loss.backward()` is missing: without it there are no gradients to step along.",
        lambda events: Event.BACKWARD not in events,
    ),
    Symptom(
        "optimiser-never-steps",
        "`self.optimizer.step()` is missing: the gradients are there and nobody uses them.",
        OPTIMISER_STEPS.isdisjoint,
    ),
    Symptom(
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`, so it has no gradients of this loss to step along.",
        lambda events: events.index(Event.BACKWARD) > min(events.index(each) for each in OPTIMISER_STEPS & {*events}),
    ),
    Symptom(
        "zeroed-before-step",
        "the gradients are zeroed between `backward()` and `step()`, so the step sees none: "
        "zero them before `backward()` or after `step()`.",
        lambda events: Event.STEP not in events,
    ),
]
"""For weights that do not move, by the events of one training step; each is right only where those before it are not."""


def explain_weights(trainer: TrainerUnderTest) -> Cause:
    """The cause of weights that are not those of Adam on the right loss."""
    rig, spec, events = trainer.rig, trainer.spec, trainer.steps.calls[0].events
    optimisers = trainer.steps.made.optimisers
    if largest_move(trainer) == 0:
        return first_shown(UNMOVED, events)
    if len(optimisers) == 1 and (found := other_options(rig, optimisers[0])):
        return found

    def by_recipe(recipe: StepRecipe) -> float:
        return weights_apart(trainer, replay(rig, BATCHES, spec.loss, recipe, trainer.sampling))

    def by_loss(loss: Loss) -> float:
        return weights_apart(trainer, replay(rig, BATCHES, loss, RIGHT_STEP, trainer.sampling))

    chosen = diagnose_nearest(RIGHT_STEP, STEP_MISTAKES, by_recipe, SAME_MOVES, most=1) or diagnose_nearest(
        spec.loss, DETACHED, by_loss, SAME_MOVES, most=1
    )
    if causes_of(chosen) == "gradients-never-zeroed" and train_makes_up(trainer):
        return (
            "zeroed-in-train",
            "training_step leaves its gradients to the next step, and train zeroes them: call "
            "`self.optimizer.zero_grad()` in training_step, so that each step is whole by itself.",
        )
    if chosen:
        return causes_of(chosen), texts_of(chosen)
    if chosen := diagnose_nearest(spec.loss, spec.loss_mistakes, by_loss, SAME_MOVES, most=1):
        text = f"`backward()` runs on another loss than the one returned: {texts_of(chosen)}"
        return causes_of(chosen), text
    if chosen := diagnose_nearest(RIGHT_STEP, STEP_MISTAKES, by_recipe, SAME_MOVES, most=2):
        return causes_of(chosen), texts_of(chosen)
    if OPTIMISER_STEPS.isdisjoint(events):
        by_hand = "the weights are changed by hand; leave that to `self.optimizer.step()`."
        return "changes-weights-by-hand", by_hand
    return None, None


def train_makes_up(trainer: TrainerUnderTest) -> bool:
    """Whether train leaves the right weights although training_step alone does not."""
    try:
        return trained_by(trainer, trainer.recipe)
    except (CheckFailure, NotAttempted):  # it does not run at all
        return False


def largest_move(trainer: TrainerUnderTest) -> float:
    return float((trainer.steps.calls[-1].weights - trainer.rig.flat_weights).abs().max())


def weights_apart(trainer: TrainerUnderTest, records: Iterable[StepRecord]) -> float:
    """How far the weights that were seen are from those of a replay, which is followed only as far as it agrees."""
    furthest = 0.0
    for call, record in zip(trainer.steps.calls, records, strict=False):
        furthest = max(furthest, moves_apart(call.weights, record, trainer.rig.flat_weights))
        if furthest > SAME_MOVES:
            break
    return furthest


def other_options(rig: TrainerRig, optimiser: Optimiser) -> Cause | None:
    """What the trainer's optimiser itself says that it does otherwise than Adam with the args' numbers."""
    if "Adam" not in optimiser.kind:
        return "wrong-optimiser", f"the optimiser is {article(optimiser.kind)}; take `torch.optim.Adam`."
    right = {"lr": rig.lr, "betas": rig.betas, "weight_decay": 0}
    causes = {"lr": "lr-ignored", "betas": "betas-ignored", "weight_decay": "weight-decay"}
    wrong = [name for name, value in right.items() if optimiser.options.get(name, value) != value]
    if not wrong:
        return None
    remarks = (f"{name} = {optimiser.options[name]} (it should be {right[name]})" for name in wrong)
    text = f"the optimiser has {' and '.join(remarks)}: use `args.lr` and `args.betas`, and no weight decay."
    return "+".join(causes[name] for name in wrong), text
