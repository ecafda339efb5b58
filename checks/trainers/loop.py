"""What is looked at in `train`, and what goes wrong in it: images, counter, samples, weights, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.core.mistakes import Cause, Symptom, causes_of, diagnose, first_shown, table, texts_of
from checks.core.result import CheckFailure
from checks.core.run import probe
from checks.core.words import article
from checks.trainers.evidence import OPTIMISER_STEPS, Call, Event, Training
from checks.trainers.operations import START
from checks.trainers.optimiser import SAME_MOVES, STEP_MISTAKES, StepRecipe, moves_apart, replay
from checks.trainers.rig import IMAGES, TrainerRig
from checks.trainers.trainer import TrainerUnderTest, batches_of


@probe
def sees_every_image_each_epoch(trainer: TrainerUnderTest) -> None:
    """`args.epochs` times over the data, each image once in each, in batches as the loader gives them."""
    training, rig = trainer.training, trainer.rig
    if training.returned in ("generator", "coroutine"):
        word = "yield" if training.returned == "generator" else "async"
        trainer.fail(
            "train",
            f"calling train does nothing yet: with `{word}` it is a {training.returned}.",
            f"{word}-in-train",
            f"write it without `{word}`.",
        )
    if not training.calls and Event.STEP not in training.outside.events:
        trainer.fail(
            "train",
            "train never calls `self.training_step`, nor takes an optimiser step of its own.",
            "no-training-step",
            "in the inner loop: `loss = self.training_step(img.to(self.device))`.",
        )
    batches = batches_of(training)
    seen = [row for rows in batches for row in rows]
    epochs = [seen[start : start + IMAGES] for start in range(0, len(seen), IMAGES)]
    if len(epochs) == rig.epochs and all(sorted(epoch) == list(range(IMAGES)) for epoch in epochs):
        keeps_batch_size(trainer, batches)
        draws_another_order(trainer, epochs)
        goes_on_while_losses_rise(trainer)
        trainer.run.note(first_shown(BARS, training)[1] or "")
        return
    cause, text = explain_traces("images", images_of_runs(trainer, len(seen)))
    if training.calls and not any(call.passes for call in training.calls):
        cause = "model-replaced"
        text = "train works on another model than the trainer's: make it once, in `__init__`."
    elif samples_end_it(trainer):
        cause = "samples-end-the-loop"
        text = (
            "the loop ends where `log_samples` is called (a `break` or a `return` behind it?): without samples each image "
            "is seen as often as it should be."
        )
    elif losses_end_it(trainer):
        cause, text = STOPS_EARLY
    elif -1 in seen:
        cause = "input-changed"
        text = "the images are changed on their way: hand them to training_step as they come."
    trainer.fail(
        "train",
        f"in {rig.epochs} epochs over {IMAGES} images, train is to show each image to the model {rig.epochs} times.",
        cause,
        text,
        numbers={"images seen": len(seen), "expected": IMAGES * rig.epochs, "batches": len(batches)},
        came_out=f"{len(seen)} images in {len(batches)} batches",
        expected=f"{IMAGES * rig.epochs} images in {rig.steps} batches of at most {rig.batch_size}",
    )


STOPS_EARLY = (
    "stops-early",
    "training ends when the loss does not fall any more (early stopping): the exercise trains for all `args.epochs` epochs.",
)


def images_of_runs(trainer: TrainerUnderTest, seen: int) -> list[tuple[TrainerRig, int]]:
    """The numbers of images seen in this run and in one of other sizes, where there is one."""
    runs = [(trainer.rig, seen)]
    try:
        other = trainer.trained(trainer.even_rig, " with other sizes")
    except CheckFailure:
        return runs
    return [*runs, (trainer.even_rig, sum(map(len, batches_of(other))))]


def losses_end_it(trainer: TrainerUnderTest) -> bool:
    """Whether train sees all images as often as it should where it hears of losses that fall."""
    rig = trainer.rig
    try:
        falling = trainer.trained(rig, " with losses that fall", [1e6 * 0.9**step for step in range(rig.steps)])
    except CheckFailure:
        return False
    return sorted(row for batch in batches_of(falling) for row in batch) == sorted([*range(IMAGES)] * rig.epochs)


def goes_on_while_losses_rise(trainer: TrainerUnderTest) -> None:
    """Fails where a run ends before its time when it hears of losses that rise, though not with its own."""
    rig = trainer.even_rig
    seen = sum(map(len, batches_of(trainer.even_training)))
    if seen < IMAGES * rig.epochs and trainer.even_training.calls:
        trainer.fail(
            "train",
            f"train is to show each image to the model {rig.epochs} times, whatever the losses; while they rise, it ends after "
            f"{seen} of {IMAGES * rig.epochs} images.",
            *STOPS_EARLY,
        )


def draws_another_order(trainer: TrainerUnderTest, epochs: list[list[int]]) -> None:
    """Fails where the seed is set anew for each epoch; a loader that never shuffles gets a note."""
    if any(epoch != epochs[0] for epoch in epochs):
        return
    if Event.SEEDED in trainer.training.outside.events:
        trainer.fail(
            "train",
            "each epoch sees the images in the same order.",
            "seeds-each-epoch",
            "`torch.manual_seed` is set anew in each epoch, so the loader shuffles alike: take it out of the loop.",
        )
    trainer.run.note("the images come in the same order in each epoch: give the loader `shuffle=True`.")


BARS = [
    Symptom(
        "bar-moved-twice",
        "a progress bar around a loop moves on by itself: its `update()` moves it once more.",
        lambda training: any(by_itself and moved for _total, moved, by_itself in training.bars),
    ),
    Symptom(
        "bar-off",
        "the progress bar ends elsewhere than its total says: `total=self.args.epochs * len(self.trainloader)`, and after each "
        "step `update()`, which adds 1.",
        lambda training: any(not by_itself and total != moved for total, moved, by_itself in training.bars),
    ),
]
"""For a note: the bar is a help, and no part of the answer."""


@probe
def moves_images(trainer: TrainerUnderTest) -> None:
    """The images are moved to the trainer's device, where the model is; both may stay where they are."""
    training = trainer.even_training
    marked = [each for call in (*training.calls, training.outside) for each in call.marked]
    if any(marked) or not marked or "model" not in training.moved:
        return
    if "images" in training.moved:
        trainer.fail(
            "train",
            "the images are not moved to the model's device; with a GPU the first step would stop.",
            "moved-and-thrown-away",
            "`img.to(self.device)` leaves img where it is and gives a copy: `img = img.to(self.device)`.",
        )
    if not training.asks:
        trainer.fail(
            "train",
            "the images are not moved to the model's device; with a GPU the first step would stop.",
            "images-not-moved",
            "move each batch: `self.training_step(img.to(self.device))`.",
        )
    trainer.run.note(
        "no image was moved to a device here. Where the model is on a GPU they must be: `img.to(self.device)`."
    )


