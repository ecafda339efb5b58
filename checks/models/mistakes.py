"""What goes wrong with the course's networks: a cause, what to tell the learner, and the edit that reproduces it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.models.network import (
    Edit,
    Layer,
    Network,
    after,
    at_the_end,
    at_the_start,
    compute,
    conv,
    drop,
    pointwise,
    replace,
)
from checks.models.reference import Alternative, Images

NUMERALS = ("first", "second", "third")

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: x.softmax(-1),
    "LeakyReLU": F.leaky_relu,
    "LeakyReLU(0.1)": lambda x: F.leaky_relu(x, 0.1),
    "LeakyReLU(0.2)": lambda x: F.leaky_relu(x, 0.2),
    "GELU": F.gelu,
    "ELU": F.elu,
    "SiLU": F.silu,
    "softplus": F.softplus,
    "ReLU6": F.relu6,
}
WITH_RELU = {"ReLU": F.relu, **ACTIVATIONS}


def combine(*edits: Edit) -> Edit:
    def edit(network: Network) -> Network:
        for each in edits:
            network = each(network)
        return network

    return edit


def at_end(function: Callable[[Tensor], Tensor]) -> Edit:
    """A function of the output put behind the last layer."""
    return at_the_end(pointwise("last", function))


def at_start(function: Callable[[Tensor], Tensor]) -> Edit:
    return at_the_start(pointwise("first", function))


# Mistakes of either half


def missing_relus(half: str, places: dict[str, str]) -> list[Alternative]:
    """Each ReLU missing, and all of them; two of them are found as a pair."""
    return [
        *(
            Alternative("missing-relu", f"the ReLU {place} of the {half} is missing.", drop(name))
            for name, place in places.items()
        ),
        Alternative("missing-relu", f"the {half} has no ReLU at all.", combine(*map(drop, places)), alone=True),
    ]


def final_activations(half: str, why: str) -> list[Alternative]:
    return [
        Alternative(
            "final-relu" if name == "ReLU" else "final-activation",
            f"there is a {name} after the last layer of the {half}; {why}",
            at_end(function),
        )
        for name, function in WITH_RELU.items()
    ]


def other_activations(half: str, relus: list[str]) -> list[Alternative]:
    """Another function wherever a ReLU belongs: at all places, or at one of them."""
    wrong = []
    for activation, function in ACTIVATIONS.items():
        if activation == "softmax":
            continue
        everywhere = combine(*(replace(name, pointwise(name, function)) for name in relus))
        text = f"the {half} uses {activation} where ReLU is asked."
        wrong.append(Alternative("wrong-activation", text, everywhere))
        for place, name in enumerate(relus, start=1):
            text = f"activation {place} of the {half} is {activation} where ReLU is asked."
            edit = replace(name, pointwise(name, function))
            wrong.append(Alternative("wrong-activation", text, edit, alone=True))
    return wrong


def standardised(x: Tensor, *axes: int) -> Tensor:
    """x without its mean and in units of its standard deviation along these axes, as torch's normalising layers do it."""
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


def normalising(half: str, *layers: str) -> list[Alternative]:
    """Normalisation without weights behind one of these convolutions, or behind all of them."""
    chosen = [*([name] for name in layers), list(layers)]
    return [
        Alternative(
            "batch-norm",
            f"there is a normalising layer ({kind}) in the {half}; the exercise asks for none.",
            combine(*(after(name, pointwise("norm", norm)) for name in names)),
            alone=True,
        )
        for names in chosen
        for kind, norm in (
            ("BatchNorm", lambda x: standardised(x, 0, 2, 3)),
            ("InstanceNorm", lambda x: standardised(x, 2, 3)),
            ("LayerNorm", lambda x: standardised(x, 1, 2, 3)),
        )
    ]


# The encoder


def other_padding(images: Images, mode: str) -> Edit:
    pairs = zip(images.convolutions, pairwise(images.channels), strict=True)
    return combine(*(replace(name, conv(name, channels, padding_mode=mode)) for name, channels in pairs))


def pooled(images: Images, pool: Callable[[Tensor, int], Tensor]) -> Edit:
    """Convolutions that keep the size (padding="same"), and pooling where the strides should halve it."""

    def full_size(name: str, strided: Layer) -> Layer:
        def apply(weights, x):
            return pool(F.conv2d(F.pad(x, (1, 2, 1, 2)), weights[f"{name}.weight"]), 2)

        return Layer(name, strided.text, apply, strided.shapes)

    pairs = zip(images.convolutions, pairwise(images.channels), strict=True)
    return combine(*(replace(name, full_size(name, conv(name, channels))) for name, channels in pairs))


