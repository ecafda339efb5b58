"""A principal component analysis as a recipe of steps, and what each step looks like when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.mistakes import table
from checks.exercises.latent_pca.rig import PcaRig


@dataclass(frozen=True)
class Analysis:
    """Every step of the right answer; a mistake changes one of them."""

    source: Callable[[PcaRig], Tensor] = lambda rig: rig.latents
    centre: Callable[[Tensor], Tensor] = lambda x: x - x.mean(0)
    choose: Callable[[Tensor, Tensor], Tensor] = lambda components, spreads: components[:2]
    measure: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda raw, centred, directions: (
        centred @ directions.T
    )

    length: Callable[[Tensor, Tensor], Tensor] = lambda directions, spreads: directions

    def compute(self, rig: PcaRig) -> tuple[Tensor, Tensor]:
        """Directions (2, latent) and projections (n, 2)."""
        raw = self.source(rig).double()
        centred = self.centre(raw)
        _, singular_values, components = torch.linalg.svd(centred, full_matrices=False)
        spreads = singular_values / (len(raw) - 1) ** 0.5
        directions = self.choose(components, spreads)
        return self.length(directions, spreads), self.measure(raw, centred, directions)


MISTAKES = [
    *table(
        "source",
        (
            "log-sigma",
            "these are the components of log sigma: the mean is the *first* of the two.",
            lambda rig: rig.logsigma,
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
    ),
    *table(
        "choose",
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
        *(
            (
                "signs-do-not-belong-together",
                "the signs are free, but those of the projections must go with those of the directions: compute the "
                "projections from the very directions that you return.",
                lambda raw, centred, directions, signs=signs: centred @ directions.T * torch.tensor(signs),
            )
            for signs in ((-1, -1), (-1, 1), (1, -1))
        ),
        (
            "projections-swapped",
            "the columns of the projections stand in the other order than the directions.",
            lambda raw, centred, directions: (centred @ directions.T).flip(1),
        ),
    ),
]

MISTAKES += table(
    "length",
    (
        "not-unit-length",
        "the directions are not of length 1: they are multiplied by the standard deviations along them.",
        lambda directions, spreads: directions * spreads[:2, None],
    ),
)
