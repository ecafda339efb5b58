"""Numbers that were cut off, multiplied or moved: how, as can be read off from the numbers themselves."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.compare import same

ENOUGH = 3
"""Of so many numbers at least, and other ones, must a change be read off."""

ROUGHLY = 0.2
"""How near numbers are that were computed in half precision."""

GRID = 1 / 512
"""Numbers that are all multiples of this may have been rounded; those of half precision lie closer about 0."""


@dataclass(frozen=True)
class Change:
    """A mistake that was read off, as `checks.core.mistakes.Known`."""

    cause: str
    text: str


def change_of(right: Tensor, seen: Tensor) -> Change | None:
    """Which clamp, or which straight line, makes the numbers seen of the right ones; None where none does.

    Two numbers are read off, and all the others confirm them.
    """
    if right.shape != seen.shape or not bool((seen.isfinite() & right.isfinite()).all()):
        return None
    if right.dim() == 3 and len(right) == 2:  # mean and log sigma
        for place in (0, 1):
            if same(seen[1 - place], right[1 - place]) and (change := change_of(right[place], seen[place])):
                return Change(change.cause, f"encoder(x)[{place}] is to come out as the layer gives it: {change.text}")
    if same(seen, right, ROUGHLY) and bool((seen % GRID != 0).any()):
        for name, dtype in (("bfloat16", torch.bfloat16), ("half precision", torch.float16)):
            if seen.numel() >= 2 * ENOUGH and torch.equal(seen, seen.to(dtype).to(seen.dtype)):
                what = f"the numbers have the precision of {name} alone (`autocast`, `.bfloat16()` or `.half()`)"
                return Change("wrong-dtype", f"{what}: float32 is asked.")
    low, high = float(seen.min()), float(seen.max())
    if right.numel() >= 2 * ENOUGH and high - low < 1e-6 < float(right.max() - right.min()):
        return Change("constant-output", f"every number is {low:.3g}.")
    inside = int(((seen > low) & (seen < high)).sum())
    if inside >= ENOUGH and same(seen, right.clamp(low, high)) and not same(seen, right):
        bounds = [
            f"{side} {number:.3g}"
            for side, number, cut in (
                ("below", low, float(right.min()) < low),
                ("above", high, float(right.max()) > high),
            )
            if cut
        ]
        return Change("clamped-output", f"the numbers are cut off {' and '.join(bounds)} (a `clamp`).")
    slope, shift = line(right, seen)
    if right.numel() < 3 * ENOUGH or not abs(slope) > 1e-3 or not same(seen, slope * right + shift):
        return None
    if abs(slope - 1) < 1e-3:
        return Change("shifted-output", f"{shift:.3g} is added to each number.")
    moved = f", and {shift:.3g} added" if abs(shift) > 1e-3 else ""
    if abs(slope + 1) < 1e-3 and not moved:
        return Change("wrong-sign", "each number comes with the wrong sign.")
    return Change("scaled-output", f"each number is multiplied by {slope:.3g}{moved}.")


def line(x: Tensor, y: Tensor) -> tuple[float, float]:
    """Slope and height at 0 of the straight line through these points, by least squares."""
    x, y = x.double().flatten(), y.double().flatten()
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum().clamp(min=1e-12))
    return slope, float(y.mean() - slope * x.mean())
