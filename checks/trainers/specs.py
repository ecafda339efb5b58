"""A learner's trainer under examination: what each of the two trainer exercises asks for."""

from __future__ import annotations

from checks.trainers.kl_mistakes import KL_MISTAKES
from checks.trainers.reconstruction_mistakes import RECONSTRUCTION_MISTAKES
from checks.trainers.trainer import LOGGED_BY_AUTOENCODER, LOGGED_BY_VAE, TrainerSpec
from checks.trainers.wandb_probes import WandbProbes

AUTOENCODER = TrainerSpec("autoencoder", RECONSTRUCTION_MISTAKES, LOGGED_BY_AUTOENCODER, "Autoencoder")
VAE = TrainerSpec("vae", [*KL_MISTAKES, *RECONSTRUCTION_MISTAKES], LOGGED_BY_VAE, "VAE")


class TrainerCheck(WandbProbes):
    """The trainer class under test, with one method for each thing that is looked at."""
