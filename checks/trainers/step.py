"""What is looked at in a trainer's construction and in its single steps, and what explains what was seen there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

import torch
from torch import Tensor

from checks.core.compare import same
from checks.core.evidence import Other
from checks.core.mistakes import (
    DOES_NOT_FIT,
    Cause,
    Mistake,
    Symptom,
    causes_of,
    diagnose_nearest,
    first_shown,
    mutants,
    table,
    texts_of,
)
from checks.core.result import CheckFailure, NotAttempted
from checks.core.run import probe
from checks.core.words import article
from checks.trainers.evidence import OPTIMISER_STEPS, Call, Event, Optimiser
from checks.trainers.loop import RATE_CHANGES, rate_changes, trained_by
from checks.trainers.loss_search import explain_loss
from checks.trainers.losses import DETACHED, Loss, Outputs, value_of
from checks.trainers.optimiser import (
    FEW_STEP_MISTAKES,
    RIGHT_STEP,
    SAME_MOVES,
    STEP_MISTAKES,
    StepRecipe,
    StepRecord,
    accumulation,
    clipped,
    clipping,
    moves_apart,
    outputs,
    replay,
)
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import RIGHT_SAMPLINGS, Sampling
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
    sampling, mistakes = explain_loss(trainer)
    if not mistakes:
        is_finite(trainer, calls[0].loss)
    if sampling and not mistakes:
        trainer.sampling = sampling
        for call in calls:
            is_finite(trainer, call.loss)
        return
    cause, text = (causes_of(mistakes), texts_of(mistakes)) if mistakes else weight_changes(trainer)
    for explain in (lambda trainer: first_shown(OTHER_LOSSES, trainer), has_weight_penalty, is_scaled):
        if not cause:
            cause, text = explain(trainer)
    if not cause:
        for call in calls:
            is_finite(trainer, call.loss)
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
    """Fails where a step returned anything but a tensor of no dimension."""
    cause: str | None
    text: str | None = None
    if isinstance(loss, Tensor):
        if not loss.dim():
            return
        cause, what = "loss-not-scalar", f"a tensor of shape {tuple(loss.shape)}"
        text = "take the mean over all its elements."
    elif loss is None:
        cause, what, text = "returns-none", "None", "`return loss` is missing at its end."
    elif isinstance(loss, float | int):
        cause, what, text = ("returns-number", f"the number {loss:.5g}", "return the loss itself, without `.item()`.")
    elif isinstance(loss, Other) and loss.kind == "ellipsis":
        cause, what, text = "left-in-place", "`...`", "the `...` still stands where the answer belongs."
    else:
        kind = loss.kind if isinstance(loss, Other) else type(loss).__name__
        cause, what = "returns-other", article(kind)
        text = (
            "return the (total) loss alone."
            if kind in ("tuple", "list", "dict")
            else "return the loss's tensor itself."
        )
    trainer.fail(
        "training_step", f"training_step is to return the loss, a scalar tensor; it returned {what}.", cause, text
    )


def is_finite(trainer: TrainerUnderTest, loss: Tensor) -> None:
    """Fails where a step's loss is nan or infinite."""
    if not bool(torch.isfinite(loss)):
        losses = [call.loss for call in trainer.steps.calls]
        alone = next(rows for rows, each in zip(BATCHES, losses, strict=True) if not bool(torch.isfinite(each)))
        trainer.fail(
            "training_step",
            f"training_step is to return the loss, a scalar tensor; it returned {loss.item()}.",
            "loss-not-finite",
            "this is for a batch of one image; a spread over the batch (`std`, `var`) is no number there."
            if len(alone) == 1
            else None,
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
        if [row for seen in call.passes for row in seen] == rows:
            continue  # in one pass or, as micro-batches, in several
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
    remark = allow_for_scale(trainer)
    records = list(replay(rig, BATCHES, trainer.spec.loss, trainer.recipe, trainer.sampling))
    if weights_apart(trainer, records) <= SAME_MOVES:
        trainer.run.note(remark)
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
                "the losses of earlier steps are in it (a sum, an average): return the loss of this step alone.",
                numbers={"seen": seen, "expected": expected},
            )


