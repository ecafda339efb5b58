"""What is looked at in a trainer's construction and in its single steps: model, loss, weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from checks.evidence import Call, Other
from checks.exam import probe
from checks.losses import RIGHT, Loss
from checks.mistakes import Mistake, causes_of, texts_of, variants
from checks.procedure import MISTAKES as PROCEDURES
from checks.procedure import RIGHT as RIGHT_PROCEDURE
from checks.procedure import SAME_MOVES, Moment, Procedure, moves_apart, outputs, replay
from checks.reconstruction_mistakes import DETACHED
from checks.sampling import BY_THE_MODEL, Sampling, samplings
from checks.trainer import BATCHES, ROUNDING, Trainer, article, distance, nearly, value_of

EVENTS: list[tuple[str, str, Any]] = [
    (
        "no-backward",
        "`loss.backward()` is missing: without it there are no gradients to step along.",
        lambda events: "backward" not in events,
    ),
    (
        "optimiser-never-steps",
        "`self.optimizer.step()` is missing: the gradients are there and nobody uses them.",
        lambda events: "step" not in events and "empty step" not in events,
    ),
    (
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`: it has only the gradients of the step before, or none.",
        lambda events: (
            events.index("backward") > min(events.index(each) for each in events if "step" in each)
        ),
    ),
    (
        "zeroed-before-step",
        "the gradients are zeroed between `backward()` and `step()`, so the step sees none: "
        "zero them before `backward()` or after `step()`.",
        lambda events: "step" not in events,
    ),
    (
        "steps-twice",
        "`optimizer.step()` runs twice for one loss.",
        lambda events: events.count("step") > 1,
    ),
]
"""Mistakes that the order of events in one training step shows: cause, text, and how to recognise each."""


class StepProbes(Trainer):
    """Probes of what a trainer makes and of `training_step`."""

    sampling: Sampling = BY_THE_MODEL

    @probe
    def makes_its_model(self) -> None:
        """A model of the right kind, of the args' sizes, and an optimiser that holds all of its weights."""
        made, lesson = self.steps.made, self.lesson
        if made.samples != (lesson.kind == "vae"):
            self.fail(
                "__init__",
                f"the trainer's model is {article(made.model)}; this trainer is for {article(lesson.model)}.",
                "wrong-model",
                f"`model_class = {lesson.model}` is missing, or `__init__` makes another model.",
            )
        for name, size in made.sizes.items():
            asked = getattr(self.stage, name)
            if isinstance(size, int) and size != asked:
                self.fail(
                    "__init__",
                    f"with args.{name} = {asked} the trainer's model has {name} = {size}.",
                    "sizes-ignored",
                    f"hand `args.{name}` to the model; mind the order, latent_dim_size first.",
                    numbers={"seen": size, "expected": asked},
                )
        if made.optimisers and not (made.optimised and all(each.covers for each in made.optimisers)):
            self.fail(
                "__init__",
                "the optimiser does not hold exactly the model's weights.",
                "optimiser-partial",
                "it was made for a part of them, or for another model: make it after `self.model`, with "
                "`self.model.parameters()`.",
            )

    @probe
    def returns_loss(self) -> None:
        """training_step(img) returns the loss of these images, as a scalar tensor."""
        first = self.steps.calls[0]
        for call in self.steps.calls:
            self.is_a_scalar(call.loss)
        self.takes_the_images()
        out = outputs(self.stage, self.stage.flat_weights, BATCHES[0])
        seen = float(first.loss)
        sampling, mistakes = self.explanation(first, seen)
        if sampling and not mistakes:
            self.sampling = sampling
            return
        cause, text = (causes_of(mistakes), texts_of(mistakes)) if mistakes else self.other_cause()
        expected, beta = value_of(RIGHT, out, self.stage.beta_kl), self.stage.beta_kl
        terms = f" = {value_of(lambda o, b: RIGHT.reconstruction(o), out, beta):.5f}" if "mu" in out else ""
        if terms:
            terms += f" + {beta} · {float(RIGHT.kl_of(out)):.5f}"
        self.fail(
            "training_step",
            "training_step returns another loss than the exercise asks for.",
            cause,
            text,
            numbers={"seen": seen, "expected": expected},
            tried=f"one step on {len(BATCHES[0])} images, with a model whose weights are known",
            came_out=f"{seen:.5f}",
            expected=f"{expected:.5f}{terms}" + (" (MSE + beta_kl · KL)" if terms else ""),
        )

    def explanation(self, call: Call, seen: float) -> tuple[Sampling | None, tuple[Mistake, ...]]:
        """The way of sampling, and the fewest mistakes in it and in the loss, that give what was returned.

        Of several equally short explanations the one that comes nearest counts. (None, ()) where there is none.
        """
        stage, rows = self.stage, BATCHES[0]
        ways: list[tuple[Sampling, tuple[Mistake, ...]]] = [(BY_THE_MODEL, ())]
        if self.lesson.kind == "vae":
            out = outputs(stage, stage.flat_weights, rows)
            ways = [*samplings(stage, rows, out["mu"], out["logsigma"], call.latents)] or ways
        given = {way: outputs(stage, stage.flat_weights, rows, way) for way, _ in ways}
        for number in range(3):
            found = [
                (
                    max(ROUNDING / 10, distance(seen, value_of(loss, given[way], stage.beta_kl))),
                    way,
                    (*wrongly, *chosen),
                )
                for way, wrongly in ways
                for loss, chosen in variants(RIGHT, self.lesson.mistakes, number, number)
            ]
            apart, way, mistakes = min(found, key=lambda each: each[0])
            if apart <= ROUNDING:
                return way, mistakes
        return None, ()

    def other_cause(self) -> tuple[str | None, str | None]:
        if not self.steps.calls[0].latents:
            return "decoder-not-used", "the decoder was never used: `self.model(img)` encodes and decodes."
        return None, None

    def is_a_scalar(self, loss: Any) -> None:
        """Fails where a step returned anything but a finite tensor of no dimension."""
        text = None
        if isinstance(loss, Tensor):
            if loss.dim() == 0 and bool(torch.isfinite(loss)):
                return
            if loss.dim():
                cause, what = "loss-not-scalar", f"a tensor of shape {tuple(loss.shape)}"
                text = "take the mean over all its elements."
            else:
                cause, what = "loss-not-finite", str(loss.item())
                first, seen = self.steps.calls[0], float(self.steps.calls[0].loss)
                if seen != seen and (mistakes := self.explanation(first, seen)[1]):
                    cause, text = causes_of(mistakes), texts_of(mistakes)
        elif loss is None:
            cause, what, text = "returns-none", "None", "`return loss` is missing at its end."
        elif isinstance(loss, float | int):
            cause, what, text = (
                "returns-number",
                f"the number {loss:.5g}",
                "return the loss itself, without `.item()`.",
            )
        elif isinstance(loss, Other) and loss.kind == "ellipsis":
            cause, what, text = "left-in-place", "`...`", "the `...` still stands where the answer belongs."
        else:
            kind = loss.kind if isinstance(loss, Other) else type(loss).__name__
            cause, what = "returns-other", article(kind)
            text = "return the (total) loss alone." if kind in ("tuple", "list", "dict") else None
        self.fail(
            "training_step",
            f"training_step is to return the loss, a scalar tensor; it returned {what}.",
            cause,
            text,
        )

    def takes_the_images(self) -> None:
        """Fails unless the images that went through the model in each step are those that were handed over."""
        for rows, call in zip(BATCHES, self.steps.calls, strict=True):
            if not call.passes and call.idle_passes:
                self.fail(
                    "training_step",
                    "training_step runs `self.model` (or its encoder) without gradients, so it learns nothing.",
                    "detached-loss",
                    "`torch.no_grad()` or `torch.inference_mode()` stands around it.",
                )
            if not call.passes:
                self.fail(
                    "training_step",
                    "training_step never runs `self.model`.",
                    "model-not-used",
                    "it uses another model, or none at all: `self.model(img)`.",
                )
            for seen in call.passes:
                if -1 in seen:
                    self.fail(
                        "training_step",
                        "the model got other images than those handed to training_step.",
                        "input-changed",
                        "noise is added, or they are normalised again or clamped: hand `img` to the model as it is.",
                    )
                if seen != rows:
                    self.fail(
                        "training_step",
                        f"of {len(rows)} images handed to training_step the model got {len(seen)}, or in another order.",
                        "batch-cut",
                        "hand `img` to the model as it is.",
                    )

    @probe
    def updates_weights(self) -> None:
        """Each training_step is one Adam step on that loss: the weights after each of them are Adam's own."""
        moments = list(self.replayed(RIGHT, RIGHT_PROCEDURE))
        if self.agrees(moments) and not self.other_options():
            self.returns_each_loss(moments)
            self.note_scale(moments[0])
            return
        cause, text = self.why_not()
        moved = self.moved()
        self.fail(
            "training_step",
            "the weights after a few training steps are not those of Adam on this loss.",
            cause,
            text,
            numbers={"largest move": moved},
            tried=f"{len(BATCHES)} steps with lr = {self.stage.lr} and betas = {self.stage.betas}",
            came_out=f"the weights moved by up to {moved:.2g}"
            if moved
            else "the weights did not move at all",
        )

    def moved(self) -> float:
        """The largest change of any weight in these steps."""
        return float((self.steps.calls[-1].weights - self.stage.flat_weights).abs().max())

    def replayed(self, loss: Loss, procedure: Procedure) -> Iterator[Moment]:
        return replay(self.stage, BATCHES, loss, procedure, self.sampling)

    def agrees(self, moments: Iterable[Moment]) -> bool:
        return self.apart(moments) <= SAME_MOVES

    def apart(self, moments: Iterable[Moment]) -> float:
        """How far the weights that were seen are from those of a replay, which is followed only as far as it goes."""
        furthest = 0.0
        for call, moment in zip(self.steps.calls, moments, strict=False):
            furthest = max(furthest, moves_apart(call.weights, moment, self.stage.flat_weights))
            if furthest > SAME_MOVES:
                break
        return furthest

    def why_not(self) -> tuple[str | None, str | None]:
        """The cause, and a text, for weights that are not Adam's."""
        events, moved = self.steps.calls[0].events, self.moved() > 0
        for cause, text, shows in EVENTS:
            if not moved and shows(events):
                return cause, text
        if found := self.other_options():
            return found
        for number in (1, 2):
            procedures = variants(RIGHT_PROCEDURE, PROCEDURES, number, number)
            if chosen := self.nearest((self.replayed(RIGHT, each), chosen) for each, chosen in procedures):
                return causes_of(chosen), texts_of(chosen)
            detached = variants(RIGHT, DETACHED, number, number)
            if chosen := self.nearest(
                (self.replayed(each, RIGHT_PROCEDURE), chosen) for each, chosen in detached
            ):
                return causes_of(chosen), texts_of(chosen)
            if number == 1:
                losses = variants(RIGHT, self.lesson.mistakes, 1, 1)
                if chosen := self.nearest(
                    (self.replayed(each, RIGHT_PROCEDURE), chosen) for each, chosen in losses
                ):
                    text = f"`backward()` runs on another loss than the one returned: {texts_of(chosen)}"
                    return causes_of(chosen), text
        return None, None

    def nearest(
        self, replays: Iterable[tuple[Iterable[Moment], tuple[Mistake, ...]]]
    ) -> tuple[Mistake, ...] | None:
        """The mistakes of the replay that comes nearest to what was seen; None where none comes near."""
        found = [(self.apart(moments), chosen) for moments, chosen in replays]
        apart, chosen = min(found, key=lambda each: each[0], default=(1.0, ()))
        return chosen if apart <= SAME_MOVES else None

    def other_options(self) -> tuple[str, str] | None:
        """What the trainer's optimiser itself says that it does otherwise."""
        if len(self.steps.made.optimisers) != 1:
            return None
        (optimiser,) = self.steps.made.optimisers
        if optimiser.kind not in ("Adam", "AdamW"):
            return "wrong-optimiser", f"the optimiser is {article(optimiser.kind)}; take `torch.optim.Adam`."
        right = {"lr": self.stage.lr, "betas": self.stage.betas, "weight_decay": 0}
        wrong = [name for name, value in right.items() if optimiser.options.get(name, value) != value]
        if not wrong:
            return None
        causes = {"lr": "lr-ignored", "betas": "betas-ignored", "weight_decay": "weight-decay"}
        remarks = (f"{name} = {optimiser.options[name]} (it should be {right[name]})" for name in wrong)
        text = (
            f"the optimiser has {' and '.join(remarks)}: use `args.lr` and `args.betas`, and no weight decay."
        )
        return "+".join(causes[name] for name in wrong), text

    def returns_each_loss(self, moments: list[Moment]) -> None:
        """Fails where a later step returns another loss than that of its own images."""
        for number, (call, moment) in enumerate(zip(self.steps.calls, moments, strict=True), start=1):
            seen, expected = float(call.loss), float(moment.loss)
            if not nearly(seen, expected, tolerance=1e-2):
                self.fail(
                    "training_step",
                    f"step {number} returned {seen:.5f}; the loss of its images is {expected:.5f}.",
                    "running-loss",
                    "the losses are summed up or averaged over steps: return the loss of this step alone.",
                    numbers={"seen": seen, "expected": expected},
                )

    def note_scale(self, first: Moment) -> None:
        """Adam takes the same steps for c times the loss, so that a factor does no harm here."""
        seen = self.steps.calls[0].gradient
        ratio = float(seen @ first.gradient / (first.gradient @ first.gradient)) if seen is not None else 1.0
        if abs(ratio - 1) > 0.01 and float((seen - ratio * first.gradient).norm()) < 0.01 * float(
            seen.norm()
        ):
            self.current.note(
                f"the gradients are {ratio:.3g} times those of the loss returned (`backward()` twice, or on another "
                "multiple of it). Adam does not mind a factor; most other optimisers do."
            )
