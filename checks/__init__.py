"""How a check works: evidence from the learner's code, judged by code that never runs it.

Five layers, of which each imports only from those above it here (a test of the suite says so):

- `core`: how any check runs; knows no exercise, no model, no trainer.
- `models`: an nn.Module under test.
- `functions`: a function under test.
- `trainers`: a trainer under test.
- `exercises`: what each exercise asks for, and the mistakes that are known of it.
"""
