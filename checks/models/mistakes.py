"""What goes wrong with the course's networks: a cause, what to tell the learner, and the edit that reproduces it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations, pairwise, permutations

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.models.network import (
    Edit,
    Layer,
    Network,
    Weights,
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
    "Mish": F.mish,
    "softplus": F.softplus,
    "ReLU6": F.relu6,
}
RARER: dict[str, Callable[[Tensor], Tensor]] = {
    "GELU (by tanh)": lambda x: F.gelu(x, approximate="tanh"),
    "LeakyReLU(0.3)": lambda x: F.leaky_relu(x, 0.3),
    "LeakyReLU(0.05)": lambda x: F.leaky_relu(x, 0.05),
    "LeakyReLU(0.5)": lambda x: F.leaky_relu(x, 0.5),
    "SELU": F.selu,
    "Hardtanh": F.hardtanh,
    "Hardswish": F.hardswish,
    "Hardsigmoid": F.hardsigmoid,
    "Softsign": F.softsign,
    "ELU(0.5)": lambda x: F.elu(x, 0.5),
    "logsigmoid": F.logsigmoid,
    "softmax over the channels": lambda x: x.softmax(-3 if x.dim() == 4 else -1),
}
"""They are tried alone, and not at two places of three."""

WITH_RELU = {"ReLU": F.relu, **ACTIVATIONS}
ENDS = {name: function for name, function in {**WITH_RELU, **RARER}.items() if name != "Hardtanh"}
"""What may stand behind a last layer; a Hardtanh is a clamp, and read off."""

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": torch.abs,
    "exp": torch.exp,
    "square": torch.square,
    "round": torch.round,
    "sign": torch.sign,
    "half precision": lambda x: x.half().float(),
    "bfloat16": lambda x: x.bfloat16().float(),
}
"""What else may be done to numbers, one by one; for what is a straight line or a clamp, see `checks.models.changes`."""


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
            alone=name in RARER,
        )
        for name, function in ENDS.items()
    ] + other_functions(f"the output of the {half}", at_end)


LESS_PRECISE = ("half precision", "bfloat16")


def other_functions(what: str, put: Callable[[Callable[[Tensor], Tensor]], Edit]) -> list[Alternative]:
    return [
        Alternative(
            "wrong-dtype" if name in LESS_PRECISE else "changed-output",
            f"{what} goes through {name}; it is to stay as it is.",
            put(function),
            alone=True,
        )
        for name, function in FUNCTIONS.items()
    ]


def some_of(places: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """All of them, and then fewer and fewer."""
    return chain.from_iterable(combinations(places, number) for number in range(len(places), 0, -1))


def other_activations(half: str, relus: list[str]) -> list[Alternative]:
    """Another function where a ReLU belongs: at all places, or at some of them."""
    return [
        Alternative(
            "wrong-activation",
            f"the {half} uses {activation} where ReLU is asked."
            if len(names) == len(relus)
            else f"{activations(names)} of the {half} {'is' if len(names) == 1 else 'are'} {activation} where ReLU is asked.",
            combine(*(replace(name, pointwise(name, function)) for name in names)),
            alone=activation in RARER or len(names) < len(relus),
        )
        for names in some_of(relus)
        for activation, function in {**ACTIVATIONS, **(RARER if len(names) in (1, len(relus)) else {})}.items()
    ]


def two_activations(half: str, relus: Sequence[str]) -> list[Alternative]:
    """Two other functions, each where a ReLU belongs."""
    return [
        Alternative(
            "wrong-activation",
            f"{activations([first])} of the {half} is {one} and {activations([second])} is {other}, where ReLU is asked.",
            combine(
                replace(first, pointwise(first, ACTIVATIONS[one])),
                replace(second, pointwise(second, ACTIVATIONS[other])),
            ),
            alone=True,
        )
        for first, second in combinations(relus, 2)
        for one, other in permutations(("tanh", "sigmoid", "LeakyReLU", "GELU", "SiLU"), 2)
    ]


def activations(relus: Sequence[str]) -> str:
    """ "activation 2", or "activations 1 and 2"."""
    numbers = [name.removeprefix("relu") for name in relus]
    return f"activation{'s' * (len(numbers) > 1)} {' and '.join(numbers)}"


def standardised(x: Tensor, *axes: int) -> Tensor:
    """x without its mean and in units of its standard deviation along these axes, as torch's normalising layers do it."""
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


