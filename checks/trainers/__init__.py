"""A trainer under test: its steps, its loop, what it tells W&B."""
