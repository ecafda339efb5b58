"""The course's networks as data, the equally good ways of writing them, and what goes wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import torch
from einops import rearrange
from torch.nn import functional as F

from checks.oracle import (
    Edit,
    Layer,
    Network,
    after,
    at_the_end,
    at_the_start,
    conv,
    drop,
    linear,
    pointwise,
    relu,
    replace,
    reshape,
    run,
    transposed_conv,
)


@dataclass(frozen=True)
class Architecture:
    """The two halves of a model, each made from (latent_dim_size, hidden_dim_size)."""

    encoder: Callable[[int, int], Network]
    decoder: Callable[[int, int], Network]


@dataclass(frozen=True)
class Variant:
    """One edit of a half: a known mistake (`slug` is the cause) or an equally good way (`text` is a note, or empty)."""

    slug: str
    text: str
    edit: Edit


def convolutions(hidden_dim_size: int) -> Network:
    """The encoder down to the hidden layer: (b, 1, 28, 28) → (b, hidden_dim_size)."""
    return (
        conv("conv1", (1, 16)),
        relu("relu1"),
        conv("conv2", (16, 32)),
        relu("relu2"),
        reshape("flatten", "b c h w -> b (c h w)"),
        linear("linear1", 32 * 7 * 7, hidden_dim_size),
        relu("relu3"),
    )


def autoencoder_encoder(latent_dim_size: int, hidden_dim_size: int) -> Network:
    return (*convolutions(hidden_dim_size), linear("linear2", hidden_dim_size, latent_dim_size))


def vae_encoder(latent_dim_size: int, hidden_dim_size: int) -> Network:
    heads = linear("linear2", hidden_dim_size, 2 * latent_dim_size)
    return (*convolutions(hidden_dim_size), heads, reshape("split", "b (n latent) -> n b latent", n=2))


def decoder(latent_dim_size: int, hidden_dim_size: int) -> Network:
    return (
        linear("linear1", latent_dim_size, hidden_dim_size),
        relu("relu1"),
        linear("linear2", hidden_dim_size, 32 * 7 * 7),
        relu("relu2"),
        reshape("unflatten", "b (c h w) -> b c h w", c=32, h=7, w=7),
        transposed_conv("conv1", (32, 16)),
        relu("relu3"),
        transposed_conv("conv2", (16, 1)),
    )


AUTOENCODER = Architecture(autoencoder_encoder, decoder)
VAE = Architecture(vae_encoder, decoder)


# Equally good ways: the same family of functions with the weights in another order.

ORDERS = [" ".join(order) for order in permutations("chw")]


def order_note(order: str) -> str:
    """What to say of a flattening order; nothing of the usual one."""
    if order == "c h w":
        return ""
    if order.index("h") > order.index("w"):
        return (
            f"you flatten as ({order}), width before height. It is harmless here, since both are 7 and the next "
            "linear layer learns any order; it breaks as soon as an image is not square. Use (c h w)."
        )
    return (
        f"you flatten as ({order}). The next linear layer learns any order, so this is right; the course (and "
        "torch's own Flatten) uses (c h w), the channel slowest."
    )


FLATTENINGS = [
    Variant(
        f"flatten {order}",
        order_note(order),
        replace("flatten", reshape("flatten", f"b c h w -> b ({order})")),
    )
    for order in ORDERS
]
UNFLATTENINGS = [
    Variant(
        f"unflatten {order}",
        order_note(order),
        replace("unflatten", reshape("unflatten", f"b ({order}) -> b c h w", c=32, h=7, w=7)),
    )
    for order in ORDERS
]


def split(pattern: str, flip: bool = False) -> Edit:
    def apply(x: torch.Tensor) -> torch.Tensor:
        halves = rearrange(x, pattern, n=2)
        return halves.flip(0) if flip else halves

    return replace("split", pointwise("split", apply))


HEADS = [
    Variant("mean rows first", "", split("b (n latent) -> n b latent")),
    Variant("log-sigma rows first", "", split("b (n latent) -> n b latent", flip=True)),
    Variant("interleaved rows", "", split("b (latent n) -> n b latent")),
    Variant("interleaved rows, log-sigma first", "", split("b (latent n) -> n b latent", flip=True)),
]


# Known mistakes. Each line is a cause, what to tell the learner, and the edit that reproduces it.

ACTIVATIONS: dict[str, Callable] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: x.softmax(-1),
    "leaky-relu": F.leaky_relu,
    "gelu": F.gelu,
    "elu": F.elu,
    "silu": F.silu,
    "softplus": F.softplus,
    "relu6": F.relu6,
}


def missing_relus(half: str, places: dict[str, str]) -> list[Variant]:
    return [
        Variant("missing-relu", f"the ReLU {place} of the {half} is missing.", drop(name))
        for name, place in places.items()
    ]


def other_activations(half: str, relus: list[str]) -> list[Variant]:
    """Another function wherever a ReLU belongs: at one place, or at all of them."""
    wrong = []
    for activation, function in ACTIVATIONS.items():
        if activation == "softmax":
            continue
        everywhere = combine(*(replace(name, pointwise(name, function)) for name in relus))
        wrong.append(
            Variant("wrong-activation", f"the {half} uses {activation} where ReLU is asked.", everywhere)
        )
        for place, name in enumerate(relus, start=1):
            text = f"activation {place} of the {half} is {activation} where ReLU is asked."
            wrong.append(Variant("wrong-activation", text, replace(name, pointwise(name, function))))
    return wrong


def combine(*edits: Edit) -> Edit:
    def edit(network: Network) -> Network:
        for each in edits:
            network = each(network)
        return network

    return edit


def final_activations(half: str, why: str) -> list[Variant]:
    last = [
        Variant(
            "final-activation",
            f"there is a {name} after the last layer of the {half}; {why}",
            at_the_end(layer),
        )
        for name, layer in ((name, pointwise("last", function)) for name, function in ACTIVATIONS.items())
    ]
    return [
        Variant(
            "final-relu",
            f"there is a ReLU after the last layer of the {half}; {why}",
            at_the_end(pointwise("last", F.relu)),
        ),
        *last,
    ]


def norm_of_batch(x: torch.Tensor) -> torch.Tensor:
    return (x - x.mean(0)) / (x.std(0, unbiased=False) + 1e-5)


def flipped_kernel(name: str, layer: Layer) -> Layer:
    """The layer with its kernels turned by 180°: what a hand-made transposed convolution easily gets wrong."""

    def apply(weights, x):
        turned = {role: w.flip(-1, -2) if role.startswith(f"{name}.") else w for role, w in weights.items()}
        return layer.apply(turned, x)

    return Layer(name, layer.text, apply, layer.shapes)


ENCODER_MISTAKES = [
    *missing_relus(
        "encoder",
        {
            "relu1": "after the first convolution",
            "relu2": "after the second convolution",
            "relu3": "between the two linear layers",
        },
    ),
    *final_activations(
        "encoder", "a latent may be negative, so nothing stands behind the last linear layer."
    ),
    *other_activations("encoder", ["relu1", "relu2", "relu3"]),
    Variant(
        "relu-before-convolution",
        "the encoder starts with a ReLU, before the first convolution: normalised pixels may be negative, and it "
        "throws that part of the image away.",
        at_the_start(pointwise("early", F.relu)),
    ),
    Variant(
        "relu-after-flatten-only",
        "the ReLU belongs after each convolution; the first one is missing and another stands elsewhere.",
        combine(drop("relu1"), after("flatten", relu("late"))),
    ),
    Variant(
        "padding-mode",
        "the encoder's convolutions pad by reflection; plain zeros are asked.",
        combine(
            replace("conv1", conv("conv1", (1, 16), padding_mode="reflect")),
            replace("conv2", conv("conv2", (16, 32), padding_mode="reflect")),
        ),
    ),
    Variant(
        "padding-mode",
        "the encoder's convolutions pad with copies of the edge; plain zeros are asked.",
        combine(
            replace("conv1", conv("conv1", (1, 16), padding_mode="replicate")),
            replace("conv2", conv("conv2", (16, 32), padding_mode="replicate")),
        ),
    ),
    Variant(
        "normalised-latents",
        "the latents are scaled to length 1; the encoder ends with its plain linear layer.",
        at_the_end(pointwise("last", lambda x: F.normalize(x, dim=-1))),
    ),
    Variant(
        "normalised-input",
        "the encoder normalises the image again; the data set has done it already.",
        at_the_start(pointwise("early", lambda x: (x - 0.1307) / 0.3081)),
    ),
    Variant(
        "batch-statistics",
        "the latents are standardised over the batch, so that one image's code depends on its neighbours.",
        at_the_end(pointwise("last", norm_of_batch)),
    ),
]

DECODER_MISTAKES = [
    *missing_relus(
        "decoder",
        {
            "relu1": "between the two linear layers",
            "relu2": "after the second linear layer",
            "relu3": "between the two transposed convolutions",
        },
    ),
    *final_activations("decoder", "a normalised pixel may be negative, so the last layer stands alone."),
    *other_activations("decoder", ["relu1", "relu2", "relu3"]),
    Variant(
        "denormalised-output",
        "the decoder undoes the normalisation; it is to give normalised pixels, like those that went in.",
        at_the_end(pointwise("last", lambda x: x * 0.3081 + 0.1307)),
    ),
    Variant(
        "clamped-output",
        "the decoder clamps its output to 0…1; a normalised pixel may be negative.",
        at_the_end(pointwise("last", lambda x: x.clamp(0, 1))),
    ),
    Variant(
        "flipped-kernel",
        "the kernels of the transposed convolutions are turned round (flipped) once too often or once too little.",
        lambda network: tuple(
            flipped_kernel(layer.name, layer) if layer.name in ("conv1", "conv2") else layer
            for layer in network
        ),
    ),
]

VAE_ENCODER_MISTAKES = [
    *ENCODER_MISTAKES,
    Variant(
        "sigma-instead-of-logsigma",
        "encoder(x)[1] is already sigma: exp was applied in the encoder. It is to give log sigma, and "
        "sample_latent_vector takes the exp.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], x[1].exp())))),
    ),
    Variant(
        "softplus-logsigma",
        "encoder(x)[1] went through softplus: that makes it a positive sigma. It is to be log sigma, which may "
        "be negative.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], F.softplus(x[1]))))),
    ),
    Variant(
        "relu-on-logsigma",
        "encoder(x)[1] went through a ReLU: log sigma may be negative, and in training it mostly is.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], x[1].relu())))),
    ),
    Variant(
        "same-head-twice",
        "encoder(x)[0] and encoder(x)[1] are the same numbers: mean and log sigma need rows of their own.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], x[0])))),
    ),
    Variant(
        "logvar-halved",
        "encoder(x)[1] is halved: that treats the layer's output as a log variance. Here it is log sigma itself.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], x[1] / 2)))),
    ),
    Variant(
        "tanh-on-mean",
        "encoder(x)[0] went through tanh: the mean may be any number.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0].tanh(), x[1])))),
    ),
    Variant(
        "clamped-logsigma",
        "encoder(x)[1] is clamped; log sigma is to come out as the layer gives it.",
        at_the_end(pointwise("last", lambda x: torch.stack((x[0], x[1].clamp(-1, 1))))),
    ),
]

# forward as a network of two layers, "encode" and "decode".


def residual(network: Network) -> Network:
    return (pointwise("residual", lambda x: x + run(network, {}, x)),)


FORWARD_MISTAKES = [
    *(
        Variant(
            "final-activation",
            f"forward puts a {name} behind the decoder; the reconstruction is the decoder's output as it is.",
            at_the_end(pointwise("last", function)),
        )
        for name, function in {**ACTIVATIONS, "ReLU": F.relu, "clamp": lambda x: x.clamp(0, 1)}.items()
    ),
    *(
        Variant(
            "activation-on-latent",
            f"forward puts a {name} between encoder and decoder; a latent may be any number.",
            after("encode", pointwise("between", function)),
        )
        for name, function in {**ACTIVATIONS, "ReLU": F.relu}.items()
    ),
    Variant(
        "residual", "forward adds x to the reconstruction, so nothing need pass the bottleneck.", residual
    ),
    Variant("returns-code", "forward returns the code; decode it.", drop("decode")),
    Variant(
        "denormalised-output",
        "forward undoes the normalisation; the loss compares normalised pixels.",
        at_the_end(pointwise("last", lambda x: x * 0.3081 + 0.1307)),
    ),
]
