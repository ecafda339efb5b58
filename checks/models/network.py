"""Networks as data: what a right answer computes, and what it would compute with one thing changed.

A network is a tuple of named layers. An *edit* takes a network and gives another one. A known mistake is an
edit that reproduces what the learner's model does; an equally good way of writing it is an edit too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

Weights = dict[str, Tensor]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One step: `apply(weights, x)`. `shapes` names the weights it needs; `text` is how a learner would write it."""

    name: str
    text: str
    apply: Callable[[Weights, Tensor], Tensor]
    shapes: dict[str, Shape] = field(default_factory=dict)


Network = tuple[Layer, ...]
Edit = Callable[[Network], Network]


def compute(network: Network, weights: Weights, x: Tensor) -> Tensor:
    """The network's output for x, with the weights named as in each layer's `shapes`."""
    for layer in network:
        x = layer.apply(weights, x)
    return x


def weight_shapes(network: Network) -> dict[str, Shape]:
    """The name and shape of every weight of the network, in order."""
    return {role: shape for layer in network for role, shape in layer.shapes.items()}


def random_weights(network: Network, generator: torch.Generator, gain: float = 1.0) -> Weights:
    """Weights that keep activations near 1 in size, with biases large enough that every one of them shows."""
    return {
        role: torch.randn(shape, generator=generator) * (0.4 if len(shape) == 1 else gain * spread(shape))
        for role, shape in weight_shapes(network).items()
    }


def spread(shape: Shape) -> float:
    """√(2/fan-in) (He et al., 2015, arXiv 1502.01852), the fan-in being what reaches one output number."""
    fan_in = torch.Size(shape[1:]).numel() if len(shape) == 2 else torch.Size(shape).numel() // max(shape[:2])
    return (2 / fan_in) ** 0.5


# Layers


def conv(name: str, channels: tuple[int, int], kernel: int = 4, stride: int = 2, padding: int = 1, **how) -> Layer:
    """A convolution without bias; `how` may hold `padding_mode` as in torch."""
    mode = how.get("padding_mode", "constant")

    def apply(weights: Weights, x: Tensor) -> Tensor:
        padded = F.pad(x, (padding,) * 4, mode=mode)
        return F.conv2d(padded, weights[f"{name}.weight"], stride=stride)

    text = f"Conv2d({channels[0]}, {channels[1]}, {kernel}, stride={stride}, padding={padding})"
    return Layer(name, text, apply, {f"{name}.weight": (channels[1], channels[0], kernel, kernel)})


def transposed_conv(name: str, channels: tuple[int, int], kernel: int = 4, stride: int = 2, padding: int = 1) -> Layer:
    """A transposed convolution without bias."""

    def apply(weights: Weights, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, weights[f"{name}.weight"], stride=stride, padding=padding)

    text = f"ConvTranspose2d({channels[0]}, {channels[1]}, {kernel}, stride={stride}, padding={padding})"
    return Layer(name, text, apply, {f"{name}.weight": (channels[0], channels[1], kernel, kernel)})


def linear(name: str, inputs: int, outputs: int) -> Layer:
    """A linear layer with bias."""

    def apply(weights: Weights, x: Tensor) -> Tensor:
        return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    shapes = {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return Layer(name, f"Linear({inputs}, {outputs})", apply, shapes)


def pointwise(name: str, function: Callable[[Tensor], Tensor], text: str = "") -> Layer:
    """A layer without weights: an activation, a scaling, anything that maps a tensor to a tensor."""
    return Layer(name, text or name, lambda _weights, x: function(x))


def relu(name: str) -> Layer:
    return pointwise(name, F.relu, "ReLU()")


def reshape(name: str, pattern: str, **sizes: int) -> Layer:
    """einops' rearrange as a layer."""
    return pointwise(name, lambda x: rearrange(x, pattern, **sizes), f'Rearrange("{pattern}")')


# Edits


def replace(name: str, *layers: Layer) -> Edit:
    """Puts other layers (or none) in the place of the one named."""

    def edit(network: Network) -> Network:
        return tuple(new for old in network for new in (layers if old.name == name else (old,)))

    return edit


def drop(name: str) -> Edit:
    return replace(name)


def after(name: str, layer: Layer) -> Edit:
    """Puts a layer behind the one named."""

    def edit(network: Network) -> Network:
        return tuple(new for old in network for new in ((old, layer) if old.name == name else (old,)))

    return edit


def at_the_end(layer: Layer) -> Edit:
    return lambda network: (*network, layer)


def at_the_start(layer: Layer) -> Edit:
    return lambda network: (layer, *network)
