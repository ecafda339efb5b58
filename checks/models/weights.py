"""Finds which of the learner's parameters plays which part, so that known weights can be copied in.

Parts are found by shape: sizes in a check are odd, so that no two parts of one half have the same shape.
A linear layer kept transposed, a bias kept as a row, a convolution kept as a matrix, a transposed convolution made
of a plain one, and one linear layer split in two heads are all recognised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from checks.models.evidence import Parameter
from checks.models.network import Shape, Weights

View = Callable[[Tensor], Tensor]


@dataclass
class Match:
    """`views` tells for each of the learner's parameters which part it is cut from, and how."""

    views: dict[str, tuple[str, View]] = field(default_factory=dict)
    missing: dict[str, Shape] = field(default_factory=dict)
    extra: list[Parameter] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.missing

    def cut(self, weights: Weights) -> dict[str, Tensor]:
        """The values for the learner's parameters, by their own names."""
        return {name: view(weights[role]) for name, (role, view) in self.views.items()}


def view_of(shape: Shape, part: Shape) -> View | None:
    """How a tensor of the part's shape becomes the learner's parameter of `shape`; None if it cannot."""
    if shape == part:
        return lambda value: value
    if len(part) == 2 and shape == part[::-1]:
        return lambda value: value.T
    if len(part) == 1 and tuple(size for size in shape if size > 1) == part:
        return lambda value: value.reshape(shape)
    if len(part) == 4:
        window = part[1] * part[2] * part[3]
        if shape == (part[0], window):
            return lambda value: value.reshape(shape)
        if shape == (window, part[0]):
            return lambda value: value.reshape(part[0], window).T
        if shape == (part[1], part[0], *part[2:]):
            return lambda value: value.transpose(0, 1).flip(-1, -2)
    return None


def match(parameters: list[Parameter], parts: dict[str, Shape]) -> Match:
    """Gives each part the first parameter whose shape fits, exact shapes first, then two heads in place of one layer."""
    left = list(parameters)
    found = Match()

    def take(part_name: str, part: Shape, view_for: Callable[[Shape, Shape], View | None]) -> bool:
        for parameter in left:
            view = view_for(parameter.shape, part)
            if view is not None:
                found.views[parameter.name] = (part_name, view)
                left.remove(parameter)
                return True
        return False

    def same(shape: Shape, part: Shape) -> View | None:
        return view_of(shape, part) if shape == part else None

    open_parts = {name: part for name, part in parts.items() if not take(name, part, same)}
    open_parts = {name: part for name, part in open_parts.items() if not take(name, part, view_of)}
    for name, part in open_parts.items():
        if not take_heads(left, found, name, part):
            found.missing[name] = part
    found.extra = left
    return found


def view_of_rows(start: int, end: int, view: View) -> View:
    """The view of some rows of a part."""
    return lambda value: view(value[start:end])


def take_heads(left: list[Parameter], found: Match, name: str, part: Shape) -> bool:
    """Two parameters of half the rows each stand for one; the first becomes the first half."""
    if part[0] % 2:
        return False
    half = (part[0] // 2, *part[1:])
    heads = [(each, view) for each in left if (view := view_of(each.shape, half))][:2]
    if len(heads) < 2:
        return False
    for start, (head, view) in zip((0, half[0]), heads, strict=True):
        found.views[head.name] = (name, view_of_rows(start, start + half[0], view))
        left.remove(head)
    return True