def allow_for_scale(trainer: TrainerUnderTest) -> str:
    """The remark that is due for it: Adam takes the same steps for c times the loss (but for its epsilon), so that a factor c does no harm here."""
    right, seen = right_gradient(trainer), trainer.steps.calls[0].gradient
    if seen is None:
        return ""
    scale = float(seen @ right / (right @ right))
    if abs(scale - 1) > 0.01 and float((seen - scale * right).norm()) < 0.01 * float(seen.norm()):
        trainer.recipe = replace(RIGHT_STEP, gradient=lambda gradient: scale * gradient)
        return (
            f"the gradients are {scale:.3g} times those of the loss returned (`backward()` twice, or on another "
            "multiple of it). Adam does not mind a factor; most other optimisers do."
        )
    return ""


# What explains the loss


def weight_changes(trainer: TrainerUnderTest) -> Cause:
    """The cause, where the loss is right but for a weight of its second term that is another at each step.

    Any loss can be had by some weights, so those of the other rig must be the same, or as many times beta_kl.
    """
    others = trainer.steps_on(trainer.other_rig)
    for sampling in RIGHT_SAMPLINGS if trainer.rig.is_vae else [trainer.sampling]:
        seen = second_weights(trainer, trainer.rig, trainer.steps.calls, sampling)
        others_seen = second_weights(trainer, trainer.other_rig, others.calls, sampling) if others else []
        scale = max(map(abs, seen), default=0.0)
        if not others_seen or scale < 2e-5 or max(seen) - min(seen) < 1e-3 * scale:
            continue
        for factor in (1.0, trainer.other_rig.weight / trainer.rig.weight):
            if all(
                abs(other - factor * each) < factor * (1e-3 * scale + 1e-6)
                for each, other in zip(seen, others_seen, strict=True)
            ):
                grows = all(late > early - 1e-2 * scale for early, late in pairwise(seen))
                how = "grows from step to step, a warm-up" if grows else "changes from step to step"
                weights = ", ".join(f"{abs(round(each, 6)):.2g}" for each in seen)
                return (
                    "weight-grows" if grows else "weight-changes",
                    f"the second term's weight {how} (it was {weights}). The exercise takes it whole from the first step on, "
                    f"here {trainer.rig.weight}.",
                )
    return None, None


def second_weights(
    trainer: TrainerUnderTest, rig: TrainerRig, calls: Sequence[Call], sampling: Sampling
) -> list[float]:
    """The weight that the second term must have had at each step, were all else right; empty where that cannot be told."""
    if not all(isinstance(call.loss, Tensor) and not call.loss.dim() for call in calls):
        return []
    without, whole = (at_each_step(trainer.spec.loss, rig, calls, sampling, weight) for weight in (0.0, 1.0))
    if any(not abs(one - none) > 1e-3 for none, one in zip(without, whole, strict=True)):
        return []
    return [(float(call.loss) - none) / (one - none) for call, none, one in zip(calls, without, whole, strict=True)]


def at_each_step(loss: Loss, rig: TrainerRig, calls: Sequence[Call], sampling: Sampling, weight: float) -> list[float]:
    """What this loss is at each step, of the weights that the step before left, whatever that did to them."""
    weights = [rig.flat_weights, *(call.weights for call in calls[:-1])]
    given = (outputs(rig, each, rows, sampling) for each, rows in zip(weights, BATCHES, strict=True))
    return [value_of(loss, out, weight) for out in given]


def is_the_loss_after(trainer: TrainerUnderTest) -> bool:
    """Whether each step returned the loss of the weights that it left."""
    rig, loss = trainer.rig, trainer.spec.loss
    return any(
        all(
            same(float(call.loss), value_of(loss, outputs(rig, call.weights, rows, sampling), rig.weight), ROUNDING)
            for call, rows in zip(trainer.steps.calls, BATCHES, strict=True)
        )
        for sampling in (RIGHT_SAMPLINGS if rig.is_vae else [trainer.sampling])
    )


