"""The reconstruction term of a trainer's loss, and the ways it goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import Mistake, table
from checks.trainers.losses import Outputs, squared_error


def with_target(change: Callable[[Tensor], Tensor]) -> Callable[[Outputs], Outputs]:
    return lambda out: {**out, "x": change(out["x"])}


def with_output(change: Callable[[Tensor], Tensor]) -> Callable[[Outputs], Outputs]:
    return lambda out: {**out, "reconstruction": change(out["reconstruction"])}


INPUTS = table(
    "inputs",
    (
        "compared-with-itself",
        "the reconstruction is compared with itself; compare it with `img`.",
        lambda out: {**out, "x": out["reconstruction"]},
    ),
    (
        "compared-with-zero",
        "the reconstruction is compared with zeros, not with the image.",
        with_target(lambda x: 0 * x),
    ),
    (
        "compared-with-another-image",
        "each reconstruction is compared with another image of the batch.",
        with_target(lambda x: x.flip(0)),
    ),
    (
        "compared-with-another-image",
        "each reconstruction is compared with the next image of the batch.",
        with_target(lambda x: x.roll(1, 0)),
    ),
    (
        "first-image-only",
        "only the first image of the batch counts.",
        lambda out: {name: value[:1] for name, value in out.items()},
    ),
    (
        "target-changed",
        "the image is denormalised before it is compared; compare normalised with normalised.",
        with_target(lambda x: x * 0.3081 + 0.1307),
    ),
    (
        "target-changed",
        "the image is normalised a second time before it is compared; it comes normalised.",
        with_target(lambda x: (x - 0.1307) / 0.3081),
    ),
    (
        "target-changed",
        "the image is clamped to 0 … 1 before it is compared; normalised pixels go beyond both.",
        with_target(lambda x: x.clamp(0, 1)),
    ),
    (
        "output-changed",
        "the reconstruction goes through a sigmoid before it is compared; normalised pixels go below 0 and above 1.",
        with_output(Tensor.sigmoid),
    ),
    (
        "output-changed",
        "the reconstruction goes through a tanh before it is compared; normalised pixels go beyond ±1.",
        with_output(Tensor.tanh),
    ),
    (
        "output-changed",
        "the reconstruction is clamped to 0 … 1 before it is compared; normalised pixels go beyond both.",
        with_output(lambda y: y.clamp(0, 1)),
    ),
)

RECONSTRUCTION = table(
    "reconstruction",
    (
        "mse-summed",
        "the squared errors are summed; take their mean over batch and pixels.",
        lambda out: F.mse_loss(out["reconstruction"], out["x"], reduction="sum"),
    ),
    (
        "mse-summed-per-image",
        "the squared errors are summed over the pixels of an image; take their mean over everything.",
        lambda out: F.mse_loss(out["reconstruction"], out["x"], reduction="sum") / len(out["x"]),
    ),
    (
        "mse-summed-over-batch",
        "the squared errors are averaged over the pixels but summed over the batch; take the mean of all.",
        lambda out: squared_error(out) * len(out["x"]),
    ),
    (
        "mse-divided-again",
        "the mean squared error is divided by the batch size once more; it is a mean already.",
        lambda out: squared_error(out) / len(out["x"]),
    ),
    (
        "mse-divided-again",
        "the mean squared error is divided by the number of pixels once more; it is a mean already.",
        lambda out: squared_error(out) / out["x"][0].numel(),
    ),
    (
        "absolute-error",
        "this is the mean absolute error (L1); the exercise asks for squared errors.",
        lambda out: F.l1_loss(out["reconstruction"], out["x"]),
    ),
    (
        "smooth-l1",
        "this is the smooth L1 (or Huber) loss; the exercise asks for squared errors.",
        lambda out: F.smooth_l1_loss(out["reconstruction"], out["x"]),
    ),
    (
        "root-of-mse",
        "this is the root of the mean squared error; the exercise asks for the mean squared error itself.",
        lambda out: squared_error(out).sqrt(),
    ),
    (
        "norm",
        "this is the norm of the difference, the root of a sum; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).norm(),
    ),
    (
        "norm",
        "this is the mean of the images' norms; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).flatten(1).norm(dim=1).mean(),
    ),
    ("mse-halved", "the squared error is halved.", lambda out: squared_error(out) / 2),
    ("mse-doubled", "the squared error counts twice.", lambda out: 2 * squared_error(out)),
    (
        "mse-sign",
        "the squared error has a minus in front, so training makes it larger.",
        lambda out: -squared_error(out),
    ),
    (
        "not-squared",
        "the differences are averaged without being squared: plus and minus cancel.",
        lambda out: (out["x"] - out["reconstruction"]).mean(),
    ),
    (
        "not-squared",
        "the differences are averaged without being squared: plus and minus cancel.",
        lambda out: (out["reconstruction"] - out["x"]).mean(),
    ),
    (
        "mean-before-square",
        "the mean is taken before the square, so that plus and minus cancel: square first.",
        lambda out: (out["reconstruction"] - out["x"]).mean() ** 2,
    ),
    (
        "difference-of-means",
        "this compares mean brightness alone; compare pixel by pixel.",
        lambda out: (out["reconstruction"].mean((1, 2, 3)) - out["x"].mean((1, 2, 3))).pow(2).mean(),
    ),
    (
        "cross-entropy",
        "this is a binary cross-entropy; normalised pixels are no probabilities. The exercise asks for squared errors.",
        lambda out: F.binary_cross_entropy_with_logits(out["reconstruction"], out["x"]),
    ),
    (
        "cosine",
        "this is one minus a cosine; the exercise asks for squared errors.",
        lambda out: 1 - F.cosine_similarity(out["reconstruction"].flatten(1), out["x"].flatten(1)).mean(),
    ),
    (
        "log-cosh",
        "this is the log-cosh loss; the exercise asks for squared errors.",
        lambda out: (out["reconstruction"] - out["x"]).cosh().log().mean(),
    ),
)

RECONSTRUCTION_MISTAKES = [*RECONSTRUCTION, *INPUTS]

DETACHED = [
    Mistake(
        "detached-loss",
        f"{name} is cut off from its weights (`.detach()`, `.data` or `torch.no_grad()`), so they learn nothing from it.",
        "inputs",
        lambda out, name=name: {**out, name: out[name].detach()} if name in out else out,
    )
    for name in ("reconstruction", "mu", "logsigma", "code")
]
"""For gradients alone, since the loss is the right one."""
