"""What a trainer exercise asks for, and the check that is made of it."""

from __future__ import annotations

from collections.abc import Callable

from checks.core.require import require_class
from checks.core.run import CheckRun
from checks.trainers.kl_mistakes import KL_MISTAKES
from checks.trainers.operations import warm_up
from checks.trainers.reconstruction_mistakes import RECONSTRUCTION_MISTAKES
from checks.trainers.trainer import LOGGED_BY_AUTOENCODER, LOGGED_BY_VAE, TrainerSpec
from checks.trainers.wandb_probes import WandbProbes

AUTOENCODER = TrainerSpec(
    "AutoencoderTrainer", "autoencoder", RECONSTRUCTION_MISTAKES, LOGGED_BY_AUTOENCODER, "Autoencoder"
)
VAE = TrainerSpec("VAETrainer", "vae", [*KL_MISTAKES, *RECONSTRUCTION_MISTAKES], LOGGED_BY_VAE, "VAE")


class TrainerCheck(WandbProbes):
    """The trainer class under test, with one method for each thing that is looked at."""


def trainer(spec: TrainerSpec, kind: type[TrainerCheck] = TrainerCheck) -> Callable[[CheckRun], TrainerCheck]:
    """What a check's specification works with: the trainer of the spec's name, alone or inside a module."""

    def subject(run: CheckRun) -> TrainerCheck:
        require_class(run, spec.name)
        run.runner.run_operation(warm_up)
        return kind(run, spec)

    return subject
