"""The reference answers, one module a lesson, with the same public names as `exercises/`."""
