"""A principal component analysis as a recipe of steps, what goes wrong in each, and another road to the components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Generator, Tensor

from checks.core.compare import same
from checks.core.evidence import Other
from checks.core.exceptions import WRONG_SIGNATURE, KnownError
from checks.core.mistakes import Symptom, table
from checks.exercises.latent_pca.rig import PcaRig, find_components, import_tools
from checks.functions.function import Answer, FunctionSpec, Outcome, Trial, pair, shapes

TOLERANCE = 0.005
"""Largest difference, relative to the size of the numbers: an approximate PCA (`pca_lowrank`, power iteration) may pass."""


@dataclass(frozen=True)
class Analysis:
    """Every step of the right answer; a mistake changes one of them."""

    source: Callable[[PcaRig], Tensor] = lambda rig: rig.latents
    centre: Callable[[Tensor], Tensor] = lambda x: x - x.mean(0)
    spanned: Callable[[Tensor, Tensor], Tensor] = lambda raw, centred: centred
    """What the components are those of."""
    choose: Callable[[Tensor, Tensor], Tensor] = lambda components, spreads: components[:2]
    measure: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda raw, centred, directions: centred @ directions.T

    length: Callable[[Tensor, Tensor, int], Tensor] = lambda directions, spreads, images: directions

    def __call__(self, rig: PcaRig) -> tuple[Tensor, Tensor]:
        """Directions (2, latent) and projections (n, 2)."""
        raw = self.source(rig).double()
        centred = self.centre(raw)
        spanned = self.spanned(raw, centred)
        singular_values, components = torch.linalg.svd(spanned, full_matrices=False)[1:]
        spreads = singular_values / (len(raw) - 1) ** 0.5
        directions = self.choose(components, spreads)
        return self.length(directions, spreads, len(raw)), self.measure(raw, centred, directions)


MISTAKES = [
    *table(
        "source",
        (
            "log-sigma",
            "these are the components of log sigma: the mean is the *first* of the two.",
            lambda rig: rig.logsigma if rig.kind == "vae" else rig.latents,
        ),
        *(
            (
                cause,
                f"{what} for a VAE's code (2, b, latent). Its two halves are the mean and log sigma: take the first, "
                "`code[0]`.",
                lambda rig, made=made: made(rig.latents, rig.logsigma) if rig.kind == "vae" else rig.latents,
            )
            for cause, what, made in (
                ("halves-averaged", "`mean(0)` averages mean and log sigma", lambda mu, s: (mu + s) / 2),
                ("halves-added", "mean and log sigma are added", lambda mu, s: mu + s),
                ("halves-added", "mean and sigma are added", lambda mu, s: mu + s.exp()),
                ("sigma-for-mean", "sigma is taken", lambda mu, s: s.exp()),
            )
        ),
    ),
    *table(
        "centre",
        (
            "not-centred",
            "the mean latent is not subtracted, so the first direction points from 0 to the middle of the cloud.",
            lambda x: x,
        ),
        (
            "standardised",
            "each latent is divided by its standard deviation first. The directions are then those of another cloud: "
            "only subtract the mean.",
            lambda x: (x - x.mean(0)) / x.std(0),
        ),
        (
            "centred-along-the-wrong-dimension",
            "the mean is taken over the latents of one image; take it over the images, `mean(0)`.",
            lambda x: x - x.mean(1, keepdim=True),
        ),
        (
            "centred-by-one-number",
            "one number, the mean of everything, is subtracted; each latent has a mean of its own, `mean(0)`.",
            lambda x: x - x.mean(),
        ),
        (
            "centred-by-the-median",
            "the median is subtracted; principal components are taken about the mean.",
            lambda x: x - x.median(0).values,
        ),
        (
            "latents-normalised",
            "each latent vector is brought to length 1 first; take it as it is.",
            lambda x: (x / x.norm(dim=1, keepdim=True)) - (x / x.norm(dim=1, keepdim=True)).mean(0),
        ),
        (
            "standardised",
            "all latents are divided by one standard deviation, that of everything: keep their own units.",
            lambda x: (x - x.mean(0)) / x.std(),
        ),
    ),
    *table(
        "centre",
        *(
            (
                "centred-per-batch",
                f"each batch of {size} is centred by its own mean. Encode all images first, and subtract the mean of all.",
                lambda x, size=size: torch.cat([each - each.mean(0) for each in x.split(size)]),
            )
            for size in (32, 64, 100, 128, 256, 500, 512, 1000)
        ),
    ),
    *table(
        "spanned",
        (
            "not-centred",
            "the directions are those of latents whose mean is not subtracted: the first points from 0 to the middle of the "
            "cloud. Subtract the mean before the directions are taken too.",
            lambda raw, centred: raw,
        ),
        (
            "standardised",
            "the directions are those of latents divided by their standard deviations (a matrix of correlations, perhaps): "
            "only subtract the mean.",
            lambda raw, centred: centred / centred.std(0),
        ),
    ),
    *table(
        "choose",
        (
            "first-left-out",
            "these are the second and the third direction; counting starts at 0.",
            lambda components, spreads: components[1:3],
        ),
        (
            "smallest-components",
            "these are the two directions of *least* variance. `torch.linalg.eigh` sorts from small to large: take the "
            "last two.",
            lambda components, spreads: components[[-1, -2]],
        ),
        (
            "smallest-components",
            "these are the two directions of *least* variance. `torch.linalg.eigh` sorts from small to large: take the "
            "last two.",
            lambda components, spreads: components[[-2, -1]],
        ),
        (
            "components-swapped",
            "the second direction stands first. `torch.linalg.eigh` sorts from small to large: turn the order round.",
            lambda components, spreads: components[[1, 0]],
        ),
        (
            "first-latents",
            "these are the first two latents, not the principal directions.",
            lambda components, spreads: torch.eye(components.shape[1], dtype=components.dtype)[:2],
        ),
        (
            "not-unit-length",
            "the directions are not of length 1: they are multiplied by the standard deviations along them.",
            lambda components, spreads: components[:2] * spreads[:2, None],
        ),
    ),
    *table(
        "measure",
        (
            "projections-not-centred",
            "the projections are measured from 0; measure them from the mean latent, which you have subtracted already.",
            lambda raw, centred, directions: raw @ directions.T,
        ),
        (
            "projections-scaled",
            "the projections are divided by their standard deviations (`whiten=True`?); keep the latents' own units.",
            lambda raw, centred, directions: centred @ directions.T / (centred @ directions.T).std(0),
        ),
        (
            "projections-scaled",
            "the projections are the columns of U. They still have to be multiplied by the singular values.",
            lambda raw, centred, directions: centred @ directions.T / (centred @ directions.T).norm(dim=0),
        ),
        (
            "projections-of-the-first-latents",
            "the projections are the first two latents themselves; take centred @ directions.T.",
            lambda raw, centred, directions: raw[:, :2],
        ),
        (
            "projections-of-the-first-latents",
            "the projections are the first two latents themselves, centred; take centred @ directions.T.",
            lambda raw, centred, directions: centred[:, :2],
        ),
        (
            "standardised",
            "the projections are those of latents divided by their standard deviations; take centred @ directions.T.",
            lambda raw, centred, directions: centred / centred.std(0) @ directions.T,
        ),
        (
            "projections-scaled",
            "each image's pair of projections is brought to length 1; keep the latents' own units.",
            lambda raw, centred, directions: torch.nn.functional.normalize(centred @ directions.T),
        ),
        (
            "projections-scaled",
            "each image's latents are brought to length 1 before they are projected; keep their own units.",
            lambda raw, centred, directions: torch.nn.functional.normalize(centred) @ directions.T,
        ),
        (
            "projections-scaled",
            "the projections are multiplied by the standard deviations along the directions; keep the latents' own units.",
            lambda raw, centred, directions: (centred @ directions.T) * (centred @ directions.T).std(0),
        ),
        (
            "projections-swapped",
            "the columns of the projections stand in the other order than the directions.",
            lambda raw, centred, directions: (centred @ directions.T).flip(1),
        ),
    ),
    *table(
        "length",
        (
            "not-unit-length",
            "the directions are not of length 1: they are multiplied by the standard deviations along them.",
            lambda directions, spreads, images: directions * spreads[:2, None],
        ),
        (
            "not-unit-length",
            "the directions are not of length 1: they are multiplied by the variances along them.",
            lambda directions, spreads, images: directions * spreads[:2, None].square(),
        ),
        (
            "not-unit-length",
            "the directions are not of length 1: they are multiplied by the singular values.",
            lambda directions, spreads, images: directions * spreads[:2, None] * (images - 1) ** 0.5,
        ),
    ),
]

NO_IMAGES = KnownError(
    "NoImages",
    r"",
    "no-images",
    "the data set gives pairs (image, label). Stack the images to (b, 1, 28, 28); a DataLoader does it.",
)
ONE_KIND_ONLY = KnownError(
    "RuntimeError|IndexError|ValueError|EinopsError|LinAlgError|TypeError",
    r"",
    "one-kind-only",
    "an autoencoder's code has shape (b, latent), a VAE's (2, b, latent): look at `ndim` before you take the mean.",
)
DETACH = KnownError(
    "RuntimeError",
    r"Can't call numpy\(\) on Tensor that requires grad",
    "needs-no-gradients",
    "NumPy takes no tensor with gradients: encode under `torch.inference_mode()`.",
)
TO_NUMPY = KnownError(
    "AttributeError|TypeError",
    r"ndarray",
    "not-a-tensor",
    "that is a NumPy array where a tensor is needed: `torch.from_numpy(…)`.",
)
ARRAYS = Symptom(
    "not-a-tensor",
    "scikit-learn answers in NumPy arrays: `torch.from_numpy(…).float()`.",
    lambda value: (
        isinstance(value, tuple | list)
        and len(value) == 2
        and any(isinstance(each, Other) and each.kind == "ndarray" for each in value)
    ),
)
GRAPH_KEPT = Symptom(
    "graph-kept",
    "what you return still drags the encoder's graph along: `@torch.inference_mode()` above the function saves its "
    "memory.",
    lambda outcome: outcome.right and bool(outcome.evidence.reached),
)


# Symptoms


def shape(cause: str, text: str, shows: Callable[..., bool]) -> Symptom:
    """A symptom of the two shapes, given also how many images and latents there are."""

    def shown(outcome: Outcome) -> bool:
        (rig,) = outcome.arguments
        return outcome.other_shape and shows(*shapes(outcome.seen), rig.images, rig.latent_dim_size)

    return Symptom(cause, text, shown)


def rows_for_columns(outcome: Outcome) -> bool:
    """Whether these are two rows of the matrix that has the components as columns, whatever the components' signs."""
    (rig,) = outcome.arguments
    components, _ = Analysis(choose=lambda components, spreads: components)(rig)
    columns, seen = components.T.abs(), outcome.seen[0].abs()
    rows = (columns[:2], columns[-2:], columns[[-1, -2]])
    return any(same(seen, each, TOLERANCE) or same(seen, each.flip(1), TOLERANCE) for each in rows)