def samples_end_it(trainer: TrainerUnderTest) -> bool:
    """Whether a run so short that no samples are due sees all images as often as it should, while this one does not."""
    training, rig = trainer.training, replace(trainer.rig, log_every_n_steps=1000)
    if not training.samples:
        return False
    try:
        rows = [row for batch in batches_of(trainer.trained(rig, " without samples")) for row in batch]
    except CheckFailure:
        return False
    return sorted(rows) == sorted([*range(IMAGES)] * rig.epochs)


def keeps_batch_size(trainer: TrainerUnderTest, batches: list[list[int]]) -> None:
    largest, asked = max(map(len, batches)), trainer.rig.batch_size
    if largest != asked or len(batches) != trainer.rig.steps:
        trainer.fail(
            "train",
            f"with args.batch_size = {asked} the largest batch has {largest} images, and there are {len(batches)} steps.",
            "batch-size-ignored",
            "make the loader with `batch_size=args.batch_size`, and take one step for each of its batches.",
            numbers={"seen": largest, "expected": asked},
        )


@probe
def counts_steps(trainer: TrainerUnderTest) -> None:
    """`self.step` starts at 0 in train and counts optimiser steps, one after the other."""
    training, steps = trainer.training, trainer.rig.steps
    final = training.final_counter
    counters = [call.counter for call in training.calls] or list(range(steps))
    if final != steps or isinstance(final, bool):
        cause, text = explain_trace("counter", trainer.rig, final)
        trainer.fail(
            "train",
            f"after {steps} optimiser steps, train leaves `self.step` at {final}.",
            cause,
            text,
            numbers={"seen": final if isinstance(final, int | float) else str(final), "expected": steps},
        )
    if counters not in (list(range(steps)), list(range(1, steps + 1))):
        trainer.fail(
            "train",
            "`self.step` is right after train, but not on the way.",
            "counts-late",
            "increase it by 1 after each training step, inside the inner loop.",
            came_out=f"at the steps it was {', '.join(map(str, counters))}",
        )


