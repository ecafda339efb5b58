"""What is looked at in a trainer's construction and in its single steps: model, loss, weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import Other
from checks.core.mistakes import causes_of, texts_of
from checks.core.run import probe
from checks.trainers.diagnose import Cause, apart, explain_loss, explain_weights, largest_move
from checks.trainers.optimiser import RIGHT as RIGHT_PROCEDURE
from checks.trainers.optimiser import SAME_MOVES, StepRecipe, StepRecord, outputs, replay
from checks.trainers.sampling import BY_THE_MODEL, Sampling
from checks.trainers.trainer import BATCHES, Trainer, article, nearly, value_of


class StepProbes(Trainer):
    """Probes of what a trainer makes and of `training_step`."""

    sampling: Sampling = BY_THE_MODEL
    recipe: StepRecipe = RIGHT_PROCEDURE

    @probe
    def makes_its_model(self) -> None:
        """A model of the right kind, of the args' sizes, and an optimiser that holds all of its weights."""
        made, spec = self.steps.made, self.spec
        if made.samples != (spec.kind == "vae") and made.model != spec.model:
            self.fail(
                "__init__",
                f"the trainer's model is {article(made.model)}; this trainer is for {article(spec.model)}.",
                "wrong-model",
                f"`model_class = {spec.model}` is missing, or `__init__` makes another model.",
            )
        for name, size in made.sizes.items():
            asked = getattr(self.rig, name)
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

        if made.splits and not any(made.splits):
            self.fail(
                "__init__",
                "the trainer asks for the test images alone.",
                "trains-on-test-images",
                "`utils.get_dataset(args.dataset)` gives the training images; the others are for judging the model.",
            )

    @probe
    def returns_loss(self) -> None:
        """training_step(img) returns the loss of these images, as a scalar tensor."""
        first = self.steps.calls[0]
        for call in self.steps.calls:
            self.is_a_scalar(call.loss)
        self.takes_the_images()
        out = outputs(self.rig, self.rig.flat_weights, BATCHES[0], self.sampling)
        seen, right = float(first.loss), self.spec.right
        sampling, mistakes = explain_loss(self.rig, self.spec, first, seen, self.sampling)
        if sampling and not mistakes:
            self.sampling = sampling
            return
        cause, text = (causes_of(mistakes), texts_of(mistakes)) if mistakes else self.other_cause()
        expected, beta = value_of(right, out, self.rig.beta_kl), self.rig.beta_kl
        self.fail(
            "training_step",
            "training_step returns another loss than the exercise asks for.",
            cause,
            text,
            numbers={"seen": seen, "expected": expected},
            tried=f"one step on {len(BATCHES[0])} images, with a model whose weights are known",
            came_out=f"{seen:.5f}",
            expected=f"{expected:.5f}{right.in_terms(out, beta)}",
        )

    def other_cause(self) -> Cause:
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
                if seen != seen and (
                    mistakes := explain_loss(self.rig, self.spec, first, seen, self.sampling)[1]
                ):
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
        rig, steps = self.rig, self.steps
        self.allow_for_scale()
        moments = list(replay(rig, BATCHES, self.spec.right, self.recipe, self.sampling))
        if apart(rig, steps, moments) <= SAME_MOVES:
            self.has_no_decay()
            self.draws_afresh()
            self.returns_each_loss(moments)
            return
        moved = largest_move(rig, steps)
        self.fail(
            "training_step",
            "the weights after a few training steps are not those of Adam on this loss.",
            *explain_weights(rig, self.spec, self.sampling, steps),
            numbers={"largest move": moved},
            tried=f"{len(BATCHES)} steps with lr = {rig.lr} and betas = {rig.betas}",
            came_out=f"the weights moved by up to {moved:.2g}"
            if moved
            else "the weights did not move at all",
        )

    def draws_afresh(self) -> None:
        """Fails where each step of a VAE sets the seed, so that all of them get the same noise."""
        if self.spec.kind == "vae" and all("seeded" in call.events for call in self.steps.calls):
            self.fail(
                "training_step",
                "training_step sets torch's seed, so the noise is the same in each step.",
                "seeds-each-step",
                "take `torch.manual_seed` out; once, before training, is the place for it.",
            )

    def has_no_decay(self) -> None:
        """Fails for a weight decay too small to be seen in a few steps."""
        for optimiser in self.steps.made.optimisers:
            if decay := optimiser.options.get("weight_decay"):
                self.fail(
                    "__init__",
                    f"the optimiser has a weight decay of {decay}; the exercise asks for plain Adam.",
                    "weight-decay",
                    "`torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas)`.",
                )

    def returns_each_loss(self, moments: list[StepRecord]) -> None:
        """Fails where a later step returns another loss than that of its own images."""
        for number, (call, record) in enumerate(zip(self.steps.calls, moments, strict=True), start=1):
            if not isinstance(call.loss, Tensor) or call.loss.dim():
                continue  # `returns_loss` says so
            seen, expected = float(call.loss), float(record.loss)
            if not nearly(seen, expected, tolerance=1e-4):
                self.fail(
                    "training_step",
                    f"step {number} returned {seen:.5f}; the loss of its images is {expected:.5f}.",
                    "running-loss",
                    "the losses are summed up or averaged over steps: return the loss of this step alone.",
                    numbers={"seen": seen, "expected": expected},
                )

    def allow_for_scale(self) -> None:
        """Adam takes the same steps for c times the loss (but for its epsilon), so that a factor c does no harm here."""
        right = next(replay(self.rig, BATCHES, self.spec.right, sampling=self.sampling)).gradient
        seen = self.steps.calls[0].gradient
        scale = float(seen @ right / (right @ right)) if seen is not None else 1.0
        if abs(scale - 1) > 0.01 and float((seen - scale * right).norm()) < 0.01 * float(seen.norm()):
            self.recipe = replace(RIGHT_PROCEDURE, gradient=lambda gradient: scale * gradient)
            self.run.note(
                f"the gradients are {scale:.3g} times those of the loss returned (`backward()` twice, or on another "
                "multiple of it). Adam does not mind a factor; most other optimisers do."
            )
