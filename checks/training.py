"""A learner's trainer under examination: its loss, its steps, its loop, and what it tells W&B."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from checks import losses
from checks.evidence import Other, Steps, Training
from checks.exam import Exam, probe
from checks.losses import Loss, Mistake
from checks.rehearsal import IMAGES, Stage, TinySet  # noqa: F401
from checks.trainer_hands import START

BATCHES = [[0, 1, 2, 3, 4], [5, 6, 7], [8], [9, 10, 11, 12]]
"""The images of the steps that are looked at: batches of several sizes, one of them of a single image."""


@dataclass(frozen=True)
class Program:
    """What one training step does, in order, and with which optimiser; a wrong one has a cause and a text."""

    cause: str
    text: str
    order: tuple[str, ...] = ("zero", "backward", "step")
    optimiser: Callable[[list[Tensor], Stage], torch.optim.Optimizer] = lambda weights, stage: adam(
        weights, stage
    )


def adam(weights: list[Tensor], stage: Stage, **other: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(weights, **{"lr": stage.lr, "betas": stage.betas, **other})


RIGHT = Program("", "")

PROGRAMS = [
    Program(
        "gradients-never-zeroed",
        "the gradients are never zeroed, so each step adds the old ones: call `self.optimizer.zero_grad()` once a step.",
        ("backward", "step"),
    ),
    Program(
        "zeroed-before-step",
        "the gradients are zeroed between `backward()` and `step()`, so the step sees nothing but zeros.",
        ("backward", "zero to 0", "step"),
    ),
    Program(
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`: it uses the gradients of the step before.",
        ("step", "zero", "backward"),
    ),
    Program(
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`, and then the gradients are zeroed: nothing is learned.",
        ("zero", "step", "backward"),
    ),
    Program(
        "optimiser-never-steps",
        "the weights never change: `self.optimizer.step()` or `loss.backward()` is missing.",
        ("backward",),
    ),
    Program(
        "steps-twice", "`optimizer.step()` runs twice for one loss.", ("zero", "backward", "step", "step")
    ),
    Program(
        "backward-twice",
        "`backward()` runs twice for one loss, so the gradients count double.",
        ("zero", "backward", "backward", "step"),
    ),
    Program(
        "wrong-optimiser",
        "the weights move as with plain gradient descent (SGD); the trainer's optimiser is Adam.",
        optimiser=lambda weights, stage: torch.optim.SGD(weights, lr=stage.lr),
    ),
    Program(
        "betas-ignored",
        "Adam's betas are its defaults: use `args.betas`.",
        optimiser=lambda weights, stage: adam(weights, stage, betas=(0.9, 0.999)),
    ),
    Program(
        "lr-ignored",
        "the learning rate is fixed at 1e-3: use `args.lr`.",
        optimiser=lambda weights, stage: adam(weights, stage, lr=1e-3),
    ),
    Program(
        "lr-and-betas-ignored",
        "Adam is made with its defaults: use `args.lr` and `args.betas`.",
        optimiser=lambda weights, stage: torch.optim.Adam(weights),
    ),
    Program(
        "weight-decay",
        "there is a weight decay of 0.01 (AdamW's default, say); the exercise asks for plain Adam.",
        optimiser=lambda weights, stage: torch.optim.AdamW(weights, lr=stage.lr, betas=stage.betas),
    ),
]


@dataclass(frozen=True)
class Lesson:
    """What one trainer exercise asks for: its loss, the known wrong ones, and what W&B gets at each step."""

    kind: str
    loss: Loss
    mistakes: list[Mistake]
    logged: tuple[str, ...]


AUTOENCODER = Lesson("autoencoder", losses.autoencoder_loss, losses.AUTOENCODER_MISTAKES, ("loss",))
VAE = Lesson(
    "vae",
    losses.vae_loss,
    losses.VAE_MISTAKES,
    ("reconstruction_loss", "kl_div_loss", "mean", "std", "total_loss"),
)


@dataclass
class TrainerSubject:
    """The trainer class under test, with one method for each thing that is looked at."""

    current: Exam
    lesson: Lesson
    steps: Steps | None = None
    returned_loss: Loss | None = None
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.lesson.kind, self.current.seed)

    @property
    def name(self) -> str:
        return self.current.target.name

    def look(self) -> None:
        exam = self.current
        if exam.target is None:
            exam.target = exam.ask("look_at", "looking at the class")
        if exam.target.kind != "class":
            exam.probe = "is_a_class"
            exam.fail(
                f"this is a {exam.target.kind} where the class `{exam.exercise.names[0]}` should be.",
                cause="instance-instead-of-class"
                if exam.target.places or exam.target.kind == exam.exercise.names[0]
                else "not-a-class",
            )

    def taken(self) -> Steps:
        """The evidence of a few training steps, taken once."""
        if self.steps is None:
            self.look()
            tried = f"{self.name}(args) and then training_step(img), with img of shape ({len(BATCHES[0])}, 1, 28, 28),"
            self.steps = self.current.ask("take_steps", tried, stage=asdict(self.stage), batches=BATCHES)
        return self.steps

    def where(self, *methods: str) -> str | None:
        return self.current.where(*methods)

    # One training step

    @probe
    def returns_loss(self) -> None:
        """training_step(img) returns the loss of these images, as a scalar tensor."""
        steps = self.taken()
        for loss in steps.losses:
            self.is_a_scalar(loss)
        outputs = self.stage.outputs(self.stage.weights(), BATCHES[0])
        seen, expected = (
            float(steps.losses[0]),
            losses.value_of(self.lesson.loss, outputs, self.stage.beta_kl),
        )
        if near(seen, expected):
            self.returned_loss = self.lesson.loss
            return
        found = next(
            (
                each
                for each in self.lesson.mistakes
                if near(seen, losses.value_of(each.loss, outputs, self.stage.beta_kl))
            ),
            None,
        )
        if found is None:
            found = self.other_input(seen)
        self.current.fail(
            "training_step returns another loss than the exercise asks for.",
            cause=found.cause if found else None,
            numbers={"seen": seen, "expected": expected},
            tried=f"one step on {len(BATCHES[0])} images with a model whose weights are known"
            + (f", beta_kl = {self.stage.beta_kl}" if self.lesson.kind == "vae" else ""),
            came_out=f"{seen:.5f}",
            expected=f"{expected:.5f}",
            likely_cause=found.text if found else None,
            where=self.where("training_step"),
        )

    def is_a_scalar(self, loss: Any) -> None:
        if isinstance(loss, Tensor) and loss.numel() == 1 and loss.dim() == 0 and bool(torch.isfinite(loss)):
            return
        text = None
        if loss is None:
            cause, what, text = "returns-none", "None", "a `return` is missing at its end."
        elif isinstance(loss, float | int):
            cause, what, text = (
                "returns-number",
                f"the number {loss}",
                "return the loss itself, without `.item()`.",
            )
        elif isinstance(loss, Tensor) and loss.numel() == 1 and loss.dim() == 0:
            cause, what = "loss-not-finite", f"{loss.item()}"
        elif isinstance(loss, Tensor):
            cause, what = "loss-not-scalar", f"a tensor of shape {tuple(loss.shape)}"
            text = "take the mean over all elements."
        elif isinstance(loss, Other) and loss.kind == "ellipsis":
            cause, what, text = "left-in-place", "`...`", "the `...` still stands where the answer belongs."
        else:
            cause, what = (
                "returns-other",
                f"a {loss.kind if isinstance(loss, Other) else type(loss).__name__}",
            )
        self.current.fail(
            f"training_step is to return the loss, a scalar tensor; it returned {what}.",
            cause=cause,
            likely_cause=text,
            where=self.where("training_step"),
        )

    def other_input(self, seen: float) -> Mistake | None:
        """A right loss of something else than these images."""
        out = self.stage.outputs(self.stage.weights(), BATCHES[0])
        changes = {
            ("model-not-used", "the image is compared with itself (or the model's output with itself)."): 0.0,
        }
        found = next((slug for slug, value in changes.items() if near(seen, value)), None)
        if found:
            return Mistake(*found, self.lesson.loss)
        shuffled = {**out, "x": out["x"].flip(0)}
        if near(seen, losses.value_of(self.lesson.loss, shuffled, self.stage.beta_kl)):
            return Mistake(
                "images-mixed-up", "each reconstruction is compared with another image.", self.lesson.loss
            )
        return None

    @probe
    def updates_weights(self) -> None:
        """Each training_step is one Adam step on that loss: the weights after each of them are Adam's own."""
        steps = self.taken()
        self.passes_once(steps)
        if steps.optimiser and not steps.optimiser.covers:
            self.current.fail(
                "the optimiser does not hold all of the model's weights.",
                cause="optimiser-partial",
                likely_cause="it was made with `self.model.encoder.parameters()`, say, or before the model.",
                where=self.where("__init__"),
            )
        if self.agrees(self.lesson.loss, RIGHT):
            return
        cause, text = self.why_not()
        moved = float((steps.weights[-1] - flat(self.stage.weights())).abs().max())
        self.current.fail(
            "the weights after a few training steps are not those of Adam on this loss.",
            cause=cause,
            numbers={"largest move": moved},
            tried=f"{len(BATCHES)} steps with lr = {self.stage.lr} and betas = {self.stage.betas}",
            came_out="the weights did not move at all"
            if moved == 0
            else f"the weights moved by up to {moved:.2g}",
            likely_cause=text,
            where=self.where("training_step"),
        )

    def why_not(self) -> tuple[str | None, str | None]:
        for program in PROGRAMS:
            if self.agrees(self.lesson.loss, program):
                return program.cause, program.text
        for name, cut in losses.DETACHED.items():
            if (name == "reconstruction" or self.lesson.kind == "vae") and self.agrees(
                lambda out, beta, cut=cut: self.lesson.loss(cut(out), beta), RIGHT
            ):
                return (
                    "detached-loss",
                    f"the {name} is detached in the loss, so nothing is learned through it.",
                )
        for mistake in self.lesson.mistakes:
            if self.agrees(mistake.loss, RIGHT):
                return (
                    mistake.cause,
                    f"`backward()` runs on another loss than the one returned: {mistake.text}",
                )
        return None, None

    def agrees(self, loss: Loss, program: Program) -> bool:
        return all(
            close(seen, expected, start)
            for seen, expected, start in replay(self.stage, BATCHES, loss, program, self.taken().weights)
        )

    def passes_once(self, steps: Steps) -> None:
        """The images that went through the model in a step are those that were handed over."""
        for indices, passes in zip(BATCHES, steps.inputs, strict=True):
            if not passes:
                self.current.fail(
                    "training_step never ran `self.model` with gradients on.",
                    cause="model-not-used",
                    where=self.where("training_step"),
                    likely_cause="another model than `self.model`, or `torch.no_grad()` around it.",
                )
            if any(-1 in rows for rows in passes):
                self.current.fail(
                    "the model got other images than those handed to training_step.",
                    cause="input-changed",
                    where=self.where("training_step"),
                    likely_cause="noise added, a second normalisation, a clamp: hand `img` over as it is.",
                )
            if any(rows != indices for rows in passes):
                self.current.fail(
                    "the model got only some of the images, or in another order.",
                    cause="batch-cut",
                    where=self.where("training_step"),
                )

    @probe
    def leaves_wandb_alone(self) -> None:
        """With use_wandb=False no W&B function is called, in training_step and in train."""
        called = [*self.taken().wandb_calls, *self.trained().wandb_calls]
        if called:
            self.current.fail(
                f"W&B is called although `use_wandb` is False: {', '.join(f'wandb.{name}' for name in dict.fromkeys(called))}.",
                cause="wandb-although-off",
                where=self.where("training_step" if self.taken().wandb_calls else "train"),
                likely_cause="`if self.args.use_wandb:` is missing in front of it.",
            )

    # The whole loop

    training: Training | None = None

    def trained(self) -> Training:
        """The evidence of one run of `train`, taken once."""
        if self.training is None:
            self.look()
            self.training = self.current.ask(
                "run_training", f"{self.name}(args).train()", stage=asdict(self.stage)
            )
        return self.training

    @probe
    def sees_every_image_each_epoch(self) -> None:
        """`args.epochs` times over the data, each image once in each."""
        batches, epochs = self.trained().batches, self.stage.epochs
        seen = [index for rows in batches for index in rows]
        if sorted(seen) == sorted(list(range(IMAGES)) * epochs):
            if all(
                sorted(seen[start : start + IMAGES]) == list(range(IMAGES))
                for start in range(0, len(seen), IMAGES)
            ):
                return
        cause, text = self.loop_trouble(seen)
        self.current.fail(
            f"in {epochs} epochs over {IMAGES} images, train is to show each image to the model {epochs} times.",
            cause=cause,
            numbers={"images seen": len(seen), "expected": IMAGES * epochs, "batches": len(batches)},
            came_out=f"{len(seen)} images in {len(batches)} batches",
            expected=f"{IMAGES * epochs} images in {self.steps_expected} batches of at most {self.stage.batch_size}",
            likely_cause=text,
            where=self.where("train"),
        )

    @property
    def steps_expected(self) -> int:
        return self.stage.epochs * -(-IMAGES // self.stage.batch_size)

    def loop_trouble(self, seen: list[int]) -> tuple[str | None, str | None]:
        epochs, full = self.stage.epochs, IMAGES // self.stage.batch_size * self.stage.batch_size
        known = {
            0: ("no-training-step", "train never runs a training step."),
            IMAGES: (
                "one-epoch-only",
                "there is only one epoch: the loop over `range(self.args.epochs)` is missing, or `return` stands inside it.",
            ),
            full * epochs: ("last-batch-dropped", "the last, smaller batch of each epoch is left out."),
            IMAGES * 10: ("epochs-fixed", "the number of epochs is fixed at 10: use `self.args.epochs`."),
            IMAGES * (epochs + 1): ("one-epoch-too-many", "there is one epoch too many."),
            IMAGES * (epochs - 1): ("one-epoch-too-few", "there is one epoch too few."),
            2 * IMAGES * epochs: ("two-passes-a-batch", "each batch goes through the model twice."),
            self.stage.batch_size * epochs: (
                "one-batch-an-epoch",
                "only one batch of each epoch is used: a `break` or `return` inside the loop?",
            ),
            self.stage.batch_size: (
                "returns-too-soon",
                "train ends after the first batch: `return` stands inside the loop.",
            ),
        }
        if -1 in seen:
            return "input-changed", "the model got other images than the loader's."
        return known.get(len(seen), (None, None))

    @probe
    def counts_steps(self) -> None:
        """`self.step` starts at 0 and counts optimiser steps."""
        final, steps, epochs = self.trained().final_counter, self.steps_expected, self.stage.epochs
        if final == steps:
            return
        known = {
            IMAGES * epochs: ("counts-images", "it is increased by the batch size; count one for each step."),
            steps + START: ("step-not-reset", "it is not set to 0 at the beginning of train."),
            epochs: (
                "counts-epochs",
                "it counts epochs; increase it after each training step, inside the inner loop.",
            ),
            START + epochs: ("counts-epochs", "it counts epochs, and is not set to 0 first."),
            START: ("step-not-counted", "it never changes: `self.step += 1` is missing."),
            0: ("step-not-counted", "it stays 0: `self.step += 1` after each training step is missing."),
            steps // epochs: (
                "step-reset-each-epoch",
                "it is set to 0 in each epoch; once, before the loop, is right.",
            ),
            IMAGES * epochs + START: (
                "counts-images",
                "it is increased by the batch size, and not set to 0 first.",
            ),
            2 * steps: ("counts-twice", "it is increased twice a step (in training_step and in train?)."),
            steps - 1: (
                "counts-one-too-few",
                "it is one too small at the end: it is the index of the last step, not their number.",
            ),
            steps // epochs - 1: (
                "counts-one-too-few",
                "it is the index of a batch within its epoch; count all steps.",
            ),
        }
        final = final if isinstance(final, int | float) else None
        cause, text = known.get(final, (None, None))
        self.current.fail(
            f"after {steps} optimiser steps `self.step` is {final}.",
            cause=cause,
            numbers={"seen": final, "expected": steps},
            likely_cause=text,
            where=self.where("train"),
        )

    @probe
    def logs_samples(self) -> None:
        """log_samples() is called each time `step` is a multiple of `log_every_n_steps`."""
        every, steps, samples = self.stage.log_every_n_steps, self.steps_expected, self.trained().samples
        expected = list(range(every, steps + 1, every))
        if samples == expected:
            return
        cause, text = None, None
        if not samples:
            cause, text = "log-samples-never", "log_samples() is never called."
        elif samples == list(range(1, steps + 1)):
            cause, text = (
                "log-samples-every-step",
                "it is called after each step, whatever `log_every_n_steps` says.",
            )
        elif samples[0] == 0:
            cause, text = (
                "log-samples-before-count",
                "the question whether to log comes before `self.step` is increased, so step 0 counts.",
            )
        elif len(samples) == self.stage.epochs:
            cause, text = "log-samples-per-epoch", "it is called once an epoch; the count of steps decides."
        elif set(range(1, steps + 1)) - set(samples) == set(expected):
            cause, text = (
                "log-samples-inverted",
                "it is called at all steps but the right ones: compare the remainder with 0.",
            )
        self.current.fail(
            f"with log_every_n_steps = {every} and {steps} steps, log_samples() is to be called at steps {expected}.",
            cause=cause,
            numbers={"seen": samples, "expected": expected},
            came_out=f"calls at steps {samples}" if samples else "no call",
            likely_cause=text,
            where=self.where("train"),
        )

    @probe
    def returns_model(self) -> None:
        """train returns the model."""
        returned = self.trained().returned
        if returned != "model":
            none = returned == "NoneType"
            self.current.fail(
                f"train is to return the model; it returned {'None' if none else f'a {returned}'}.",
                cause="returns-no-model",
                likely_cause="`return self.model` is missing at its end." if none else None,
                where=self.where("train"),
            )

    @probe
    def trains_as_it_steps(self) -> None:
        """The weights after `train` are those of its batches, one step each."""
        training = self.trained()
        (*_, (seen, expected, start)) = replay(
            self.stage, training.batches, self.lesson.loss, RIGHT, [training.weights]
        )
        if not close(seen, expected, start, tolerance=0.2):
            self.current.fail(
                "the weights after train are not those of one Adam step for each batch.",
                cause="loop-changes-weights",
                likely_cause="train does more to the weights than training_step: another `optimizer.step()` or "
                "`backward()`, an optimiser made anew each epoch, another learning rate.",
                where=self.where("train"),
            )

    @probe
    def tells_wandb(self) -> None:
        """With use_wandb=True: init with project and name, watch, each step's numbers, finish."""
        stage = replace(self.stage, use_wandb=True)
        run = self.current.ask(
            "run_training", f"{self.name}(args).train() with use_wandb=True", stage=asdict(stage)
        )
        missing = [name for name in ("init", "watch", "finish") if name not in run.wandb_calls]
        if missing:
            self.current.fail(
                f"with use_wandb=True, train is to call wandb.{missing[0]}.",
                cause=f"wandb-no-{missing[0]}",
                where=self.where("train"),
            )
        if run.started.get("project") != "checks":
            self.current.fail(
                "wandb.init is to get `project=self.args.wandb_project`.",
                cause="wandb-project",
                where=self.where("train"),
            )
        steps = [entry for entry in run.logged if set(entry) & set(self.lesson.logged)]
        if len(steps) != len(run.batches):
            self.current.fail(
                f"with use_wandb=True, each of {len(run.batches)} steps is to log {', '.join(self.lesson.logged)}; {len(steps)} did.",
                cause="wandb-not-logged" if not steps else "wandb-not-each-step",
                where=self.where("training_step"),
            )
        self.logged_numbers(stage, run.batches[0], steps[0])

    def logged_numbers(self, stage: Stage, indices: list[int], entry: dict[str, Any]) -> None:
        """The first step's numbers, of weights that are known."""
        out = stage.outputs(stage.weights(), indices)
        expected = {"loss": losses.squared_error(out)}
        if self.lesson.kind == "vae":
            expected = {
                "reconstruction_loss": losses.squared_error(out),
                "kl_div_loss": losses.kl(out).mean(),
                "mean": out["mu"].mean(),
                "std": out["logsigma"].exp().mean(),
                "total_loss": losses.vae_loss(out, stage.beta_kl),
            }
        for name, value in expected.items():
            seen = entry.get(name)
            allowed = (
                [float(value), float(value) * stage.beta_kl] if name == "kl_div_loss" else [float(value)]
            )
            if not isinstance(seen, int | float) or not any(near(seen, each) for each in allowed):
                self.current.fail(
                    f"`{name}` is logged as {seen}; expected {float(value):.5f}."
                    if name in entry
                    else f"`{name}` is not logged.",
                    cause="wandb-wrong-number" if name in entry else "wandb-not-logged",
                    numbers={"seen": seen, "expected": float(value)},
                    where=self.where("training_step"),
                )


