"""The course's networks as data, and the equally good ways of writing them."""

from dataclasses import dataclass
from itertools import pairwise, permutations

import torch
from einops import rearrange

from checks.models.network import Edit, Network, conv, linear, pointwise, relu, replace, reshape, transposed_conv


@dataclass(frozen=True)
class Images:
    """What a model is made for: images of `size` by `size` pixels, and the `channels` of the image and behind each
    convolution, which halves the size. `mean` and `std` are those that its pixels were normalised with."""

    size: int
    channels: tuple[int, ...]
    mean: float
    std: float
    batch: int = 11
    """How many images a batch has; fewer where they are large."""
    draws: int = 100
    """How often each image is sampled in one call."""

    @property
    def convolutions(self) -> list[str]:
        """Their names in either half: conv1, conv2, …"""
        return [f"conv{number}" for number in range(1, len(self.channels))]

    @property
    def side(self) -> int:
        """Height and width behind the last convolution."""
        return self.size // 2 ** len(self.convolutions)

    @property
    def flat(self) -> int:
        """How many numbers that is for one image."""
        return self.channels[-1] * self.side**2

    def shape(self, batch_size: int) -> tuple[int, int, int, int]:
        return batch_size, self.channels[0], self.size, self.size

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std

    def denormalise(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.std + self.mean


DIGITS = Images(28, (1, 16, 32), 0.1307, 0.3081)
FACES = Images(64, (3, 16, 32, 64), 0.5, 0.5, batch=5, draws=40)


@dataclass(frozen=True)
class Alternative:
    """Another network than the reference's, by one edit: a known mistake, with its cause and what to tell the learner, or
    an equally good way, of which `cause` is a mere name and `text` a note, or empty.

    A mistake that comes `alone` is not tried together with another one. One that `mixes` the images of a batch is tried on
    the whole batch.
    """

    cause: str
    text: str
    edit: Edit
    alone: bool = False
    mixes: bool = False


def convolutions(images: Images, hidden_dim_size: int) -> Network:
    """The encoder down to the hidden layer: images → (b, hidden_dim_size)."""
    steps = [
        layer
        for number, channels in enumerate(pairwise(images.channels), start=1)
        for layer in (conv(f"conv{number}", channels), relu(f"relu{number}"))
    ]
    return (
        *steps,
        reshape("flatten", "b c h w -> b (c h w)"),
        linear("linear1", images.flat, hidden_dim_size),
        relu(f"relu{len(images.channels)}"),
    )


def autoencoder_encoder(images: Images, latent_dim_size: int, hidden_dim_size: int) -> Network:
    return (*convolutions(images, hidden_dim_size), linear("linear2", hidden_dim_size, latent_dim_size))


def vae_encoder(images: Images, latent_dim_size: int, hidden_dim_size: int) -> Network:
    heads = linear("linear2", hidden_dim_size, 2 * latent_dim_size)
    return (*convolutions(images, hidden_dim_size), heads, reshape("split", "b (n latent) -> n b latent", n=2))


def decoder(images: Images, latent_dim_size: int, hidden_dim_size: int) -> Network:
    steps = [
        layer
        for number, channels in enumerate(pairwise(reversed(images.channels)), start=1)
        for layer in (relu(f"relu{number + 1}"), transposed_conv(f"conv{number}", channels))
    ]
    side = images.side
    unflatten = reshape("unflatten", "b (c h w) -> b c h w", c=images.channels[-1], h=side, w=side)
    return (
        linear("linear1", latent_dim_size, hidden_dim_size),
        relu("relu1"),
        linear("linear2", hidden_dim_size, images.flat),
        steps[0],
        unflatten,
        *steps[1:],
    )


# Equally good ways: the same family of functions with the weights in another order.

ORDERS = [" ".join(order) for order in permutations("chw")]


def order_note(order: str, side: int) -> str:
    """What to say of a flattening order; nothing of the usual one."""
    if order == "c h w":
        return ""
    if order.index("h") > order.index("w"):
        return (
            f"you flatten as ({order}), width before height. It is harmless here, since both are {side} and the next "
            "linear layer learns any order; it breaks as soon as an image is not square. Use (c h w)."
        )
    return (
        f"you flatten as ({order}). The next linear layer learns any order, so this is right; the course (and "
        "torch's own Flatten) uses (c h w), the channel slowest."
    )


def flattenings(images: Images) -> list[Alternative]:
    return [
        Alternative(
            f"flatten {order}",
            order_note(order, images.side),
            replace("flatten", reshape("flatten", f"b c h w -> b ({order})")),
        )
        for order in ORDERS
    ]


def unflattenings(images: Images) -> list[Alternative]:
    sizes = {"c": images.channels[-1], "h": images.side, "w": images.side}
    return [
        Alternative(
            f"unflatten {order}",
            order_note(order, images.side),
            replace("unflatten", reshape("unflatten", f"b ({order}) -> b c h w", **sizes)),
        )
        for order in ORDERS
    ]


def split(pattern: str, flip: bool = False) -> Edit:
    def apply(x: torch.Tensor) -> torch.Tensor:
        halves = rearrange(x, pattern, n=2)
        return halves.flip(0) if flip else halves

    return replace("split", pointwise("split", apply))


HEADS = [
    Alternative("mean rows first", "", split("b (n latent) -> n b latent")),
    Alternative("log-sigma rows first", "", split("b (n latent) -> n b latent", flip=True)),
    Alternative("interleaved rows", "", split("b (latent n) -> n b latent")),
    Alternative("interleaved rows, log-sigma first", "", split("b (latent n) -> n b latent", flip=True)),
]
