"""Lesson 2's two exercises: the VAE and its trainer."""

from functools import partial

from checks.models.reference import DIGITS
from checks.models.spec import ModelSpec, vae_halves
from checks.models.vae import VAEModel
from checks.trainers.specs import VAE, trainer

vae = partial(ModelSpec, DIGITS, vae_halves(DIGITS), VAEModel, asked="VAE")
vae_trainer = trainer(VAE)