def near(seen: float, expected: float) -> bool:
    return abs(seen - expected) <= 2e-5 * (1 + abs(expected))


def flat(weights: dict[str, Tensor]) -> Tensor:
    return torch.cat([value.detach().flatten() for value in weights.values()])


def close(seen: Tensor, expected: Tensor, start: Tensor, tolerance: float = 0.05) -> bool:
    """Whether two runs moved the weights alike: the moves differ by at most 5 % of their length.

    Not element by element: where a gradient is nothing but rounding, Adam makes a whole step of it.
    """
    if not bool(torch.isfinite(seen).all()):
        return False
    move, wanted = seen - start, expected - start
    return (
        float((move - wanted).norm()) <= tolerance * float(wanted.norm())
        if float(wanted.norm())
        else float(move.norm()) == 0
    )


def replay(stage: Stage, batches: list[list[int]], loss: Loss, program: Program, seen: list[Tensor]):
    """Trains the oracle on these batches; yields (seen, expected, start) weights, aligned at the end."""
    weights = {name: value.clone().requires_grad_() for name, value in stage.weights().items()}
    start = flat(weights)
    optimiser = program.optimiser(list(weights.values()), stage)
    skipped = len(batches) - len(seen)
    for number, indices in enumerate(batches):
        value = loss(stage.outputs(weights, indices), stage.beta_kl)
        for action in program.order:
            if action == "zero":
                optimiser.zero_grad()
            elif action == "zero to 0":
                optimiser.zero_grad(set_to_none=False)
            elif action == "backward":
                if value.requires_grad:
                    value.backward(retain_graph=True)
            else:
                optimiser.step()
        if number >= skipped:
            yield seen[number - skipped], flat(weights), start
