"""Lesson 6's four functions: the statistics by which a beta is chosen, and what goes wrong in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import torch
from torch import Generator, Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence

from checks.core.compare import same
from checks.core.exceptions import BATCH_OF_ONE
from checks.core.mistakes import Symptom, table
from checks.functions.function import FunctionSpec, Trial, left_to_defaults, number, pair
from checks.trainers.losses import DIVERGENCE, kl

Step = Callable[..., Any]

DRAWN = Symptom(
    "sampled",
    "it gives something else each time: it draws latents. Draws are not needed: the formula gives their moments exactly.",
    lambda outcome: not same(outcome.seen, outcome.other),
)


def codes(n: int, latent: int, generator: Generator) -> list[Tensor]:
    """mu and log sigma (n, latent) of clouds of different widths, about means that are not centred on 0."""
    place, width = torch.randn(2, 1, latent, generator=generator)
    mu = place + 0.5 + torch.randn(n, latent, generator=generator)
    return [mu, 0.3 * width - 0.5 + 0.5 * torch.randn(n, latent, generator=generator)]


def one_image(*arguments: Any) -> list[Trial]:
    """A single image has a KL, no variance of its mean, and its own cloud's moments."""
    (squeezed,) = BATCH_OF_ONE
    lost = Symptom(squeezed.cause, squeezed.text, lambda outcome: outcome.other_shape)
    return [Trial(arguments, known_errors=BATCH_OF_ONE, symptoms=(lost,))]


def of_codes(generator: Generator) -> list[Trial]:
    """For many images, and for as many images as latents."""
    return [Trial(codes(37, 5, generator)), Trial(codes(3, 3, generator))]


# kl_per_latent


@dataclass(frozen=True)
class Divergences:
    """`kl_per_latent`."""

    divergence: Step = kl
    reduction: Step = lambda each: each.mean(0)

    def __call__(self, mu: Tensor, logsigma: Tensor) -> Tensor:
        return self.reduction(self.divergence(mu, logsigma))


OVER_THE_IMAGES = "the images are the rows: `mean(0)`, which leaves one number a latent."

DIVERGENCE_MISTAKES = [
    *DIVERGENCE,
    *table(
        "divergence",
        ("bits", "these are bits; nats come from the natural logarithm.", lambda m, s: kl(m, s) / log(2)),
        (
            "mean-before-kl",
            "mu and log sigma are averaged over the images first, and the KL is that of the average; take each image's KL "
            "first, then the mean.",
            lambda m, s: kl(m.mean(0, keepdim=True), s.mean(0, keepdim=True)),
        ),
        (
            "kl-of-the-aggregate",
            "this is the KL of all clouds taken together, from their mean and variance; take each image's KL first, then "
            "the mean.",
            lambda m, s: kl(m.mean(0, keepdim=True), (m.var(0, correction=0) + (2 * s).exp().mean(0))[None].log() / 2),
        ),
    ),
    *table(
        "reduction",
        ("mean-over-everything", f"the mean is taken over images and latents; {OVER_THE_IMAGES}", Tensor.mean),
        ("mean-over-the-latents", f"this is one number an image; {OVER_THE_IMAGES}", lambda each: each.mean(1)),
        ("sum-over-the-latents", f"this is one number an image; {OVER_THE_IMAGES}", lambda each: each.sum(1)),
        (
            "sum-over-the-latents",
            f"the KL is summed over the latents, then averaged; {OVER_THE_IMAGES}",
            lambda each: each.sum(1).mean(),
        ),
        (
            "sum-over-the-images",
            "the KL is summed over the images; take the mean, which does not grow with their number.",
            lambda each: each.sum(0),
        ),
        ("sum-over-everything", f"everything is summed; {OVER_THE_IMAGES}", Tensor.sum),
        ("not-averaged", f"this is one number for each image and latent; {OVER_THE_IMAGES}", lambda each: each),
        (
            "dimension-kept",
            "the images' dimension is still there, with size 1: leave `keepdim` out.",
            lambda each: each.mean(0, keepdim=True),
        ),
        ("median", "that is the median over the images; the loss holds the mean.", lambda each: each.median(0)[0]),
        (
            "n-minus-one",
            "the sum is divided by n − 1; a mean is divided by the number of images.",
            lambda each: each.sum(0) / (len(each) - 1),
        ),
    ),
]