def is_divided(trainer: TrainerUnderTest) -> bool:
    """Whether the loss is the right one divided by a number of steps of which but one, or none, steps the optimiser."""
    rig, calls, loss = trainer.rig, trainer.steps.calls, trainer.spec.loss
    right = at_each_step(loss, rig, calls, trainer.sampling, rig.weight)
    every = round(right[0] / float(calls[0].loss)) if float(calls[0].loss) else 0
    skips = any(OPTIMISER_STEPS.isdisjoint(call.events) for call in calls)
    return (
        skips
        and every > 1
        and all(same(every * float(call.loss), each) for call, each in zip(calls, right, strict=True))
    )


Step = tuple[float, Outputs, float, Tensor]
"""The loss that a step returned; what went into it, the weight of its second term, and all weights before."""


def on_two_rigs(trainer: TrainerUnderTest) -> list[Step]:
    """The steps of both rigs; empty where the other's raise something, or where images are changed."""
    others = trainer.steps_on(trainer.other_rig)
    if others is None or trainer.spec.changes_images:
        return []
    found: list[Step] = []
    for rig, calls in ((trainer.rig, trainer.steps.calls), (trainer.other_rig, others.calls)):
        weights = [rig.flat_weights, *(call.weights for call in calls[:-1])]
        found += [
            (float(call.loss), outputs(rig, flat, rows, trainer.sampling), rig.weight, flat)
            for call, flat, rows in zip(calls, weights, BATCHES, strict=True)
        ]
    return found


def has_weight_penalty(trainer: TrainerUnderTest) -> Cause:
    """The cause, where what each loss is more than the right one, or than one with a known mistake, is one multiple of the
    weights' squares or sizes."""
    spec, steps = trainer.spec, on_two_rigs(trainer)
    for loss, chosen in mutants(spec.loss, spec.loss_mistakes, 0, 1 if steps else -1):
        try:
            excess = [seen - value_of(loss, out, weight) for seen, out, weight, _flat in steps]
        except DOES_NOT_FIT:
            continue
        for size in (Tensor.square, Tensor.abs):
            rates = [much / float(size(flat).sum()) for much, (*_, flat) in zip(excess, steps, strict=True)]
            if rates[0] > 1e-6 and max(rates) - min(rates) < 1e-3 * rates[0]:
                penalty = Mistake("weight-penalty", PENALTY, "weighting", None)
                return causes_of([*chosen, penalty]), texts_of([*chosen, penalty])
    return None, None


PENALTY = "a penalty on the weights is in the loss; the exercise has none."


def is_scaled(trainer: TrainerUnderTest) -> Cause:
    """The cause, where each loss is one multiple of the right one."""
    steps = on_two_rigs(trainer)
    rates = [seen / value_of(trainer.spec.loss, out, weight) for seen, out, weight, _flat in steps]
    if not rates or not max(rates) - min(rates) < ROUNDING * abs(rates[0]):
        return None, None
    return "loss-scaled", f"the loss is {rates[0]:.3g} times what it should be: a factor is too much, or missing."


def is_less_exact(trainer: TrainerUnderTest) -> bool:
    """Whether each loss comes near the right one, but was computed in lower precision."""
    rig, calls = trainer.rig, trainer.steps.calls
    losses = torch.stack([call.loss.float() for call in calls])
    rounded = any(torch.equal(losses.to(kind).float(), losses) for kind in (torch.bfloat16, torch.float16))
    lower = rounded or any(Event.AUTOCAST in call.events for call in calls)
    right = at_each_step(trainer.spec.loss, rig, calls, trainer.sampling, rig.weight) if lower else []
    return lower and all(
        abs(float(call.loss) - each) < 0.03 * abs(each) for call, each in zip(calls, right, strict=True)
    )


