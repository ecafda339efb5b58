"""The upper two networks of the two-level VAE as data, and what goes wrong with them."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from checks.models.layers import Half
from checks.models.mistakes import heads
from checks.models.mistakes import final_activations, missing_relus, other_activations
from checks.models.reference import HEADS, Alternative
from checks.models.network import Network, linear, pointwise, relu, replace, reshape


def upper(inputs: int, outputs: int, hidden: int) -> Network:
    """(b, inputs) → (2, b, outputs): linear, ReLU, linear, split."""
    return (
        linear("linear1", inputs, hidden),
        relu("relu1"),
        linear("linear2", hidden, 2 * outputs),
        reshape("split", "b (n latent) -> n b latent", n=2),
    )


def mistakes(name: str) -> list[Alternative]:
    return [
        *missing_relus(name, {"relu1": "between the two linear layers"})[:1],
        *final_activations(name, "a mean and a log sigma may be any number."),
        *other_activations(name, ["relu1"]),
        Alternative(
            "sigma-instead-of-logsigma",
            f"{name}'s second half is already sigma; it is to give log sigma.",
            heads(logsigma=lambda m, s: s.exp()),
        ),
        Alternative(
            "softplus-logsigma",
            f"{name}'s second half went through softplus; log sigma may be negative.",
            heads(logsigma=lambda m, s: F.softplus(s)),
        ),
        Alternative(
            "logvar-halved",
            f"{name}'s second half is halved: that treats the layer's output as a log variance.",
            heads(logsigma=lambda m, s: s / 2),
        ),
        Alternative(
            "same-head-twice",
            f"both halves of {name} are the same numbers: mean and log sigma need rows of their own.",
            heads(logsigma=lambda m, s: m),
        ),
        Alternative(
            "sigma-fixed",
            f"{name} gives log sigma 0 always; it has a part of its own.",
            heads(logsigma=lambda m, s: torch.zeros_like(s)),
        ),
        Alternative(
            "mixed-rows",
            "the last layer's numbers are cut up without regard to the batch, so that images mix: `view(2, -1, latent)` "
            "does this. Split the last dimension in two: `b (n latent) -> n b latent`.",
            replace("split", pointwise("split", lambda x: x.reshape(2, len(x), -1))),
        ),
    ]


ENCODER2 = Half(upper, [HEADS], mistakes("encoder2"))
DECODER2 = Half(upper, [HEADS], mistakes("decoder2"))