def rows_of_the_left_vectors(outcome: Outcome) -> bool:
    """Whether the directions are two rows of U, whatever the components' signs."""
    (rig,) = outcome.arguments
    centred = rig.latents.double() - rig.latents.double().mean(0)
    left = torch.linalg.svd(centred, full_matrices=False).U
    return same(100 * outcome.seen[0].abs(), 100 * left[:2].abs(), TOLERANCE)


def signs_apart(outcome: Outcome) -> bool:
    """Whether directions and projections are right, each but for its signs, and these do not belong together."""
    (directions, seen), (expected, wanted) = outcome.seen, outcome.expected
    signs = torch.sign((seen.double() * wanted).sum(0))
    turned = torch.sign((directions.double() * expected).sum(1))
    return same(directions.double(), turned[:, None] * expected, TOLERANCE) and same(seen, wanted * signs, TOLERANCE)


def shuffled(outcome: Outcome) -> bool:
    """Whether only the order of the images is another."""

    def in_order(directions: Tensor, projections: Tensor) -> Answer:
        sign = torch.sign((directions.double() * outcome.expected[0]).sum(1))
        projections = projections.double() * sign
        return directions.double() * sign[:, None], projections[projections[:, 0].argsort()]

    return same(in_order(*outcome.seen), in_order(*outcome.expected), TOLERANCE)