@probe
def logs_samples(trainer: TrainerUnderTest) -> None:
    """log_samples() is called each time `step` is a multiple of `log_every_n_steps`, the last step included."""
    runs = [(trainer.rig, trainer.training), (trainer.even_rig, trainer.even_training)]
    for rig, training in runs:
        samples, expected = training.samples, RIGHT_LOOP.samples(rig)
        if samples != expected:
            cause, text = explain_traces("samples", [(rig, training.samples) for rig, training in runs])
            if cause in (None, "log-samples-never") and (fixed := fixed_interval(trainer, runs)):
                cause = "log-every-fixed"
                text = f"it is called every {fixed} steps, whatever the args say: use `self.args.log_every_n_steps`."
            trainer.fail(
                "train",
                f"with log_every_n_steps = {rig.log_every_n_steps} and {rig.steps} steps, "
                f"log_samples() is to be called at steps {', '.join(map(str, expected))}.",
                cause,
                text,
                numbers={"seen": samples, "expected": expected},
                came_out=f"calls at steps {', '.join(map(str, samples))}" if samples else "no call",
            )
        if training.calls and training.done != samples:
            late = [done for done, step in zip(training.done, samples, strict=True) if done == step - 1]
            trainer.fail(
                "train",
                "log_samples() is called at the right values of `self.step`, but not after so many training steps.",
                "log-samples-before-step" if len(late) == len(samples) else None,
                "it comes before the training step of its batch, so it shows the model of the step before: step, "
                "count, then ask."
                if len(late) == len(samples)
                else None,
                numbers={"seen": training.done, "expected": samples},
                came_out=f"calls after {', '.join(map(str, training.done))} training steps",
                expected=f"calls after {', '.join(map(str, samples))}",
            )


def fixed_interval(trainer: TrainerUnderTest, runs: Sequence[tuple[TrainerRig, Training]]) -> int:
    """The number of which the steps with samples are the multiples in all runs; 0 where there is none. Without any samples a
    longer run shows the default of the args, 250."""
    if not any(training.samples for _, training in runs):
        rig = replace(trainer.rig, batch_size=1, epochs=18)
        try:
            runs = [(rig, trainer.trained(rig, f" with {rig.steps} steps"))]
        except CheckFailure:
            return 0
    every = min((step for _, training in runs for step in training.samples if isinstance(step, int)), default=0)
    fits = every and all(training.samples == [*range(every, rig.steps + 1, every)] for rig, training in runs)
    return every if fits and every > 3 else 0


@probe
def trains_as_it_steps(trainer: TrainerUnderTest) -> None:
    """The weights after `train` are those of one training step for each of its batches, and no step more."""
    training = trainer.training
    if trained_by(trainer, trainer.recipe):
        steps_nowhere_else(trainer)
        return
    cause, text = first_shown(LEARNS_IN_TRAIN, training.outside.events)
    if not cause and rate_changes(training.calls):
        cause, text = RATE_CHANGES
    if not cause:
        chosen = diagnose(trainer.recipe, STEP_MISTAKES, lambda recipe: trained_by(trainer, recipe), most=1)
        cause, text = causes_of(chosen), texts_of(chosen)
    trainer.fail(
        "train",
        "the weights after train are not those of one Adam step for each batch.",
        cause or "loop-changes-weights",
        text
        or "train does more to the weights than training_step: another `optimizer.step()`, `backward()` or "
        "`zero_grad()`, or a learning rate that changes.",
    )


