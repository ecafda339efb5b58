"""Is what was added to images proper noise, normal, independent and new each time? And what shows where it is not?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import torch
from einops import rearrange
from torch import Tensor

from checks.core.mistakes import Symptom
from checks.models.normality import ERRORS, chi_square_errors, correlation, numbers_alike, shape, standard_normal, worst

KNOWN = 1e-6
"""How well a pixel of an image in float32 is known."""

RARE = 28
"""Where so many are expected, none come about once in e²⁸ draws."""

NAMED = 0.65
"""Something is said of the noise where no statistic exceeds this part of its threshold."""

FEW = 13
"""The images among which all pairs are looked at: those of the steps that all trainers are tried on."""


@dataclass(frozen=True)
class Corruptions:
    """Images before and after, in batches (b, 1, 28, 28), and the spread that was asked."""

    clean: list[Tensor]
    noisy: list[Tensor]
    std: float

    @cached_property
    def x(self) -> Tensor:
        """(images, pixels), as float64."""
        return torch.cat(self.clean).double().flatten(1)

    @cached_property
    def seen(self) -> Tensor:
        return torch.cat(self.noisy).double().flatten(1)

    @cached_property
    def noise(self) -> Tensor:
        return self.seen - self.x

    @property
    def sizes(self) -> list[int]:
        """Of the batches."""
        return [len(each) for each in self.clean]

    @cached_property
    def misfit(self) -> float:
        """How far this is from proper noise; at most 1 where it is that."""
        return inf if keeps_its_ends(self) else self.distance(self.noise, self.std)

    def distance(self, noise: Tensor, spread: float) -> float:
        """How far noise (images, pixels) is from normal numbers of this spread that have nothing to do with the images or
        with each other, in thresholds of `checks.models.normality`."""
        eps = noise / max(spread, KNOWN)
        images, pixels = eps.shape
        few = rearrange(eps[:FEW], "image pixel -> pixel 1 image")
        if numbers_alike(few, min(KNOWN / spread, 1e-4)) or bool(alike(eps).any()):
            return inf
        return worst(
            standard_normal(few),
            shape(eps),
            tails(eps),
            correlation(eps, self.x) / ERRORS,
            chi_square_errors(eps.square().mean(), eps.numel()) / ERRORS,
            means(eps, [1] * images),
            means(eps, self.sizes),
            means(eps.T, [1] * pixels),
        )

    # What shows where it is not

    @cached_property
    def slope(self) -> float:
        """How often the image itself is in what was seen: 1 where noise was added to it."""
        x, seen = self.x - self.x.mean(), self.seen - self.seen.mean()
        return float((x * seen).sum() / x.square().sum())

    @property
    def whole(self) -> bool:
        return abs(self.slope - 1) < 0.1

    @cached_property
    def spreads(self) -> Tensor:
        """Of each image's noise: (images, 1)."""
        return self.noise.std(1, keepdim=True).clamp(min=KNOWN)

    @cached_property
    def shared(self) -> Tensor:
        """Which images have the noise of an earlier one, whatever becomes of the image beside it: (images, images)."""
        x = self.x - self.x.mean(1, keepdim=True)
        noise = self.noise - self.noise.mean(1, keepdim=True)
        return alike(noise - x * (noise * x).sum(1, keepdim=True) / x.square().sum(1, keepdim=True))

    @cached_property
    def in_one_batch(self) -> Tensor:
        batch = torch.arange(len(self.sizes)).repeat_interleave(torch.tensor(self.sizes))
        return batch[:, None] == batch

    @cached_property
    def untouched(self) -> Tensor:
        """Which pixels are what they were."""
        return self.noise.abs() < KNOWN

    def is_normal(self, noise: Tensor) -> bool:
        """Whether this is noise of some spread."""
        return self.distance(noise, float(noise.square().mean().sqrt())) <= NAMED


def tails(eps: Tensor) -> float:
    """Of the largest number: infinite where it is smaller or larger than it ever is among so many."""
    least, most = (float(-torch.special.ndtri(torch.tensor(each / eps.numel() / 2).double())) for each in (RARE, 1e-12))
    return 0.0 if least < float(eps.abs().max()) < most else inf


def means(eps: Tensor, sizes: list[int]) -> float:
    """The means of parts of so many rows, which should be neither too large nor too small."""
    squares = [part.mean().square() * part.numel() for part in eps.split(sizes)]
    return worst(chi_square_errors(torch.stack(squares).mean(), len(sizes))) / ERRORS


