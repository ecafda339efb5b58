"""What each exercise examines: which halves, with which equally good ways and known mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from checks import training
from checks.exam import Exam
from checks.layers import Half
from checks.model import Model
from checks.model_mistakes import VAE_ENCODER_MISTAKES
from checks.network_mistakes import DECODER_MISTAKES, ENCODER_MISTAKES
from checks.networks import AUTOENCODER, FLATTENINGS, HEADS, UNFLATTENINGS, VAE
from checks.training import TrainerSubject
from checks.vae_model import VAEModel


@dataclass
class Subject:
    """The class under test. Calling it makes a model of these sizes and looks at what came out."""

    halves: dict[str, Half]
    model: type[Model]
    current: Exam

    def __call__(self, latent_dim_size: int, hidden_dim_size: int) -> Model:
        exam = self.current
        if exam.target is None:
            exam.target = exam.ask("look_at", "looking at the class")
        self.is_a_module()
        name = exam.target.name
        made = exam.ask(
            "build",
            f"{name}(latent_dim_size={latent_dim_size}, hidden_dim_size={hidden_dim_size})",
            sizes={"latent_dim_size": latent_dim_size, "hidden_dim_size": hidden_dim_size},
        )
        return self.model(exam, self.halves, name, latent_dim_size, hidden_dim_size, made)

    def is_a_module(self) -> None:
        target, exam = self.current.target, self.current
        exam.probe = "is_a_module"
        asked = exam.exercise.names[0]
        if target.kind == "class" and target.is_module:
            return
        if target.kind == "class":
            exam.fail(
                f"{target.name} is a class, but not a module: write `class {asked}(nn.Module):`, so that torch finds "
                "its layers and weights.",
                cause="not-a-module",
                where=exam.where("__init__"),
            )
        if target.kind == "instance":
            exam.fail(
                f"this is a model made from a class, not the class: hand over `{asked}`, without brackets behind it.",
                cause="instance-instead-of-class",
            )
        exam.fail(f"this is a {target.kind} where the class `{asked}` should be.", cause="not-a-class")


DECODER = Half(AUTOENCODER.decoder, [UNFLATTENINGS], DECODER_MISTAKES)
AUTOENCODER_HALVES = {
    "encoder": Half(AUTOENCODER.encoder, [FLATTENINGS], ENCODER_MISTAKES),
    "decoder": DECODER,
}
VAE_HALVES = {"encoder": Half(VAE.encoder, [FLATTENINGS, HEADS], VAE_ENCODER_MISTAKES), "decoder": DECODER}

autoencoder = partial(Subject, AUTOENCODER_HALVES, Model)
vae = partial(Subject, VAE_HALVES, VAEModel)


def autoencoder_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.AUTOENCODER)


def vae_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.VAE)
