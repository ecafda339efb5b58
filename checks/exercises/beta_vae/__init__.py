"""The exercise beta_vae."""
