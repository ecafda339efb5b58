"""Compares an output with the oracle's and, where they differ, finds the mistake that reproduces it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import combinations, product
from math import inf

from torch import Tensor

from checks.core.compare import same
from checks.core.mistakes import DOES_NOT_FIT, Known
from checks.models.changes import Change, change_of
from checks.models.network import Network, Weights
from checks.models.reference import Alternative

Way = tuple[Alternative, ...]
"""One choice for each thing that may be written in several equally good ways."""

PATIENCE = 1_500
"""How many networks each part of a search tries at most, a large layer counting as several: a fraction of a second. Only the
single mistakes in the usual way are all tried."""


def applied(network: Network, edits: Iterable[Alternative]) -> Network:
    """The network with these edits, one after the other."""
    return reduce(lambda changed, each: each.edit(changed), edits, network)


@dataclass
class Outputs:
    """What networks give for x. Those that begin with the same layers share what these compute: two hundred runs cost about
    as much as ten. `effort` counts them, and layers by their size."""

    weights: Weights
    x: Tensor
    effort: int = 0
    kept: list[Network] = field(default_factory=list)  # so that no layer's id is used twice

    def __post_init__(self) -> None:
        self.known: dict[tuple[int, ...], Tensor] = {(): self.x}

    def of(self, network: Network) -> Tensor:
        self.kept.append(network)
        self.effort += 1
        key: tuple[int, ...] = ()
        for layer in network:
            before, key = self.known[key], (*key, id(layer))
            if key not in self.known:
                self.known[key] = layer.apply(self.weights, before)
                self.effort += self.known[key].numel() // 2_000 if layer.shapes else 0
        return self.known[key]


@dataclass
class Search:
    """Which version of a network gives the output that was `seen` for x?

    `equal_ways` holds one list of alternatives per free choice (the flattening order, the order of the heads), the usual one
    first. A mistake is tried on the first image, and on all of them where it gives that one's numbers.
    """

    seen: Tensor
    network: Network
    weights: Weights
    x: Tensor
    equal_ways: Sequence[Sequence[Alternative]] = ()

    def __post_init__(self) -> None:
        self.whole = Outputs(self.weights, self.x)
        self.batch_axis = 1 if self.seen.dim() == 3 else 0  # (2, b, latent), or the batch first

    @cached_property
    def first(self) -> Outputs:
        return Outputs(self.weights, self.x[:1])

    def compute(self, network: Network) -> Tensor:
        return self.whole.of(network)

    def reproduces(self, edits: Sequence[Alternative]) -> bool:
        network = applied(self.network, edits)
        by_image = len(self.x) > 1 and not any(each.mixes for each in edits)
        try:
            if by_image and not same(self.seen.narrow(self.batch_axis, 0, 1), self.first.of(network)):
                return False
            return same(self.seen, self.compute(network))
        except DOES_NOT_FIT:
            return False

    def ways(self) -> Iterator[Way]:
        return product(*self.equal_ways)

    def way(self) -> Way | None:
        """The equally good way in which the output is right, or None."""
        return next((way for way in self.ways() if self.reproduces(way)), None)

    def mistakes(self, known: Sequence[Alternative]) -> Sequence[Known]:
        """The one known mistake that reproduces the output, or two that do together, or a change of its numbers, or nothing."""
        usual, *others = self.ways()
        near = [way for way in (usual, *others) if way[:1] == usual[:1]]
        singles = [(mistake,) for mistake in known]
        pairs = list(combinations([mistake for mistake in known if not mistake.alone], 2))
        return (
            self.among(singles, [usual], inf)
            or self.changes()
            or self.among(singles, others)
            or self.among(pairs, near)
            or self.among(pairs, [way for way in others if way not in near])
        )

    def among(
        self, tries: Sequence[tuple[Alternative, ...]], ways: Sequence[Way], patience: float = PATIENCE
    ) -> tuple[Alternative, ...]:
        """The first of the tries that reproduces the output in one of these ways, as long as patience lasts."""
        end = self.first.effort + patience
        for mistakes, way in product(tries, ways):
            if self.first.effort > end:
                break
            if self.reproduces((*way, *mistakes)):
                return mistakes
        return ()

    def changes(self) -> tuple[Change, ...]:
        """What was done to the right numbers of some way, one by one."""
        found = (change_of(self.compute(applied(self.network, way)), self.seen) for way in self.ways())
        return tuple(filter(None, found))[:1]
