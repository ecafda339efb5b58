"""Lesson 7's two exercises: both models for larger images in colour."""

from functools import partial

from checks.models.autoencoder import Model
from checks.models.reference import FACES
from checks.models.spec import ModelSpec, autoencoder_halves, vae_halves
from checks.models.vae import VAEModel

face_autoencoder = partial(ModelSpec, FACES, autoencoder_halves(FACES), Model, asked="FaceAutoencoder")
face_vae = partial(ModelSpec, FACES, vae_halves(FACES), VAEModel, asked="FaceVAE")