NORMS: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, ...]]] = {
    "BatchNorm": (lambda x: standardised(x, 0, *range(2, x.dim())), (2, 4)),
    "InstanceNorm": (lambda x: standardised(x, 2, 3), (4,)),
    "LayerNorm": (lambda x: standardised(x, *range(1, x.dim())), (2, 4)),
    "RMSNorm": (lambda x: x / x.square().mean(-1, keepdim=True).add(torch.finfo(x.dtype).eps).sqrt(), (2,)),
    **{f"GroupNorm({groups})": (partial(F.group_norm, num_groups=groups), (4,)) for groups in (2, 4, 8, 16)},
}
"""Layers that normalise, without weights; and of how many dimensions the numbers are that they are put behind."""


def normalising(half: str, pictures: Sequence[str], rows: Sequence[str]) -> list[Alternative]:
    """Normalisation without weights behind one of these layers, which give pictures or rows of numbers, or behind all
    convolutions."""
    convolutions = [name for name in pictures if name.startswith("conv")]
    places = [*(([name], 4) for name in pictures), (convolutions, 4), *(([name], 2) for name in rows)]
    return [
        Alternative(
            "batch-norm",
            f"there is a normalising layer ({kind}) in the {half}; the exercise asks for none.",
            combine(*(after(name, pointwise("norm", norm)) for name in names)),
            alone=True,
            mixes=kind == "BatchNorm",
        )
        for names, dimensions in places
        for kind, (norm, fitting) in NORMS.items()
        if dimensions in fitting
    ]


# The encoder


PADDINGS = {"reflect": "by reflection", "replicate": "with copies of the edge", "circular": "with the opposite edge"}


def padded(images: Images, names: Sequence[str], pad: Callable[[Tensor], Tensor]) -> Edit:
    """These convolutions with another padding than one row of zeros on each side."""

    def layer(name: str, channels: tuple[int, int]) -> Layer:
        bare = conv(name, channels, padding=0)
        return Layer(name, bare.text, lambda weights, x: bare.apply(weights, pad(x)), bare.shapes)

    pairs = zip(images.convolutions, pairwise(images.channels), strict=True)
    return combine(*(replace(name, layer(name, channels)) for name, channels in pairs if name in names))


def other_paddings(images: Images) -> list[Alternative]:
    black = -images.mean / images.std
    ways: list[tuple[str, str, Callable[[Tensor], Tensor]]] = [
        *(
            ("padding-mode", f"pad {how}; plain zeros are asked", lambda x, mode=mode: F.pad(x, (1,) * 4, mode=mode))
            for mode, how in PADDINGS.items()
        ),
        *(
            (
                "padding-mode",
                f"pad with {number:.3g}; plain zeros are asked",
                lambda x, n=number: F.pad(x, (1,) * 4, value=n),
            )
            for number in (1.0, black)
        ),
        *(
            ("wrong-stride-or-padding", f"pad {where}; one on each side is asked", lambda x, by=by: F.pad(x, by))
            for where, by in (
                ("above and on the left alone", (2, 0, 2, 0)),
                ("below and on the right alone", (0, 2, 0, 2)),
            )
        ),
    ]
    return [
        Alternative(
            cause,
            f"{'the' if len(names) > 1 else names[0].replace('conv', 'convolution ') + ' of the'} encoder"
            f"{chr(39) + 's convolutions' if len(names) > 1 else ''} {text if len(names) > 1 else text.replace('pad', 'pads', 1)}.",
            padded(images, names, pad),
            alone=True,
        )
        for names in (images.convolutions, *([name] for name in images.convolutions))
        for cause, text, pad in ways
    ]


POOLS: dict[str, Callable[..., Tensor]] = {"max-pooling": F.max_pool2d, "average pooling": F.avg_pool2d}


def pooled(images: Images, names: Sequence[str], pool: Callable[[Tensor], Tensor], by: int, late: bool) -> Edit:
    """These convolutions with stride 1, padded `by` rows (-1 for "same"), and pooling where their strides should halve the
    image: at once, or `late`, behind the ReLU."""

    def full_size(name: str, strided: Layer) -> Layer:
        def apply(weights: Weights, x: Tensor) -> Tensor:
            x = F.conv2d(F.pad(x, (1, 2, 1, 2) if by < 0 else (by,) * 4), weights[f"{name}.weight"])
            return x if late else pool(x)

        return Layer(name, strided.text, apply, strided.shapes)

    pairs = zip(images.convolutions, pairwise(images.channels), strict=True)
    return combine(
        *(replace(name, full_size(name, conv(name, channels))) for name, channels in pairs if name in names),
        *(after(name.replace("conv", "relu"), pointwise("pool", pool)) for name in names if late),
    )


