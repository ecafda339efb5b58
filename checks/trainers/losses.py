"""The loss of a trainer, in parts, and the ways each part goes wrong.

A loss is a mean squared error, for a VAE plus a weighted KL divergence. The mistakes are those that several exercises
share; what one exercise alone asks for stands with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import log, pi
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import Mistake, table
from checks.trainers.rig import TrainerRig

Outputs = dict[str, Tensor]
"""What went into the loss: x and reconstruction (b, 1, 28, 28) and, for a VAE, mu, logsigma, z and `fresh` (b, latent), the
noise that is drawn next.

For the others `seen` (b, 1, 28, 28), which is what the encoder got, its `code` (b, latent), and all `weights` in a row, or
those of the encoder, `encoder_weights`."""

BATCH_SIZE = TrainerRig.batch_size
"""What the args say, whatever number of images came."""


def squared_error(out: Outputs) -> Tensor:
    """The mean over batch and pixels, a scalar."""
    return F.mse_loss(out["reconstruction"], out["x"])


def entropy(out: Outputs, reduction: str = "sum") -> Tensor:
    return F.binary_cross_entropy_with_logits(out["reconstruction"], out["x"], reduction=reduction)


def errors(out: Outputs) -> Tensor:
    """The sum of the squared errors."""
    return F.mse_loss(out["reconstruction"], out["x"], reduction="sum")


def kl(mu: Tensor, logsigma: Tensor) -> Tensor:
    """KL(N(mu, sigma²) ‖ N(0, 1)) of each latent, (sigma² + mu² − 1)/2 − log sigma (Kingma & Welling, 2013, appendix B).

    mu, logsigma (b, latent) → nats (b, latent).
    """
    return ((2 * logsigma).exp() + mu**2 - 1) / 2 - logsigma


Weighting = Callable[[Any, Any, float], Any]
"""The loss of its two terms, scalars (tensors or, in a search, numbers), and the weight of the second."""


@dataclass(frozen=True)
class Loss:
    """A loss as steps, each of which can go wrong by itself. Without mu there are but the first two; else `divergence` is the
    KL of mu and logsigma, and `each_kl` that of all outputs.

    Calling it gives a scalar; `weight` is that of the second term.
    """

    inputs: Callable[[Outputs], Outputs] = lambda out: out
    reconstruction: Callable[[Outputs], Tensor] = squared_error
    divergence: Callable[[Tensor, Tensor], Tensor] = kl
    each_kl: Callable[[Loss, Outputs], Tensor] = lambda loss, out: loss.divergence(out["mu"], out["logsigma"])
    reduction: Callable[[Tensor], Tensor] = Tensor.mean
    weighting: Weighting = lambda mse, kl, weight: mse + weight * kl

    def __call__(self, out: Outputs, weight: float) -> Tensor:
        out = self.inputs(out)
        if "mu" not in out:
            return self.reconstruction(out)
        return self.weighting(self.reconstruction(out), self.kl_of(out), weight)

    def terms(self, out: Outputs, known: dict[Any, Any]) -> tuple[float, float]:
        """A VAE's two terms as numbers. `known` keeps what was computed for this `out`: a search asks thousands of times."""

        def once(*steps: Any, compute: Callable[[], Any]) -> Any:
            if steps not in known:
                known[steps] = compute()
            return known[steps]

        changed = once(self.inputs, compute=lambda: self.inputs(out))
        return (
            once(self.inputs, self.reconstruction, compute=lambda: float(self.reconstruction(changed))),
            once(
                self.inputs, self.divergence, self.each_kl, self.reduction, compute=lambda: float(self.kl_of(changed))
            ),
        )

    def kl_of(self, out: Outputs) -> Tensor:
        return self.reduction(self.each_kl(self, out))

    def in_terms(self, out: Outputs, weight: float) -> str:
        """How the loss adds up, in numbers and in words; nothing for a loss of one term."""
        if "mu" not in out:
            return ""
        return (
            f" = {float(self.reconstruction(out)):.5f} + {weight} · {float(self.kl_of(out)):.5f} (MSE + beta_kl · KL)"
        )


RIGHT_LOSS = Loss()


def value_of(loss: Callable[[Outputs, float], Tensor], out: Outputs, weight: float) -> float:
    """A loss, or another number to be logged, without gradients."""
    with torch.no_grad():
        return float(loss(out, weight))


# The reconstruction term


def in_two(limit: float, x: Tensor) -> Tensor:
    """0 up to the limit, 1 above it."""
    return (x > limit).float()