def alike(noise: Tensor) -> Tensor:
    """Which rows are those of an earlier one, as they are or with the opposite sign."""
    length = noise.norm(dim=1, keepdim=True)
    unit = noise / length.clamp(min=KNOWN) * (length > 100 * KNOWN)
    return ((unit @ unit.T).abs() > 0.999).triu(1)


def keeps_its_ends(seen: Corruptions) -> bool:
    """Whether the largest and the smallest pixel of a batch are often what they were, to the last digit."""
    pairs = zip(seen.noisy, seen.clean, strict=True)
    return sum(int(end(noisy) == end(clean)) for noisy, clean in pairs for end in (torch.max, torch.min)) > 2


def is_cut_off(seen: Corruptions) -> bool:
    """Whether, in half of the batches of several images, several pixels share the largest value, or the smallest, and
    hardly any others do."""

    def at(end: Tensor, values: Tensor) -> bool:
        return int((values == end).sum()) > 1 and differ(values[(values != values.max()) & (values != values.min())])

    several = [each.flatten() for each in seen.noisy if len(each) > 1]
    return any(2 * sum(at(end(each), each) for each in several) > len(several) for end in (torch.max, torch.min))


def differ(values: Tensor) -> bool:
    """Whether hardly any are equal."""
    return len(values.unique()) > 0.9 * len(values)


def takes_few_values(seen: Corruptions) -> bool:
    """Whether all pixels that changed have become one of two values of their batch."""

    def few(noisy: Tensor, clean: Tensor) -> bool:
        changed = noisy[(noisy - clean).abs() > KNOWN]
        return len(changed) > 2 and len(changed.unique()) <= 2

    return all(map(few, seen.noisy, seen.clean))


def leaves_out(seen: Corruptions) -> bool:
    """Whether some pixels are 0, and others, all different, lie on both sides of it."""
    pixels = seen.seen[:FEW].flatten()
    others = pixels[pixels != 0]
    return len(others) < 0.99 * len(pixels) and differ(others) and bool(others.min() < 0 < others.max())


def is_standardised(seen: Corruptions) -> bool:
    """Whether each batch has mean 0 and spread 1."""
    return all(abs(float(each.mean())) < 1e-4 and abs(float(each.std()) - 1) < 1e-3 for each in seen.noisy)


def centres_the_noise(seen: Corruptions) -> bool:
    """Whether the mean of each batch's noise is 0, as none of chance is."""
    return worst(*(part.mean() / seen.std for part in seen.noise.split(seen.sizes))) < 1e-5


def is_scaled(seen: Corruptions) -> bool:
    return abs(seen.slope - 1) > 0.01 and seen.is_normal(seen.seen - seen.slope * seen.x)


def is_shifted(seen: Corruptions) -> bool:
    return abs(float(seen.noise.mean())) > 0.02 * seen.std and seen.is_normal(seen.noise - seen.noise.mean())


def is_repeated(seen: Corruptions) -> bool:
    """Whether half of the noise's numbers were there before, and there are many different ones."""
    numbers = seen.noise[:FEW].abs().flatten().sort().values
    fresh = float((numbers.diff() > 2 * KNOWN).double().sum())
    return 100 < fresh < 0.6 * len(numbers) and float(seen.spreads.min()) > 0.1


def varies(seen: Corruptions) -> bool:
    """Whether each image's noise is normal, of a spread of its own."""
    eps = seen.noise / seen.spreads
    normal = all(shape(each[None]) <= 1 for each in eps) and seen.whole
    return normal and float(seen.spreads.max() / seen.spreads.min()) > 1.3


def growth(seen: Corruptions) -> float:
    """The correlation between the sizes of noise and pixel."""
    size = seen.noise.abs()
    return correlation(size, seen.x.abs()) / seen.x.numel() ** 0.5 if size.std() > 0.01 * size.mean() else 0.0


def neighbours_share(seen: Corruptions) -> bool:
    """Whether pixels side by side have much of their noise in common."""
    image = rearrange(seen.noise, "image (h w) -> image h w", h=28)
    pairs = ((image[:, 1:], image[:, :-1]), (image[..., 1:], image[..., :-1]))
    return seen.whole and any(correlation(one, other) > 0.1 * one.numel() ** 0.5 for one, other in pairs)


def is_not_normal(seen: Corruptions) -> bool:
    """Whether noise that has nothing to do with the image is of another shape."""
    eps = (seen.noise - seen.noise.mean(1, keepdim=True)) / seen.spreads
    alone = correlation(eps, seen.x) < ERRORS and growth(seen) < 0.02
    return alone and worst(shape(eps), tails(eps)) > 1


