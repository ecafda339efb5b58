"""The exercise hierarchical_vae."""
