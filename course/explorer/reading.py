"""Reads a trained model's weights, whatever its layers are called and however they are written.

The checks know which ways of writing a model are equally good. Here their knowledge is used backwards: not to copy
known weights into a learner's model, but to take the learner's out, and to put them into the course's own order.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from checks.core.compare import same
from checks.models.evidence import Parameter
from checks.models.network import Network, Shape, Weights, weight_shapes
from checks.models.operations import follow
from checks.models.reference import (
    DIGITS,
    HEADS,
    Alternative,
    autoencoder_encoder,
    flattenings,
    unflattenings,
    vae_encoder,
)
from checks.models.reference import decoder as decoder_network
from checks.models.search import Search, applied
from checks.models.weights import Match, match
from course.data.mnist import holdout_data
from course.explorer.layers import Layer, Layers, run

Kind = Literal["autoencoder", "VAE"]

ENCODERS = {
    "autoencoder": (autoencoder_encoder, [flattenings(DIGITS)]),
    "VAE": (vae_encoder, [flattenings(DIGITS), HEADS]),
}


class CannotShow(ValueError):
    """This model cannot be shown; the message says why, and what would do."""


@dataclass(frozen=True)
class Model:
    """A trained model, its weights in the course's order. A VAE's encoder ends in all means, then all log sigmas."""

    kind: Kind
    latent: int
    encoder: Layers
    decoder: Layers

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Images (b, 1, 28, 28) → the codes or means (b, latent), and a VAE's log sigma (b, latent)."""
        code = run(self.encoder, x)
        if self.kind == "autoencoder":
            return code, None
        mu, logsigma = code.chunk(2, dim=1)
        return mu, logsigma


def read_model(model: nn.Module) -> Model:
    """The weights of an autoencoder of lesson 1 or a VAE of lesson 2. Raises CannotShow for anything else."""
    refuse_what_is_no_model(model)
    with every_weight_followed(model):
        images = holdout_data()
        code = output(model, "encoder", images)
        kind, latent = kind_of(code)
        network, orders = ENCODERS[kind]
        hidden = hidden_size(model)
        encoder = read_half(model, "encoder", network(DIGITS, latent, hidden), orders, images, code)
        z = torch.cat([code.detach().reshape(-1, latent), torch.eye(latent)])
        decoded = output(model, "decoder", z)
        orders = [unflattenings(DIGITS)]
        decoder = read_half(model, "decoder", decoder_network(DIGITS, latent, hidden), orders, z, decoded)
    read = make_model(kind, latent, encoder, decoder)
    if not (
        same(run(read.encoder, images), in_one_row(code).detach()) and same(run(read.decoder, z), decoded.detach())
    ):
        raise CannotShow("The weights that were read do not give what the model gives. Please report it.")
    return read


@torch.inference_mode()
def rebuilding_error(model: Model) -> float:
    """The mean squared error of the holdout digits; for a VAE, rebuilt from the mean."""
    images = holdout_data()
    return F.mse_loss(run(model.decoder, model.encode(images)[0]), images).item()


def make_model(kind: Kind, latent: int, encoder: Weights, decoder: Weights) -> Model:
    """A model from the weights of its halves, named and ordered as in `checks.models.reference`."""
    relu = Layer("relu")

    def linear(weights: Weights, name: str) -> Layer:
        return Layer("linear", weights[f"{name}.weight"], weights[f"{name}.bias"])

    def halve(name: str) -> Layer:
        return Layer("convolution", encoder[f"{name}.weight"], stride=2, padding=1)

    def double(name: str) -> Layer:
        return Layer("transposed convolution", decoder[f"{name}.weight"], stride=2, padding=1)

    return Model(
        kind,
        latent,
        encoder=[
            halve("conv1"),
            relu,
            halve("conv2"),
            relu,
            linear(encoder, "linear1"),
            relu,
            linear(encoder, "linear2"),
        ],
        decoder=[
            linear(decoder, "linear1"),
            relu,
            linear(decoder, "linear2"),
            relu,
            Layer("reshape", shape=(32, 7, 7)),
            double("conv1"),
            relu,
            double("conv2"),
        ],
    )


# Looking at a learner's model


def refuse_what_is_no_model(model: object) -> None:
    """Raises CannotShow for a class, a trainer, and all else without an encoder and a decoder."""
    if inspect.isclass(model):
        raise CannotShow(
            f"This is the class {model.__name__} itself. Hand over a trained model: what `trainer.train()` returned."
        )
    if not isinstance(model, nn.Module) and isinstance(getattr(model, "model", None), nn.Module):
        raise CannotShow("This is a trainer. Hand over the model it trained: `trainer.model`.")
    if not isinstance(model, nn.Module) or not hasattr(model, "encoder") or not hasattr(model, "decoder"):
        raise CannotShow(
            f"A model to explore has an encoder and a decoder, as in lessons 1 and 2; this is a {type(model).__name__}."
        )


@contextmanager
def every_weight_followed(model: nn.Module) -> Iterator[None]:
    """Gradients on, in frozen layers too; afterwards all is as it was."""
    frozen = [each for each in model.parameters() if not each.requires_grad]
    with torch.inference_mode(False), torch.enable_grad():
        try:
            for each in frozen:
                each.requires_grad_(True)
            yield
        finally:
            for each in frozen:
                each.requires_grad_(False)