kl_per_latent = FunctionSpec(
    "kl_per_latent",
    oracle=lambda mu, logsigma: kl_divergence(Normal(mu, logsigma.exp()), Normal(0.0, 1.0)).mean(0),
    recipe=Divergences(),
    mistakes=DIVERGENCE_MISTAKES,
    takes=("mu", "logsigma"),
    axes="codes (n, latent)",
    returns="one tensor, (latent,)",
    sampled=DRAWN,
    trials={
        "gives_the_right_numbers": of_codes,
        "takes_one_image": lambda generator: one_image(*codes(1, 4, generator)),
    },
)


# active_units

MEANS_AND_VARIANCES = (
    (0.0, 3.0), (0.0, 0.004), (0.08, 0.0), (1.5, 0.0), (-1.5, 0.0), (-0.5, 0.02), (0.5, 0.05),
    (0.0, 0.0), (0.0, 0.00004), (0.0, 0.0005), (0.0, 0.015), (0.2, 0.012), (0.1, 0.0095), (0.0, 0.0108),
)  # fmt: skip
"""Of mu over the images: every known mistake takes another latent for active, and no variance is so near a threshold
that n − 1 for n would matter."""


def spread_out(n: int, generator: Generator) -> Tensor:
    """mu (n, latent) with exactly the MEANS_AND_VARIANCES over the images."""
    means, variances = torch.tensor(MEANS_AND_VARIANCES).T
    return exactly(n, means, variances, generator)


def exactly(n: int, means: Tensor, variances: Tensor, generator: Generator) -> Tensor:
    """mu (n, latent) of these means and variances over the images."""
    z = torch.randn(n, len(means), generator=generator)
    z = (z - z.mean(0)) / z.std(0, correction=0)
    return z * variances.sqrt() + means


def of_any_spread(generator: Generator) -> list[Trial]:
    """Many latents of random means and variances, half of them above a random threshold, and none near it."""

    def trial(threshold: float) -> Trial:
        means, shares = torch.randn(40, generator=generator), torch.rand(40, generator=generator)
        above = torch.rand(40, generator=generator) < 0.5
        variances = threshold * torch.where(above, 1.2 + 3 * shares, 0.8 * shares)
        return Trial([exactly(23, 0.3 * means, variances, generator), threshold])

    return [trial(each) for each in (0.03 + torch.rand(3, generator=generator)).tolist()]


def constant_and_varied() -> Tensor:
    """mu (8, 5): three latents of one value each, whose variance is 0 without any rounding, and two that vary."""
    turns = torch.tensor([1.0, -1.0]).repeat(4)
    return torch.stack([0.5 + 0 * turns, 0.25 * turns, 0 * turns, turns - 2, 0 * turns - 1.5], 1)


@dataclass(frozen=True)
class Activity:
    """`active_units`."""

    spread: Step = lambda mu: mu.var(0, correction=0)
    verdict: Step = lambda spread, threshold: spread > threshold
    answer: Step = lambda active: active

    def __call__(self, mu: Tensor, threshold: float = 0.01) -> Tensor:
        return self.answer(self.verdict(self.spread(mu), threshold))


ACTIVITY_MISTAKES = [
    *table(
        "spread",
        (
            "std-for-variance",
            "the threshold is compared with the standard deviation (or squared, which is the same); it is one for the variance.",
            lambda mu: mu.std(0, correction=0),
        ),
        (
            "not-centred",
            "this is the mean of mu², not the variance: a latent whose mean is 1 for every image says nothing about it.",
            lambda mu: (mu**2).mean(0),
        ),
        ("mean-for-variance", "the threshold is compared with the mean of |mu|.", lambda mu: mu.abs().mean(0)),
        ("mean-for-variance", "the threshold is compared with the |mean| of mu.", lambda mu: mu.mean(0).abs()),
        ("mean-for-variance", "the threshold is compared with the mean of mu.", lambda mu: mu.mean(0)),
        (
            "variance-over-the-latents",
            "the variance is taken over the latents of one image; take it over the images: `var(0)`.",
            lambda mu: mu.var(1),
        ),
        (
            "variance-over-the-latents",
            "the variance is taken over the latents of one image; take it over the images: `var(0, correction=0)`.",
            lambda mu: mu.var(1, correction=0),
        ),
        ("variance-over-everything", "the variance is taken over images and latents; `var(0)`.", lambda mu: mu.var()),
        (
            "sum-for-mean",
            "the squares are summed over the images; the variance is their mean.",
            lambda mu: ((mu - mu.mean(0)) ** 2).sum(0),
        ),
    ),
    *table(
        "verdict",
        ("turned-round", "these are the latents that are *not* active.", lambda spread, threshold: spread <= threshold),
        ("turned-round", "these are latents that are *not* active.", lambda spread, threshold: spread < threshold),
        (
            "at-least",
            "`>=` counts a variance that is exactly the threshold; active is what lies *above* it. With a threshold of 0 "
            "every latent would be active.",
            lambda spread, threshold: spread >= threshold,
        ),
        *(
            (
                "threshold-fixed",
                f"the threshold is fixed at {fixed:g}; it is an argument, 0.01 unless said otherwise.",
                lambda spread, threshold, fixed=fixed: spread > fixed,
            )
            for fixed in (0.01, 0.1, 0.001, 0)
        ),
        (
            "relative-threshold",
            "the variance is divided by the largest one; the threshold is for the variance itself.",
            lambda spread, threshold: spread / spread.max() > threshold,
        ),
    ),
    *table(
        "answer",
        ("count-for-mask", "this is their number; leave the mask, which says which.", lambda active: active.sum()),
        ("share-for-mask", "this is their share; leave the mask.", lambda active: active.double().mean()),
        (
            "indices-for-mask",
            "these are their numbers; leave the mask, True or False for each latent.",
            lambda active: active.nonzero().flatten(),
        ),
        ("indices-for-mask", "these are their numbers; leave the mask.", lambda active: active.nonzero()),
        (
            "indices-for-mask",
            "these are their numbers, squeezed; leave the mask.",
            lambda active: active.nonzero().squeeze(),
        ),
    ),
]

