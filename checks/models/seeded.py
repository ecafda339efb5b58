"""Which mistake made this z, where the noise is known.

Most answers draw their noise as the first thing behind `torch.manual_seed`, so that it is what torch gives for that seed. Then
z can be compared number by number: with the right one, which proves a sample; and with what each mistake would give, which
proves the mistake. `checks.models.sampling` judges what is drawn in another way, by its statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.core.compare import same
from checks.core.mistakes import Mistake, diagnose, diagnose_nearest, table
from checks.models.changes import change_of
from checks.models.sampling import RIGHT as SAMPLE
from checks.models.sampling import WRONG_FORMULAS, Fault, Formula, around, centred_at, fault_from, spread_by

CLOSE = 0.01
"""Largest part of sigma by which a spread may be another number: a tiny one was added, so that it is never 0."""

ROUGHLY = 5e-4
"""How well the noise must be known at least with which a mistake is made: where it divides by a small number, rounding grows."""


@dataclass(frozen=True)
class Seeded:
    """The z (images, latent) of one call, as float64, with the seed that torch had, and what the encoder says of each image.
    The noise behind z is `known` so well."""

    z: Tensor
    mu: Tensor
    logsigma: Tensor
    seed: int
    known: float
    turn: int = 0
    """How many such tensors were drawn before: a forward that draws for itself often does so behind another draw."""

    def is_made_by(self, recipe: SeededRecipe) -> bool:
        z = recipe.outcome(recipe.formula.z(self.mu, self.logsigma, recipe.noise(self.drawn)))
        known = self.known if recipe is RIGHT else max(self.known, ROUGHLY)
        return bool((((z - self.z) / self.logsigma.exp()).abs() < known).all())

    def off(self, recipe: SeededRecipe) -> float:
        """How far the recipe's z are from these, in sigma: the root of the mean square."""
        z = recipe.outcome(recipe.formula.z(self.mu, self.logsigma, recipe.noise(self.drawn)))
        return float(((z - self.z) / self.logsigma.exp()).square().mean().sqrt())

    def drawn(self, draw: Callable[..., Tensor], rows: int | None = None, columns: int | None = None) -> Tensor:
        """What torch.randn or torch.rand gives first for this seed, in the shape of z or with other rows or columns."""
        shape = (rows or self.z.shape[0], columns or self.z.shape[1])
        return drawn_by_torch(draw, shape, self.seed, self.turn * self.z.numel())


@cache
def drawn_by_torch(draw: Callable[..., Tensor], shape: tuple[int, int], seed: int, before: int) -> Tensor:
    """What torch draws for this seed, behind so many normal numbers."""
    generator = torch.Generator().manual_seed(seed)
    torch.randn(before, generator=generator)
    return draw(shape, generator=generator).double()


@dataclass(frozen=True)
class SeededRecipe:
    """How z is made: by a `formula` of mu, logsigma and the `noise`, that is drawn by `Seeded.drawn`, and what is done to it
    at last."""

    formula: Formula
    noise: Callable[[Callable[..., Tensor]], Tensor]
    outcome: Callable[[Tensor], Tensor]


def normal(change: Callable[[Tensor], Tensor] = lambda eps: eps, **shape: int) -> Callable[..., Tensor]:
    """A change of torch.randn's numbers."""
    return lambda drawn: change(drawn(torch.randn, **shape))


def scaled(by: float, added: float = 0) -> Callable[..., Tensor]:
    return normal(lambda eps: by * eps + added)


def cut_off(at: float) -> Callable[..., Tensor]:
    return normal(lambda eps: eps.clamp(-at, at))


def rounded(decimals: int) -> Callable[..., Tensor]:
    return normal(lambda eps: eps.round(decimals=decimals))


def standardised(over: tuple[int, ...], tiny: float) -> Callable[..., Tensor]:
    return normal(lambda eps: (eps - eps.mean(over)) / (eps.std(over) + tiny))


def uniform(low: float, high: float) -> Callable[..., Tensor]:
    return lambda drawn: low + (high - low) * drawn(torch.rand)


RIGHT = SeededRecipe(SAMPLE.formula, normal(), lambda z: z)

NOT_SIGMA = "the noise is multiplied by {}; sigma is exp(logsigma)."

