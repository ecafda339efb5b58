"""Finds the mistakes that give the loss that a training step returned, or the weights that it left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from checks.core.evidence import Call, Optimiser, Steps
from checks.core.mistakes import Mistake, causes_of, mutants, texts_of
from checks.trainers.losses import Loss
from checks.trainers.optimiser import MISTAKES as PROCEDURES
from checks.trainers.optimiser import RIGHT as RIGHT_PROCEDURE
from checks.trainers.optimiser import SAME_MOVES, StepRecipe, StepRecord, moves_apart, outputs, replay
from checks.trainers.reconstruction_mistakes import DETACHED
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import BY_THE_MODEL, Sampling, samplings
from checks.trainers.trainer import BATCHES, ROUNDING, TrainerSpec, article, distance, value_of

Cause = tuple[str | None, str | None]
"""A cause and what to tell the learner; (None, None) where no known mistake fits."""


def explain_loss(
    rig: TrainerRig, spec: TrainerSpec, call: Call, seen: float, sampling: Sampling = BY_THE_MODEL
) -> tuple[Sampling | None, tuple[Mistake, ...]]:
    """The way of sampling, and the fewest mistakes in it and in the loss, that give what the first step returned.

    Of several equally short explanations the one that comes nearest counts. (None, ()) where there is none.
    """
    rows = BATCHES[0]
    ways: list[tuple[Sampling, tuple[Mistake, ...]]] = [(sampling, ())]
    if rig.kind == "vae":
        out = outputs(rig, rig.flat_weights, rows)
        ways = [*samplings(rig, rows, out["mu"], out["logsigma"], call.latents)] or ways
    given = {way: outputs(rig, rig.flat_weights, rows, way) for way, _ in ways}

    def apart(way: Sampling, loss: Loss) -> float:
        return max(ROUNDING / 10, distance(seen, value_of(loss, given[way], rig.beta_kl)))

    for number in range(3):
        found = [
            (apart(way, loss), way, (*wrongly, *chosen))
            for way, wrongly in ways
            for loss, chosen in mutants(spec.right, spec.mistakes, number, number)
        ]
        nearest, way, mistakes = min(found, key=lambda each: each[0])
        if nearest <= ROUNDING:
            return way, mistakes
    return None, ()


class EventMistake(NamedTuple):
    """A mistake that the order of events in one training step shows."""

    cause: str
    text: str
    shows: Callable[[list[str]], bool]


EVENT_MISTAKES = [
    EventMistake(
        "no-backward",
        "`loss.backward()` is missing: without it there are no gradients to step along.",
        lambda events: "backward" not in events,
    ),
    EventMistake(
        "optimiser-never-steps",
        "`self.optimizer.step()` is missing: the gradients are there and nobody uses them.",
        lambda events: "step" not in events and "empty step" not in events,
    ),
    EventMistake(
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`, so it has no gradients of this loss to step along.",
        lambda events: (
            events.index("backward") > min(events.index(each) for each in events if "step" in each)
        ),
    ),
    EventMistake(
        "zeroed-before-step",
        "the gradients are zeroed between `backward()` and `step()`, so the step sees none: "
        "zero them before `backward()` or after `step()`.",
        lambda events: "step" not in events,
    ),
]
"""For weights that do not move."""


def explain_weights(rig: TrainerRig, spec: TrainerSpec, sampling: Sampling, steps: Steps) -> Cause:
    """The cause of weights that are not those of Adam on the right loss."""
    if largest_move(rig, steps) == 0:
        return next(
            ((each.cause, each.text) for each in EVENT_MISTAKES if each.shows(steps.calls[0].events)),
            (None, None),
        )
    if len(steps.made.optimisers) == 1 and (found := other_options(rig, steps.made.optimisers[0])):
        return found

    def nearest(tries: Iterable[tuple[Loss, StepRecipe, tuple[Mistake, ...]]]) -> tuple[Mistake, ...]:
        """The mistakes of the replay that comes nearest to what was seen; none where none comes near."""
        found = [
            (apart(rig, steps, replay(rig, BATCHES, loss, recipe, sampling)), chosen)
            for loss, recipe, chosen in tries
        ]
        best, chosen = min(found, key=lambda each: each[0], default=(1.0, ()))
        return chosen if best <= SAME_MOVES else ()

    right = spec.right
    for number in (1, 2):
        by_procedure = mutants(RIGHT_PROCEDURE, PROCEDURES, number, number)
        if chosen := nearest((right, recipe, chosen) for recipe, chosen in by_procedure):
            return causes_of(chosen), texts_of(chosen)
        by_gradient = mutants(right, DETACHED, 1, 1) if number == 1 else ()
        if chosen := nearest((loss, RIGHT_PROCEDURE, chosen) for loss, chosen in by_gradient):
            return causes_of(chosen), texts_of(chosen)
        by_loss = mutants(right, spec.mistakes, 1, 1) if number == 1 else ()
        if chosen := nearest((loss, RIGHT_PROCEDURE, chosen) for loss, chosen in by_loss):
            return causes_of(
                chosen
            ), f"`backward()` runs on another loss than the one returned: {texts_of(chosen)}"
    if not any("step" in event for event in steps.calls[0].events):
        return (
            "changes-weights-by-hand",
            "the weights are changed by hand; leave that to `self.optimizer.step()`.",
        )
    return None, None


def largest_move(rig: TrainerRig, steps: Steps) -> float:
    return float((steps.calls[-1].weights - rig.flat_weights).abs().max())


def apart(rig: TrainerRig, steps: Steps, moments: Iterable[StepRecord]) -> float:
    """How far the weights that were seen are from those of a replay, which is followed only as far as it agrees."""
    furthest = 0.0
    for call, record in zip(steps.calls, moments, strict=False):
        furthest = max(furthest, moves_apart(call.weights, record, rig.flat_weights))
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
