"""What the lessons use, by name: each function lives in `course/`, one idea a file."""

from typing import TYPE_CHECKING, Any

from course.catalogue import NotWritten
from course.data.datasets import get_dataset
from course.explorer import explore
from course.figures.images import display_data, display_reconstructions, to_images
from course.figures.latents import create_grid_of_latents, visualise_input, visualise_output
from course.figures.live import LiveView
from course.figures.page import prepare_page
from course.learner.board import display_progress
from course.settings.device import get_device
from course.settings.runtime import keep_freed_memory
from course.settings.short_trainings import shorten_trainings
from course.settings.wandb_server import prepare_wandb
from course.settings.wandb_settings import configure_wandb

keep_freed_memory()  # training is a fifth quicker for it
prepare_page()  # figures for the keyboard, for screen readers, and for every width and theme
configure_wandb()  # never a prompt, and all runs in one place
shorten_trainings()  # only where the suite asks for it

if TYPE_CHECKING:
    from torch import Tensor

    HOLDOUT_DATA: Tensor  # (10, 1, 28, 28): the first test image of each digit, in order, normalised

__all__ = [
    "HOLDOUT_DATA",
    "LiveView",
    "NotWritten",
    "create_grid_of_latents",
    "display_data",
    "display_progress",
    "display_reconstructions",
    "explore",
    "get_dataset",
    "get_device",
    "prepare_wandb",
    "to_images",
    "visualise_input",
    "visualise_output",
]


def __getattr__(name: str) -> Any:
    """`HOLDOUT_DATA` is loaded when it is first asked for, so that importing this file reads nothing."""
    if name == "HOLDOUT_DATA":
        from course.data.mnist import holdout_data

        return holdout_data()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