MASKS = "That is another corruption; here each pixel gets normal noise added."

WRONG_NOISES = (
    Symptom(
        "not-finite",
        "the noisy images hold nan or inf. Is something divided by a spread over the batch? One image has none.",
        lambda seen: not bool(torch.isfinite(seen.seen).all()),
    ),
    Symptom(
        "noise-in-part",
        "some images get no noise at all; each image of a batch gets noise of its own, in every step.",
        lambda seen: bool(seen.untouched.all(1).any()),
    ),
    Symptom(
        "noise-drawn-once",
        "the noise of one step comes again in another: draw it inside training_step, in the shape of img, keep none of it, "
        "and set no seed there.",
        lambda seen: bool((seen.shared & ~seen.in_one_batch).any()),
    ),
    Symptom(
        "noise-shared-across-batch",
        "images of one batch share their noise, as it is or with the opposite sign: `torch.randn_like(img)` draws anew for "
        "each image.",
        lambda seen: bool((seen.shared & seen.in_one_batch).any()),
    ),
    Symptom("pixels-left-out", f"some pixels are set to 0 (dropout, a mask). {MASKS}", leaves_out),
    Symptom(
        "salt-and-pepper",
        f"some pixels are replaced by one or two values, and the others stay as they are. {MASKS}",
        takes_few_values,
    ),
    Symptom(
        "noise-in-part",
        "many pixels get no noise (a mask, perhaps): each pixel gets noise of its own.",
        lambda seen: float(seen.untouched.double().mean()) > 0.01,
    ),
    Symptom(
        "noisy-clamped",
        "the noisy image is cut off: several pixels have the same largest (or smallest) value. Leave the noise as it is.",
        is_cut_off,
    ),
    Symptom(
        "noisy-clamped",
        "the noisy image is cut off where the clean one ends: its largest (or smallest) pixel stays what it was. Leave the "
        "noise as it is.",
        keeps_its_ends,
    ),
    Symptom(
        "noisy-squashed",
        "everything in the noisy image lies between −1 and 1 (a sigmoid, a tanh, a rescaling); normalised pixels go beyond "
        "both.",
        lambda seen: float(seen.seen.abs().max()) <= 1 < float(seen.x.abs().max()),
    ),
    Symptom(
        "normalised-again",
        "the noisy images are brought to mean 0 and spread 1, batch by batch; leave them as they are.",
        is_standardised,
    ),
    Symptom(
        "image-scaled",
        "the noise is normal, but the image beside it is not whole: it is multiplied by another number than 1, as in an "
        "average. The model gets img + noise_std · eps.",
        is_scaled,
    ),
    Symptom(
        "image-missing",
        "there is hardly anything of the image in what the model gets: add the noise to img itself.",
        lambda seen: abs(seen.slope) < 0.3,
    ),
    Symptom(
        "noise-shifted",
        "the noise has a mean of its own, above or below 0, so that all pixels are brightened or darkened with it.",
        is_shifted,
    ),
    Symptom(
        "neighbours-share-noise",
        "pixels side by side have noise in common: it is drawn for rows, columns or blocks, or smoothed. Each pixel gets "
        "noise of its own.",
        neighbours_share,
    ),
    Symptom(
        "spread-varies",
        "the noise's spread is not the same for all images: it hangs on the image, the batch or the step, or is drawn "
        "itself. It is noise_std for each pixel of all of them.",
        varies,
    ),
    Symptom(
        "noise-multiplied",
        "the noise grows with the pixel: the further that is from 0, the more it gets. Add noise of one spread.",
        lambda seen: seen.whole and growth(seen) > 0.1,
    ),
    Symptom(
        "noise-repeated",
        "the same numbers come again and again in the noise, as they are or with the opposite sign: draw as many as there "
        "are pixels, with `torch.randn_like(img)`.",
        is_repeated,
    ),
    Symptom(
        "not-normal",
        "the noise is not normal: it is uniform, cut off, of a few values or of another shape. `torch.randn_like(img)` draws "
        "normal numbers.",
        is_not_normal,
    ),
    Symptom(
        "noise-standardised",
        "the noise of each batch is centred: its mean is 0 to the last digit. Leave it as it was drawn.",
        centres_the_noise,
    ),
    Symptom(
        "wrong-spread",
        "the noise is normal and everywhere of the same spread, but that is not noise_std: compare the two numbers above.",
        lambda seen: seen.is_normal(seen.noise),
    ),
)
"""Shown by images before and after, where no known mistake gives exactly them; each is right only where those before it
are not."""