RATE_CHANGES = (
    "learning-rate-changes",
    "the learning rate changes during training (a scheduler?); the exercise keeps `args.lr` throughout.",
)


def rate_changes(calls: Sequence[Call]) -> bool:
    """Whether training steps were taken with different learning rates."""
    return len({tuple(call.rates) for call in calls if call.rates}) > 1


LEARNS_IN_TRAIN = [
    Symptom(
        "steps-in-train",
        "train calls `optimizer.step()` too; training_step has done it.",
        lambda events: not OPTIMISER_STEPS.isdisjoint(events),
    ),
    Symptom(
        "backward-in-train",
        "train calls `loss.backward()` too; training_step has done it.",
        lambda events: Event.BACKWARD in events,
    ),
]
"""By the events outside of training_step."""


def trained_by(trainer: TrainerUnderTest, recipe: StepRecipe) -> bool:
    """Whether steps of this recipe on train's own batches lead to the weights that it left."""
    training, rig = trainer.training, trainer.rig
    *_, last = replay(rig, batches_of(training), trainer.spec.loss, recipe, trainer.sampling)
    return moves_apart(training.weights, last, rig.flat_weights) <= 3 * SAME_MOVES  # rounding adds up


def steps_nowhere_else(trainer: TrainerUnderTest) -> None:
    """Fails where train steps the optimiser by itself, even if there is no gradient left to step along."""
    training = trainer.training
    if training.calls and not OPTIMISER_STEPS.isdisjoint(training.outside.events):
        trainer.fail(
            "train",
            "train calls `optimizer.step()` itself; training_step has done it already.",
            "steps-in-train",
            "one optimiser step a batch: take it out of train.",
        )


@probe
def returns_model(trainer: TrainerUnderTest) -> None:
    """train returns the model."""
    returned = trainer.training.returned
    if returned != "model":
        none = returned == "NoneType"
        trainer.fail(
            "train",
            f"train is to return the model; it returned {article(returned)}.",
            "returns-no-model",
            "`return self.model` is missing at its end." if none else "end it with `return self.model`.",
        )


# What a loop leaves behind


@dataclass(frozen=True)
class LoopTraces:
    """What `train` leaves behind on the rig: the number of images that went through the model, the trainer's `step` at
    the end (it is START before), and what it was at each call of `log_samples`."""

    images: Callable[[TrainerRig], int] = lambda rig: IMAGES * rig.epochs
    counter: Callable[[TrainerRig], int] = lambda rig: rig.steps
    samples: Callable[[TrainerRig], list[int]] = lambda rig: [
        *range(rig.log_every_n_steps, rig.steps + 1, rig.log_every_n_steps)
    ]


RIGHT_LOOP = LoopTraces()


def explain_trace(trace: str, rig: TrainerRig, seen: Any) -> Cause:
    """The cause and the text of the mistake that leaves what was seen, of this trace (a field of LoopTraces)."""
    return explain_traces(trace, [(rig, seen)])


def explain_traces(trace: str, runs: Sequence[tuple[TrainerRig, Any]]) -> Cause:
    """The same for several runs, each of which the mistake must explain."""
    known = [mistake for mistake in LOOP_MISTAKES if mistake.step == trace]
    chosen = diagnose(
        RIGHT_LOOP, known, lambda loop: all(getattr(loop, trace)(rig) == seen for rig, seen in runs), most=1
    )
    return causes_of(chosen), texts_of(chosen)


def steps_where(condition: Callable[[int, int], bool], first: int = 1) -> Callable[[TrainerRig], list[int]]:
    """The counters from `first` on for which condition(counter, log_every_n_steps) holds; the last is the number of
    steps, or one less where counting starts at 0."""
    return lambda rig: [step for step in range(first, rig.steps + first) if condition(step, rig.log_every_n_steps)]


def batches_where(offset: int) -> Callable[[TrainerRig], list[int]]:
    """The counters at batches whose index within the epoch is a multiple of log_every_n_steps."""
    return lambda rig: [
        epoch * rig.steps_an_epoch + index + offset
        for epoch in range(rig.epochs)
        for index in range(0, rig.steps_an_epoch, rig.log_every_n_steps)
    ]


