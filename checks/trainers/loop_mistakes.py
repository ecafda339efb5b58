"""What goes wrong in a training loop, told by what is left behind: numbers of images, the counter, calls of log_samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from checks.trainers.operations import START
from checks.trainers.rig import IMAGES, TrainerRig


@dataclass(frozen=True)
class LoopMistake:
    """A cause, what to tell the learner, and what this mistake leaves behind in a run of the stage."""

    cause: str
    text: str
    leaves: Callable[[TrainerRig], object]


def recognised(known: Iterable[LoopMistake], rig: TrainerRig, seen: object) -> tuple[str | None, str | None]:
    """The cause and the text of the first mistake that leaves what was seen."""
    return next(((each.cause, each.text) for each in known if each.leaves(rig) == seen), (None, None))


IMAGES_SEEN = [
    LoopMistake("no-training-step", "train never calls `self.training_step`.", lambda rig: 0),
    LoopMistake(
        "returns-too-soon",
        "train ends after its first batch: `return` stands inside the loop over batches.",
        lambda rig: rig.batch_size,
    ),
    LoopMistake(
        "one-batch-an-epoch",
        "only the first batch of each epoch is used: a `break`, or code that should stand inside the inner loop.",
        lambda rig: rig.epochs * rig.batch_size,
    ),
    LoopMistake(
        "last-batch-an-epoch",
        "only the last batch of each epoch is used: training_step should stand inside the inner loop.",
        lambda rig: rig.epochs * (IMAGES % rig.batch_size),
    ),
    LoopMistake(
        "one-epoch-only",
        "there is but one epoch: the loop over `range(self.args.epochs)` is missing, or `return` stands inside it.",
        lambda rig: IMAGES,
    ),
    LoopMistake(
        "last-batch-dropped",
        "the last, smaller batch of each epoch is left out (`drop_last`, or a count of whole batches).",
        lambda rig: rig.epochs * (IMAGES - IMAGES % rig.batch_size),
    ),
    LoopMistake(
        "same-batch-again",
        "each step takes the first batch anew, as `next(iter(loader))` does: loop over the loader.",
        lambda rig: rig.steps * rig.batch_size,
    ),
    LoopMistake("one-epoch-too-many", "there is one epoch too many.", lambda rig: IMAGES * (rig.epochs + 1)),
    LoopMistake(
        "one-epoch-too-few",
        "there is one epoch too few: `range(1, n)` has n − 1 members.",
        lambda rig: IMAGES * (rig.epochs - 1),
    ),
    LoopMistake(
        "epochs-fixed",
        "the number of epochs is fixed at 10: use `self.args.epochs`.",
        lambda rig: IMAGES * 10,
    ),
    LoopMistake(
        "epochs-fixed",
        "the number of epochs is fixed at 5: use `self.args.epochs`.",
        lambda rig: IMAGES * 5,
    ),
    LoopMistake(
        "each-batch-twice",
        "each batch is trained on twice: training_step is called once too often in the loop.",
        lambda rig: 2 * IMAGES * rig.epochs,
    ),
    LoopMistake(
        "each-batch-twice",
        "each batch is trained on once per epoch of a third loop: two loops, epochs and batches, are enough.",
        lambda rig: IMAGES * rig.epochs**2,
    ),
]
"""By the number of images that went through the model in `train`."""


COUNTER = [
    LoopMistake(
        "step-not-counted",
        "it never changes: `self.step = 0` in front of the loops and `self.step += 1` after each training step.",
        lambda rig: START,
    ),
    LoopMistake(
        "step-not-counted",
        "it stays 0: `self.step += 1` after each training step is missing.",
        lambda rig: 0,
    ),
    LoopMistake(
        "step-not-reset",
        "it is not set to 0 at the beginning of train, so a second run goes on from the first.",
        lambda rig: START + rig.steps,
    ),
    LoopMistake(
        "counts-images",
        "it grows by the number of images; count 1 for each step.",
        lambda rig: IMAGES * rig.epochs,
    ),
    LoopMistake(
        "counts-images",
        "it grows by `batch_size`; count 1 for each step.",
        lambda rig: rig.batch_size * rig.steps,
    ),
    LoopMistake(
        "counts-images+step-not-reset",
        "it grows by the number of images, and is not set to 0 at the beginning of train; count 1 for each step.",
        lambda rig: START + IMAGES * rig.epochs,
    ),
    LoopMistake(
        "counts-images+step-not-reset",
        "it grows by `batch_size`, and is not set to 0 at the beginning of train; count 1 for each step.",
        lambda rig: START + rig.batch_size * rig.steps,
    ),
    LoopMistake(
        "counts-epochs",
        "it counts epochs: increase it inside the inner loop, after each training step.",
        lambda rig: rig.epochs,
    ),
    LoopMistake(
        "counts-epochs",
        "it counts epochs, and is not set to 0 first: increase it inside the inner loop.",
        lambda rig: START + rig.epochs,
    ),
    LoopMistake(
        "step-reset-each-epoch",
        "it starts anew in each epoch: set it to 0 once, before both loops.",
        lambda rig: rig.steps_an_epoch,
    ),
    LoopMistake(
        "index-for-count",
        "it is the index of the batch within its epoch; count all steps.",
        lambda rig: rig.steps_an_epoch - 1,
    ),
    LoopMistake(
        "index-for-count",
        "it is one too small at the end: the index of the last step, not the number of steps.",
        lambda rig: rig.steps - 1,
    ),
    LoopMistake("counts-one-too-many", "it is one too large: it starts at 0.", lambda rig: rig.steps + 1),
    LoopMistake(
        "counts-twice",
        "it grows by 2 a step: in training_step and in train?",
        lambda rig: 2 * rig.steps,
    ),
    LoopMistake(
        "counts-epochs-too",
        "it grows at the end of each epoch as well; count steps alone.",
        lambda rig: rig.steps + rig.epochs,
    ),
]
"""By the trainer's `step` after `train`, which began with `step` at START."""


