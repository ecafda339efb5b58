"""Bonus 9's first exercise: the trainer of a denoising autoencoder, whose model gets noisy images.

Is the noise normal, of the right size and new each time? It is judged by its statistics. A wrong one is named by
drawing it again: torch's seed is set before each training step, so a known mistake must give exactly the images that
went into the encoder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor

from checks.core.compare import same
from checks.core.mistakes import Cause, causes_of, diagnose, first_shown, table, texts_of
from checks.core.run import probe
from checks.exercises.regularised.noise import WRONG_NOISES, Corruptions
from checks.trainers.check import TrainerCheck, trainer
from checks.trainers.evidence import Steps
from checks.trainers.exceptions import TRAINER_ERRORS
from checks.trainers.losses import RECONSTRUCTION_MISTAKES, RIGHT_LOSS, value_of
from checks.trainers.operations import take_steps
from checks.trainers.optimiser import outputs
from checks.trainers.rig import IMAGES, TrainerRig
from checks.trainers.sampling import Sampling
from checks.trainers.step import takes_the_images
from checks.trainers.trainer import BATCHES, ROUNDING, TrainerSpec

Shape = tuple[int, ...]


def randn(shape: Shape, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


def rand(shape: Shape, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator)


@dataclass(frozen=True)
class Corruption:
    """noisy = finish(combine(x, scale(std) · draw)), in steps that can each go wrong by themselves."""

    draw: Callable[[Shape, torch.Generator], Tensor] = randn
    scale: Callable[[float], float] = lambda std: std
    combine: Callable[[Tensor, Tensor], Tensor] = lambda x, noise: x + noise
    finish: Callable[[Tensor], Tensor] = lambda noisy: noisy

    def __call__(self, rig: TrainerRig, rows: list[int]) -> Tensor:
        """What enters the encoder, (b, 1, 28, 28), for these images of the rig."""
        x = rig.images[rows]
        noise = self.scale(rig.noise_std) * self.draw(tuple(x.shape), rig.random_numbers(rows))
        return self.finish(self.combine(x, noise))


AFRESH = "draw it in the shape of the images, `torch.randn_like(img)`"

NOISE_MISTAKES = [
    *table(
        "draw",
        ("uniform-noise", f"the noise is uniform between 0 and 1 (`rand`), so it only ever brightens; {AFRESH}.", rand),
        (
            "uniform-noise",
            f"the noise is uniform between −1 and 1, not normal; {AFRESH}.",
            lambda shape, generator: 2 * rand(shape, generator) - 1,
        ),
        (
            "uniform-noise",
            f"the noise is uniform between −½ and ½, not normal; {AFRESH}.",
            lambda shape, generator: rand(shape, generator) - 0.5,
        ),
        (
            "noise-shared-across-batch",
            f"all images of a batch get the same noise; {AFRESH}.",
            lambda shape, generator: randn(shape[1:], generator),
        ),
        (
            "one-number-per-image",
            f"one number is drawn for each image, which only brightens or darkens it; {AFRESH}.",
            lambda shape, generator: randn((shape[0], 1, 1, 1), generator),
        ),
        (
            "one-noise-for-all",
            f"one number is drawn for the whole batch; {AFRESH}.",
            lambda shape, generator: randn((), generator),
        ),
        (
            "folded-noise",
            "the noise is never negative (an `abs`); a normal number is, half of the time.",
            lambda shape, generator: randn(shape, generator).abs(),
        ),
    ),
    *table(
        "scale",
        (
            "variance-for-std",
            "the noise is multiplied by noise_std², which is the variance; multiply by noise_std.",
            lambda std: std**2,
        ),
        (
            "root-of-std",
            "the noise is multiplied by the root of noise_std, as if that were a variance; multiply by noise_std.",
            lambda std: std**0.5,
        ),
        ("std-ignored", "noise_std is not used: the noise has a spread of 1.", lambda std: 1.0),
        *(
            (
                "std-fixed",
                f"the noise has a fixed spread of {fixed}: use `self.args.noise_std`.",
                lambda std, fixed=fixed: fixed,
            )
            for fixed in (0.1, 0.2, 0.25, 0.3, 0.5, 2.0)
        ),
        ("std-divides", "the noise is divided by noise_std; multiply.", lambda std: 1 / std),
        ("std-halved", "the noise is multiplied by half of noise_std.", lambda std: std / 2),
    ),
    *table(
        "combine",
        ("noise-multiplied", "the image is multiplied by the noise; add it.", lambda x, noise: x * noise),
        (
            "noise-multiplied",
            "the noise is multiplied by the image, so that grey pixels get none; add the noise itself.",
            lambda x, noise: x + x * noise,
        ),
        ("image-missing", "the encoder gets the noise alone; add the image.", lambda x, noise: noise.expand_as(x)),
    ),
    *table(
        "finish",
        (
            "noisy-clamped",
            "the noisy image is clamped to 0 … 1; normalised pixels go beyond both.",
            lambda noisy: noisy.clamp(0, 1),
        ),
        (
            "noisy-clamped",
            "the noisy image is clamped to −1 … 1; normalised pixels go beyond both.",
            lambda noisy: noisy.clamp(-1, 1),
        ),
        (
            "noisy-clamped",
            "the noisy image is clamped to the range of the digits' pixels; leave the noise as it is.",
            lambda noisy: noisy.clamp(-0.1307 / 0.3081, (1 - 0.1307) / 0.3081),
        ),
        (
            "normalised-again",
            "the noisy image is normalised once more; it comes normalised.",
            lambda noisy: (noisy - 0.1307) / 0.3081,
        ),
    ),
]

RIGHT_NOISE = Corruption()

NOISE_ELSEWHERE = table(
    "inputs",
    (
        "noise-on-the-target",
        "the noise is on the target; swap the two: noisy image in, clean one out.",
        lambda out: {**out, "x": out["x"] + out["noise"]},
    ),
    (
        "noise-on-the-reconstruction",
        "the noise is on the reconstruction; add it to the image.",
        lambda out: {**out, "reconstruction": out["reconstruction"] + out["noise"]},
    ),
)
"""For an encoder that gets the clean images."""

LOSS_MISTAKES = [
    *table(
        "inputs",
        (
            "noisy-target",
            "the reconstruction is compared with the *noisy* image; the target is the clean one. Mind that `img += …` "
            "changes img itself.",
            lambda out: {**out, "x": out["seen"]},
        ),
        (
            "noise-for-target",
            "the reconstruction is compared with the noise; the target is the clean image.",
            lambda out: {**out, "x": out["seen"] - out["x"]},
        ),
    ),
    *RECONSTRUCTION_MISTAKES,
]


FIRST = {rows[0] for rows in BATCHES}
LARGER = [[(first + number) % IMAGES for number in range(IMAGES)] for first in range(IMAGES) if first not in FIRST]
"""All images, each time from another one on: torch's seed hangs on the first."""


