"""What is looked at in `train`: images, counter, samples, weights, and what it returns."""

from __future__ import annotations

from checks.core.mistakes import causes_of, mutants, texts_of
from checks.core.run import probe
from checks.trainers.loop_mistakes import COUNTER, IMAGES_SEEN, SAMPLES, recognised
from checks.trainers.optimiser import MISTAKES as PROCEDURES
from checks.trainers.optimiser import SAME_MOVES, StepRecipe, moves_apart, replay
from checks.trainers.rig import IMAGES
from checks.trainers.step import StepProbes
from checks.trainers.trainer import article


class LoopProbes(StepProbes):
    """Probes of `train`, W&B apart."""

    @probe
    def sees_every_image_each_epoch(self) -> None:
        """`args.epochs` times over the data, each image once in each, in batches as the loader gives them."""
        training, rig = self.training(), self.rig
        if training.returned in ("generator", "coroutine"):
            word = "yield" if training.returned == "generator" else "async"
            self.fail(
                "train",
                f"calling train does nothing yet: with `{word}` it is a {training.returned}.",
                f"{word}-in-train",
                f"write it without `{word}`.",
            )
        if not training.calls and "step" not in training.outside.events:
            self.fail(
                "train",
                "train never calls `self.training_step`, nor takes an optimiser step of its own.",
                "no-training-step",
                "in the inner loop: `loss = self.training_step(img.to(self.device))`.",
            )
        batches = self.batches(training)
        seen = [row for rows in batches for row in rows]
        epochs = [seen[start : start + IMAGES] for start in range(0, len(seen), IMAGES)]
        if len(epochs) == rig.epochs and all(sorted(epoch) == list(range(IMAGES)) for epoch in epochs):
            self.keeps_batch_size(batches)
            if all(epoch == list(range(IMAGES)) for epoch in epochs):
                self.run.note(
                    "the images come in the same order in each epoch: give the loader `shuffle=True`."
                )
            return
        cause, text = recognised(IMAGES_SEEN, rig, len(seen))
        if training.calls and not any(call.passes for call in training.calls):
            cause = "model-replaced"
            text = "train works on another model than the trainer's: make it once, in `__init__`."
        elif -1 in seen:
            cause, text = (
                "input-changed",
                "the images are changed on their way: hand them to training_step as they come.",
            )
        self.fail(
            "train",
            f"in {rig.epochs} epochs over {IMAGES} images, train is to show each image to the model {rig.epochs} times.",
            cause,
            text,
            numbers={"images seen": len(seen), "expected": IMAGES * rig.epochs, "batches": len(batches)},
            came_out=f"{len(seen)} images in {len(batches)} batches",
            expected=f"{IMAGES * rig.epochs} images in {rig.steps} batches of at most {rig.batch_size}",
        )

    def keeps_batch_size(self, batches: list[list[int]]) -> None:
        largest, asked = max(map(len, batches)), self.rig.batch_size
        if largest != asked or len(batches) != self.rig.steps:
            self.fail(
                "train",
                f"with args.batch_size = {asked} the largest batch has {largest} images, and there are {len(batches)} steps.",
                "batch-size-ignored",
                "make the loader with `batch_size=args.batch_size`, and take one step for each of its batches.",
                numbers={"seen": largest, "expected": asked},
            )

    @probe
    def counts_steps(self) -> None:
        """`self.step` starts at 0 in train and counts optimiser steps, one after the other."""
        training, steps = self.training(), self.rig.steps
        final = training.final_counter
        counters = [call.counter for call in training.calls] or list(range(steps))
        if final != steps or isinstance(final, bool):
            cause, text = recognised(COUNTER, self.rig, final)
            self.fail(
                "train",
                f"after {steps} optimiser steps, train leaves `self.step` at {final}.",
                cause,
                text,
                numbers={"seen": final if isinstance(final, int | float) else str(final), "expected": steps},
            )
        if counters not in (list(range(steps)), list(range(1, steps + 1))):
            self.fail(
                "train",
                "`self.step` is right after train, but not on the way.",
                "counts-late",
                "increase it by 1 after each training step, inside the inner loop.",
                came_out=f"at the steps it was {', '.join(map(str, counters))}",
            )

    @probe
    def logs_samples(self) -> None:
        """log_samples() is called each time `step` is a multiple of `log_every_n_steps`."""
        rig, samples = self.rig, self.training().samples
        expected = list(range(rig.log_every_n_steps, rig.steps + 1, rig.log_every_n_steps))
        if samples == expected:
            return
        cause, text = recognised(SAMPLES, rig, samples)
        if cause is None and samples == sorted(expected * 2):
            cause, text = "log-samples-twice", "it is called twice each time: in training_step and in train?"
        self.fail(
            "train",
            f"with log_every_n_steps = {rig.log_every_n_steps} and {rig.steps} steps, "
            f"log_samples() is to be called at steps {', '.join(map(str, expected))}.",
            cause,
            text,
            numbers={"seen": samples, "expected": expected},
            came_out=f"calls at steps {', '.join(map(str, samples))}" if samples else "no call",
        )

    @probe
    def trains_as_it_steps(self) -> None:
        """The weights after `train` are those of one training step for each of its batches, and no step more."""
        training = self.training()
        if self.trained_by(self.recipe):
            self.steps_nowhere_else()
            return
        cause, text = (
            "loop-changes-weights",
            (
                "train does more to the weights than training_step: another `optimizer.step()`, `backward()` or "
                "`zero_grad()`, or a learning rate that changes."
            ),
        )
        if any("step" in event for event in training.outside.events):
            cause, text = "steps-in-train", "train calls `optimizer.step()` too; training_step has done it."
        elif "backward" in training.outside.events:
            cause, text = "backward-in-train", "train calls `loss.backward()` too; training_step has done it."
        else:
            for recipe, chosen in mutants(self.recipe, PROCEDURES, 1, 1):
                if self.trained_by(recipe):
                    cause, text = causes_of(chosen), texts_of(chosen)
                    break
        self.fail(
            "train", "the weights after train are not those of one Adam step for each batch.", cause, text
        )

    def trained_by(self, recipe: StepRecipe) -> bool:
        training = self.training()
        moments = list(replay(self.rig, self.batches(training), self.spec.right, recipe, self.sampling))
        apart = moves_apart(training.weights, moments[-1], self.rig.flat_weights)
        return apart <= 3 * SAME_MOVES  # rounding adds up

    def steps_nowhere_else(self) -> None:
        """Fails where train steps the optimiser by itself, even if there is no gradient left to step along."""
        training = self.training()
        if training.calls and any("step" in event for event in training.outside.events):
            self.fail(
                "train",
                "train calls `optimizer.step()` itself; training_step has done it already.",
                "steps-in-train",
                "one optimiser step a batch: take it out of train.",
            )

    @probe
    def returns_model(self) -> None:
        """train returns the model."""
        returned = self.training().returned
        if returned != "model":
            none = returned == "NoneType"
            self.fail(
                "train",
                f"train is to return the model; it returned {'None' if none else article(returned)}.",
                "returns-no-model",
                "`return self.model` is missing at its end." if none else "end it with `return self.model`.",
            )
