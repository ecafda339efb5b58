"""Faces drawn from numbers: ten factors in, a picture of 64 by 64 pixels out.

Each part of a face is a shape, given by its signed distance: how far a pixel's middle lies outside it, in pixels,
below 0 inside. A pixel less than half a pixel from the edge is painted in part, which smooths the edge. The parts
are painted one over the other, for many faces at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

SIZE = 64  # pixels
CHUNK = 100  # faces painted together: their numbers stay in the processor's cache, which halves the time


@dataclass(frozen=True)
class Factor:
    """One number that a face is drawn from, between `lowest` and `highest`; a `whole` one is one of the two."""

    name: str
    lowest: float
    highest: float
    meaning: str
    whole: bool = False


FACTORS = (
    Factor("background", 0, 1, "from teal to sand"),
    Factor("skin", 0, 1, "from light to dark"),
    Factor("hair colour", 0, 1, "from black through brown to blond"),
    Factor("hair length", 0, 1, "from above the ears to the shoulders"),
    Factor("eye size", 0, 1, "from small to large"),
    Factor("eye colour", 0, 1, "from brown through green to blue"),
    Factor("mouth", -1, 1, "from a frown to a smile"),
    Factor("glasses", 0, 1, "none or a pair", whole=True),
    Factor("shift", -6, 6, "the whole head to the left or right, in pixels"),
    Factor("turn", -1, 1, "the face looks to the left or right"),
)
FACTOR_NAMES = tuple(factor.name for factor in FACTORS)

# Colours (red, green, blue) in 0 … 1 along each colour factor, evenly spaced.
BACKGROUND = ((0.10, 0.34, 0.42), (0.93, 0.85, 0.66))
SKIN = ((0.98, 0.85, 0.74), (0.80, 0.58, 0.42), (0.36, 0.23, 0.16))
HAIR = ((0.07, 0.06, 0.06), (0.42, 0.24, 0.11), (0.93, 0.79, 0.42))
EYES = ((0.35, 0.20, 0.10), (0.25, 0.50, 0.25), (0.25, 0.50, 0.90))
LIPS, CLOTHES, FRAME, WHITE, PUPIL = (
    (0.75, 0.20, 0.22), (0.36, 0.38, 0.52), (0.10, 0.10, 0.12), (0.97, 0.97, 0.97), (0.03, 0.03, 0.03)
)  # fmt: skip

Place = Tensor | float
"""One number for all faces, or one each: (n, 1, 1)."""


def random_factors(n_faces: int, seed: int) -> Tensor:
    """Independent factors, uniform between lowest and highest: (n_faces, 10), the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    factors = torch.rand(n_faces, len(FACTORS), generator=generator)
    whole = torch.tensor([factor.whole for factor in FACTORS])
    lowest, highest = (torch.tensor([getattr(factor, end) for factor in FACTORS]) for end in ("lowest", "highest"))
    return lowest + torch.where(whole, factors.round(), factors) * (highest - lowest)


def draw_faces(factors: Tensor) -> Tensor:
    """Factors (n, 10), in the order of FACTORS → bytes (n, 3, 64, 64), red, green and blue. Nothing is random.

    Raises ValueError for another shape, and for a factor outside its range.
    """
    check_factors(factors)
    pictures = torch.empty(len(factors), 3, SIZE, SIZE, dtype=torch.uint8)
    for some, place in zip(factors.float().split(CHUNK), pictures.split(CHUNK), strict=True):
        place.copy_(paint(some).mul_(255).round_())
    return pictures


def check_factors(factors: Tensor) -> None:
    """Raises ValueError where the factors are not (n, 10), or one lies outside of its range in `FACTORS`."""
    if not isinstance(factors, Tensor) or factors.ndim != 2 or factors.shape[1] != len(FACTORS):
        shape = tuple(factors.shape) if isinstance(factors, Tensor) else type(factors).__name__
        raise ValueError(f"Factors have shape (n, {len(FACTORS)}), one column each; got {shape}.")
    for column, factor in enumerate(FACTORS):
        values = factors[:, column]
        allowed = (
            (values == 0) | (values == 1) if factor.whole else (values >= factor.lowest) & (values <= factor.highest)
        )
        if not bool(allowed.all()):
            between = "or" if factor.whole else "to"
            raise ValueError(
                f"The factor {factor.name!r} goes from {factor.lowest} {between} {factor.highest}; "
                f"got {float(values[~allowed][0]):g}."
            )


class Canvas:
    """n pictures (n, 3, 64, 64) in one colour each, to be painted on."""

    def __init__(self, colour: Tensor) -> None:
        self.pictures = rearrange(colour, "n rgb -> n rgb 1 1").repeat(1, 1, SIZE, SIZE)

    def paint(self, distance: Tensor, colour: Tensor, rows: slice = slice(None)) -> None:
        """Fills the shape of this signed distance (n, rows, 64), in these rows, with a colour (n, 3) or (3,)."""
        cover = rearrange((0.5 - distance).clamp_(0, 1), "n h w -> n 1 h w")
        self.pictures[:, :, rows].lerp_(rearrange(colour, "... rgb -> ... rgb 1 1"), cover)


