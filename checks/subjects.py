"""What each exercise examines: which halves, with which equally good ways and known mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from checks import training
from checks.exam import Exam
from checks.hands import build, look_at
from checks.layers import Half
from checks.model import Model
from checks.model_mistakes import vae_encoder_mistakes
from checks.network_mistakes import decoder_mistakes, encoder_mistakes
from checks.networks import (
    DIGITS,
    FACES,
    HEADS,
    Images,
    autoencoder_encoder,
    decoder,
    flattenings,
    unflattenings,
    vae_encoder,
)
from checks.parts_hands import take
from checks.training import TrainerSubject
from checks.vae_model import VAEModel


@dataclass
class Subject:
    """The class under test. Calling it makes a model of these sizes and looks at what came out."""

    made_for: Images
    halves: dict[str, Half]
    model: type[Model]
    current: Exam
    asked: str

    def __call__(self, latent_dim_size: int, hidden_dim_size: int) -> Model:
        exam = self.current
        one = len(exam.exercise.names) == 1
        exam.target = exam.ask(
            look_at if one else take, "looking at the class", **({} if one else {"name": self.asked})
        )
        self.is_a_module()
        name = exam.target.name
        made = exam.ask(
            build,
            f"{name}(latent_dim_size={latent_dim_size}, hidden_dim_size={hidden_dim_size})",
            sizes={"latent_dim_size": latent_dim_size, "hidden_dim_size": hidden_dim_size},
            images=self.made_for.shape(2),
        )
        return self.model(exam, self.made_for, self.halves, name, latent_dim_size, hidden_dim_size, made)

    def is_a_module(self) -> None:
        target, exam = self.current.target, self.current
        exam.probe = "is_a_module"
        if target.kind == "class" and target.is_module:
            return
        if target.kind == "class":
            exam.fail(
                f"{target.name} is a class, but not a module: write `class {self.asked}(nn.Module):`, so that torch finds "
                "its layers and weights.",
                cause="not-a-module",
                where=exam.where("__init__"),
            )
        if target.kind == "instance":
            exam.fail(
                f"this is a model made from a class, not the class: hand over `{self.asked}`, without brackets behind it.",
                cause="instance-instead-of-class",
            )
        exam.fail(f"this is a {target.kind} where the class `{self.asked}` should be.", cause="not-a-class")


def autoencoder_halves(images: Images) -> dict[str, Half]:
    network = partial(autoencoder_encoder, images)
    return {
        "encoder": Half(network, [flattenings(images)], encoder_mistakes(images)),
        "decoder": decoder_half(images),
    }


def vae_halves(images: Images) -> dict[str, Half]:
    network = partial(vae_encoder, images)
    return {
        "encoder": Half(network, [flattenings(images), HEADS], vae_encoder_mistakes(images)),
        "decoder": decoder_half(images),
    }


def decoder_half(images: Images) -> Half:
    return Half(partial(decoder, images), [unflattenings(images)], decoder_mistakes(images))


autoencoder = partial(Subject, DIGITS, autoencoder_halves(DIGITS), Model, asked="Autoencoder")
vae = partial(Subject, DIGITS, vae_halves(DIGITS), VAEModel, asked="VAE")
face_autoencoder = partial(Subject, FACES, autoencoder_halves(FACES), Model, asked="FaceAutoencoder")
face_vae = partial(Subject, FACES, vae_halves(FACES), VAEModel, asked="FaceVAE")


def autoencoder_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.AUTOENCODER)


def vae_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.VAE)
