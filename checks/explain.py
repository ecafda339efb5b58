"""Compares an output with the oracle's and, where they differ, finds the mistake that reproduces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product

from torch import Tensor

from checks.networks import Variant
from checks.oracle import Network, Weights, run

TOLERANCE = 1e-4
"""Largest difference, relative to the size of the numbers, between two float32 ways of computing one thing."""


@dataclass
class Explanation:
    """`notes` of an equally good way (the output is right), or `mistakes` that reproduce it, or neither."""

    right: bool
    notes: list[str]
    mistakes: tuple[Variant, ...] = ()
    way: tuple[Variant, ...] = ()

    @property
    def cause(self) -> str | None:
        return "+".join(dict.fromkeys(mistake.slug for mistake in self.mistakes)) or None

    @property
    def text(self) -> str:
        return " And: ".join(mistake.text for mistake in self.mistakes)


def same(seen: Tensor, expected: Tensor) -> bool:
    """Equal to float32 rounding; nan, inf or another shape is never equal."""
    if seen.shape != expected.shape or seen.is_complex():
        return False
    expected = expected.double()
    difference = float((seen.double() - expected).abs().max()) if seen.numel() else 0.0
    return difference <= TOLERANCE * (1 + float(expected.abs().max()))


def applied(network: Network, edits: Iterable[Variant]) -> Network:
    return reduce(lambda changed, variant: variant.edit(changed), edits, network)


def explain(
    seen: Tensor,
    network: Network,
    weights: Weights,
    x: Tensor,
    equal_ways: Sequence[Sequence[Variant]],
    mistakes: Sequence[Variant],
) -> Explanation:
    """Tries the network as it is and in every equally good way, then one mistake, then two at once.

    `equal_ways` holds one list of alternatives per free choice (the flattening order, the order of the heads).
    """
    ways = list(product(*equal_ways))
    for way in ways:
        if same(seen, run(applied(network, way), weights, x)):
            return Explanation(True, [variant.text for variant in way if variant.text], way=way)

    def reproduces(edits: tuple[Variant, ...]) -> bool:
        try:
            return same(seen, run(applied(network, edits), weights, x))
        except (RuntimeError, IndexError, ValueError):  # a mistake that does not go with this network
            return False

    for mistake in mistakes:
        if any(reproduces((*way, mistake)) for way in ways):
            return Explanation(False, [], (mistake,))
    for pair in combinations(mistakes, 2):
        if reproduces(pair):
            return Explanation(False, [], pair)
    return Explanation(False, [])
