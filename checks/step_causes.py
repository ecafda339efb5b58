"""Finds the mistakes that give the loss that a training step returned, or the weights that it left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from checks.evidence import Call, Optimiser, Steps
from checks.losses import Loss
from checks.mistakes import Mistake, causes_of, texts_of, variants
from checks.procedure import MISTAKES as PROCEDURES
from checks.procedure import RIGHT as RIGHT_PROCEDURE
from checks.procedure import SAME_MOVES, Moment, Procedure, moves_apart, outputs, replay
from checks.reconstruction_mistakes import DETACHED
from checks.rehearsal import Stage
from checks.sampling import BY_THE_MODEL, Sampling, samplings
from checks.trainer import BATCHES, ROUNDING, Lesson, article, distance, value_of

Cause = tuple[str | None, str | None]
"""A cause and what to tell the learner; (None, None) where no known mistake fits."""


def explain_loss(
    stage: Stage, lesson: Lesson, call: Call, seen: float, sampling: Sampling = BY_THE_MODEL
) -> tuple[Sampling | None, tuple[Mistake, ...]]:
    """The way of sampling, and the fewest mistakes in it and in the loss, that give what the first step returned.

    Of several equally short explanations the one that comes nearest counts. (None, ()) where there is none.
    """
    rows = BATCHES[0]
    ways: list[tuple[Sampling, tuple[Mistake, ...]]] = [(sampling, ())]
    if stage.kind == "vae":
        out = outputs(stage, stage.flat_weights, rows)
        ways = [*samplings(stage, rows, out["mu"], out["logsigma"], call.latents)] or ways
    given = {way: outputs(stage, stage.flat_weights, rows, way) for way, _ in ways}

    def apart(way: Sampling, loss: Loss) -> float:
        return max(ROUNDING / 10, distance(seen, value_of(loss, given[way], stage.beta_kl)))

    for number in range(3):
        found = [
            (apart(way, loss), way, (*wrongly, *chosen))
            for way, wrongly in ways
            for loss, chosen in variants(lesson.right, lesson.mistakes, number, number)
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


def explain_weights(stage: Stage, lesson: Lesson, sampling: Sampling, steps: Steps) -> Cause:
    """The cause of weights that are not those of Adam on the right loss."""
    if largest_move(stage, steps) == 0:
        return next(
            ((each.cause, each.text) for each in EVENT_MISTAKES if each.shows(steps.calls[0].events)),
            (None, None),
        )
    if len(steps.made.optimisers) == 1 and (found := other_options(stage, steps.made.optimisers[0])):
        return found

    def nearest(tries: Iterable[tuple[Loss, Procedure, tuple[Mistake, ...]]]) -> tuple[Mistake, ...]:
        """The mistakes of the replay that comes nearest to what was seen; none where none comes near."""
        found = [
            (apart(stage, steps, replay(stage, BATCHES, loss, procedure, sampling)), chosen)
            for loss, procedure, chosen in tries
        ]
        best, chosen = min(found, key=lambda each: each[0], default=(1.0, ()))
        return chosen if best <= SAME_MOVES else ()

    right = lesson.right
    for number in (1, 2):
        by_procedure = variants(RIGHT_PROCEDURE, PROCEDURES, number, number)
        if chosen := nearest((right, procedure, chosen) for procedure, chosen in by_procedure):
            return causes_of(chosen), texts_of(chosen)
        by_gradient = variants(right, DETACHED, 1, 1) if number == 1 else ()
        if chosen := nearest((loss, RIGHT_PROCEDURE, chosen) for loss, chosen in by_gradient):
            return causes_of(chosen), texts_of(chosen)
        by_loss = variants(right, lesson.mistakes, 1, 1) if number == 1 else ()
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


def largest_move(stage: Stage, steps: Steps) -> float:
    return float((steps.calls[-1].weights - stage.flat_weights).abs().max())


def apart(stage: Stage, steps: Steps, moments: Iterable[Moment]) -> float:
    """How far the weights that were seen are from those of a replay, which is followed only as far as it agrees."""
    furthest = 0.0
    for call, moment in zip(steps.calls, moments, strict=False):
        furthest = max(furthest, moves_apart(call.weights, moment, stage.flat_weights))
        if furthest > SAME_MOVES:
            break
    return furthest


def other_options(stage: Stage, optimiser: Optimiser) -> Cause | None:
    """What the trainer's optimiser itself says that it does otherwise than Adam with the args' numbers."""
    if "Adam" not in optimiser.kind:
        return "wrong-optimiser", f"the optimiser is {article(optimiser.kind)}; take `torch.optim.Adam`."
    right = {"lr": stage.lr, "betas": stage.betas, "weight_decay": 0}
    causes = {"lr": "lr-ignored", "betas": "betas-ignored", "weight_decay": "weight-decay"}
    wrong = [name for name, value in right.items() if optimiser.options.get(name, value) != value]
    if not wrong:
        return None
    remarks = (f"{name} = {optimiser.options[name]} (it should be {right[name]})" for name in wrong)
    text = f"the optimiser has {' and '.join(remarks)}: use `args.lr` and `args.betas`, and no weight decay."
    return "+".join(causes[name] for name in wrong), text
