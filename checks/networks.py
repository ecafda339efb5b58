"""The course's networks as data, and the equally good ways of writing them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import torch
from einops import rearrange

from checks.oracle import Edit, Network, conv, linear, pointwise, relu, replace, reshape, transposed_conv


@dataclass(frozen=True)
class Architecture:
    """The two halves of a model, each made from (latent_dim_size, hidden_dim_size)."""

    encoder: Callable[[int, int], Network]
    decoder: Callable[[int, int], Network]


@dataclass(frozen=True)
class Variant:
    """One edit of a half: a known mistake (`slug` is the cause) or an equally good way (`text` is a note, or empty).

    A mistake that comes `alone` is not tried together with another one.
    """

    slug: str
    text: str
    edit: Edit
    alone: bool = False


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