FORMULAS = [
    *WRONG_FORMULAS,
    *table(
        "formula",
        *(
            ("wrong-spread", NOT_SIGMA.format(text), spread_by(spread))
            for text, spread in (
                ("|logsigma|", torch.abs),
                ("exp|logsigma|", lambda s: s.abs().exp()),
                ("exp(relu(logsigma))", lambda s: s.relu().exp()),
                ("exp(tanh(logsigma))", lambda s: s.tanh().exp()),
                ("tanh(exp(logsigma))", lambda s: s.exp().tanh()),
                ("relu(logsigma)", F.relu),
                ("logsigma²", torch.square),
                ("√|logsigma|", lambda s: s.abs().sqrt()),
                ("ELU(logsigma) + 1", lambda s: F.elu(s) + 1),
                ("softplus of sigma", lambda s: F.softplus(s.exp())),
                ("log(softplus(logsigma))", lambda s: F.softplus(s).log()),
                ("√softplus(logsigma)", lambda s: F.softplus(s).sqrt()),
                ("1 / softplus(logsigma)", lambda s: 1 / F.softplus(s)),
                ("exp(exp(logsigma))", lambda s: s.exp().exp()),
                ("softmax(logsigma)", lambda s: s.softmax(-1)),
                ("exp(−logsigma / 2)", lambda s: (-s / 2).exp()),
                ("sigma's mean over the latents", lambda s: s.exp().mean(-1, keepdim=True)),
                ("sigma's mean over the batch", lambda s: s.exp().mean(0)),
                ("the first latent's sigma", lambda s: s[:, :1].exp()),
                ("the first image's sigma", lambda s: s[:1].exp()),
                ("another latent's sigma", lambda s: s.flip(-1).exp()),
                ("the sigma of the image before", lambda s: s.roll(1, 0).exp()),
                ("the length of the image's sigma", lambda s: s.exp().norm(dim=-1, keepdim=True)),
            )
        ),
        ("mean-for-sigma", NOT_SIGMA.format("exp(mu)"), around(lambda m, s: m, lambda m, s: m.exp())),
        ("mean-for-sigma", NOT_SIGMA.format("sigma · exp(mu)"), around(lambda m, s: m, lambda m, s: (m + s).exp())),
        ("mean-for-sigma", NOT_SIGMA.format("mu · sigma"), around(lambda m, s: m, lambda m, s: m * s.exp())),
        (
            "mean-for-sigma",
            "mu and sigma have changed places: z = sigma + mu · eps.",
            around(lambda m, s: s.exp(), lambda m, s: m),
        ),
        (
            "mean-and-logsigma-swapped",
            "mean and log sigma have changed places: z = logsigma + mu · eps.",
            around(lambda m, s: s, lambda m, s: m),
        ),
        (
            "mean-and-logsigma-swapped",
            "mean and log sigma have changed places: z = logsigma + exp(mu / 2) · eps.",
            around(lambda m, s: s, lambda m, s: (m / 2).exp()),
        ),
        ("mean-scaled", "mu is multiplied by sigma · eps: it is to be added.", around(lambda m, s: 0 * m, lambda m, s: m * s.exp())),
        ("mean-scaled", "z is mu · eps + sigma; it is mu + sigma · eps.", around(lambda m, s: s.exp(), lambda m, s: m)),
        (
            "mean-scaled",
            "mu and the noise are both divided by sigma: z = (mu + eps) / sigma.",
            around(lambda m, s: m / s.exp(), lambda m, s: (-s).exp()),
        ),
        (
            "mean-scaled",
            "z is (eps − mu) / sigma, the formula solved for the noise; it is mu + sigma · eps.",
            around(lambda m, s: -m / s.exp(), lambda m, s: (-s).exp()),
        ),
        ("mean-scaled", "mu is multiplied by 1 − sigma; it is to be added as it is.", centred_at(lambda m, s: (1 - s.exp()) * m)),
        ("mean-changed", "tanh is taken of mu; z lies about mu itself.", centred_at(lambda m, s: m.tanh())),
        ("mean-changed", "a ReLU is put on mu; z lies about mu itself.", centred_at(lambda m, s: m.relu())),
        ("mean-changed", "a sigmoid is put on mu; z lies about mu itself.", centred_at(lambda m, s: m.sigmoid())),
        ("mean-changed", "z lies about the batch's mean of mu; each image has its own.", centred_at(lambda m, s: m.mean(0))),
    ),
]  # fmt: skip

SHAPE = "draw eps in the shape of mu, (batch, latent)."
ASKED = "use `torch.randn_like(mu)` as it is."

