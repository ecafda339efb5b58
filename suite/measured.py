"""What a training or a random draw decides in a test: the number that is measured of a seed, and the limit it keeps to.

A test calls `check()`, on one seed; `python -m tools.margins` measures the same over many seeds and processors.

    @below(0.5)
    def error_left(seed: int) -> float: ...

    def test_training_lowers_the_error():
        error_left.check()
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """`measure(seed)` is to stay on the right side of `limit`: below it where `sign` is 1, above it where it is −1."""

    name: str
    measure: Callable[[int], float]
    limit: float
    sign: int

    def room(self, value: float) -> float:
        """How far the value is on the right side; negative on the wrong one, and for what is not a number."""
        distance = self.sign * (self.limit - value)
        return distance if distance == distance else -float("inf")

    @property
    def demand(self) -> str:
        return f"{'<' if self.sign == 1 else '>'} {self.limit:g}"

    def check(self, seed: int = 0) -> None:
        value = self.measure(seed)
        assert self.room(value) > 0, f"{self.name} is {value:.4g} with seed {seed}; it should be {self.demand}"


MEASURED: dict[str, Measured] = {}


def below(limit: float, name: str = "") -> Callable[[Callable[[int], float]], Measured]:
    return limited(limit, name, sign=1)


def above(limit: float, name: str = "") -> Callable[[Callable[[int], float]], Measured]:
    return limited(limit, name, sign=-1)


def limited(limit: float, name: str, sign: int) -> Callable[[Callable[[int], float]], Measured]:
    def register(measure: Callable[[int], float]) -> Measured:
        called = name or measure.__name__.replace("_", " ")
        assert called not in MEASURED, f"two quantities are called {called!r}"
        MEASURED[called] = Measured(called, measure, limit, sign)
        return MEASURED[called]

    return register
