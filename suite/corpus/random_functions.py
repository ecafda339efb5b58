"""Wrong functions that are in no table: what a right one gives, changed at random. No cause may be named for them.

    random_function("kl_per_latent", seed=3)

is an answer whose function calls the reference and gives, in the place of each of its numbers, a mixture of powers and
statistics of them. The mixture is the same at each call, keeps the shape, and has gradients.
"""

from __future__ import annotations

import random

from course.catalogue import exercise_named
from suite.corpus import Wrong, reference

FUNCTIONS = {
    "conv_transpose1d_minimal": "transposed_conv",
    "fractional_stride_1d": "transposed_conv",
    "conv_transpose1d": "transposed_conv",
    "fractional_stride_2d": "transposed_conv",
    "conv_transpose2d": "transposed_conv",
    "get_pca_components": "latent_pca",
    "kl_per_latent": "beta_vae",
    "active_units": "beta_vae",
    "aggregate_moments": "beta_vae",
    "effective_beta": "beta_vae",
    "kl_between_gaussians": "hierarchical_vae",
    "hierarchical_loss": "hierarchical_vae",
    "contractive_penalty": "regularised_autoencoders",
}
"""Each function that an exercise asks for, and its exercise."""

TERMS = (
    "y",
    "y.abs() ** {power:.3f}",
    "y.abs() ** {power:.3f} * y.sign()",
    "y.sin()",
    "torch.atan({power:.3f} * y)",
    "y / (1 + y.abs())",
    "(y - y.mean()) * y.abs().mean()",
    "y * y.square().mean()",
    "(y.flip(-1) if y.ndim else y.cos())",
    "(y.cumsum(-1) if y.ndim else y.tanh())",
    "(y.roll(1, 0) if y.ndim else y.square())",
    "y.max() * y",
)
"""Of a number y. All but the first are no multiple of it."""

WRAPPER = """

def {name}(*given, **named):
    right = right_answer(*given, **named)

    def mixed(y):
        if not isinstance(y, torch.Tensor):
            return float(mixed(torch.tensor(y, dtype=torch.float64)))
        return {mixture}

    if isinstance(right, tuple):
        return tuple(map(mixed, right))
    if hasattr(right, "total"):
        return type(right)(mixed(right.total), mixed(right.reconstruction), mixed(right.kl1), mixed(right.kl2))
    return mixed(right)
"""

WRONG_MASK = """def active_units(mu, threshold=0.01):
    y = mu
    return ({mixture}).mean(0) > {limit:.3f} * threshold**{power:.3f}
"""


def random_function(name: str, seed: int) -> Wrong:
    """The exercise with this function changed; the seed decides how."""
    draw = random.Random(f"{name} {seed}")

    def number(low: float, high: float) -> float:
        return draw.uniform(low, high)

    terms = [draw.choice(TERMS), draw.choice(TERMS[1:])]
    mixture = " + ".join(
        f"{draw.choice((-1, 1)) * number(0.3, 3):.3f} * ({each.format(power=number(1.2, 3.5))})" for each in terms
    )
    exercise = FUNCTIONS[name]
    if name == "active_units":
        written = WRONG_MASK.format(mixture=mixture, limit=number(0.1, 2), power=number(0.3, 0.8))
    else:
        own = reference(exercise_named(exercise).module, name)[1]
        written = own.replace(f"def {name}(", "def right_answer(", 1)
        written += WRAPPER.format(name=name, mixture=mixture)
    return Wrong(exercise, f"{name} at random, {seed}", None, written, part=name)