def epochs_where(first: int, at_end: bool) -> Callable[[TrainerRig], list[int]]:
    """The counters in epochs (at their ends, or at each step) whose number is a multiple of log_every_n_steps, where they are
    counted from `first` on."""
    return lambda rig: [
        step
        for step in range(1, rig.steps + 1)
        if ((step - 1) // rig.steps_an_epoch + first) % rig.log_every_n_steps == 0
        and not (at_end and step % rig.steps_an_epoch)
    ]


LOOP_MISTAKES = [
    *table(
        "images",
        ("no-training-step", "train never calls `self.training_step`.", lambda rig: 0),
        (
            "returns-too-soon",
            "train ends after its first batch: `return` stands inside the loop over batches.",
            lambda rig: rig.batch_size,
        ),
        (
            "one-batch-an-epoch",
            "only the first batch of each epoch is used: a `break`, or code that should stand inside the inner loop.",
            lambda rig: rig.epochs * rig.batch_size,
        ),
        (
            "last-batch-an-epoch",
            "only the last batch of each epoch is used: training_step should stand inside the inner loop.",
            lambda rig: rig.epochs * (IMAGES % rig.batch_size or rig.batch_size),
        ),
        (
            "one-epoch-only",
            "there is but one epoch: the loop over `range(self.args.epochs)` is missing, `return` stands inside it, or an "
            "iterator that was made before it is used up by the first.",
            lambda rig: IMAGES,
        ),
        (
            "last-batch-dropped",
            "the last, smaller batch of each epoch is left out (`drop_last`, or a count of whole batches).",
            lambda rig: rig.epochs * (IMAGES - IMAGES % rig.batch_size),
        ),
        (
            "same-batch-again",
            "each step takes the first batch anew, as `next(iter(loader))` does: loop over the loader.",
            lambda rig: rig.steps * rig.batch_size,
        ),
        ("one-epoch-too-many", "there is one epoch too many.", lambda rig: IMAGES * (rig.epochs + 1)),
        (
            "one-epoch-too-few",
            "there is one epoch too few: `range(1, n)` has n − 1 members.",
            lambda rig: IMAGES * (rig.epochs - 1),
        ),
        ("epochs-fixed", "the number of epochs is fixed at 10: use `self.args.epochs`.", lambda rig: IMAGES * 10),
        ("epochs-fixed", "the number of epochs is fixed at 5: use `self.args.epochs`.", lambda rig: IMAGES * 5),
        (
            "each-batch-twice",
            "each batch is trained on twice: training_step is called once too often in the loop.",
            lambda rig: 2 * IMAGES * rig.epochs,
        ),
        (
            "each-batch-twice",
            "each batch is trained on once per epoch of a third loop: two loops, epochs and batches, are enough.",
            lambda rig: IMAGES * rig.epochs**2,
        ),
    ),
    *table(
        "counter",
        (
            "step-not-counted",
            "it never changes: `self.step = 0` in front of the loops and `self.step += 1` after each training step.",
            lambda rig: START,
        ),
        ("step-not-counted", "it stays 0: `self.step += 1` after each training step is missing.", lambda rig: 0),
        (
            "step-not-reset",
            "it is not set to 0 at the beginning of train, so a second run goes on from the first.",
            lambda rig: START + rig.steps,
        ),
        ("counts-images", "it grows by the number of images; count 1 for each step.", lambda rig: IMAGES * rig.epochs),
        ("counts-images", "it grows by `batch_size`; count 1 for each step.", lambda rig: rig.batch_size * rig.steps),
        (
            "counts-images+step-not-reset",
            "it grows by the number of images, and is not set to 0 at the beginning of train; count 1 for each step.",
            lambda rig: START + IMAGES * rig.epochs,
        ),
        (
            "counts-images+step-not-reset",
            "it grows by `batch_size`, and is not set to 0 at the beginning of train; count 1 for each step.",
            lambda rig: START + rig.batch_size * rig.steps,
        ),
        (
            "counts-epochs",
            "it counts epochs: increase it inside the inner loop, after each training step.",
            lambda rig: rig.epochs,
        ),
        (
            "counts-epochs",
            "it counts epochs, and is not set to 0 first: increase it inside the inner loop.",
            lambda rig: START + rig.epochs,
        ),
        (
            "step-reset-each-epoch",
            "it starts anew in each epoch: set it to 0 once, before both loops.",
            lambda rig: rig.steps_an_epoch,
        ),
        (
            "index-for-count",
            "it is the index of the batch within its epoch; count all steps.",
            lambda rig: rig.steps_an_epoch - 1,
        ),
        (
            "index-for-count",
            "it is one too small at the end: the index of the last step, not the number of steps.",
            lambda rig: rig.steps - 1,
        ),
        ("counts-one-too-many", "it is one too large: it starts at 0.", lambda rig: rig.steps + 1),
        ("counts-twice", "it grows by 2 a step: in training_step and in train?", lambda rig: 2 * rig.steps),
        (
            "counts-epochs-too",
            "it grows at the end of each epoch as well; count steps alone.",
            lambda rig: rig.steps + rig.epochs,
        ),
    ),
    *table(
        "samples",
        ("log-samples-never", "it is never called (or so seldom that a run of this length has none).", lambda rig: []),
        (
            "log-samples-every-step",
            "it is called after each step, whatever `log_every_n_steps` says.",
            steps_where(lambda step, every: True),
        ),
        (
            "log-samples-before-count",
            "it is called before `self.step` is increased, so that step 0 counts: increase first, then ask.",
            steps_where(lambda step, every: step % every == 0, first=0),
        ),
        (
            "log-samples-per-epoch",
            "it is called once an epoch: put it into the inner loop, under a condition on `self.step`.",
            lambda rig: [rig.steps_an_epoch * (epoch + 1) for epoch in range(rig.epochs)],
        ),
        (
            "log-samples-per-epoch",
            "it is called at the beginning of each epoch: put it into the inner loop, under a condition on `self.step`.",
            lambda rig: [rig.steps_an_epoch * epoch for epoch in range(rig.epochs)],
        ),
        (
            "log-samples-inverted",
            "it is called at all steps but the right ones: the remainder is to be 0.",
            steps_where(lambda step, every: step % every != 0),
        ),
        (
            "log-samples-inverted",
            "it is called where the remainder is 1; it is to be 0.",
            steps_where(lambda step, every: step % every == 1),
        ),
        (
            "log-samples-divides",
            "`/` or `//` stands where the remainder `%` should.",
            steps_where(lambda step, every: step // every == 0),
        ),
        (
            "log-samples-by-batch",
            "the batch's index within its epoch decides; `self.step`, which goes on counting, should.",
            batches_where(offset=1),
        ),
        (
            "log-samples-by-batch",
            "the batch's index within its epoch decides; `self.step`, which goes on counting, should.",
            batches_where(offset=0),
        ),
        *(
            (
                "log-samples-by-epoch",
                "the epoch's number decides, so that some epochs have them and others none; `self.step`, which goes on counting, "
                "should.",
                epochs_where(first, at_end),
            )
            for first in (0, 1)
            for at_end in (False, True)
        ),
        (
            "log-samples-once",
            "it is called at one step alone: ask for a multiple (`%`), not for equality.",
            steps_where(lambda step, every: step == every),
        ),
        ("log-samples-once", "it is called once, at the end: put it into the inner loop.", lambda rig: [rig.steps]),
        (
            "log-samples-after-n",
            "it is called at every step from the first multiple on: ask for the remainder (`%`), not for the size.",
            steps_where(lambda step, every: step >= every),
        ),
        (
            "log-samples-after-n",
            "it is called at every step behind the first multiple: ask for the remainder (`%`), not for the size.",
            steps_where(lambda step, every: step > every),
        ),
        (
            "log-samples-last-missing",
            "at the very last step it is not called: ask right after each step, not at the beginning of the next one, and "
            "make no exception for the end.",
            lambda rig: [step for step in RIGHT_LOOP.samples(rig) if step != rig.steps],
        ),
        (
            "log-samples-twice",
            "it is called twice each time: in training_step and in train?",
            lambda rig: [step for step in RIGHT_LOOP.samples(rig) for _ in range(2)],
        ),
    ),
]