def is_drawn(trainer: TrainerUnderTest) -> bool:
    """Whether the first loss hangs on what is drawn in the step, although the same latents are decoded."""
    first = trainer.steps.calls[0]
    alike, otherwise = (
        trainer.steps_on(replace(trainer.rig, draw=draw)) for draw in (trainer.rig.draw, trainer.rig.draw + 1)
    )
    return (
        alike is not None
        and otherwise is not None
        and not trainer.spec.changes_images
        and same(alike.calls[0].loss, first.loss, ROUNDING)  # it is a number, and no state is kept
        and same(otherwise.calls[0].latents, first.latents)
        and not same(otherwise.calls[0].loss, first.loss, ROUNDING)
    )


def decodes(trainer: TrainerUnderTest, change: Callable[[Tensor], Tensor]) -> bool:
    """Whether all that an autoencoder's decoder got is the code, changed like this."""
    rig, latents = trainer.rig, trainer.steps.calls[0].latents
    if rig.is_vae or trainer.spec.changes_images or not latents:
        return False
    code = outputs(rig, rig.flat_weights, BATCHES[0])["code"]
    return all(same(each, change(code)) for each in latents)


def decodes_otherwise(trainer: TrainerUnderTest) -> bool:
    """Whether its decoder never got the code as it is."""
    rig, latents = trainer.rig, trainer.steps.calls[0].latents
    if rig.is_vae or trainer.spec.changes_images or not latents:
        return False
    code = outputs(rig, rig.flat_weights, BATCHES[0])["code"]
    less_exact = 0.03  # as under autocast
    return all(each.shape == code.shape and not same(each, code, less_exact) for each in latents)


def steps_in_parts(calls: Sequence[Call]) -> bool:
    """Whether each pass, of a part of the batch, has an optimiser step of its own."""
    return any(len(call.passes) > 1 for call in calls) and all(
        len({*map(tuple, call.passes)}) == len(call.passes) == call.events.count(Event.STEP) for call in calls
    )


IN_PARTS = (
    "step-for-each-part",
    "training_step takes the batch apart (image by image?) and steps the optimiser for each part: once for the whole batch "
    "is enough.",
)


OTHER_LOSSES = [
    Symptom(*IN_PARTS, lambda trainer: steps_in_parts(trainer.steps.calls)),
    Symptom(
        "several-updates",
        "training_step goes backward and steps several times on one batch; once is enough.",
        lambda trainer: all(is_repeated(call.events) for call in trainer.steps.calls),
    ),
    Symptom(
        "loss-after-step",
        "the loss is computed once more after `optimizer.step()`, with the new weights: return the one that was trained on.",
        is_the_loss_after,
    ),
    Symptom(
        "gradients-accumulated",
        "the loss is divided as for gradients that are collected over several batches, and the optimiser does not step at "
        "each of them. Here each batch is a step, with its whole loss.",
        is_divided,
    ),
    Symptom(
        "lower-precision",
        "the loss is computed in a lower precision (`autocast`, bfloat16 or float16), and so is not exact; the exercise asks "
        "for plain float32.",
        is_less_exact,
    ),
    *(
        Symptom("code-changed", f"the code goes through {name} before it is decoded; hand it on as it is.", shows)
        for name, shows in (
            ("a sigmoid", lambda trainer: decodes(trainer, torch.sigmoid)),
            ("a tanh", lambda trainer: decodes(trainer, torch.tanh)),
            ("a ReLU", lambda trainer: decodes(trainer, torch.relu)),
        )
    ),
    Symptom(
        "code-changed",
        "the decoder gets something else than the code that the encoder gave: hand it on as it is.",
        decodes_otherwise,
    ),
    Symptom(
        "loss-drawn",
        "the loss is another at each call, for the same weights and images and the same latents: something in it is drawn. "
        "The exercise computes it exactly.",
        is_drawn,
    ),
]
"""For losses that no known mistake explains."""


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
        "`self.optimizer.step()` does not run: the gradients are there and nobody uses them.",
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
    rig, spec = trainer.rig, trainer.spec
    if largest_move(trainer) == 0:
        return explain_rest(trainer)
    if rate_changes(trainer.steps.calls):
        return RATE_CHANGES
    found = first_shown(OFTEN, trainer.steps)
    others = [*filter(None, (other_options(rig, each) for each in trainer.steps.made.optimisers))]
    if found[0] or (others and len(trainer.steps.made.optimisers) == 1):
        return found if found[0] else others[0]

    def by_recipe(recipe: StepRecipe) -> float:
        return weights_apart(trainer, replay(rig, BATCHES, spec.loss, recipe, trainer.sampling))

    def by_loss(loss: Loss) -> float:
        return weights_apart(trainer, replay(rig, BATCHES, loss, RIGHT_STEP, trainer.sampling))

    known = [*measured_clipping(trainer), *STEP_MISTAKES]
    chosen = diagnose_nearest(RIGHT_STEP, known, by_recipe, SAME_MOVES, most=1) or diagnose_nearest(
        spec.loss, DETACHED, by_loss, SAME_MOVES, most=1
    )
    if causes_of(chosen) == "gradients-not-zeroed" and train_makes_up(trainer):
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
    if chosen := diagnose_nearest(RIGHT_STEP, FEW_STEP_MISTAKES, by_recipe, SAME_MOVES, most=2):
        return causes_of(chosen), texts_of(chosen)
    return others[0] if others else first_shown(OTHERWISE, trainer)