def paint(factors: Tensor) -> Tensor:
    """Factors (n, 10) → pictures (n, 3, 64, 64) in 0 … 1."""
    of = dict(zip(FACTOR_NAMES, rearrange(factors, "n factor -> factor n 1 1"), strict=True))
    skin, hair = mixed(SKIN, of["skin"]), mixed(HAIR, of["hair colour"])
    lips = 0.6 * torch.tensor(LIPS) + 0.4 * skin
    y = rearrange(torch.arange(float(SIZE)), "h -> 1 h 1")
    x = rearrange(torch.arange(float(SIZE)), "w -> 1 1 w") - (SIZE - 1) / 2 - of["shift"]  # from the head's axis
    u = x - 3.5 * of["turn"]  # from the face's axis: eyes, nose and mouth move within the head
    side = u.abs()  # a face is the same on both sides

    canvas = Canvas(mixed(BACKGROUND, of["background"]))
    bottom = 32 + 26 * of["hair length"]
    back = torch.minimum(ellipse(x, y - 27, 18, 18), box(x, y - (bottom + 20) / 2, 18, (bottom - 20) / 2, 7))
    canvas.paint(back, hair)
    below = slice(44, SIZE)
    canvas.paint(ellipse(x, y[:, below] - 70, 25, 14), torch.tensor(CLOTHES), below)
    canvas.paint(box(x, y[:, below] - 50, 6, 9, 4), 0.85 * skin, below)
    canvas.paint(ellipse(x, y - 34, 14.5, 18.5), skin)
    fringe = torch.maximum(ellipse(x, y - 31, 16, 18), -ellipse(u, y - 40, 13.5, 19))
    canvas.paint(torch.maximum(fringe, y - 36), hair)

    middle = slice(22, 46)
    y_eyes = y[:, middle] - 34
    large = 0.75 + 0.65 * of["eye size"]
    canvas.paint(ellipse(side - 6.3, y_eyes, 3.3 * large, 2.3 * large), torch.tensor(WHITE), middle)
    canvas.paint(ellipse(side - 6.3, y_eyes, 1.8 * large, 1.8 * large), mixed(EYES, of["eye colour"]), middle)
    canvas.paint(ellipse(side - 6.3, y_eyes, 0.8 * large, 0.8 * large), torch.tensor(PUPIL), middle)
    canvas.paint(box(side - 6.3, y_eyes + 5.5, 3.4, 0.7, 0.7), 0.7 * hair, middle)
    rims = ellipse(side - 6.3, y_eyes, 5.4, 4.8).abs() - 0.6
    bridge = box(side, y_eyes + 0.5, 1.2, 0.6, 0.5)
    canvas.paint(torch.minimum(rims, bridge) + SIZE * (1 - of["glasses"]), torch.tensor(FRAME), middle)
    canvas.paint(ellipse(u - 0.8 * of["turn"], y[:, middle] - 41, 1.6, 2.2), 0.8 * skin, middle)

    lower = slice(40, 56)
    canvas.paint(arc(u, y[:, lower] - 47.5, 6.2, 3 * of["mouth"], 1.0), lips, lower)
    return canvas.pictures


def mixed(colours: Sequence[tuple[float, float, float]], amount: Tensor) -> Tensor:
    """Colours along a line through `colours`: amounts (n, 1, 1) in 0 … 1 → (n, 3)."""
    line = torch.tensor(colours)
    place = rearrange(amount, "n 1 1 -> n 1") * (len(line) - 1)
    start = place.floor().clamp(0, len(line) - 2)
    index = rearrange(start.long(), "n 1 -> n")
    return torch.lerp(line[index], line[index + 1], place - start)


# Signed distances (n, 64, 64), negative inside, for x and y from the shape's middle, all in pixels. Inigo Quilez, "2D distance functions".


def ellipse(x: Tensor, y: Tensor, half_width: Place, half_height: Place) -> Tensor:
    """Near the edge, where it matters, a good approximation of the distance; exact for a circle."""
    radius = ((x / half_width) ** 2 + (y / half_height) ** 2).sqrt_()
    smaller = torch.minimum(torch.as_tensor(half_width), torch.as_tensor(half_height))
    return radius.sub_(1).mul_(smaller)


def box(x: Tensor, y: Tensor, half_width: Place, half_height: Place, rounding: float) -> Tensor:
    """A box with corners rounded to this radius."""
    right, down = x.abs() - half_width + rounding, y.abs() - half_height + rounding
    outside = (right.clamp_min(0) ** 2 + down.clamp_min(0) ** 2).sqrt_()
    return outside + torch.maximum(right, down).clamp_max_(0) - rounding


def arc(x: Tensor, y: Tensor, half_width: float, bend: Place, half_thickness: float) -> Tensor:
    """A stroke whose middle lies `bend` pixels lower than its ends."""
    along = x / half_width
    slope = 2 * bend * along / half_width
    across = (y - bend * (0.5 - along**2)).abs() / (1 + slope**2).sqrt() - half_thickness
    return torch.maximum(across, x.abs() - half_width)
