"""Which architecture, and which mistakes, belong to which exercise."""

from functools import partial

from checks import networks, training
from checks.exam import Exam
from checks.model import Model, Subject, Ways
from checks.training import TrainerSubject
from checks.vae_model import VAEModel


def model_subject(
    architecture: networks.Architecture, ways: Ways, model: type[Model], current: Exam
) -> Subject:
    return Subject(current, architecture, ways, model)


autoencoder = partial(
    model_subject,
    networks.AUTOENCODER,
    Ways(
        [networks.FLATTENINGS], [networks.UNFLATTENINGS], networks.ENCODER_MISTAKES, networks.DECODER_MISTAKES
    ),
    Model,
)
vae = partial(
    model_subject,
    networks.VAE,
    Ways(
        [networks.FLATTENINGS, networks.HEADS],
        [networks.UNFLATTENINGS],
        networks.VAE_ENCODER_MISTAKES,
        networks.DECODER_MISTAKES,
    ),
    VAEModel,
)


def autoencoder_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.AUTOENCODER)


def vae_trainer(current: Exam) -> TrainerSubject:
    return TrainerSubject(current, training.VAE)
