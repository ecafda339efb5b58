"""Networks as lists of layers: what the page's network.js runs, and the same in torch.

Weights travel to the page as whole numbers with one scale a row, deflated, as base64. 16 bits lose nothing that one
could see: a weight moves by at most 1/65,534 of the largest in its row. 7 bits make a page of many models small.
"""

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Layer:
    """One step. `does` is a key of STEPS; `shape` is for "reshape" alone: what one example becomes."""

    does: str
    weight: Tensor | None = None
    bias: Tensor | None = None
    stride: int = 1
    padding: int = 0
    shape: tuple[int, ...] = ()


Layers = Sequence[Layer]


def weight_of(layer: Layer) -> Tensor:
    """The layer's weight. Raises ValueError where it has none."""
    if layer.weight is None:
        raise ValueError(f"A layer that does {layer.does!r} needs a weight.")
    return layer.weight


STEPS: dict[str, Callable[[Layer, Tensor], Tensor]] = {
    "convolution": lambda layer, x: F.conv2d(x, weight_of(layer), layer.bias, layer.stride, layer.padding),
    "transposed convolution": lambda layer, x: F.conv_transpose2d(
        x, weight_of(layer), layer.bias, layer.stride, layer.padding
    ),
    "linear": lambda layer, x: F.linear(x.flatten(1), weight_of(layer), layer.bias),
    "relu": lambda _layer, x: x.relu(),
    "max pool": lambda layer, x: F.max_pool2d(x, layer.stride),
    "reshape": lambda layer, x: x.unflatten(1, layer.shape),
}


def run(layers: Layers, x: Tensor) -> Tensor:
    """What the layers make of a batch x (b, …)."""
    for layer in layers:
        x = STEPS[layer.does](layer, x)
    return x


def pack(layers: Layers, bits: int) -> list[dict[str, Any]]:
    """The layers as JSON, their weights in so many bits; biases are few, and have 16."""
    return [
        {
            "does": layer.does,
            "stride": layer.stride,
            "padding": layer.padding,
            "shape": list(layer.shape),
            "weight": None if layer.weight is None else pack_numbers(layer.weight, bits),
            "bias": None if layer.bias is None else pack_numbers(layer.bias, 16),
        }
        for layer in layers
    ]


def unpack(packed: list[dict[str, Any]]) -> Layers:
    """The layers that `pack` made JSON of, with their weights as the page has them."""
    return [
        Layer(
            each["does"],
            each["weight"] and unpack_numbers(each["weight"]),
            each["bias"] and unpack_numbers(each["bias"]),
            each["stride"],
            each["padding"],
            tuple(each["shape"]),
        )
        for each in packed
    ]


def pack_numbers(values: Tensor, bits: int) -> dict[str, Any]:
    """A tensor as whole numbers of `bits` bits, 2 … 16, with one scale a row (one for a vector).

    A row is what one index of the first dimension holds. Up to 8 bits a number takes one byte.
    """
    rows = values.detach().cpu().double().numpy().reshape(len(values) if values.ndim > 1 else 1, -1)
    largest = 2 ** (bits - 1) - 1
    scales = (np.abs(rows).max(1) / largest).astype("<f4")
    whole = np.round(rows / np.maximum(scales, np.finfo("f4").tiny)[:, None]).clip(-largest, largest)
    content = scales.tobytes() + whole.astype(whole_number(bits)).tobytes()
    return {"shape": list(values.shape), "bits": bits, "data": as_text(content)}


def unpack_numbers(packed: dict[str, Any]) -> Tensor:
    """The float32 tensor that the page sees, of the shape that was packed."""
    shape, content = packed["shape"], zlib.decompress(base64.b64decode(packed["data"]))
    rows = shape[0] if len(shape) > 1 else 1
    scales = np.frombuffer(content, "<f4", rows)
    whole = np.frombuffer(content, whole_number(packed["bits"]), offset=scales.nbytes)
    return torch.from_numpy(scales[:, None] * whole.reshape(rows, -1).astype("f4")).reshape(shape)


def whole_number(bits: int) -> str:
    """numpy's name for the smallest whole number that holds so many bits, lowest byte first."""
    return "<i1" if bits <= 8 else "<i2"


def as_text(content: bytes) -> str:
    """Bytes, deflated, as base64."""
    return base64.b64encode(zlib.compress(content, 9)).decode()