def only_lengths_are_off(outcome: Outcome) -> bool:
    """Whether the directions are right but for their lengths, and the projections right, or taken along these."""
    (directions, projections), (expected, wanted) = (
        map(Tensor.double, each) for each in (outcome.seen, outcome.expected)
    )
    lengths = directions.norm(dim=1)
    cosines = torch.cosine_similarity(directions, expected, dim=1)
    if not bool(((lengths - 1).abs() > TOLERANCE).any() and (lengths > 0).all()):
        return False
    along = wanted * cosines.sign()
    measured = same(projections, along, TOLERANCE) or same(projections, along * lengths, TOLERANCE)
    return measured and same(cosines.abs(), torch.ones(2), TOLERANCE / 10)


def only_scales_are_off(outcome: Outcome) -> bool:
    """Whether the directions are right, and the projections but for a factor for each column that nobody knows."""
    (directions, seen), (expected, wanted) = outcome.seen, outcome.expected
    if not same(unsigned((directions, wanted))[0], unsigned((expected, wanted))[0], TOLERANCE):
        return False
    seen = seen.double() * torch.sign((directions.double() * expected).sum(1))
    factors = (seen * wanted).sum(0) / wanted.square().sum(0)
    known = (1 / wanted.std(0), 1 / wanted.norm(dim=0), 1 + 0 * factors)
    if any(same(factors.abs() / each, torch.ones(2), TOLERANCE) for each in known):
        return False
    return bool((factors > 0).all()) and same(seen / factors, wanted, TOLERANCE)


