"""The figures that teach: each function returns a plotly figure that needs no kernel once it is drawn."""

from course.lesson_figures.clouds import points_and_clouds
from course.lesson_figures.convolutions import convolution_and_transpose
from course.lesson_figures.gradients import gradient_estimates
from course.lesson_figures.kl import kl_landscape
from course.lesson_figures.latent_spaces import latent_spaces
from course.lesson_figures.learning_curves import learning_curves
from course.lesson_figures.levels import chain_of_levels, level_costs
from course.lesson_figures.line_between import line_between

__all__ = [
    "chain_of_levels",
    "convolution_and_transpose",
    "gradient_estimates",
    "kl_landscape",
    "latent_spaces",
    "learning_curves",
    "level_costs",
    "line_between",
    "points_and_clouds",
]