def explain_rest(trainer: TrainerUnderTest) -> Cause:
    """The cause of weights that do not move at all. What training_step leaves out, train may do."""
    cause, text = first_shown(UNMOVED, trainer.steps.calls[0].events)
    if cause == "no-backward" and trainer.steps.made.learns_from:
        return (cause, "`self.learn_from(loss)` is not called: it goes backward, steps and zeroes the gradients.")
    if cause in ("no-backward", "optimiser-never-steps"):
        try:
            training = trainer.training
        except (CheckFailure, NotAttempted):
            return cause, text
        stepping = [OPTIMISER_STEPS.isdisjoint(call.events) for call in training.calls]
        if cause == "optimiser-never-steps" and False in stepping:
            return "gradients-accumulated", accumulation(stepping.index(False) + 1)
        if not OPTIMISER_STEPS.isdisjoint(training.outside.events):
            backward = Event.BACKWARD in training.outside.events
            missing = "goes backward and steps the optimiser" if backward else "steps the optimiser"
            return (
                "backward-in-train" if backward else "steps-in-train",
                f"train {missing}, which training_step is to do, so that each step is whole by itself.",
            )
    return cause, text


OFTEN = [
    Symptom(
        "second-optimiser",
        "two optimisers hold the same weights, and both step: one is enough.",
        lambda steps: (
            steps.calls[0].events.count(Event.STEP) > 1
            and len(held := [half for each in steps.made.optimisers for half in each.halves]) > len({*held})
        ),
    ),
    Symptom(*IN_PARTS, lambda steps: steps_in_parts(steps.calls)),
    Symptom(
        "several-updates",
        "training_step goes backward and steps several times on one batch; once is enough.",
        lambda steps: all(is_repeated(call.events) for call in steps.calls),
    ),
    Symptom(
        "step-before-backward",
        "`optimizer.step()` comes before `loss.backward()`: it uses the gradients of the step before, or none.",
        lambda steps: all(
            Event.BACKWARD in call.events
            and not OPTIMISER_STEPS.isdisjoint(call.events)
            and call.events.index(Event.BACKWARD)
            > min(call.events.index(each) for each in OPTIMISER_STEPS & {*call.events})
            for call in steps.calls
        ),
    ),
]
"""By the evidence of the steps: what happens too often, or in the wrong order."""


def is_repeated(events: Sequence[Event]) -> bool:
    """Whether a backward pass follows an optimiser step, and another step follows that."""
    order = [each for each in events if each in (Event.BACKWARD, Event.STEP)]
    return (
        order[:1] == [Event.BACKWARD] and order[-1:] == [Event.STEP] and (Event.STEP, Event.BACKWARD) in pairwise(order)
    )


def right_gradient(trainer: TrainerUnderTest) -> Tensor:
    """That of the first step's loss."""
    return next(replay(trainer.rig, BATCHES, trainer.spec.loss, sampling=trainer.sampling)).gradient