active_units = FunctionSpec(
    "active_units",
    oracle=lambda mu, threshold=0.01: torch.cov(mu.T, correction=0).reshape(mu.shape[1], -1).diagonal() > threshold,
    recipe=Activity(),
    mistakes=ACTIVITY_MISTAKES,
    takes=("mu", "threshold"),
    axes="codes (n, latent)",
    returns="one tensor, (latent,), of True and False",
    read=number,
    sampled=DRAWN,
    further=of_any_spread,
    harmless=(
        Symptom(
            "number-for-mask",
            "a mask of type bool counts (`.sum()`) and selects (`kl[active]`); yours is a number.",
            lambda outcome: outcome.right and outcome.seen[0].dtype != torch.bool,
        ),
    ),
    trials={
        "gives_the_right_numbers": lambda generator: [
            Trial([spread_out(37, generator), 0.01]),
            *left_to_defaults([spread_out(37, generator)], threshold=0.01),
        ],
        "takes_one_image": lambda generator: one_image(codes(1, 4, generator)[0]),
        "obeys_the_threshold": lambda generator: [
            Trial([spread_out(37, generator), 0.5]),
            Trial([constant_and_varied(), 0.0]),
        ],
    },
)


# aggregate_moments


@dataclass(frozen=True)
class Moments:
    """`aggregate_moments`."""

    mean: Step = lambda mu, logsigma: mu.mean(0)
    between: Step = lambda mu: mu.var(0, correction=0)
    within: Step = lambda logsigma: (2 * logsigma).exp().mean(0)
    together: Step = lambda between, within: (between + within).sqrt()
    answer: Step = lambda mean, std: (mean, std)

    def __call__(self, mu: Tensor, logsigma: Tensor) -> tuple[Tensor, ...]:
        std = self.together(self.between(mu), self.within(logsigma))
        return self.answer(self.mean(mu, logsigma), std)


LAW = "variance = (variance of the means) + (mean of sigma²)."