def output(model: nn.Module, half: str, x: Tensor) -> Tensor:
    """What the model's half makes of x (b, …), on the CPU; a pair of two (b, latent) as one tensor (2, b, latent).

    Raises CannotShow where it raises an error, or gives anything but a tensor of finite numbers.
    """
    device = next((each.device for each in model.parameters()), torch.device("cpu"))
    try:
        value = getattr(model, half)(x.to(device))
    except Exception as error:
        raise CannotShow(
            f"The {half} does not take a batch of shape {tuple(x.shape)}: it raised {type(error).__name__}: {error}\n"
            "This page shows the models of lessons 1 and 2, for images of shape (1, 28, 28)."
        ) from error
    if isinstance(value, tuple | list) and all(isinstance(each, Tensor) for each in value):
        value = torch.stack(list(value))
    if not isinstance(value, Tensor):
        raise CannotShow(f"The {half} is to give a tensor; it gave {type(value).__name__}.")
    if not value.isfinite().all():
        raise CannotShow(f"The {half} gives numbers that are not finite (nan or inf): the training went astray.")
    return value.cpu()


def in_one_row(code: Tensor) -> Tensor:
    """A VAE's means and log sigmas (2, b, latent) side by side, (b, 2 · latent); an autoencoder's code as it is."""
    return code if code.ndim == 2 else rearrange(code, "n b latent -> b (n latent)")


def kind_of(code: Tensor) -> tuple[Kind, int]:
    """(b, latent) is an autoencoder's code, (2, b, latent) a VAE's; and how many latents. Else raises CannotShow."""
    pair = code.ndim == 3 and len(code) == 2
    if not (pair or code.ndim == 2):
        raise CannotShow(
            f"The encoder gives shape {tuple(code.shape)} for ten images; an autoencoder's gives (10, latent), "
            "a VAE's (2, 10, latent)."
        )
    latent = code.shape[-1]
    if latent < 2:
        raise CannotShow("A map has two directions, and this model has one latent: train one with two or more.")
    return ("VAE" if pair else "autoencoder"), latent


def hidden_size(model: nn.Module) -> int:
    """The model's `hidden_dim_size`. Raises CannotShow where it has none."""
    size = getattr(model, "hidden_dim_size", None)
    if not isinstance(size, int):
        raise CannotShow("The model has no `hidden_dim_size`: keep it in `__init__`, as the exercise asks.")
    return size


# Taking its weights out


def read_half(
    model: nn.Module,
    half: str,
    network: Network,
    free_choices: Sequence[Sequence[Alternative]],
    x: Tensor,
    seen: Tensor,
) -> Weights:
    """The weights, in the course's order, with which `network` gives what was `seen` for x (b, …).

    Raises CannotShow where the model's layers are others, or are joined in no way that `free_choices` knows.
    """
    values = dict(model.named_parameters())
    reached, _ = follow(model, seen, [])
    parameters = [Parameter(name, tuple(values[name].shape), "", 0.0, True, True) for name in reached]
    shapes = weight_shapes(network)
    found = match(parameters, shapes)
    way = None
    if found.complete and not found.extra:
        weights = taken_out(found, shapes, values)
        way = Search(seen.detach(), network, weights, x, free_choices).way()
    if way is None:
        raise CannotShow(
            f"The {half} is not made of the exercise's layers, or does something else with them, so the page could "
            "not show truly what it computes. The exercise's check says what differs."
        )
    return in_order(applied(network, way), weights)


def taken_out(found: Match, shapes: dict[str, Shape], values: dict[str, nn.Parameter]) -> Weights:
    """The learner's values in the parts' own shapes.

    A view says how a part is cut and turned into a parameter. Applied to the part's own indices, it says where each
    number of the parameter came from.
    """
    weights = {role: torch.zeros(shape) for role, shape in shapes.items()}
    for name, (role, view) in found.views.items():
        places = view(torch.arange(weights[role].numel()).reshape(shapes[role]))
        weights[role].view(-1)[places.flatten()] = values[name].detach().float().cpu().flatten()
    return weights


def in_order(written: Network, weights: Weights) -> Weights:
    """The same weights, with the rows and columns beside a reshape in the order of the course's own reshape.

    Each reshape is shown the numbers 0, 1, 2, … and so tells where it puts what.
    """
    layers, ordered = {layer.name: layer for layer in written}, dict(weights)

    def order(name: str, *shape: int) -> Tensor:
        return layers[name].apply({}, torch.arange(prod(shape)).reshape(1, *shape)).flatten()

    if "flatten" in layers:
        columns = order("flatten", DIGITS.channels[-1], DIGITS.side, DIGITS.side)
        ordered["linear1.weight"] = weights["linear1.weight"][:, columns.argsort()]
    if "split" in layers:
        rows = order("split", len(weights["linear2.bias"]))
        ordered |= {name: weights[name][rows] for name in ("linear2.weight", "linear2.bias")}
    if "unflatten" in layers:
        rows = order("unflatten", DIGITS.flat)
        ordered |= {name: weights[name][rows] for name in ("linear2.weight", "linear2.bias")}
    return ordered