def pooling(images: Images) -> list[Alternative]:
    return [
        Alternative(
            "pooling-for-stride",
            f"the encoder halves the image by {kind}; the convolutions are to do it themselves, with stride 2.",
            pooled(images, names, partial(pool, kernel_size=2, ceil_mode=by == 1), by, late),
            alone=True,
        )
        for names in (images.convolutions, *([name] for name in images.convolutions))
        for kind, pool in POOLS.items()
        for by in (-1, 1, 2)
        for late in ((False, True) if kind == "average pooling" else (False,))
    ]


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
        *two_activations("encoder", list(places)),
        *normalising(
            "encoder",
            [*images.convolutions, *(name.replace("conv", "relu") for name in images.convolutions)],
            ["linear1", f"relu{len(images.channels)}", "linear2"],
        ),
        *pooling(images),
        *other_paddings(images),
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
            alone=True,
            mixes=True,
        ),
        Alternative(
            "batch-norm",
            "the image is standardised before the first convolution; the exercise asks for no normalising layer.",
            at_start(lambda x: standardised(x, 0, 2, 3)),
            alone=True,
            mixes=True,
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
            alone=True,
            mixes=True,
        ),
        *other_heads(),
    ]


def other_heads() -> list[Alternative]:
    """What else may have been done to one of the heads."""
    sigmas: list[tuple[str, str, Callable[[Tensor], Tensor]]] = [
        ("sigma-instead-of-logsigma", "exp(s / 2), which makes a log variance s a sigma", lambda s: (s / 2).exp()),
        ("sigma-instead-of-logsigma", "exp(2s), which makes a variance of log sigma", lambda s: (2 * s).exp()),
        ("softplus-logsigma", "log(softplus(s))", lambda s: F.softplus(s).log()),
        ("wrong-logsigma", "|s|", torch.abs),
        ("wrong-logsigma", "log|s|", lambda s: s.abs().log()),
        ("wrong-logsigma", "sigmoid(s)", torch.sigmoid),
        ("wrong-logsigma", "log(sigmoid(s))", F.logsigmoid),
        ("wrong-logsigma", "LeakyReLU(s)", F.leaky_relu),
        ("wrong-logsigma", "ELU(s)", F.elu),
        ("wrong-logsigma", "log_softmax(s)", lambda s: s.log_softmax(-1)),
        (
            "wrong-logsigma",
            "the mean of the image's s, for all latents",
            lambda s: s.mean(-1, keepdim=True).expand_as(s),
        ),
        *(
            ("wrong-logsigma", f"log(exp(s) + {tiny})", lambda s, tiny=tiny: (s.exp() + tiny).log())
            for tiny in (1.0, 0.1, 0.01)
        ),
    ]
    means: list[tuple[str, str, Callable[[Tensor], Tensor]]] = [
        ("wrong-mean", "sigmoid(m)", torch.sigmoid),
        ("wrong-mean", "|m|", torch.abs),
        ("wrong-mean", "m scaled to length 1", lambda m: F.normalize(m, dim=-1)),
    ]
    return [
        *(
            Alternative(
                cause,
                f"encoder(x)[1] is {text}, where s is what the layer gives; it is to be s itself, log sigma.",
                heads(logsigma=lambda m, s, change=change: change(s)),
                alone=True,
            )
            for cause, text, change in sigmas
        ),
        *(
            Alternative(
                cause,
                f"encoder(x)[0] is {text}, where m is what the layer gives; it is to be m itself.",
                heads(mean=lambda m, s, change=change: change(m)),
                alone=True,
            )
            for cause, text, change in means
        ),
        Alternative(
            "wrong-logsigma",
            "encoder(x)[1] is the sum of both heads; log sigma has rows of its own.",
            heads(logsigma=lambda m, s: m + s),
            alone=True,
        ),
        Alternative(
            "wrong-logsigma",
            "encoder(x)[1] is the same number everywhere: log sigma is to be what the layer gives.",
            heads(logsigma=lambda m, s: torch.zeros_like(s)),
            alone=True,
        ),
    ]


