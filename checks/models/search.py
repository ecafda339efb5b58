"""Compares an output with the oracle's and, where they differ, finds the mistake that reproduces it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product

from torch import Tensor

from checks.core.compare import same
from checks.core.mistakes import DOES_NOT_FIT
from checks.models.network import Network, Weights
from checks.models.reference import Alternative

Way = tuple[Alternative, ...]
"""One choice for each thing that may be written in several equally good ways."""


def applied(network: Network, edits: Iterable[Alternative]) -> Network:
    """The network with these edits, one after the other."""
    return reduce(lambda changed, each: each.edit(changed), edits, network)


@dataclass
class Search:
    """Which version of a network gives the output that was `seen` for x?

    `equal_ways` holds one list of alternatives per free choice (the flattening order, the order of the heads).
    Versions that begin with the same layers share what these layers compute: two hundred runs cost about as much as ten.
    """

    seen: Tensor
    network: Network
    weights: Weights
    x: Tensor
    equal_ways: Sequence[Sequence[Alternative]] = ()

    def __post_init__(self) -> None:
        self.outputs: dict[tuple[int, ...], Tensor] = {(): self.x}
        self.kept: list[Network] = []  # so that no layer's id is used twice

    def compute(self, network: Network) -> Tensor:
        self.kept.append(network)
        key: tuple[int, ...] = ()
        for layer in network:
            before, key = self.outputs[key], (*key, id(layer))
            if key not in self.outputs:
                self.outputs[key] = layer.apply(self.weights, before)
        return self.outputs[key]

    def reproduces(self, edits: Iterable[Alternative]) -> bool:
        try:
            return same(self.seen, self.compute(applied(self.network, edits)))
        except DOES_NOT_FIT:
            return False

    def ways(self) -> Iterator[Way]:
        return product(*self.equal_ways)

    def way(self) -> Way | None:
        """The equally good way in which the output is right, or None."""
        return next((way for way in self.ways() if self.reproduces(way)), None)

    def mistakes(self, known: Sequence[Alternative]) -> Way:
        """The one known mistake that reproduces the output, or two that do together, or nothing."""
        paired = [mistake for mistake in known if not mistake.alone]
        for tries in ([(each,) for each in known], list(combinations(paired, 2))):
            for way in self.ways():
                for mistakes in tries:
                    if self.reproduces((*way, *mistakes)):
                        return mistakes
        return ()