def measured_clipping(trainer: TrainerUnderTest) -> list[Mistake]:
    """Clipping at the norms that the gradient has which the first step used, where they are smaller than they should be."""
    seen, right = trainer.steps.calls[0].gradient, right_gradient(trainer)
    if seen is None or not float(seen.norm()) < 0.99999 * float(right.norm()):
        return []
    norm, largest = float(seen.norm()), float(seen.abs().max())
    each = f"each gradient is clipped to ±{largest:.3g}; the exercise takes them as they are."
    return table(
        "gradient",
        ("gradients-clipped", clipping(norm), clipped(norm)),
        ("gradients-clipped", each, lambda gradient: gradient.clamp(-largest, largest)),
        ("gradients-clipped", clipping(largest).replace("norm", "largest value"), clipped(largest, inf)),
    )


def has_penalty(trainer: TrainerUnderTest) -> bool:
    """Whether what is too much in the first gradient lies along the weights, or along their signs."""
    seen, weights = trainer.steps.calls[0].gradient, trainer.rig.flat_weights
    if seen is None:
        return False
    excess = seen - right_gradient(trainer)
    return any(abs(float(torch.cosine_similarity(excess, each, dim=0))) > 0.999 for each in (weights, weights.sign()))


def half_without_gradient(trainer: TrainerUnderTest, half: str) -> bool:
    seen = trainer.steps.calls[0].gradient
    return seen is not None and not any(bool(each.any()) for each in trainer.rig.unflatten(seen)[half].values())


def has_right_gradient(trainer: TrainerUnderTest) -> bool:
    seen, right = trainer.steps.calls[0].gradient, right_gradient(trainer)
    return seen is not None and float((seen - right).norm()) < 1e-3 * float(right.norm())


OTHERWISE = [
    Symptom(
        "step-skipped",
        "`optimizer.step()` does not run in every training step; each batch is one step.",
        lambda trainer: len({OPTIMISER_STEPS.isdisjoint(call.events) for call in trainer.steps.calls}) > 1,
    ),
    Symptom(
        "changes-weights-by-hand",
        "the weights are changed by hand; leave that to `self.optimizer.step()`.",
        lambda trainer: OPTIMISER_STEPS.isdisjoint(trainer.steps.calls[0].events),
    ),
    *(
        Symptom(
            "detached-loss",
            f"no gradient reaches the {half}: what it gives is cut off (`.detach()`, `torch.no_grad()`), or its weights are frozen.",
            lambda trainer, half=half: half_without_gradient(trainer, half),
        )
        for half in ("encoder", "decoder")
    ),
    Symptom("weight-penalty", "a penalty on the weights is in the gradients; the exercise has none.", has_penalty),
    Symptom(
        "other-update",
        "the gradients are those of the loss, but the weights do not move as by one Adam step: another optimiser, or "
        "weights that are changed before or after it.",
        has_right_gradient,
    ),
    Symptom(
        "other-gradient",
        "the gradients that the optimiser uses are not those of the loss that is returned: `backward()` runs on another "
        "loss, or they are changed before the step.",
        lambda trainer: trainer.steps.calls[0].gradient is not None,
    ),
]
"""For weights that no replay explains: what the steps show, the narrower first."""


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
    if optimiser.kind not in ("Adam", "AdamW"):
        return "wrong-optimiser", f"the optimiser is {article(optimiser.kind)}; take `torch.optim.Adam`."
    right = {"lr": rig.lr, "betas": rig.betas, "weight_decay": 0, "eps": 1e-8, "amsgrad": False, "maximize": False}
    causes = {"lr": "lr-ignored", "betas": "betas-ignored", "weight_decay": "weight-decay"}
    wrong = [name for name, value in right.items() if optimiser.options.get(name, value) != value]
    if not wrong:
        return None
    remarks = (f"{name} = {optimiser.options[name]} (it should be {right[name]})" for name in wrong)
    text = f"the optimiser has {' and '.join(remarks)}: use `args.lr` and `args.betas`, and else Adam's defaults."
    return "+".join(dict.fromkeys(causes.get(name, "wrong-optimiser") for name in wrong)), text