NOISES = table(
    "noise",
    ("no-noise", "z is mu itself: nothing is sampled.", normal(torch.zeros_like)),
    ("sigma-without-noise", "z is mu + sigma: the noise is missing, or it is ones.", normal(torch.ones_like)),
    ("one-noise-for-all", f"one number is drawn for all images and all latents: {SHAPE}", normal(rows=1, columns=1)),
    ("noise-shared-across-batch", f"all images of a batch get the same noise: {SHAPE}", normal(rows=1)),
    ("noise-shared-across-latents", f"the latents of one image share their noise: {SHAPE}", normal(columns=1)),
    (
        "uniform-noise",
        "the noise comes from `rand` (uniform between 0 and 1), not from `randn` (standard normal).",
        uniform(0, 1),
    ),
    ("uniform-noise", f"the noise is uniform between −1 and 1, not standard normal: {ASKED}", uniform(-1, 1)),
    ("uniform-noise", f"the noise is uniform between −½ and ½, not standard normal: {ASKED}", uniform(-0.5, 0.5)),
    ("uniform-noise", f"the noise is uniform, not standard normal: {ASKED}", uniform(-(3**0.5), 3**0.5)),
    ("folded-noise", "the noise is never negative: a normal number is, half of the time.", normal(torch.abs)),
    ("not-normal", f"the noise is only +1 or −1: {ASKED}", normal(torch.sign)),
    ("not-normal", f"tanh is taken of the noise: {ASKED}", normal(torch.tanh)),
    ("not-normal", f"a sigmoid is put on the noise: {ASKED}", normal(torch.sigmoid)),
    ("not-normal", f"the noise is squared: {ASKED}", normal(torch.square)),
    *(
        ("clamped-noise", f"the noise is cut off at ±{at:g}: {ASKED}", cut_off(at))
        for at in (1, 1.5, 2, 2.5, 3)
    ),
    *(
        ("noise-scaled", f"the noise is multiplied by {by:g}: its spread is to be 1.", scaled(by))
        for by in (0.5, 2, 0.1, 0.01, 10, 0.25, 0.2)
    ),
    *(
        ("noise-shifted", f"{by:g} is added to the noise: its mean is to be 0.", scaled(1, by))
        for by in (1, -1, 0.5, -0.5, 0.1)
    ),
    (
        "noise-whitened",
        f"the noise's mean over the batch is taken off, so that one image's noise depends on its neighbours': {ASKED}",
        normal(lambda eps: eps - eps.mean(0)),
    ),
    *(
        (
            "noise-whitened",
            f"the noise is standardised over the batch, so that one image's noise depends on its neighbours': {ASKED}",
            standardised(over, tiny),
        )
        for over in ((0,), (0, 1))
        for tiny in (0.0, 1e-5)
    ),
    ("noise-whitened", f"the noise of each image is scaled to one length: {ASKED}", normal(F.normalize)),
    (
        "noise-whitened",
        f"the noise of each image is scaled to one length: {ASKED}",
        normal(lambda eps: F.normalize(eps) * eps.shape[1] ** 0.5),
    ),
    ("coarse-noise", f"the noise has only half precision, so that the same numbers come again and again: {ASKED}", normal(lambda eps: eps.half().double())),
    ("coarse-noise", f"the noise is bfloat16, so that the same numbers come again and again: {ASKED}", normal(lambda eps: eps.bfloat16().double())),
    *(
        ("coarse-noise", f"the noise is rounded, so that the same numbers come again and again: {ASKED}", rounded(to))
        for to in (0, 1, 2, 3)
    ),
    ("noise-not-independent", f"the noise is sorted: {ASKED}", normal(lambda eps: eps.sort(0).values)),
    ("noise-not-independent", f"the noise is added up along the batch: {ASKED}", normal(lambda eps: eps.cumsum(0))),
)  # fmt: skip

OUTCOMES = table(
    "outcome",
    ("sample-changed", "tanh is taken of z; a latent may be any number.", torch.tanh),
    ("sample-changed", "a ReLU is put on z; a latent may be negative.", F.relu),
    ("sample-changed", "a sigmoid is put on z; a latent may be any number.", torch.sigmoid),
    ("sample-changed", "z is scaled to length 1; it is mu + sigma · eps as it is.", F.normalize),
    ("sample-changed", "exp is taken of z, as for a log-normal distribution.", torch.exp),
)


def made_by_recipe(calls: Sequence[Seeded], recipe: SeededRecipe) -> bool:
    return all(call.is_made_by(recipe) for call in calls)


