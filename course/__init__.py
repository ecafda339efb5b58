"""The course's own library: what `utils.py` offers, and what lessons and checks lean on.

`catalogue` is the one table of exercises. The rooms, of which each imports from those above it alone:

    settings   what this machine and its user decide: the device, memory, short trainings, Colab, W&B
    learner    their files read afresh, the results of their checks, the board, an interruption told in a line
    data       images: where they come from, and how they become batches
    figures    what is drawn: images, latent spaces, a training while it runs; `lessons/` holds one figure a file
    given      what a lesson is given beside its exercises: models, measures, trainings
    explorer   the page in which one takes hold of a latent space; the only room that knows the checks
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""
