"""The exercise regularised_autoencoders."""