def proper(calls: Sequence[Seeded]) -> bool:
    """Whether each z is mu + sigma · eps, where eps is what torch.randn gives for the seed: a proper sample."""
    return any(made_by_recipe(turn, RIGHT) for turn in turns(calls))


def turns(calls: Sequence[Seeded]) -> list[list[Seeded]]:
    """The calls as they are, and with noise that was drawn second."""
    return [[replace(call, turn=turn) for call in calls] for turn in (0, 1)]


def made_by(calls: Sequence[Seeded], mistakes: Sequence[Mistake], most: int) -> Fault | None:
    """The mistake, or two, that made every number of all these calls."""
    for turn, number in zip(turns(calls), (most, 1), strict=True):
        made_so = partial(made_by_recipe, turn)
        if chosen := diagnose(RIGHT, mistakes, made_so, number):
            return fault_from(chosen)
    return None


def fault_of(calls: Sequence[Seeded]) -> Fault | None:
    """What is wrong with z that is no sample; None where nothing explains all its numbers."""
    return made_by(calls, [*FORMULAS, *NOISES, *OUTCOMES], 2) or next(filter(None, map(read_off, turns(calls))), None)


def regularity_in(calls: Sequence[Seeded]) -> Fault | None:
    """What was done to torch's own noise, where statistics do not show it."""
    return None if proper(calls) else made_by(calls, NOISES, 1) or next(filter(None, map(read_off, turns(calls))), None)


def coarseness_in(call: Seeded) -> Fault | None:
    """Which rounding of torch's noise explains z far better than the noise itself does."""
    (turn,) = min(turns([call]), key=lambda calls: calls[0].off(RIGHT))
    coarse = [mistake for mistake in NOISES if mistake.cause == "coarse-noise"]
    chosen = diagnose_nearest(RIGHT, coarse, turn.off, turn.off(RIGHT) / 2, most=1)
    return replace(fault_from(chosen), what="has coarse noise") if chosen else None


def read_off(calls: Sequence[Seeded]) -> Fault | None:
    """What the numbers say where z is still a straight line of torch.randn's noise, in each cell."""
    right = [SAMPLE.formula.z(call.mu, call.logsigma, RIGHT.noise(call.drawn)) for call in calls]
    changes = [change_of(z, call.z) for z, call in zip(right, calls, strict=True)]
    if all(changes) and len({change.text for change in changes if change}) == 1 and changes[0]:
        return Fault("sample-changed", f"something is done to z = mu + sigma · eps itself: {changes[0].text}")
    cells: dict[tuple[float, ...], list[tuple[Tensor, ...]]] = {}
    for call in calls:
        eps = call.drawn(torch.randn)
        for mu, logsigma, z, noise in zip(call.mu, call.logsigma, call.z, eps, strict=True):
            cells.setdefault(tuple(mu.tolist()), []).append((mu, logsigma, z, noise))
    lines = []
    for rows in cells.values():
        mu, logsigma, z, noise = (torch.stack(column) for column in zip(*rows, strict=True))
        noise_mean, z_mean = noise.mean(0), z.mean(0)
        spread = ((noise - noise_mean) * (z - z_mean)).sum(0) / (noise - noise_mean).square().sum(0)
        centre = z_mean - spread * noise_mean
        if not bool(((z - centre - spread * noise).abs() / logsigma.exp() < calls[0].known).all()):
            return None
        lines.append((mu[0], logsigma[0], centre, spread))
    mu, logsigma, centre, spread = (torch.stack(column) for column in zip(*lines, strict=True))
    sigma, spread = logsigma.exp(), spread.abs()  # the noise may be turned round
    if same(centre, mu, CLOSE) and not same(spread / sigma, torch.ones_like(sigma), CLOSE):
        ratio = spread / sigma
        if same(ratio, ratio.mean().expand_as(ratio)):
            return Fault(
                "noise-scaled", f"the noise is multiplied by {float(ratio.mean()):.3g}: its spread is to be 1."
            )
        if bool((spread > 0).all()) and (change := change_of(logsigma, spread.log())):
            return Fault("wrong-spread", f"log sigma is not taken as it is: {change.text}")
        change = change_of(sigma, spread)
        told = change.text if change else "compare the spreads above."
        return Fault("wrong-spread", f"the noise is not multiplied by sigma = exp(logsigma) itself: {told}")
    if same(spread / sigma, torch.ones_like(sigma), CLOSE) and not same(centre, mu, CLOSE):
        change = change_of(mu, centre)
        told = change.text if change else "compare the means above."
        return Fault("mean-changed", f"z does not lie about mu itself: {told}")
    return None
