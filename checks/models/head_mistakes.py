"""What goes wrong with a VAE's two heads, and in an autoencoder's forward: as in `network_mistakes`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

from checks.models.mistakes import WITH_RELU, at_end, at_start, encoder_mistakes
from checks.models.network import Edit, Network, after, compute, pointwise, replace
from checks.models.reference import Alternative, Images

# The VAE's encoder: x[0] is the mean, x[1] log sigma.


def heads(mean: Callable = lambda m, s: m, logsigma: Callable = lambda m, s: s) -> Edit:
    """Both heads as functions of what they should be."""
    return at_end(lambda x: torch.stack((mean(*x), logsigma(*x))))


def vae_encoder_mistakes(images: Images) -> list[Alternative]:
    return [
        *encoder_mistakes(images),
        Alternative(
            "sigma-instead-of-logsigma",
            "encoder(x)[1] is already sigma: exp was applied in the encoder. It is to give log sigma, and "
            "sample_latent_vector takes the exp.",
            heads(logsigma=lambda m, s: s.exp()),
        ),
        Alternative(
            "softplus-logsigma",
            "encoder(x)[1] went through softplus: that makes it a positive sigma. It is to be log sigma, which may "
            "be negative.",
            heads(logsigma=lambda m, s: F.softplus(s)),
        ),
        Alternative(
            "relu-on-logsigma",
            "encoder(x)[1] went through a ReLU: log sigma may be negative, and in training it mostly is.",
            heads(logsigma=lambda m, s: s.relu()),
        ),
        Alternative(
            "tanh-on-logsigma",
            "encoder(x)[1] went through tanh: log sigma may be any number.",
            heads(logsigma=lambda m, s: s.tanh()),
        ),
        Alternative(
            "logvar-halved",
            "encoder(x)[1] is halved: that treats the layer's output as a log variance. Here it is log sigma itself.",
            heads(logsigma=lambda m, s: s / 2),
        ),
        Alternative(
            "clamped-logsigma",
            "encoder(x)[1] is clamped; log sigma is to come out as the layer gives it.",
            heads(logsigma=lambda m, s: s.clamp(-1, 1)),
        ),
        Alternative(
            "tanh-on-mean",
            "encoder(x)[0] went through tanh: the mean may be any number.",
            heads(mean=lambda m, s: m.tanh()),
        ),
        Alternative(
            "relu-on-mean",
            "encoder(x)[0] went through a ReLU: the mean may be negative.",
            heads(mean=lambda m, s: m.relu()),
        ),
        Alternative(
            "same-head-twice",
            "encoder(x)[0] and encoder(x)[1] are the same numbers: mean and log sigma need rows of their own.",
            heads(logsigma=lambda m, s: m),
        ),
        Alternative(
            "mixed-rows",
            "the last layer's numbers are cut up without regard to the batch, so that images mix: `view(2, -1, latent)` "
            "does this. Split the last dimension in two first, then bring the 2 to the front: `b (n latent) -> n b latent`.",
            replace("split", pointwise("split", lambda x: x.reshape(2, len(x), -1))),
        ),
    ]


# forward of an autoencoder, as a network of two layers: "encode" and "decode".


def residual(network: Network) -> Network:
    return (pointwise("residual", lambda x: x + compute(network, {}, x)),)


def forward_mistakes(images: Images) -> list[Alternative]:
    return [
        *(
            Alternative(
                "final-activation",
                f"forward puts a {name} behind the decoder; the reconstruction is the decoder's output as it is.",
                at_end(function),
            )
            for name, function in WITH_RELU.items()
        ),
        *(
            Alternative(
                "activation-on-latent",
                f"forward puts a {name} between encoder and decoder; a latent may be any number.",
                after("encode", pointwise("between", function)),
            )
            for name, function in WITH_RELU.items()
        ),
        Alternative(
            "clamped-output",
            "forward clamps the reconstruction to 0…1; a normalised pixel may be negative.",
            at_end(lambda x: x.clamp(0, 1)),
        ),
        Alternative(
            "residual", "forward adds x to the reconstruction, so nothing need pass the bottleneck.", residual
        ),
        Alternative(
            "returns-input",
            "forward returns x itself, not what the decoder made of its code.",
            lambda network: (),
        ),
        Alternative(
            "transposed-image",
            "forward exchanges height and width before it encodes; the image is to go in as it is.",
            at_start(lambda x: x.transpose(-1, -2)),
        ),
        Alternative(
            "transposed-image",
            "forward exchanges height and width after decoding; the reconstruction is to come out as the decoder gives it.",
            at_end(lambda x: x.transpose(-1, -2)),
        ),
        Alternative(
            "normalised-input",
            "forward normalises the image again; the data set has done it already.",
            at_start(images.normalise),
        ),
        Alternative(
            "denormalised-output",
            "forward undoes the normalisation; the loss compares normalised pixels.",
            at_end(images.denormalise),
        ),
    ]
