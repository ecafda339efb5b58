"""What each exercise examines: which halves, with which equally good ways and known mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from checks.core.run import CheckRun
from checks.core.runner import build, look_at
from checks.functions.operations import take
from checks.models.autoencoder import Model
from checks.models.head_mistakes import vae_encoder_mistakes
from checks.models.layers import Half
from checks.models.mistakes import decoder_mistakes, encoder_mistakes
from checks.models.reference import (
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
from checks.models.vae import VAEModel
from checks.trainers import specs as training
from checks.trainers.specs import TrainerCheck


@dataclass
class ModelSpec:
    """The class under test. Calling it makes a model of these sizes and looks at what came out."""

    made_for: Images
    halves: dict[str, Half]
    model: type[Model]
    run: CheckRun
    asked: str

    def __call__(self, latent_dim_size: int, hidden_dim_size: int) -> Model:
        run = self.run
        one = len(run.exercise.names) == 1
        run.target = run.observe(
            look_at if one else take, "looking at the class", **({} if one else {"name": self.asked})
        )
        self.is_a_module()
        name = run.target.name
        made = run.observe(
            build,
            f"{name}(latent_dim_size={latent_dim_size}, hidden_dim_size={hidden_dim_size})",
            sizes={"latent_dim_size": latent_dim_size, "hidden_dim_size": hidden_dim_size},
            images=self.made_for.shape(2),
        )
        return self.model(run, self.made_for, self.halves, name, latent_dim_size, hidden_dim_size, made)

    def is_a_module(self) -> None:
        target, run = self.run.target, self.run
        run.probe = "is_a_module"
        if target.kind == "class" and target.is_module:
            return
        if target.kind == "class":
            run.fail(
                f"{target.name} is a class, but not a module: write `class {self.asked}(nn.Module):`, so that torch finds "
                "its layers and weights.",
                cause="not-a-module",
                where=run.where("__init__"),
            )
        if target.kind == "instance":
            run.fail(
                f"this is a model made from a class, not the class: hand over `{self.asked}`, without brackets behind it.",
                cause="instance-instead-of-class",
            )
        run.fail(f"this is a {target.kind} where the class `{self.asked}` should be.", cause="not-a-class")


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


autoencoder = partial(ModelSpec, DIGITS, autoencoder_halves(DIGITS), Model, asked="Autoencoder")
vae = partial(ModelSpec, DIGITS, vae_halves(DIGITS), VAEModel, asked="VAE")
face_autoencoder = partial(ModelSpec, FACES, autoencoder_halves(FACES), Model, asked="FaceAutoencoder")
face_vae = partial(ModelSpec, FACES, vae_halves(FACES), VAEModel, asked="FaceVAE")


def autoencoder_trainer(run: CheckRun) -> TrainerCheck:
    return TrainerCheck(run, training.AUTOENCODER)


def vae_trainer(run: CheckRun) -> TrainerCheck:
    return TrainerCheck(run, training.VAE)
