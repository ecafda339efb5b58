"""The one table of exercises, and the error that an unwritten one raises."""

from dataclasses import dataclass


class NotWritten(NotImplementedError):
    """Raised by the stubs in `exercises/`: this part is still yours to write."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: what to write, where, and what it asks of the learner.

    `names` are the public names in `exercises/<module>.py`; the first of them is what `tests.test_<id>`
    takes first. `difficulty` and `importance` go from 1 to 5, `minutes` is a range such as "15–30".
    """

    id: str
    names: tuple[str, ...]
    module: str
    notebook: str
    difficulty: str
    importance: str
    minutes: str


EXERCISES = (
    Exercise("autoencoder", ("Autoencoder",), "autoencoder", "01_autoencoders", "3", "4", "15–30"),
    Exercise(
        "autoencoder_trainer", ("AutoencoderTrainer",), "autoencoder", "01_autoencoders", "4", "4", "20–35"
    ),
    Exercise("vae", ("VAE",), "vae", "02_variational_autoencoders", "3", "4", "15–25"),
    Exercise("vae_trainer", ("VAETrainer",), "vae", "02_variational_autoencoders", "3", "3", "15–30"),
)


def exercise_named(exercise_id: str) -> Exercise:
    """Raises KeyError for an unknown id."""
    return {exercise.id: exercise for exercise in EXERCISES}[exercise_id]