# The decoder


def turned(weight: Tensor) -> Tensor:
    """A transposed convolution's kernels as those of a plain one."""
    return weight.transpose(0, 1).flip(-1, -2)


def upsampling(images: Images) -> list[Alternative]:
    """Images enlarged and then convolved, and images cut at the wrong edges."""
    ways: list[tuple[str, str, Callable[[Tensor, Tensor], Tensor]]] = [
        *(
            (
                "upsampling",
                f"the decoder enlarges the image by Upsample ({mode}) and convolves it; transposed convolutions are asked.",
                lambda x, weight, mode=mode: F.conv2d(
                    F.pad(F.interpolate(x, scale_factor=2, mode=mode), (1, 2, 1, 2)), turned(weight)
                ),
            )
            for mode in ("nearest", "bilinear")
        ),
        *(
            (
                "wrong-stride-or-padding",
                f"a transposed convolution has another padding than 1: its output is cut {where} alone.",
                lambda x, weight, by=by: F.pad(F.conv_transpose2d(x, weight, stride=2), by),
            )
            for where, by in (("below and on the right", (0, -2, 0, -2)), ("above and on the left", (-2, 0, -2, 0)))
        ),
        (
            "wrong-stride-or-padding",
            "a transposed convolution has padding 2, and a frame of zeros round its output; padding 1 is asked.",
            lambda x, weight: F.pad(F.conv_transpose2d(x, weight, stride=2, padding=2), (1,) * 4),
        ),
    ]

    def layer(name: str, apply: Callable[[Tensor, Tensor], Tensor]) -> Edit:
        def edit(network: Network) -> Network:
            return tuple(
                Layer(name, each.text, lambda w, x: apply(x, w[f"{name}.weight"]), each.shapes)
                if each.name == name
                else each
                for each in network
            )

        return edit

    return [
        Alternative(cause, text, combine(*(layer(name, apply) for name in names)), alone=True)
        for names in (images.convolutions, *([name] for name in images.convolutions))
        for cause, text, apply in ways
    ]


def turnings(where: str, put: Callable[[Callable[[Tensor], Tensor]], Edit]) -> list[Alternative]:
    """The image mirrored or turned."""
    return [
        Alternative("flipped-image", f"{where} {how}; it is to stay as it is.", put(turn), alone=True)
        for how, turn in (
            ("mirrors the image", lambda x: x.flip(-1)),
            ("turns the image upside down", lambda x: x.flip(-2)),
            ("turns the image by 180°", lambda x: x.flip(-1, -2)),
            ("turns the image by 90°", lambda x: x.rot90(1, (-2, -1))),
            ("turns the image by 90°", lambda x: x.rot90(-1, (-2, -1))),
        )
    ]


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
        *two_activations("decoder", list(places)),
        *normalising(
            "decoder",
            [*images.convolutions, *(f"relu{number}" for number in range(3, len(images.channels) + 1))],
            ["linear1", "relu1", "linear2", "relu2"],
        ),
        *upsampling(images),
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
        *turnings("the decoder", at_end),
        Alternative(
            "flipped-kernel",
            "the kernels of the transposed convolutions are turned round (flipped) once too often or once too little.",
            flipped_kernels,
        ),
    ]


# forward of an autoencoder, as a network of two layers: "encode" and "decode".


def beside_input(join: Callable[[Tensor, Tensor], Tensor]) -> Edit:
    """x itself joined with what comes of it."""
    return lambda network: (pointwise("join", lambda x: join(x, compute(network, {}, x))),)


def between(function: Callable[[Tensor], Tensor]) -> Edit:
    """A function of the code put between encoder and decoder."""
    return after("encode", pointwise("between", function))