def encoder_mistakes(images: Images) -> list[Alternative]:
    places = {
        f"relu{number}": f"after the {numeral} convolution"
        for number, (_, numeral) in enumerate(zip(images.convolutions, NUMERALS, strict=False), start=1)
    }
    places[f"relu{len(places) + 1}"] = "between the two linear layers"
    return [
        *missing_relus("encoder", places),
        *final_activations("encoder", "a latent may be negative, so nothing stands behind the last linear layer."),
        *other_activations("encoder", list(places)),
        *normalising("encoder", *images.convolutions),
        Alternative(
            "relu-before-convolution",
            "the encoder starts with a ReLU, before the first convolution: normalised pixels may be negative, and it "
            "throws that part of the image away.",
            at_start(F.relu),
        ),
        Alternative(
            "relu-in-wrong-place",
            "the ReLUs stand in front of the convolutions; each belongs behind its convolution.",
            combine(at_start(F.relu), drop(f"relu{len(images.convolutions)}")),
            alone=True,
        ),
        Alternative(
            "pooling-for-stride",
            "the encoder halves the image by max-pooling; the convolutions are to do it themselves, with stride 2.",
            pooled(images, F.max_pool2d),
        ),
        Alternative(
            "pooling-for-stride",
            "the encoder halves the image by average pooling; the convolutions are to do it themselves, with stride 2.",
            pooled(images, F.avg_pool2d),
        ),
        Alternative(
            "padding-mode",
            "the encoder's convolutions pad by reflection; plain zeros are asked.",
            other_padding(images, "reflect"),
        ),
        Alternative(
            "padding-mode",
            "the encoder's convolutions pad with copies of the edge; plain zeros are asked.",
            other_padding(images, "replicate"),
        ),
        Alternative(
            "normalised-latents",
            "the latents are scaled to length 1; the encoder ends with its plain linear layer.",
            at_end(lambda x: F.normalize(x, dim=-1)),
        ),
        Alternative(
            "normalised-input",
            "the encoder normalises the image again; the data set has done it already.",
            at_start(images.normalise),
        ),
        Alternative(
            "transposed-image",
            "the encoder exchanges rows and columns of the image.",
            at_start(lambda x: x.transpose(-1, -2)),
        ),
        Alternative(
            "batch-statistics",
            "the latents are standardised over the batch, so that one image's code depends on its neighbours.",
            at_end(lambda x: standardised(x, -2)),
        ),
    ]


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


# The decoder


def flipped_kernels(network: Network) -> Network:
    """Kernels turned by 180°: what a hand-made transposed convolution easily gets wrong."""

    def flipped(layer: Layer) -> Layer:
        role = f"{layer.name}.weight"
        return Layer(layer.name, layer.text, lambda w, x: layer.apply({role: w[role].flip(-1, -2)}, x), layer.shapes)

    return tuple(flipped(layer) if layer.name.startswith("conv") else layer for layer in network)


def decoder_mistakes(images: Images) -> list[Alternative]:
    places = {"relu1": "between the two linear layers", "relu2": "after the second linear layer"}
    between = images.convolutions[1:]
    for number, (_, numeral) in enumerate(zip(between, NUMERALS, strict=False), start=3):
        where = "between the two transposed convolutions" if len(between) == 1 else None
        places[f"relu{number}"] = where or f"after the {numeral} transposed convolution"
    return [
        *missing_relus("decoder", places),
        *final_activations("decoder", "a normalised pixel may be negative, so the last layer stands alone."),
        *other_activations("decoder", list(places)),
        *normalising("decoder", *images.convolutions),
        Alternative(
            "relu-before-linear",
            "the decoder starts with a ReLU: a latent may be negative, and it throws that half of the code away.",
            at_start(F.relu),
        ),
        Alternative(
            "denormalised-output",
            "the decoder undoes the normalisation; it is to give normalised pixels, like those that went in.",
            at_end(images.denormalise),
        ),
        Alternative(
            "clamped-output",
            "the decoder clamps its output to 0…1; a normalised pixel may be negative.",
            at_end(lambda x: x.clamp(0, 1)),
        ),
        Alternative(
            "transposed-image",
            "the decoder exchanges rows and columns of the image.",
            at_end(lambda x: x.transpose(-1, -2)),
        ),
        Alternative(
            "flipped-kernel",
            "the kernels of the transposed convolutions are turned round (flipped) once too often or once too little.",
            flipped_kernels,
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
        Alternative("residual", "forward adds x to the reconstruction, so nothing need pass the bottleneck.", residual),
        Alternative(
            "returns-input", "forward returns x itself, not what the decoder made of its code.", lambda network: ()
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
