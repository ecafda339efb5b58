"""Lesson 1's two exercises: the autoencoder and its trainer."""

from functools import partial

from checks.models.autoencoder import Model
from checks.models.reference import DIGITS
from checks.models.spec import ModelSpec, autoencoder_halves
from checks.trainers.specs import AUTOENCODER, trainer

autoencoder = partial(ModelSpec, DIGITS, autoencoder_halves(DIGITS), Model, asked="Autoencoder")
autoencoder_trainer = trainer(AUTOENCODER)
