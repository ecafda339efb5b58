"""What an exercise asks of a model: its images, and its halves with their equally good ways and known mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from checks.core.require import require_module_class
from checks.core.run import CheckRun
from checks.models.autoencoder import Model
from checks.models.layers import Half, make
from checks.models.mistakes import decoder_mistakes, encoder_mistakes, vae_encoder_mistakes
from checks.models.reference import HEADS, Images, autoencoder_encoder, decoder, flattenings, unflattenings, vae_encoder


@dataclass
class ModelSpec:
    """The class under test, called `asked` in the exercise. Calling it makes a model of these sizes: the subject, of the
    class `model`, whose probes tests.py calls. Raises CheckFailure where no model comes out."""

    made_for: Images
    halves: dict[str, Half]
    model: type[Model]
    run: CheckRun
    asked: str

    def __call__(self, latent_dim_size: int, hidden_dim_size: int) -> Model:
        run = self.run
        require_module_class(run, self.asked)
        name = run.target.name
        made = make(run, name, self.made_for, latent_dim_size, hidden_dim_size)
        return self.model(run, self.made_for, self.halves, name, latent_dim_size, hidden_dim_size, made)


def autoencoder_halves(images: Images) -> dict[str, Half]:
    network = partial(autoencoder_encoder, images)
    return {"encoder": Half(network, [flattenings(images)], encoder_mistakes(images)), "decoder": decoder_half(images)}


def vae_halves(images: Images) -> dict[str, Half]:
    network = partial(vae_encoder, images)
    return {
        "encoder": Half(network, [flattenings(images), HEADS], vae_encoder_mistakes(images)),
        "decoder": decoder_half(images),
    }


def decoder_half(images: Images) -> Half:
    return Half(partial(decoder, images), [unflattenings(images)], decoder_mistakes(images))