def centred_per_batch(outcome: Outcome) -> bool:
    """Whether these are the components of latents from which the mean of their own batch was taken, of some size."""
    (rig,) = outcome.arguments
    seen = unsigned(outcome.seen)

    def batched(size: int) -> bool:
        centred = torch.cat([each - each.mean(0) for each in rig.latents.double().split(size)])
        directions = torch.linalg.eigh(centred.T @ centred).eigenvectors.T.flip(0)[:2]
        if not same(seen[0], einsum(directions, directions, "two i, two j -> two i j"), TOLERANCE):
            return False
        from_the_mean = (rig.latents.double() - rig.latents.double().mean(0)) @ directions.T
        ways = (centred @ directions.T, from_the_mean)
        return any(same(seen[1], unsigned((directions, each))[1], TOLERANCE) for each in ways)

    return any(map(batched, range(2, rig.images)))


def other_directions_each_time(outcome: Outcome, tolerance: float = TOLERANCE) -> bool:
    (first, _), (second, _) = unsigned(outcome.seen), unsigned(outcome.other)
    return not same(first, second, tolerance)


def draws_for_an_autoencoder(outcome: Outcome) -> bool:
    (rig,) = outcome.arguments
    return rig.kind == "autoencoder" and other_directions_each_time(outcome, 1e-5)


SYMPTOMS = (
    shape(
        "outputs-swapped",
        "the directions come first.",
        lambda directions, projections, n, latent: (directions, projections) == ((n, 2), (2, latent)),
    ),
    shape(
        "directions-transposed",
        "one direction a row: transpose them.",
        lambda directions, _, n, latent: directions == (latent, 2),
    ),
    shape(
        "pixels-instead-of-latents",
        "these are directions among the pixels; encode the images first.",
        lambda directions, *_: directions[-1:] == (28 * 28,),
    ),
    shape(
        "both-heads",
        "the mean and log sigma are taken together; take the mean alone.",
        lambda directions, _, n, latent: directions == (2, 2 * latent),
    ),
    shape(
        "both-heads",
        "there are two projections for each image: a VAE's code (2, b, latent) holds mean and log sigma. Take the first, "
        "`code[0]`.",
        lambda directions, projections, n, latent: projections == (2 * n, 2),
    ),
    shape(
        "left-singular-vectors",
        "these are columns of U, a number for each image. The directions are the rows of what `svd` calls Vh.",
        lambda directions, _, n, latent: directions in ((2, n), (n, 2)),
    ),
    shape(
        "too-many-components",
        "only the first two are asked.",
        lambda directions, projections, n, latent: (
            (directions[1:] == (latent,) and directions[0] > 2) or (projections[:1] == (n,) and projections[1:] > (2,))
        ),
    ),
    shape(
        "projections-transposed",
        "one image a row: transpose them.",
        lambda _, projections, n, latent: projections == (2, n),
    ),
    shape(
        "one-kind-only",
        ONE_KIND_ONLY.text,
        lambda directions, projections, *_: len(directions) > 2 or len(projections) > 2,
    ),
    shape(
        "not-all-images",
        "there are projections for a part of the images only: is the first batch alone encoded, or the last one left out?",
        lambda _, projections, n, latent: projections[1:] == (2,) and projections[0] < n,
    ),
    shape("wrong-shape", "", lambda *_: True),
    Symptom(
        "shuffled", "the projections are right, but in another order than the data set's: no `shuffle=True`.", shuffled
    ),
    Symptom(
        "rows-for-columns",
        "rows and columns are exchanged. The directions are the rows of what `svd` calls Vh, and the columns of what "
        "`eigh` and `pca_lowrank` give.",
        rows_for_columns,
    ),
    Symptom(
        "left-singular-vectors",
        "the directions are two rows of U. Take the rows of what `svd` calls Vh.",
        rows_of_the_left_vectors,
    ),
    Symptom(
        "signs-do-not-belong-together",
        "the signs are free, but those of the projections must go with those of the directions: turn signs first, and compute "
        "the projections from the very directions that you return.",
        signs_apart,
    ),
    Symptom(
        "not-unit-length",
        "the directions are not of length 1. `svd`, `eigh` and scikit-learn give unit vectors: return them as they are.",
        only_lengths_are_off,
    ),
    Symptom(
        "projections-scaled",
        "the projections are the right ones times a factor; keep the latents' own units: centred @ directions.T.",
        only_scales_are_off,
    ),
    Symptom(
        "centred-per-batch",
        "each batch is centred by its own mean. Encode all images first, and subtract the mean of all.",
        centred_per_batch,
    ),
    Symptom(
        "sampled",
        "it gives something else each time, though nothing of an autoencoder's code is drawn. `torch.pca_lowrank` begins at "
        "random, and is near enough only for centred latents (or with a `q` of 4 or more).",
        draws_for_an_autoencoder,
    ),
)
SAMPLED_LATENTS = Symptom(
    "sampled-latents",
    "it gives something else each time: the components are those of *sampled* latents. Take the mean: "
    "`encoder(x)[0]`, or the second of what `sample_latent_vector` returns.",
    other_directions_each_time,
)


