"""A learner's trainer under examination: what each of the two trainer exercises asks for."""

from __future__ import annotations

from checks.kl_mistakes import KL_MISTAKES
from checks.reconstruction_mistakes import RECONSTRUCTION_MISTAKES
from checks.trainer import LOGGED_BY_AUTOENCODER, LOGGED_BY_VAE, Lesson
from checks.training_wandb import WandbProbes

AUTOENCODER = Lesson("autoencoder", RECONSTRUCTION_MISTAKES, LOGGED_BY_AUTOENCODER, "Autoencoder")
VAE = Lesson("vae", [*KL_MISTAKES, *RECONSTRUCTION_MISTAKES], LOGGED_BY_VAE, "VAE")


class TrainerSubject(WandbProbes):
    """The trainer class under test, with one method for each thing that is looked at."""
