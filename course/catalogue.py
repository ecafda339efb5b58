"""The one table of exercises, and the error that an unwritten one raises."""

from dataclasses import dataclass


class NotWritten(NotImplementedError):
    """Raised by the stubs in `exercises/`: this part is still yours to write."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the exercise, the part, and the file."""
        return [f"○ {self}."]


@dataclass(frozen=True)
class Exercise:
    """One exercise: what to write, where, and what it asks of the learner.

    `names` are the public names in `exercises/<module>.py`. `difficulty` and `importance` go from 1 to 5,
    `minutes` is a range such as "15–30".
    """

    id: str
    names: tuple[str, ...]
    module: str
    notebook: str
    difficulty: str
    importance: str
    minutes: str

    @property
    def target(self) -> str:
        """What `tests.test_<id>` takes: the one name, or "" for the whole module where there are several."""
        return self.names[0] if len(self.names) == 1 else ""


EXERCISES = (
    Exercise("autoencoder", ("Autoencoder",), "autoencoder", "01_autoencoders", "3", "4", "15–30"),
    Exercise("autoencoder_trainer", ("AutoencoderTrainer",), "autoencoder", "01_autoencoders", "4", "4", "20–35"),
    Exercise("vae", ("VAE",), "vae", "02_variational_autoencoders", "3", "4", "15–25"),
    Exercise("vae_trainer", ("VAETrainer",), "vae", "02_variational_autoencoders", "3", "3", "15–30"),
    Exercise(
        "transposed_conv",
        (
            "conv_transpose1d_minimal",
            "fractional_stride_1d",
            "conv_transpose1d",
            "fractional_stride_2d",
            "conv_transpose2d",
            "ConvTranspose2d",
        ),
        "transposed_conv",
        "04_transposed_convolution",
        "4–5",
        "2",
        "60–90",
    ),
    Exercise("latent_pca", ("get_pca_components",), "latent_pca", "05_pca_of_the_latent_space", "2", "3", "15–20"),
    Exercise(
        "beta_vae",
        ("kl_per_latent", "active_units", "aggregate_moments", "effective_beta"),
        "beta_vae",
        "06_choosing_beta",
        "2",
        "4",
        "20–30",
    ),
    Exercise("faces", ("FaceAutoencoder", "FaceVAE"), "faces", "07_faces", "3", "3", "30–45"),
    Exercise(
        "hierarchical_vae",
        ("kl_between_gaussians", "HierarchicalVAE", "hierarchical_loss"),
        "hierarchical_vae",
        "08_hierarchical_vae",
        "4",
        "3",
        "45–60",
    ),
    Exercise(
        "regularised_autoencoders",
        ("DenoisingTrainer", "SparseTrainer", "contractive_penalty"),
        "regularised",
        "09_regularised_autoencoders",
        "3",
        "3",
        "40–60",
    ),
)


def exercise_named(exercise_id: str) -> Exercise:
    """Raises KeyError for an unknown id."""
    return {exercise.id: exercise for exercise in EXERCISES}[exercise_id]
