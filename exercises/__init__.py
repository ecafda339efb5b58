"""What you write: one module a lesson, with the same public names as `solutions/`."""
