"""The denoising and the sparse trainer under examination: the autoencoder's, with another training step."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from checks.core.run import probe
from checks.trainers.losses import RIGHT
from checks.core.mistakes import causes_of, texts_of
from checks.trainers.optimiser import outputs
from checks.exercises.regularised.losses import DENOISING_MISTAKES, SPARSE_MISTAKES, SparseLoss
from checks.exercises.regularised.noise import RIGHT as RIGHT_NOISE
from checks.exercises.regularised.noise import is_proper, is_repeated, known_corruption
from checks.trainers.sampling import Sampling
from checks.trainers.trainer import BATCHES, TrainerSpec, nearly, value_of
from checks.trainers.specs import TrainerCheck, trainer

DENOISING = TrainerSpec("DenoisingTrainer", "denoising", DENOISING_MISTAKES, {"loss": RIGHT}, "Autoencoder")
SPARSE = TrainerSpec(
    "SparseTrainer", "sparse", SPARSE_MISTAKES, {"loss": SparseLoss()}, "Autoencoder", right=SparseLoss()
)


class DenoisingCheck(TrainerCheck):
    """The trainer whose model gets other images than those that it is to rebuild."""

    @probe
    def shows_noisy_images(self) -> None:
        """What enters the encoder is img + noise_std · eps, eps normal and new for each pixel, image and step."""
        clean, noisy = self.clean, self.noisy
        if not any(call.passes for call in self.steps.calls):
            super().takes_the_images()
        if all(torch.equal(before, after) for before, after in zip(clean, noisy, strict=True)):
            self.fail("training_step", "the encoder gets the clean images.", *self.where_the_noise_went())
        if any(before.shape != after.shape for before, after in zip(clean, noisy, strict=True)):
            self.fail(
                "training_step",
                f"of {len(clean[0])} images handed to training_step the model got {len(noisy[0])}.",
                "batch-cut",
                "make one noisy image of each: `torch.randn_like(img)` has img's shape.",
            )
        if is_proper(noisy, clean, self.rig.noise_std):
            return
        mistakes = known_corruption(self.rig, BATCHES[0], noisy[0])
        cause, text = causes_of(mistakes), texts_of(mistakes)
        if not mistakes and is_repeated(noisy, clean):
            cause, text = (
                "noise-drawn-once",
                "the same noise is used in every step: draw it inside training_step, and set no seed there.",
            )
        noise = torch.cat(noisy) - torch.cat(clean)
        std = self.rig.noise_std
        self.fail(
            "training_step",
            "what enters the encoder is not the image plus normal noise, independent for each pixel, image and step.",
            cause,
            text,
            numbers={"mean": float(noise.mean()), "spread": float(noise.std()), "expected spread": std},
            tried=f"{len(BATCHES)} steps with args.noise_std = {std}",
            came_out=f"noise of mean {float(noise.mean()):.3f} and spread {float(noise.std()):.3f}",
            expected=f"noise of mean 0 and spread {std}",
        )

    def where_the_noise_went(self) -> tuple[str, str]:
        """Cause and text for clean images in the encoder: was the noise added elsewhere?"""
        rig, call = self.rig, self.steps.calls[0]
        out = outputs(rig, rig.flat_weights, BATCHES[0])
        if call.latents and not torch.allclose(call.latents[0], out["code"], atol=1e-4):
            return (
                "noise-on-the-code",
                "the noise is on the code, between encoder and decoder; it belongs on the image.",
            )
        noise = RIGHT_NOISE(rig, BATCHES[0]) - out["x"]
        elsewhere = {
            "noise-on-the-target": ("x", "the noise is on the target; swap the two: noisy image in, clean one out."),
            "noise-on-the-reconstruction": ("reconstruction", "the noise is on the reconstruction; add it to the image."),
        }  # fmt: skip
        for cause, (name, text) in elsewhere.items():
            loss = value_of(RIGHT, {**out, name: out[name] + noise}, 0.0)
            if isinstance(call.loss, Tensor) and call.loss.dim() == 0 and nearly(float(call.loss), loss):
                return cause, text
        return (
            "no-noise",
            "hand the noisy images to the model: `self.model(noisy)`, not `self.model(img)`.",
        )

    def takes_the_images(self) -> None:
        """`shows_noisy_images` has looked at them."""

    @cached_property
    def clean(self) -> list[Tensor]:
        return [self.rig.images[rows] for rows in BATCHES]

    @cached_property
    def noisy(self) -> list[Tensor]:
        """What entered the encoder in each step; where several things did, the first that was not clean."""
        calls = self.steps.calls
        return [next(iter(call.altered), clean) for call, clean in zip(calls, self.clean, strict=True)]

    @cached_property
    def sampling(self) -> Sampling:
        """A replay hands the encoder what the learner's did."""
        fitting = {
            tuple(rows): noisy
            for rows, noisy in zip(BATCHES, self.noisy, strict=True)
            if len(noisy) == len(rows)
        }
        return Sampling(images=lambda rig, rows: fitting.get(tuple(rows), rig.images[rows]))


denoising_trainer = trainer(DENOISING, DenoisingCheck)
sparse_trainer = trainer(SPARSE)