def steps_where(condition: Callable[[int, int], bool], first: int = 1) -> Callable[[TrainerRig], list[int]]:
    """The counters from `first` on for which condition(counter, log_every_n_steps) holds; the last is the number of
    steps, or one less where counting starts at 0."""
    return lambda rig: [
        step for step in range(first, rig.steps + first) if condition(step, rig.log_every_n_steps)
    ]


def batches_where(offset: int) -> Callable[[TrainerRig], list[int]]:
    """The counters at batches whose index within the epoch is a multiple of log_every_n_steps."""
    return lambda rig: [
        epoch * rig.steps_an_epoch + index + offset
        for epoch in range(rig.epochs)
        for index in range(0, rig.steps_an_epoch, rig.log_every_n_steps)
    ]


SAMPLES = [
    LoopMistake(
        "log-samples-never",
        "it is never called (or so seldom that a run of this length has none).",
        lambda rig: [],
    ),
    LoopMistake(
        "log-samples-every-step",
        "it is called after each step, whatever `log_every_n_steps` says.",
        steps_where(lambda step, every: True),
    ),
    LoopMistake(
        "log-samples-before-count",
        "it is called before `self.step` is increased, so that step 0 counts: increase first, then ask.",
        steps_where(lambda step, every: step % every == 0, first=0),
    ),
    LoopMistake(
        "log-samples-per-epoch",
        "it is called once an epoch: put it into the inner loop, under a condition on `self.step`.",
        lambda rig: [rig.steps_an_epoch * (epoch + 1) for epoch in range(rig.epochs)],
    ),
    LoopMistake(
        "log-samples-per-epoch",
        "it is called at the beginning of each epoch: put it into the inner loop, under a condition on `self.step`.",
        lambda rig: [rig.steps_an_epoch * epoch for epoch in range(rig.epochs)],
    ),
    LoopMistake(
        "log-samples-inverted",
        "it is called at all steps but the right ones: the remainder is to be 0.",
        steps_where(lambda step, every: step % every != 0),
    ),
    LoopMistake(
        "log-samples-inverted",
        "it is called where the remainder is 1; it is to be 0.",
        steps_where(lambda step, every: step % every == 1),
    ),
    LoopMistake(
        "log-samples-divides",
        "`/` or `//` stands where the remainder `%` should.",
        steps_where(lambda step, every: step // every == 0),
    ),
    LoopMistake(
        "log-samples-by-batch",
        "the batch's index within its epoch decides; `self.step`, which goes on counting, should.",
        batches_where(offset=1),
    ),
    LoopMistake(
        "log-samples-by-batch",
        "the batch's index within its epoch decides; `self.step`, which goes on counting, should.",
        batches_where(offset=0),
    ),
    LoopMistake(
        "log-samples-once",
        "it is called at one step alone: ask for a multiple (`%`), not for equality.",
        steps_where(lambda step, every: step == every),
    ),
    LoopMistake(
        "log-samples-once",
        "it is called once, at the end: put it into the inner loop.",
        lambda rig: [rig.steps],
    ),
    LoopMistake(
        "log-samples-after-n",
        "it is called at every step from the first multiple on: ask for the remainder (`%`), not for the size.",
        steps_where(lambda step, every: step >= every),
    ),
    LoopMistake(
        "log-samples-after-n",
        "it is called at every step behind the first multiple: ask for the remainder (`%`), not for the size.",
        steps_where(lambda step, every: step > every),
    ),
]
"""By the counters at which `log_samples` was called."""