# The function


def unsigned(answer: Answer) -> Answer:
    """Directions and projections in a form that does not change when both of a component change sign together."""
    directions, projections = (each.double() for each in answer)
    return (
        einsum(directions, directions, "two i, two j -> two i j"),
        einsum(projections, directions, "n two, two i -> two n i"),
    )


def by_covariance(rig: PcaRig) -> Answer:
    """From the eigenvectors of the latents' covariance, which come from small to large; another road than the recipe's."""
    latents = rig.latents.double()
    directions = torch.linalg.eigh(torch.cov(latents.T)).eigenvectors.T.flip(0)[:2]
    return directions, (latents - latents.mean(0)) @ directions.T


def tell(outcome: Outcome) -> str:
    (directions, projections), (wanted, wanted_projections) = outcome.seen, outcome.expected
    if outcome.other_shape:
        return (
            f"gave directions of shape {tuple(directions.shape)} and projections of shape {tuple(projections.shape)}; "
            f"expected {tuple(wanted.shape)} and {tuple(wanted_projections.shape)}"
        )
    places = [unsigned(each)[1] for each in (outcome.seen, outcome.expected)]
    off = float((places[0] - places[1]).abs().max())
    cosines = torch.cosine_similarity(directions.double(), wanted, dim=1)
    return (
        f"gave others than the principal directions and projections. Your directions meet the right ones at cosines of "
        f"{cosines[0]:.3f} and {cosines[1]:.3f} (1 or −1 is right), their lengths are {directions[0].norm():.3f} and "
        f"{directions[1].norm():.3f}, and your projections spread by {projections[:, 0].std():.2f} and "
        f"{projections[:, 1].std():.2f}; expected {wanted_projections[:, 0].std():.2f} and "
        f"{wanted_projections[:, 1].std():.2f}"
        + (f". An image's place along a direction is off by up to {off:.3g}" if off > TOLERANCE else "")
    )


def a_thousand_and_more(generator: Generator) -> list[Trial]:
    """So many that the usual sizes make several batches, the last one smaller."""
    return [Trial([PcaRig("autoencoder", generator.initial_seed(), images=1237)])]


def several(generator: Generator) -> list[Trial]:
    """So many that signs that do not belong together cannot all be right by luck: in 1 of 2 ** 16 checks."""
    return [Trial([PcaRig("autoencoder", generator.initial_seed() + number, images=41)]) for number in range(1, 6)]


def text(rig: PcaRig) -> str:
    model = "an autoencoder" if rig.kind == "autoencoder" else "a VAE"
    return f"get_pca_components(model, dataset), with {model} of {rig.latent_dim_size} latents and {rig.images} images,"


def of(kind: str) -> Callable[[Generator], list[Trial]]:
    return lambda generator: [Trial([PcaRig(kind, generator.initial_seed())])]


get_pca_components = FunctionSpec(
    "get_pca_components",
    oracle=by_covariance,
    recipe=Analysis(),
    mistakes=MISTAKES,
    returns="two tensors, the directions and the projections",
    read=pair,
    instead=(ARRAYS,),
    form=unsigned,
    tolerance=TOLERANCE,
    known_errors=(DETACH, NO_IMAGES, TO_NUMPY, WRONG_SIGNATURE, ONE_KIND_ONLY),
    symptoms=SYMPTOMS,
    sampled=SAMPLED_LATENTS,
    harmless=(GRAPH_KEPT,),
    tell=tell,
    text=text,
    operation=find_components,
    request=lambda rig: {"kind": rig.kind, "seed": rig.seed, "images": rig.images},
    prepare=import_tools,
    trials={
        "finds_an_autoencoders": lambda generator: (
            of("autoencoder")(generator) + several(generator) + a_thousand_and_more(generator)
        ),
        "finds_a_vaes": of("vae"),
    },
)