MOMENTS_MISTAKES = [
    *table(
        "between",
        (
            "second-moment",
            "mu² is averaged without subtracting the mean first, so the cloud's place counts as width.",
            lambda mu: (mu**2).mean(0),
        ),
        ("std-for-variance", f"the means' standard deviation stands where their variance should: {LAW}", lambda mu: mu.std(0, correction=0)),
        (
            "n-minus-one",
            "the variance of the means is divided by n − 1. These n images are all there are, so divide by n "
            "(`correction=0`); for a single image n − 1 gives nan.",
            lambda mu: ((mu - mu.mean(0)) ** 2).sum(0) / (len(mu) - 1),
        ),
        ("sum-for-mean", "the squares of mu are summed over the images; the variance is their mean.", lambda mu: ((mu - mu.mean(0)) ** 2).sum(0)),
        ("over-everything", "the means' variance is taken over images and latents; `var(0)`.", lambda mu: mu.var()),
        ("means-left-out", f"only the clouds' own widths are in it: {LAW}", lambda mu: 0 * mu[0]),
    ),
    *table(
        "within",
        ("clouds-left-out", f"only the means' spread is in it, not the clouds' widths: {LAW}", lambda s: 0 * s[0]),
        ("sigma-for-variance", f"sigma stands where sigma² should: {LAW}", lambda s: s.exp().mean(0)),
        (
            "mean-before-square",
            "sigma is averaged first and squared then; square first: the mean of sigma² is larger than that.",
            lambda s: s.exp().mean(0) ** 2,
        ),
        (
            "mean-before-exp",
            "log sigma is averaged before the exp; the mean of sigma² is not the exp of a mean.",
            lambda s: (2 * s.mean(0)).exp(),
        ),
        ("exp-forgotten", "log sigma is squared where sigma should be: sigma = exp(logsigma).", lambda s: (s**2).mean(0)),
        ("exp-forgotten", "log sigma stands where sigma² should: sigma² = exp(2·logsigma).", lambda s: s.mean(0)),
        (
            "spread-of-sigma",
            "the *variance* of sigma over the images is added; add the mean of sigma².",
            lambda s: s.exp().var(0, correction=0),
        ),
        ("sum-for-mean", "sigma² is summed over the images; take the mean.", lambda s: (2 * s).exp().sum(0)),
        ("n-minus-one", "the sum of sigma² is divided by n − 1; a mean is divided by the number of images.", lambda s: (2 * s).exp().sum(0) / (len(s) - 1)),
        ("divided-again", "the mean of sigma² is divided by the number of images once more.", lambda s: (2 * s).exp().mean(0) / len(s)),
    ),
    *table(
        "together",
        (
            "spreads-added",
            f"standard deviations do not add up, variances do: {LAW}",
            lambda between, within: between.sqrt() + within.sqrt(),
        ),
        ("variance-for-std", "this is the variance; take its square root.", lambda between, within: between + within),
        ("difference", f"the two are subtracted: {LAW}", lambda between, within: (between - within).abs().sqrt()),
        ("halved", f"the two are averaged; they are added: {LAW}", lambda between, within: ((between + within) / 2).sqrt()),
    ),
    *table(
        "mean",
        (
            "mean-over-the-latents",
            "the mean is taken over the latents of one image; take it over the images: `mean(0)`.",
            lambda mu, s: mu.mean(1),
        ),
        ("over-everything", "the mean is taken over images and latents; `mean(0)`.", lambda mu, s: mu.mean()),
        ("sigma-in-the-mean", "sigma does not move the mean: it is the mean of mu.", lambda mu, s: (mu + s.exp()).mean(0)),
        ("zero-mean", "the mean is taken to be 0, as in the prior; it is the mean of mu.", lambda mu, s: 0 * mu[0]),
        ("sum-for-mean", "mu is summed over the images; take the mean.", lambda mu, s: mu.sum(0)),
    ),
    *table("answer", ("outputs-swapped", "the mean comes first.", lambda mean, std: (std, mean))),
]  # fmt: skip


def moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    """Of the mixture of all clouds, each as likely as any other."""
    clouds = Normal(mu.T.double(), logsigma.T.double().exp())
    mixture = MixtureSameFamily(Categorical(torch.ones(mu.shape[::-1])), clouds)
    return mixture.mean, mixture.variance.sqrt()


aggregate_moments = FunctionSpec(
    "aggregate_moments",
    oracle=moments,
    recipe=Moments(),
    mistakes=MOMENTS_MISTAKES,
    takes=("mu", "logsigma"),
    axes="codes (n, latent)",
    returns="two tensors, mean and standard deviation, each (latent,)",
    read=lambda value: pair([*value] if isinstance(value, Tensor) and value.ndim else value),
    sampled=DRAWN,
    trials={
        "gives_the_right_numbers": of_codes,
        "takes_one_image": lambda generator: one_image(*codes(1, 4, generator)),
    },
)


# effective_beta


@dataclass(frozen=True)
class RealBeta:
    """`effective_beta`."""

    pixels: Step = lambda n_pixels: n_pixels
    latents: Step = lambda latents: 1 / latents
    sizes: Step = lambda pixels, latents: pixels * latents
    half: Step = lambda: 0.5
    variance: Step = lambda variance: 1 / variance
    whole: Step = lambda beta_kl, factor: beta_kl * factor

    def __call__(
        self, beta_kl: float, latent_dim_size: int, n_pixels: int = 784, decoder_variance: float = 1.0
    ) -> float:
        sizes = self.sizes(self.pixels(n_pixels), self.latents(latent_dim_size))
        return self.whole(beta_kl, sizes * self.half() * self.variance(decoder_variance))