def entered(steps: Steps, clean: list[Tensor]) -> list[Tensor]:
    """What entered the encoder in each step; where several things did, the first that was not clean."""
    return [next(iter(call.altered), image) for call, image in zip(steps.calls, clean, strict=True)]


class DenoisingCheck(TrainerCheck):
    """The trainer whose model gets other images than those that it is to rebuild."""

    @probe
    def shows_noisy_images(self) -> None:
        """What enters the encoder is img + noise_std · eps, eps normal and new for each pixel, image and step."""
        clean, noisy = self.clean, self.noisy
        if not any(call.passes for call in self.steps.calls):
            takes_the_images(self)
        if all(torch.equal(before, after) for before, after in zip(clean, noisy, strict=True)):
            self.fail("training_step", "the encoder gets the clean images.", *self.where_the_noise_went())
        if any(before.shape != after.shape for before, after in zip(clean, noisy, strict=True)):
            self.fail(
                "training_step",
                f"of {len(clean[0])} images handed to training_step the model got {len(noisy[0])}.",
                "batch-cut",
                "make one noisy image of each: `torch.randn_like(img)` has img's shape.",
            )
        seen = self.corruptions
        if seen.misfit <= 1:
            return
        mistakes = diagnose(RIGHT_NOISE, NOISE_MISTAKES, self.gives_what_came)
        cause, text = (causes_of(mistakes), texts_of(mistakes)) if mistakes else first_shown(WRONG_NOISES, seen)
        noise, std = seen.noise, self.rig.noise_std
        self.fail(
            "training_step",
            "what enters the encoder is not the image plus normal noise, independent for each pixel, image and step.",
            cause,
            text,
            numbers={"mean": float(noise.mean()), "spread": float(noise.std()), "expected spread": std},
            tried=f"{len(seen.clean)} steps with args.noise_std = {std}",
            came_out=f"noise of mean {float(noise.mean()):.3f} and spread {float(noise.std()):.3f}",
            expected=f"noise of mean 0 and spread {std}",
        )

    def where_the_noise_went(self) -> Cause:
        """Cause and text for clean images in the encoder: was the noise added elsewhere?"""
        rig, call = self.rig, self.steps.calls[0]
        out = outputs(rig, rig.flat_weights, BATCHES[0])
        if call.latents and not same(call.latents[0], out["code"]):
            return (
                "noise-on-the-code",
                "the noise is on the code, between encoder and decoder; it belongs on the image.",
            )
        out["noise"] = RIGHT_NOISE(rig, BATCHES[0]) - out["x"]
        chosen = diagnose(
            RIGHT_LOSS,
            NOISE_ELSEWHERE,
            lambda loss: isinstance(call.loss, Tensor) and same(call.loss, value_of(loss, out, rig.weight), ROUNDING),
            most=1,
        )
        if chosen:
            return causes_of(chosen), texts_of(chosen)
        return "no-noise", "the model gets the images as they came: hand it the noisy ones, `self.model(noisy)`."

    def gives_what_came(self, corruption: Corruption) -> bool:
        """Whether this is what went into the encoder, in each of the steps that all trainers are tried on."""
        return all(same(noisy, corruption(self.rig, rows)) for noisy, rows in zip(self.noisy, BATCHES, strict=True))

    @cached_property
    def corruptions(self) -> Corruptions:
        """The images of such steps, and of more of them: batches of one size, so that noise that is kept is seen, and far
        apart, so that noise that fades is."""
        batches = BATCHES + LARGER
        tried = (
            f"{self.run.target.name}(args), and training_step(img) on images of shape ({IMAGES}, 1, 28, 28) and others,"
        )
        steps = self.run.observe(take_steps, tried, TRAINER_ERRORS, rig=asdict(self.rig), batches=batches, apart=250)
        clean = [self.rig.images[rows] for rows in batches]
        return Corruptions(clean, entered(steps, clean), self.rig.noise_std)

    @cached_property
    def clean(self) -> list[Tensor]:
        return [self.rig.images[rows] for rows in BATCHES]

    @cached_property
    def noisy(self) -> list[Tensor]:
        """What entered the encoder in each step; where several things did, the first that was not clean."""
        return entered(self.steps, self.clean)

    @cached_property
    def sampling(self) -> Sampling:
        """A replay hands the encoder what the learner's step did."""
        fitting = {
            tuple(rows): noisy for rows, noisy in zip(BATCHES, self.noisy, strict=True) if len(noisy) == len(rows)
        }
        return Sampling(images=lambda rig, rows: fitting.get(tuple(rows), rig.images[rows]))


DENOISING_RIG = TrainerRig("DenoisingArgs")

denoising_trainer = trainer(
    TrainerSpec("DenoisingTrainer", "Autoencoder", LOSS_MISTAKES, rig=DENOISING_RIG, changes_images=True),
    DenoisingCheck,
)
