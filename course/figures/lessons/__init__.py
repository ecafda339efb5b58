"""The figures that teach: each is a plotly figure that needs no kernel once it is drawn.

What is offered here returns its figure. A lesson that shows several of one kind takes them from their file: `bounds`,
`factors`, `sliding`, `sweep`.
"""

from course.figures.lessons.clouds import points_and_clouds
from course.figures.lessons.convolutions import convolution_and_transpose
from course.figures.lessons.gradients import gradient_estimates
from course.figures.lessons.kl import kl_landscape
from course.figures.lessons.latent_spaces import latent_spaces
from course.figures.lessons.learning_curves import learning_curves
from course.figures.lessons.levels import chain_of_levels, level_costs
from course.figures.lessons.line_between import line_between

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