def denormalised(x: Tensor) -> Tensor:
    return x * 0.3081 + 0.1307


def with_target(change: Callable[[Tensor], Tensor]) -> Callable[[Outputs], Outputs]:
    return lambda out: {**out, "x": change(out["x"])}


def broadcast(out: Outputs) -> Outputs:
    """Each reconstruction beside every image of the batch, as torch pairs (b, 1, 28, 28) and (b, 28, 28)."""
    pairs = torch.broadcast_tensors(out["reconstruction"], out["x"].squeeze(1))
    return {**out, "reconstruction": pairs[0], "x": pairs[1]}


def with_output(change: Callable[[Tensor], Tensor]) -> Callable[[Outputs], Outputs]:
    return lambda out: {**out, "reconstruction": change(out["reconstruction"])}


INPUTS = table(
    "inputs",
    (
        "compared-with-itself",
        "the loss is 0 whatever the model gives: the reconstruction is compared with itself; compare it with `img`.",
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
        "shapes-broadcast",
        "image and reconstruction differ in shape (a lost channel axis?), so that torch compares each reconstruction with "
        "every image of the batch: both are to be (b, 1, 28, 28).",
        broadcast,
    ),
    (
        "first-image-only",
        "only the first image of the batch counts.",
        lambda out: {name: value[:1] for name, value in out.items()},
    ),
    (
        "target-changed",
        "the image is denormalised before it is compared; compare normalised with normalised.",
        with_target(denormalised),
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
        "target-changed",
        "the image is taken to −1 … 1, as (x − 0.5)/0.5, before it is compared; it comes normalised.",
        with_target(lambda x: (x - 0.5) / 0.5),
    ),
    (
        "target-changed",
        "the image is scaled to 0 … 1 before it is compared; compare normalised with normalised.",
        with_target(lambda x: (x - x.min()) / (x.max() - x.min())),
    ),
    *(
        (
            "target-changed",
            f"the image is turned into 0 and 1 (at {limit}) before it is compared; take its pixels as they are.",
            with_target(partial(in_two, limit)),
        )
        for limit in (0, 0.5)
    ),
    ("target-changed", "the image is divided by 255; it comes normalised.", with_target(lambda x: x / 255)),
    ("target-changed", "the image is multiplied by 255; it comes normalised.", with_target(lambda x: x * 255)),
    (
        "compared-with-the-mean-image",
        "each reconstruction is compared with the mean image of the batch; compare it with its own image.",
        with_target(lambda x: x.mean(0, keepdim=True).expand_as(x)),
    ),
    ("target-turned", "the image is transposed before it is compared.", with_target(lambda x: x.transpose(2, 3))),
    ("target-turned", "the image is mirrored before it is compared.", with_target(lambda x: x.flip(3))),
    ("target-turned", "the image is upside down before it is compared.", with_target(lambda x: x.flip(2))),
    *(
        (
            "target-turned",
            "the image is shifted by a pixel before it is compared.",
            with_target(partial(torch.roll, shifts=by, dims=axis)),
        )
        for axis in (2, 3)
        for by in (-1, 1)
    ),
    *(
        (
            "cropped",
            f"the outer {edge} pixels are left out of the comparison; compare all pixels.",
            lambda out, edge=edge: {
                **out,
                **{name: out[name][..., edge:-edge, edge:-edge] for name in ("x", "reconstruction")},
            },
        )
        for edge in (1, 2, 3, 4)
    ),
    (
        "first-image-only",
        "only the last image of the batch counts.",
        lambda out: {name: value[-1:] for name, value in out.items()},
    ),
    (
        "both-changed",
        "image and reconstruction are denormalised before they are compared; compare them as they are.",
        lambda out: {**out, "x": denormalised(out["x"]), "reconstruction": denormalised(out["reconstruction"])},
    ),
    (
        "both-changed",
        "image and reconstruction are multiplied by 255 before they are compared; compare them as they are.",
        lambda out: {**out, "x": 255 * out["x"], "reconstruction": 255 * out["reconstruction"]},
    ),
    (
        "both-changed",
        "image and reconstruction both go through a sigmoid before they are compared; compare them as they are.",
        lambda out: {**out, "x": out["x"].sigmoid(), "reconstruction": out["reconstruction"].sigmoid()},
    ),
    (
        "both-changed",
        "a sigmoid of the reconstruction is compared with the denormalised image; compare them as they are.",
        lambda out: {**out, "x": denormalised(out["x"]), "reconstruction": out["reconstruction"].sigmoid()},
    ),
    (
        "both-changed",
        "a sigmoid of the reconstruction is compared with the image brought to 0 … 1; compare them as they are.",
        lambda out: {**out, "x": denormalised(out["x"]).clamp(0, 1), "reconstruction": out["reconstruction"].sigmoid()},
    ),
    (
        "output-changed",
        "the reconstruction is denormalised before it is compared; compare normalised with normalised.",
        with_output(denormalised),
    ),
    (
        "output-changed",
        "the reconstruction is normalised before it is compared; the model is to give normalised pixels itself.",
        with_output(lambda y: (y - 0.1307) / 0.3081),
    ),
    (
        "output-changed",
        "the reconstruction goes through a ReLU before it is compared; normalised pixels go below 0.",
        with_output(Tensor.relu),
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
    (
        "norm",
        "this is the sum of the images' norms; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).flatten(1).norm(dim=1).sum(),
    ),
    (
        "root-of-mse",
        "the root of each image's mean squared error is taken; the exercise asks for the mean squared error itself.",
        lambda out: (out["reconstruction"] - out["x"]).square().mean((1, 2, 3)).sqrt().mean(),
    ),
    (
        "absolute-error",
        "the absolute errors are summed; the exercise asks for the mean of squared ones.",
        lambda out: F.l1_loss(out["reconstruction"], out["x"], reduction="sum"),
    ),
    (
        "absolute-error",
        "the absolute errors of an image are summed; the exercise asks for the mean of squared ones.",
        lambda out: F.l1_loss(out["reconstruction"], out["x"], reduction="sum") / len(out["x"]),
    ),
    *(
        (
            "smooth-l1",
            f"this is the smooth L1 loss with beta = {beta}; the exercise asks for squared errors.",
            lambda out, beta=beta: F.smooth_l1_loss(out["reconstruction"], out["x"], beta=beta),
        )
        for beta in (0.1, 0.5)
    ),
    *(
        (
            "smooth-l1",
            f"this is the Huber loss with delta = {delta}; the exercise asks for squared errors.",
            lambda out, delta=delta: F.huber_loss(out["reconstruction"], out["x"], delta=delta),
        )
        for delta in (0.1, 0.5, 2.0)
    ),
    *(
        (
            "another-power",
            f"the differences are raised to the power of {power}; square them.",
            lambda out, power=power: (out["reconstruction"] - out["x"]).abs().pow(power).mean(),
        )
        for power in (3, 4)
    ),
    (
        "absolute-error+mse-added",
        "squared and absolute errors are added up; the exercise asks for squared errors alone.",
        lambda out: squared_error(out) + F.l1_loss(out["reconstruction"], out["x"]),
    ),
    (
        "largest-error",
        "only the largest squared error counts; take the mean of all.",
        lambda out: (out["reconstruction"] - out["x"]).square().max(),
    ),
    (
        "largest-error",
        "only the largest error counts; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).abs().max(),
    ),
    (
        "variance-of-differences",
        "this is the variance of the differences, so that a constant one costs nothing; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).var(),
    ),
    (
        "variance-of-differences",
        "this is the spread of the differences, so that a constant one costs nothing; take the mean of the squares.",
        lambda out: (out["reconstruction"] - out["x"]).std(),
    ),
    (
        "mean-before-square",
        "the mean over the batch is taken before the square: compare each image with its own reconstruction.",
        lambda out: (out["reconstruction"].mean(0) - out["x"].mean(0)).square().mean(),
    ),
    (
        "logarithm-of-mse",
        "this is a logarithm of the mean squared error; the exercise asks for the error itself.",
        lambda out: squared_error(out).log(),
    ),
    (
        "logarithm-of-mse",
        "this is a number in decibels, as the PSNR is; the exercise asks for the mean squared error itself.",
        lambda out: 10 * squared_error(out).log10(),
    ),
    (
        "mse-summed-over-rows",
        "the squared errors are summed over each row of pixels; take the mean of all.",
        lambda out: (out["reconstruction"] - out["x"]).square().sum(-1).mean(),
    ),
    ("mse-halved", "the squared error is halved.", lambda out: squared_error(out) / 2),
    (
        "mse-summed+mse-halved",
        "the squared errors are summed and halved; take their mean.",
        lambda out: errors(out) / 2,
    ),
    (
        "mse-summed-per-image+mse-halved",
        "the squared errors of an image are summed and halved, and averaged over the images; take the mean of all.",
        lambda out: errors(out) / (2 * len(out["x"])),
    ),
    (
        "mse-summed-over-batch+mse-halved",
        "the squared errors are averaged over the pixels, halved, and summed over the batch; take the mean of all.",
        lambda out: squared_error(out) * len(out["x"]) / 2,
    ),
    (
        "batch-size-of-the-args",
        "the sum of squared errors is divided by args.batch_size and not by the number of images that came, which is smaller "
        "in the last batch; and each image's are summed. Take the mean of all.",
        lambda out: errors(out) / BATCH_SIZE,
    ),
    (
        "batch-size-of-the-args",
        "the sum of squared errors is divided by args.batch_size and the pixels; the last batch has fewer images. Take the "
        "mean.",
        lambda out: errors(out) / (BATCH_SIZE * out["x"][0].numel()),
    ),
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
        "cross-entropy",
        "this is a binary cross-entropy, and a sum; normalised pixels are no probabilities. The exercise asks for squared "
        "errors.",
        entropy,
    ),
    (
        "cross-entropy",
        "this is a binary cross-entropy, summed over an image; normalised pixels are no probabilities. The exercise asks for "
        "squared errors.",
        lambda out: entropy(out) / len(out["x"]),
    ),
    (
        "cross-entropy",
        "this is a cross-entropy over an image's pixels; they are no probabilities. The exercise asks for squared errors.",
        lambda out: F.cross_entropy(out["reconstruction"].flatten(1), out["x"].flatten(1)),
    ),
    (
        "log-likelihood",
        "this is the negative log-likelihood of the pixels under N(x', 1); the exercise asks for the squared error alone.",
        lambda out: squared_error(out) / 2 + log(2 * pi) / 2,
    ),
    (
        "divergence-of-pixels",
        "this is `F.kl_div` of pixels; the exercise asks for squared errors.",
        lambda out: F.kl_div(out["reconstruction"].log_softmax(-1), out["x"].softmax(-1), reduction="batchmean"),
    ),
    (
        "cosine",
        "this is minus a cosine; the exercise asks for squared errors.",
        lambda out: -F.cosine_similarity(out["reconstruction"].flatten(1), out["x"].flatten(1)).mean(),
    ),
    (
        "cosine",
        "this is one minus the cosine of rows of pixels; the exercise asks for squared errors.",
        lambda out: 1 - F.cosine_similarity(out["reconstruction"], out["x"], dim=-1).mean(),
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


# The KL term and its weight

FORMULA = "KL = (sigma² + mu² − 1)/2 − log sigma, with sigma² = exp(2·logsigma)."

DIVERGENCE = table(
    "divergence",
    ("kl-sign", "the KL has the wrong sign. It is never below 0, and it is added to the loss.", lambda m, s: -kl(m, s)),
    (
        "logvar-formula",
        f"this is the KL for a log variance. Here the encoder gives log sigma: {FORMULA}",
        lambda m, s: (s.exp() + m**2 - 1 - s) / 2,
    ),
    (
        "logvar-formula",
        f"this is the KL for a log variance, and with the wrong sign. Here the encoder gives log sigma: {FORMULA}",
        lambda m, s: -(s.exp() + m**2 - 1 - s) / 2,
    ),
    ("sigma-for-variance", f"sigma stands where sigma² should: {FORMULA}", lambda m, s: (s.exp() + m**2 - 1) / 2 - s),
    (
        "exp-of-square",
        "sigma² is not exp(logsigma²): square after the exp, or take exp(2·logsigma).",
        lambda m, s: ((s**2).exp() + m**2 - 1) / 2 - s,
    ),
    (
        "exp-forgotten",
        "log sigma is squared where sigma should be: sigma = exp(logsigma).",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s,
    ),
    (
        "exp-forgotten",
        "|logsigma| stands where sigma should: sigma = exp(logsigma).",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s.abs().log(),
    ),
    (
        "exp-forgotten",
        "2·logsigma stands where its exp should: sigma² = exp(2·logsigma).",
        lambda m, s: (2 * s + m**2 - 1) / 2 - s,
    ),
    (
        "logsigma-taken-for-sigma",
        "the encoder's second half is taken for sigma; it is log sigma, and may be negative.",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s.log(),
    ),
    (
        "logsigma-taken-for-sigma",
        "the logarithm is taken of log sigma; log sigma is what the encoder gives.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 - s.log(),
    ),
    (
        "exp-for-log",
        f"sigma is subtracted where log sigma should be: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 - s.exp(),
    ),
    ("kl-without-half", f"the factor 1/2 is missing: {FORMULA}", lambda m, s: 2 * kl(m, s)),
    ("kl-without-half", f"the division by 2 is missing: {FORMULA}", lambda m, s: (2 * s).exp() + m**2 - 1 - s),
    ("kl-halved-twice", "the KL is halved once too often.", lambda m, s: kl(m, s) / 2),
    ("brackets", f"the 1/2 covers log sigma too: {FORMULA}", lambda m, s: ((2 * s).exp() + m**2 - 1 - s) / 2),
    (
        "brackets",
        f"brackets are missing, so that only the 1 is halved: {FORMULA}",
        lambda m, s: (2 * s).exp() + m**2 - 1 / 2 - s,
    ),
    (
        "brackets",
        f"the KL is ½ too small, as where the 1 stands outside the brackets: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2) / 2 - 1 - s,
    ),
    (
        "brackets",
        f"brackets are missing, so that mu² is not halved: {FORMULA}",
        lambda m, s: (2 * s).exp() / 2 + m**2 - 1 / 2 - s,
    ),
    ("mu-not-squared", "mu is not squared in the KL.", lambda m, s: ((2 * s).exp() + m - 1) / 2 - s),
    ("mu-not-squared", "mu is not squared in the KL.", lambda m, s: ((2 * s).exp() + m.abs() - 1) / 2 - s),
    ("mu-missing", "mu² is missing in the KL.", lambda m, s: ((2 * s).exp() - 1) / 2 - s),
    (
        "mu-sign",
        "mu² has the wrong sign in the KL: large means would be rewarded.",
        lambda m, s: ((2 * s).exp() - m**2 - 1) / 2 - s,
    ),
    ("sigma-missing", f"sigma² is missing in the KL: {FORMULA}", lambda m, s: (m**2 - 1) / 2 - s),
    (
        "logsigma-missing",
        "the − log sigma is missing in the KL, so that sigma is pulled to 0.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2,
    ),
    (
        "logsigma-sign",
        "log sigma is added in the KL; it is subtracted.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 + s,
    ),
    (
        "one-missing",
        "the − 1 is missing in the KL, which would then not be 0 at mu = 0, sigma = 1.",
        lambda m, s: ((2 * s).exp() + m**2) / 2 - s,
    ),
    ("one-added", "1 is added in the KL where it is subtracted.", lambda m, s: ((2 * s).exp() + m**2 + 1) / 2 - s),
    (
        "mean-and-logsigma-swapped",
        "mu and logsigma have changed places: the model returns reconstruction, mu, logsigma.",
        lambda m, s: kl(s, m),
    ),
    (
        "reverse-kl",
        "this is the KL the other way round, KL(N(0, 1) ‖ N(mu, sigma²)).",
        lambda m, s: (1 + m**2) / (2 * (2 * s).exp()) - 0.5 + s,
    ),
    (
        "wrong-exponent",
        f"exp(logsigma)/2 stands where sigma² should: {FORMULA}",
        lambda m, s: (s.exp() / 2 + m**2 - 1) / 2 - s,
    ),
    (
        "wrong-exponent",
        f"exp(logsigma/2) stands where sigma² should: {FORMULA}",
        lambda m, s: ((s / 2).exp() + m**2 - 1) / 2 - s,
    ),
    (
        "wrong-exponent",
        f"sigma² is halved once too often: {FORMULA}",
        lambda m, s: ((2 * s).exp() / 2 + m**2 - 1) / 2 - s,
    ),
    (
        "wrong-exponent",
        f"exp(4·logsigma), sigma to the fourth, stands where sigma² should: {FORMULA}",
        lambda m, s: ((4 * s).exp() + m**2 - 1) / 2 - s,
    ),
    (
        "variance-for-sigma",
        "sigma² is taken for sigma in the whole KL: the encoder gives log sigma, so sigma = exp(logsigma).",
        lambda m, s: kl(m, 2 * s),
    ),
    (
        "square-of-log",
        f"(log sigma)² stands where log sigma², which is 2·logsigma, should: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2 - 1 - s**2) / 2,
    ),
    ("square-of-log", f"log sigma is squared in the KL: {FORMULA}", lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 - s**2),
    (
        "softplus-for-exp",
        "softplus stands where exp should: sigma = exp(logsigma).",
        lambda m, s: kl(m, F.softplus(s).log()),
    ),
    *(
        (
            "another-prior",
            f"the KL is taken to N({mean}, {spread**2:g}); the prior is N(0, 1).",
            lambda m, s, mean=mean, spread=spread: kl((m - mean) / spread, s - log(spread)),
        )
        for mean, spread in ((0, 2.0), (0, 0.5), (1, 1.0), (0, 2**0.5), (0, 0.1))
    ),
    (
        "another-prior",
        "this is the KL of two Laplace distributions; here both are normal.",
        lambda m, s: m.abs() + s.exp() * (-m.abs() / s.exp()).exp() - s - 1,
    ),
    *(
        (
            "free-bits",
            f"each latent's KL counts as {least} at least (free bits); the exercise takes it as it is.",
            lambda m, s, least=least: kl(m, s).clamp(min=least),
        )
        for least in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0)
    ),
    ("penalty-for-kl", "this is the mean of mu², not the KL: sigma is missing in it.", lambda m, s: m**2),
    ("penalty-for-kl", "this is half the mean of mu², not the KL: sigma is missing in it.", lambda m, s: m**2 / 2),
    (
        "penalty-for-kl",
        f"this is a penalty on the size of mu and logsigma, not the KL: {FORMULA}",
        lambda m, s: m**2 + s**2,
    ),
)

REDUCTION = table(
    "reduction",
    ("kl-summed", "the KL is summed over batch and latents; take its mean.", Tensor.sum),
    (
        "kl-summed-over-latents",
        "the KL is summed over the latents and averaged over the batch; here it is averaged over both.",
        lambda each: each.sum(-1).mean(),
    ),
    (
        "kl-summed-over-batch",
        "the KL is summed over the batch and averaged over the latents; here it is averaged over both.",
        lambda each: each.sum(0).mean(),
    ),
    ("kl-in-part", "only the first latent counts in the KL.", lambda each: each[:, 0].mean()),
    ("kl-in-part", "only the first image counts in the KL.", lambda each: each[0].mean()),
    *(
        (
            "free-bits",
            f"the KL of each latent, averaged over the batch, counts as {least} at least (free bits); take it as it is.",
            lambda each, least=least: each.mean(0).clamp(min=least).mean(),
        )
        for least in (0.1, 0.25, 0.5, 1.0, 2.0)
    ),
    *(
        (
            "free-bits",
            f"the KL counts as {least} at least (free bits); the exercise takes it as it is.",
            lambda each, least=least: each.mean().clamp(min=least),
        )
        for least in (0.5, 1.0, 2.0, 3.0)
    ),
    *(
        (
            "kl-clamped",
            f"each latent's KL counts as {most} at most, so that what is too far away is not pulled back.",
            lambda each, most=most: each.clamp(max=most).mean(),
        )
        for most in (1.0, 5.0, 10.0)
    ),
    (
        "batch-size-of-the-args",
        "the KL's sum is divided by args.batch_size and not by the number of images that came, which is smaller in the last "
        "batch: take its mean.",
        lambda each: each.sum() / (BATCH_SIZE * each.shape[-1]),
    ),
    (
        "batch-size-of-the-args",
        "the KL is summed over the latents, and its sum divided by args.batch_size; the last batch has fewer images. Take its "
        "mean.",
        lambda each: each.sum() / BATCH_SIZE,
    ),
    ("largest-kl", "only the largest KL counts; take the mean.", Tensor.max),
    (
        "kl-divided-again",
        "the mean of the KL is divided by the batch size once more; it is a mean already.",
        lambda each: each.mean() / len(each),
    ),
    (
        "kl-divided-by-pixels",
        "the KL is divided by the number of pixels, 784; here it is averaged over batch and latents.",
        lambda each: each.mean() / 784,
    ),
    (
        "kl-divided-by-pixels",
        "the KL is summed and divided by the number of pixels; here it is averaged over batch and latents.",
        lambda each: each.sum() / (784 * len(each)),
    ),
)


def weighting_mistakes(slug: str, weight: str, term: str, *own: tuple[str, str, Weighting]) -> list[Mistake]:
    """What goes wrong with the `weight` (an argument's name) of the second `term`, "the KL"; and the term's `own` mistakes,
    before that of a reconstruction that is missing. Causes begin with the slug."""
    return table(
        "weighting",
        (f"{slug}-ignored", f"{weight} is not used: {term} counts in full.", lambda mse, second, weight: mse + second),
        *(
            (
                f"{slug}-fixed",
                f"the weight of {term} is fixed at {fixed}: use `self.args.{weight}`.",
                lambda mse, second, weight, fixed=fixed: mse + fixed * second,
            )
            for fixed in (0.1, 0.5, 0.01, 0.001)
        ),
        (
            f"{slug}-on-wrong-term",
            f"{weight} multiplies the reconstruction term; it belongs to {term}.",
            lambda mse, second, weight: weight * mse + second,
        ),
        (
            f"{slug}-on-both",
            f"{weight} multiplies both terms; it belongs to {term} alone.",
            lambda mse, second, weight: weight * (mse + second),
        ),
        (
            f"{slug}-complement",
            f"the reconstruction is weighted by 1 − {weight}; its weight is 1.",
            lambda mse, second, weight: (1 - weight) * mse + weight * second,
        ),
        (
            f"{slug}-divides",
            f"{term} is divided by {weight}; multiply.",
            lambda mse, second, weight: mse + second / weight,
        ),
        (
            f"{slug}-added",
            f"{weight} is added to the loss; multiply {term} by it.",
            lambda mse, second, weight: mse + second + weight,
        ),
        *own,
        (
            "reconstruction-missing",
            f"the reconstruction term and {weight} are not in the loss.",
            lambda mse, second, weight: second,
        ),
    )


WEIGHTING = weighting_mistakes(
    "beta",
    "beta_kl",
    "the KL",
    ("beta-twice", "beta_kl multiplies the KL twice.", lambda mse, kl, beta: mse + beta**2 * kl),
    (
        "beta-complement",
        "the terms are weighted by beta_kl and 1 − beta_kl; the weights are 1 and beta_kl.",
        lambda mse, kl, beta: beta * mse + (1 - beta) * kl,
    ),
    (
        "beta-times-pixels",
        "the KL is multiplied by the number of pixels, 784, as well; beta_kl is its whole weight.",
        lambda mse, kl, beta: mse + 784 * beta * kl,
    ),
    ("terms-multiplied", "the two terms are multiplied; add them up.", lambda mse, kl, beta: mse * beta * kl),
    ("kl-missing", "the KL is not in the loss: this is an autoencoder with noise.", lambda mse, kl, beta: mse),
    ("reconstruction-missing", "the reconstruction term is not in the loss.", lambda mse, kl, beta: beta * kl),
)

KL_INPUTS = table(
    "inputs",
    (
        "kl-of-sample",
        "z stands in the KL where mu should: the KL compares distributions, not the one sample that was drawn.",
        lambda out: {**out, "mu": out.get("z", out["mu"])},
    ),
    (
        "mean-before-kl",
        "mu and logsigma are averaged before the KL is taken; take the KL of each latent, then the mean.",
        lambda out: {**out, "mu": out["mu"].mean().view(1, 1), "logsigma": out["logsigma"].mean().view(1, 1)},
    ),
    (
        "aggregate-kl",
        "this is the KL of the whole batch's latents, of the mean and the spread of mu; take the KL of each image, then the "
        "mean.",
        lambda out: {**out, "mu": out["mu"].mean(0, True), "logsigma": out["mu"].std(0, keepdim=True).log()},
    ),
    (
        "aggregate-kl",
        "mu and sigma² are averaged over the batch before the KL is taken; take the KL of each image, then the mean.",
        lambda out: {
            **out,
            "mu": out["mu"].mean(0, True),
            "logsigma": (2 * out["logsigma"]).exp().mean(0, True).log() / 2,
        },
    ),
    (
        "aggregate-kl",
        "mu and logsigma are averaged over the batch before the KL is taken; take the KL of each image, then the mean.",
        lambda out: {**out, "mu": out["mu"].mean(0, True), "logsigma": out["logsigma"].mean(0, True)},
    ),
    (
        "aggregate-kl",
        "this is the KL of the whole batch's latents (the aggregate posterior); take the KL of each image, then the mean.",
        lambda out: {
            **out,
            "mu": out["mu"].mean(0, True),
            "logsigma": (out["mu"].var(0, correction=0, keepdim=True) + (2 * out["logsigma"]).exp().mean(0, True)).log()
            / 2,
        },
    ),
)


def of(out: Outputs, name: str) -> Tensor:
    return out["fresh" if name == "noise" else name]


ELEMENT = table(
    "each_kl",
    (
        "kl-by-sampling",
        "this estimates the KL from the one sample z, log q(z) − log p(z); here it is computed exactly, by the formula.",
        lambda loss, out: (out["z"] ** 2 - ((out["z"] - out["mu"]) / out["logsigma"].exp()) ** 2) / 2 - out["logsigma"],
    ),
    (
        "kl-by-sampling",
        "this estimates the KL from a sample that is drawn for it, log q(z) − log p(z), so that it is another at each call; "
        "here it is computed exactly, by the formula.",
        lambda loss, out: (
            ((out["mu"] + out["logsigma"].exp() * out["fresh"]) ** 2 - out["fresh"] ** 2) / 2 - out["logsigma"]
        ),
    ),
    *(
        (
            "kl-of-softmax",
            f"this is `F.kl_div` of softmaxes, {one} and {other}, as for the probabilities of classes. Here the KL is that of two "
            f"normal distributions: {FORMULA}",
            lambda loss, out, one=one, other=other: F.kl_div(
                of(out, one).log_softmax(-1), of(out, other).softmax(-1), reduction="none"
            ),
        )
        for one in ("mu", "logsigma", "z")
        for other in ("noise", "mu", "logsigma")
        if one != other
    ),
)

KL_MISTAKES = [*DIVERGENCE, *WEIGHTING, *REDUCTION, *KL_INPUTS, *ELEMENT]

# What public code puts together


USUAL = [
    *table(
        "inputs",
        ("target-changed", "the image is denormalised.", with_target(denormalised)),
        ("target-changed", "the image is brought to 0 … 1.", with_target(lambda x: denormalised(x).clamp(0, 1))),
        ("output-changed", "the reconstruction goes through a sigmoid.", with_output(Tensor.sigmoid)),
        (
            "target-changed+output-changed",
            "the image is denormalised and the reconstruction goes through a sigmoid.",
            lambda out: {**out, "x": denormalised(out["x"]), "reconstruction": out["reconstruction"].sigmoid()},
        ),
    ),
    *table(
        "reconstruction",
        ("mse-summed", "the squared errors are summed.", errors),
        ("mse-summed-per-image", "the squared errors of an image are summed.", lambda out: errors(out) / len(out["x"])),
        ("mse-summed+mse-halved", "the squared errors are summed and halved.", lambda out: errors(out) / 2),
        (
            "mse-summed-per-image+mse-halved",
            "the squared errors of an image are summed and halved.",
            lambda out: errors(out) / (2 * len(out["x"])),
        ),
        ("mse-halved", "the squared error is halved.", lambda out: squared_error(out) / 2),
        ("cross-entropy", "the reconstruction's term is a summed binary cross-entropy.", entropy),
        (
            "cross-entropy",
            "the reconstruction's term is a binary cross-entropy, summed over an image.",
            lambda out: entropy(out) / len(out["x"]),
        ),
        ("cross-entropy", "the reconstruction's term is a binary cross-entropy.", lambda out: entropy(out, "mean")),
        (
            "absolute-error",
            "the absolute errors are summed.",
            lambda out: F.l1_loss(out["reconstruction"], out["x"], reduction="sum"),
        ),
        (
            "log-likelihood",
            "the reconstruction's term is the negative log-likelihood of an image under N(x', 1).",
            lambda out: errors(out) / (2 * len(out["x"])) + 392 * log(2 * pi),
        ),
    ),
    *table(
        "divergence",
        ("logvar-formula", "the KL is that for a log variance.", lambda m, s: (s.exp() + m**2 - 1 - s) / 2),
        (
            "logvar-formula",
            "the KL is that for a log variance, with the wrong sign.",
            lambda m, s: -(s.exp() + m**2 - 1 - s) / 2,
        ),
        (
            "logvar-formula+kl-without-half",
            "the KL is that for a log variance, without its 1/2.",
            lambda m, s: s.exp() + m**2 - 1 - s,
        ),
        ("kl-sign", "the KL has the wrong sign.", lambda m, s: -kl(m, s)),
        ("kl-without-half", "the 1/2 of the KL is missing.", lambda m, s: 2 * kl(m, s)),
        (
            "logsigma-taken-for-sigma",
            "the KL takes the encoder's second half for sigma.",
            lambda m, s: (s**2 + m**2 - 1) / 2 - s.abs().log(),
        ),
    ),
    *table(
        "reduction",
        ("kl-summed", "the KL is summed.", Tensor.sum),
        ("kl-summed-over-latents", "the KL is summed over the latents.", lambda each: each.sum(-1).mean()),
        (
            "kl-divided-by-pixels",
            "the KL is summed and divided by batch size and pixels.",
            lambda each: each.sum() / (784 * len(each)),
        ),
        *(
            (
                "kl-divided-by-images",
                "the KL is summed over the latents and weighted by batch size / number of images.",
                lambda each, images=images: each.sum() / images,
            )
            for images in (14, 60000)
        ),
    ),
]
"""Mistakes for several at once, in as many words as fit into one sentence."""

# The gradient

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
