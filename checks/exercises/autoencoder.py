"""Lesson 1's two exercises: the autoencoder and its trainer."""

from functools import partial

from checks.models.autoencoder import Model
from checks.models.reference import DIGITS
from checks.models.spec import ModelSpec, autoencoder_halves
from checks.trainers.check import trainer
from checks.trainers.losses import RECONSTRUCTION_MISTAKES
from checks.trainers.trainer import TrainerSpec

autoencoder = partial(ModelSpec, DIGITS, autoencoder_halves(DIGITS), Model, asked="Autoencoder")
autoencoder_trainer = trainer(TrainerSpec("AutoencoderTrainer", "Autoencoder", RECONSTRUCTION_MISTAKES))
