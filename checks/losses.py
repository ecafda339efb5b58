"""The trainers' losses, and the ways they go wrong: each mistake is one function of what the model gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Outputs = dict[str, Tensor]
Loss = Callable[[Outputs, float], Tensor]


@dataclass(frozen=True)
class Mistake:
    """A wrong loss: its cause, what to tell the learner, and the loss itself, of (outputs, beta_kl)."""

    cause: str
    text: str
    loss: Loss


def squared_error(out: Outputs) -> Tensor:
    return F.mse_loss(out["reconstruction"], out["x"])


def kl(out: Outputs) -> Tensor:
    """KL(N(mu, sigma²) ‖ N(0, 1)) of each latent: (sigma² + mu² − 1)/2 − log sigma."""
    return ((2 * out["logsigma"]).exp() + out["mu"] ** 2 - 1) / 2 - out["logsigma"]


def autoencoder_loss(out: Outputs, _beta: float) -> Tensor:
    return squared_error(out)


def vae_loss(out: Outputs, beta: float) -> Tensor:
    return squared_error(out) + beta * kl(out).mean()


RECONSTRUCTION_MISTAKES: list[tuple[str, str, Callable[[Outputs], Tensor]]] = [
    (
        "mse-summed",
        "the squared errors are summed; take their mean over batch and pixels.",
        lambda o: F.mse_loss(o["reconstruction"], o["x"], reduction="sum"),
    ),
    (
        "mse-summed-per-image",
        "the squared errors are summed over the pixels of an image; take their mean over everything.",
        lambda o: F.mse_loss(o["reconstruction"], o["x"], reduction="sum") / len(o["x"]),
    ),
    (
        "mse-summed-over-batch",
        "the squared errors are averaged over the pixels but summed over the batch; take the mean of all.",
        lambda o: F.mse_loss(o["reconstruction"], o["x"], reduction="sum") / o["x"][0].numel(),
    ),
    (
        "absolute-error",
        "this is the mean absolute error (L1); the exercise asks for squared errors.",
        lambda o: F.l1_loss(o["reconstruction"], o["x"]),
    ),
    (
        "smooth-l1",
        "this is the smooth L1 loss; the exercise asks for squared errors.",
        lambda o: F.smooth_l1_loss(o["reconstruction"], o["x"]),
    ),
    (
        "root-of-mse",
        "this is the root of the mean squared error; the exercise asks for the mean squared error itself.",
        lambda o: squared_error(o).sqrt(),
    ),
    (
        "norm",
        "this is a norm of the difference, not the mean of its squares.",
        lambda o: (o["reconstruction"] - o["x"]).norm(),
    ),
    ("half-mse", "the squared error is halved.", lambda o: squared_error(o) / 2),
    (
        "mse-sign",
        "the squared error has a minus in front: training would make it larger.",
        lambda o: -squared_error(o),
    ),
    (
        "not-squared",
        "the differences are averaged without being squared: plus and minus cancel.",
        lambda o: (o["x"] - o["reconstruction"]).mean(),
    ),
    (
        "not-squared",
        "the differences are averaged without being squared: plus and minus cancel.",
        lambda o: (o["reconstruction"] - o["x"]).mean(),
    ),
    (
        "cross-entropy",
        "this is a binary cross-entropy; normalised pixels are no probabilities. The exercise asks for squared errors.",
        lambda o: F.binary_cross_entropy_with_logits(o["reconstruction"], o["x"]),
    ),
    (
        "loss-against-zero",
        "the reconstruction is compared with zeros, not with the image.",
        lambda o: (o["reconstruction"] ** 2).mean(),
    ),
    (
        "sigmoid-before-loss",
        "the reconstruction goes through a sigmoid before it is compared; normalised pixels go below 0 and above 1.",
        lambda o: F.mse_loss(o["reconstruction"].sigmoid(), o["x"]),
    ),
    (
        "denormalised-target",
        "the image is denormalised before it is compared; compare normalised with normalised.",
        lambda o: F.mse_loss(o["reconstruction"], o["x"] * 0.3081 + 0.1307),
    ),
]

AUTOENCODER_MISTAKES = [
    Mistake(cause, text, lambda out, _beta, f=function: f(out))
    for cause, text, function in RECONSTRUCTION_MISTAKES
]


def with_kl(change: Callable[[Outputs], Tensor]) -> Loss:
    """The right loss with another KL term."""
    return lambda out, beta: squared_error(out) + beta * change(out)


def mu2(out: Outputs) -> Tensor:
    return out["mu"] ** 2


def variance(out: Outputs) -> Tensor:
    return (2 * out["logsigma"]).exp()


KL_MISTAKES = [
    Mistake(
        "kl-summed", "the KL is summed over batch and latents; take its mean.", with_kl(lambda o: kl(o).sum())
    ),
    Mistake(
        "kl-summed-over-latents",
        "the KL is summed over the latents and averaged over the batch; here it is averaged over both.",
        with_kl(lambda o: kl(o).sum(-1).mean()),
    ),
    Mistake(
        "kl-summed-over-batch",
        "the KL is summed over the batch and averaged over the latents; here it is averaged over both.",
        with_kl(lambda o: kl(o).sum(0).mean()),
    ),
    Mistake(
        "kl-sign",
        "the KL term has the wrong sign: it is added to the loss, and never below 0.",
        with_kl(lambda o: -kl(o).mean()),
    ),
    Mistake(
        "kl-without-half",
        "the factor 1/2 of the KL is missing.",
        with_kl(lambda o: (variance(o) + mu2(o) - 1 - 2 * o["logsigma"]).mean()),
    ),
    Mistake(
        "kl-without-half",
        "the factor 1/2 stands nowhere in the KL: KL = (sigma² + mu² − 1)/2 − log sigma.",
        with_kl(lambda o: (variance(o) + mu2(o) - 1 - o["logsigma"]).mean()),
    ),
    Mistake("kl-halved-twice", "the KL is halved once too often.", with_kl(lambda o: kl(o).mean() / 2)),
    Mistake(
        "kl-half-on-all",
        "the 1/2 covers log sigma too: KL = (sigma² + mu² − 1)/2 − log sigma.",
        with_kl(lambda o: ((variance(o) + mu2(o) - 1 - o["logsigma"]) / 2).mean()),
    ),
    Mistake(
        "sigma-for-variance",
        "the KL has sigma where it needs sigma²: exp(2·logsigma), not exp(logsigma).",
        with_kl(lambda o: ((o["logsigma"].exp() + mu2(o) - 1) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "logvar-formula",
        "this is the KL for a log variance, (exp(s) + mu² − 1 − s)/2. Here s is log sigma: sigma² = exp(2s).",
        with_kl(lambda o: ((o["logsigma"].exp() + mu2(o) - 1 - o["logsigma"]) / 2).mean()),
    ),
    Mistake(
        "mu-not-squared",
        "mu is not squared in the KL.",
        with_kl(lambda o: ((variance(o) + o["mu"] - 1) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "mu-missing-in-kl",
        "mu² is missing in the KL.",
        with_kl(lambda o: ((variance(o) - 1) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "logsigma-missing-in-kl",
        "the − log sigma is missing in the KL, so that sigma is pulled to 0.",
        with_kl(lambda o: ((variance(o) + mu2(o) - 1) / 2).mean()),
    ),
    Mistake(
        "logsigma-sign",
        "log sigma has the wrong sign in the KL: it is subtracted.",
        with_kl(lambda o: ((variance(o) + mu2(o) - 1) / 2 + o["logsigma"]).mean()),
    ),
    Mistake(
        "minus-one-missing",
        "the − 1 is missing in the KL: it would not be 0 at mu = 0, sigma = 1.",
        with_kl(lambda o: ((variance(o) + mu2(o)) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "one-added",
        "1 is added in the KL where it is subtracted.",
        with_kl(lambda o: ((variance(o) + mu2(o) + 1) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "logsigma-squared",
        "log sigma is squared where sigma should be: sigma² = exp(2·logsigma).",
        with_kl(lambda o: ((o["logsigma"] ** 2 + mu2(o) - 1) / 2 - o["logsigma"]).mean()),
    ),
    Mistake(
        "log-of-logsigma",
        "the encoder's second half is taken for sigma; it is log sigma.",
        with_kl(lambda o: ((o["logsigma"] ** 2 + mu2(o) - 1) / 2 - o["logsigma"].log()).mean()),
    ),
    Mistake(
        "mean-and-logsigma-swapped",
        "mu and logsigma have changed places in the KL.",
        with_kl(lambda o: ((2 * o["mu"]).exp() + o["logsigma"] ** 2 - 1).mean() / 2 - o["mu"].mean()),
    ),
    Mistake(
        "reverse-kl",
        "this is the KL the other way round, KL(N(0, 1) ‖ N(mu, sigma²)).",
        with_kl(lambda o: ((1 + mu2(o)) / (2 * variance(o)) - 0.5 + o["logsigma"]).mean()),
    ),
    Mistake(
        "beta-ignored",
        "beta_kl is not used: the KL counts in full.",
        lambda o, beta: squared_error(o) + kl(o).mean(),
    ),
    Mistake(
        "beta-fixed",
        "beta is fixed at 0.1: use `self.args.beta_kl`.",
        lambda o, beta: squared_error(o) + 0.1 * kl(o).mean(),
    ),
    Mistake(
        "beta-on-wrong-term",
        "beta_kl multiplies the reconstruction term; it belongs to the KL.",
        lambda o, beta: beta * squared_error(o) + kl(o).mean(),
    ),
    Mistake(
        "beta-on-both",
        "beta_kl multiplies both terms; it belongs to the KL alone.",
        lambda o, beta: beta * (squared_error(o) + kl(o).mean()),
    ),
    Mistake(
        "beta-twice",
        "beta_kl multiplies the KL twice.",
        lambda o, beta: squared_error(o) + beta**2 * kl(o).mean(),
    ),
    Mistake(
        "beta-complement",
        "the reconstruction is weighted by 1 − beta_kl; its weight is 1.",
        lambda o, beta: (1 - beta) * squared_error(o) + beta * kl(o).mean(),
    ),
    Mistake(
        "beta-divides",
        "the KL is divided by beta_kl, not multiplied.",
        lambda o, beta: squared_error(o) + kl(o).mean() / beta,
    ),
    Mistake(
        "kl-missing",
        "the KL term is missing: this trains an autoencoder with noise.",
        lambda o, beta: squared_error(o),
    ),
    Mistake(
        "reconstruction-missing", "the reconstruction term is missing.", lambda o, beta: beta * kl(o).mean()
    ),
    Mistake(
        "reconstruction-missing",
        "the reconstruction term and beta_kl are missing.",
        lambda o, beta: kl(o).mean(),
    ),
]

VAE_MISTAKES = [
    *KL_MISTAKES,
    *(
        Mistake(cause, text, lambda out, beta, f=function: f(out) + beta * kl(out).mean())
        for cause, text, function in RECONSTRUCTION_MISTAKES
    ),
    Mistake(
        "both-summed",
        "both terms are summed; both are means here.",
        lambda o, beta: F.mse_loss(o["reconstruction"], o["x"], reduction="sum") + beta * kl(o).sum(),
    ),
    Mistake(
        "both-summed-per-image",
        "both terms are summed over an image and averaged over the batch; both are means over everything here.",
        lambda o, beta: (
            F.mse_loss(o["reconstruction"], o["x"], reduction="sum") / len(o["x"])
            + beta * kl(o).sum(-1).mean()
        ),
    ),
    Mistake(
        "kl-without-mu-gradient",
        "only mu and sigma's size are pulled: the KL is replaced by mu² + sigma².",
        with_kl(lambda o: (mu2(o) + variance(o)).mean()),
    ),
]

DETACHED = {
    "reconstruction": lambda out: {**out, "reconstruction": out["reconstruction"].detach()},
    "mu": lambda out: {**out, "mu": out["mu"].detach()},
    "logsigma": lambda out: {**out, "logsigma": out["logsigma"].detach()},
}
"""For gradients: the right loss with one of its inputs cut off."""


def value_of(loss: Loss, outputs: Outputs, beta: float) -> float:
    """The loss as a number; nan where the mistake does not go with these outputs."""
    with torch.no_grad():
        return float(loss(outputs, beta))