CODES: list[tuple[str, str, Callable[[Tensor], Tensor]]] = [
    ("normalised-latents", "scales the code to length 1", lambda z: F.normalize(z, dim=-1)),
    ("normalised-latents", "takes each code's own mean off", lambda z: z - z.mean(-1, keepdim=True)),
    (
        "normalised-latents",
        "takes each code's own mean off and divides by its spread",
        lambda z: (z - z.mean(-1, keepdim=True)) / z.std(-1, keepdim=True),
    ),
    *(("scaled-latents", f"multiplies the code by {by:g}", lambda z, by=by: z * by) for by in (2, 0.5, 0.1, 10)),
    ("wrong-sign", "changes the code's sign", lambda z: -z),
    *(("clamped-latents", f"cuts the code off at ±{at:g}", lambda z, at=at: z.clamp(-at, at)) for at in (1, 2, 3, 5)),
    ("clamped-latents", "cuts the code off at 0 and 1", lambda z: z.clamp(0, 1)),
    ("mixed-latents", "brings the latents into another order", lambda z: z.flip(-1)),
    ("mixed-latents", "decodes the first latent alone", lambda z: z[..., :1].expand_as(z)),
    *(
        ("wrong-dtype" if name in LESS_PRECISE else "changed-latents", f"puts the code through {name}", function)
        for name, function in FUNCTIONS.items()
    ),
]

INPUTS: list[tuple[str, str, Callable[[Tensor], Tensor]]] = [
    ("clamped-input", "cuts the image off at 0 and 1", lambda x: x.clamp(0, 1)),
    ("changed-input", "puts a ReLU on the image", F.relu),
    ("changed-input", "puts a sigmoid on the image", torch.sigmoid),
    ("changed-input", "puts a tanh on the image", torch.tanh),
    ("changed-input", "divides the image by 255", lambda x: x / 255),
    ("changed-input", "makes 2x − 1 of the image", lambda x: 2 * x - 1),
    ("changed-input", "takes each image's own mean off", lambda x: x - x.mean((1, 2, 3), keepdim=True)),
]


def forward_mistakes(images: Images) -> list[Alternative]:
    reads = "the image is to go in as it is"
    return [
        *(
            Alternative(
                "final-activation",
                f"forward puts a {name} behind the decoder; the reconstruction is the decoder's output as it is.",
                at_end(function),
                alone=name in RARER,
            )
            for name, function in ENDS.items()
        ),
        *(
            Alternative(
                "activation-on-latent",
                f"forward puts a {name} between encoder and decoder; a latent may be any number.",
                between(function),
                alone=name in RARER,
            )
            for name, function in ENDS.items()
        ),
        Alternative(
            "clamped-output",
            "forward clamps the reconstruction to 0…1; a normalised pixel may be negative.",
            at_end(lambda x: x.clamp(0, 1)),
        ),
        Alternative(
            "residual",
            "forward adds x to the reconstruction, so nothing need pass the bottleneck.",
            beside_input(torch.add),
        ),
        *(
            Alternative(
                "residual",
                f"forward returns {what}, so nothing need pass the bottleneck.",
                beside_input(join),
                alone=True,
            )
            for what, join in (
                ("x minus the reconstruction", lambda x, out: x - out),
                ("the reconstruction minus x", lambda x, out: out - x),
                ("the mean of x and the reconstruction", lambda x, out: (x + out) / 2),
                ("the reconstruction plus the mean of x", lambda x, out: out + x.mean((1, 2, 3), keepdim=True)),
            )
        ),
        Alternative(
            "denormalised-output",
            "forward undoes the normalisation and cuts the image off at 0 and 1; the loss compares normalised pixels.",
            at_end(lambda x: images.denormalise(x).clamp(0, 1)),
            alone=True,
        ),
        Alternative(
            "final-activation",
            "forward puts a sigmoid behind the decoder and normalises what comes out; the reconstruction is the decoder's "
            "output as it is.",
            at_end(lambda x: images.normalise(x.sigmoid())),
            alone=True,
        ),
        Alternative(
            "encodes-again",
            "forward goes through encoder and decoder twice; once is asked.",
            lambda network: (*network, *network),
            alone=True,
        ),
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
        *other_functions("the reconstruction", at_end),
        *turnings("forward, in front of the encoder,", at_start),
        *turnings("forward, behind the decoder,", at_end),
        *(
            Alternative(cause, f"forward {text}; it is to go to the decoder as it is.", between(change), alone=True)
            for cause, text, change in CODES
        ),
        *(
            Alternative(cause, f"forward {text}; {reads}.", at_start(change), alone=True)
            for cause, text, change in INPUTS
        ),
        Alternative(
            "denormalised-input",
            f"forward undoes the normalisation of the image; {reads}.",
            at_start(images.denormalise),
            alone=True,
        ),
    ]