REAL_BETA_MISTAKES = [
    *table(
        "half",
        ("half-missing", "the 2 is missing: the theory's first term is the squared error *over 2·variance*.", lambda: 1),
        ("twice", "multiplied by 2 where it is divided: the theory's first term is the squared error over 2·variance.", lambda: 2),
    ),
    *table(
        "latents",
        ("latents-multiplied", "multiplied by the number of latents: a mean over them is a sum *divided* by it.", lambda latents: latents),
        ("latents-left-out", "the number of latents is not in it: the course's KL is a mean over them.", lambda latents: 1),
        ("latents-fixed", "the number of latents is fixed at 5; it is an argument.", lambda latents: 1 / 5),
    ),
    *table(
        "pixels",
        ("side-for-pixels", "the side of the image is taken for its number of pixels.", sqrt),
        ("pixels-left-out", "the number of pixels is not in it: the course's squared error is a mean over them.", lambda n_pixels: 1),
        ("pixels-fixed", "the number of pixels is fixed at 784; it is an argument.", lambda n_pixels: 784),
        ("upside-down", "divided by the number of pixels: to make a sum of the mean, multiply.", lambda n_pixels: 1 / n_pixels),
    ),
    *table("sizes", ("sizes-exchanged", "pixels and latents are exchanged: it is pixels / latents.", lambda pixels, latents: 1 / (pixels * latents))),
    *table(
        "variance",
        ("variance-left-out", "the decoder's variance is not in it.", lambda variance: 1),
        ("variance-multiplied", "multiplied by the decoder's variance: the squared error is divided by it, and so is beta.", lambda variance: variance),
        ("variance-squared", "divided by the square of the variance: `decoder_variance` is s² already.", lambda variance: 1 / variance**2),
        ("std-for-variance", "divided by the root of the variance: take it as it is.", lambda variance: 1 / variance**0.5),
    ),
    *table(
        "whole",
        ("whole-number", "`//` drops what follows the point; divide by `/`.", lambda beta_kl, factor: beta_kl * factor // 1),
        ("whole-number", "`//` drops what follows the point, before beta_kl multiplies; divide by `/`.", lambda beta_kl, factor: beta_kl * (factor // 1)),
        ("whole-number", "the result is rounded; leave it as it is.", lambda beta_kl, factor: round(beta_kl * factor)),
        ("factor-divided", "beta_kl is divided by the factor; that turns a real beta into a beta_kl.", lambda beta_kl, factor: beta_kl / factor),
        ("beta-divided", "divided by beta_kl; multiply.", lambda beta_kl, factor: factor / beta_kl),
        ("always-zero", "it is 0, whatever the arguments.", lambda beta_kl, factor: 0.0),
        ("beta-left-out", "beta_kl is not in it.", lambda beta_kl, factor: factor),
    ),
]  # fmt: skip


def real_beta(beta_kl: float, latents: int, n_pixels: int = 784, decoder_variance: float = 1.0) -> Tensor:
    """Both losses' slopes along the sum of KLs, once both have the same slope along the sum of squared errors."""
    course = torch.tensor([1 / n_pixels, beta_kl / latents], dtype=torch.float64)
    return (course / (2 * decoder_variance) / course[0])[1]


def of_any_sizes(generator: Generator) -> list[Trial]:
    latents, pixels = (torch.randint(2, most, (3,), generator=generator).tolist() for most in (100, 9999))
    shares, variance = torch.rand(2, 3, generator=generator).add(0.1).tolist()
    beta = [share * size for share, size in zip(shares, (1, 100, 1e9), strict=True)]  # no rest of `//` is 0 for all
    return [Trial(each) for each in zip(beta, latents, pixels, variance, strict=True)]


effective_beta = FunctionSpec(
    "effective_beta",
    oracle=real_beta,
    recipe=RealBeta(),
    mistakes=REAL_BETA_MISTAKES,
    most=3,
    takes=("beta_kl", "latent_dim_size", "n_pixels", "decoder_variance"),
    returns="a number",
    read=number,
    sampled=DRAWN,
    further=of_any_sizes,
    form=lambda answer: tuple(1e6 * each for each in answer),  # a small beta is told from 0
    trials={
        "gives_the_right_numbers": lambda _: [
            Trial([0.3, 7, 28 * 28, 1.0]),
            Trial([0.02, 3, 64 * 64 * 3, 1.0]),
            *left_to_defaults([0.3, 7, 30 * 30], decoder_variance=1.0),
            *left_to_defaults([0.3, 7], n_pixels=784, decoder_variance=1.0),
        ],
        "minds_the_decoders_variance": lambda _: [Trial([0.1, 5, 28 * 28, 0.3])],
    },
)
