"""The exercise latent_pca."""
