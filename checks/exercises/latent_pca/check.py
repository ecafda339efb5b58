"""Principal components of known latents, beside the learner's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from einops import einsum
from torch import Tensor

from checks.core.evidence import Other
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.core.mistakes import causes_of, texts_of, mutants
from checks.exercises.latent_pca.operations import find_components, import_tools
from checks.exercises.latent_pca.mistakes import MISTAKES, Analysis
from checks.exercises.latent_pca.rig import PcaRig
from checks.core.return_values import kind, nothing
from checks.core.exceptions import KnownError

TOLERANCE = 0.01
"""Largest difference, relative to the largest number: an approximate PCA (`pca_lowrank`, power iteration) may pass."""


def unsigned(directions: Tensor, projections: Tensor) -> tuple[Tensor, Tensor]:
    """Both in a form that does not change when a direction and its projections change sign together."""
    directions, projections = directions.double(), projections.double()
    return (
        einsum(directions, directions, "two i, two j -> two i j"),
        einsum(projections, directions, "n two, two i -> two n i"),
    )


def alike(seen: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]) -> bool:
    return all(
        a.shape == b.shape and float((a - b).abs().max()) <= TOLERANCE * float(b.abs().max())
        for a, b in zip(unsigned(*seen), unsigned(*expected), strict=True)
    )


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


@dataclass
class LatentComponents:
    """The function under test."""

    run: CheckRun
    name: str = "get_pca_components"

    @probe
    def finds_an_autoencoders(self) -> None:
        """The components of an autoencoder's latents."""
        rig = self.rig("autoencoder")
        self.compare(rig, *self.find(rig, 1))

    @probe
    def finds_a_vaes(self) -> None:
        """The components of a VAE's means, the same each time."""
        rig = self.rig("vae")
        seen, again = self.find(rig, 1), self.find(rig, 2)
        if seen[0].shape == again[0].shape and seen[1].shape == again[1].shape and not alike(seen, again):
            self.run.fail(
                f"{self.name} gives something else each time for the same VAE and images.",
                cause="sampled-latents",
                where=self.where(),
                likely_cause="the components are those of *sampled* latents. Take the mean: `encoder(x)[0]`, or the second "
                "of what `sample_latent_vector` returns.",
            )
        self.compare(rig, *seen)

    # How

    def rig(self, of: str) -> PcaRig:
        return PcaRig(of, self.run.seed)

    def where(self) -> str | None:
        return self.run.where(self.name)

    def find(self, rig: PcaRig, noise_seed: int) -> tuple[Tensor, Tensor]:
        """The two tensors, or a failure that says what came instead."""
        an = "an autoencoder" if rig.kind == "autoencoder" else "a VAE"
        returned = self.run.observe(
            find_components,
            f"{self.name}(model, dataset), with {an} of {rig.latent_dim_size} latents and {rig.images} images,",
            known_errors=(DETACH, NO_IMAGES, TO_NUMPY, ONE_KIND_ONLY),
            kind=rig.kind,
            seed=rig.seed,
            noise_seed=noise_seed,
        )
        if returned.reached:
            self.run.note(
                "what you return still drags the encoder's graph along: `@torch.inference_mode()` above the function "
                "saves its memory."
            )
        value = returned.value
        if not isinstance(value, tuple | list) or len(value) != 2:
            self.refuse_number(value)
        for what, each in zip(("directions", "projections"), value, strict=True):
            if not isinstance(each, Tensor):
                array = isinstance(each, Other) and each.kind == "ndarray"
                self.run.fail(
                    f"the {what} are a {kind(each)}; expected a tensor.",
                    cause="not-a-tensor",
                    where=self.where(),
                    likely_cause="scikit-learn answers in NumPy arrays: `torch.from_numpy(…).float()`."
                    if array
                    else None,
                )
        return tuple(value)

    def refuse_number(self, value: Any) -> None:
        if isinstance(value, Tensor):
            cause, what, text = "returns-one", f"one tensor of shape {tuple(value.shape)}", None
        elif isinstance(value, tuple | list):
            cause = "returns-too-few" if len(value) < 2 else "returns-too-many"
            what, text = f"{len(value)} things", None
        else:
            cause, what, text = nothing(value) or ("not-a-tensor", f"a {kind(value)}", None)
        self.run.fail(
            f"{self.name} gave {what}; expected two tensors, the directions and the projections.",
            cause=cause,
            likely_cause=text,
            where=self.where(),
        )

    def compare(self, rig: PcaRig, directions: Tensor, projections: Tensor) -> None:
        self.check_shapes(rig, tuple(directions.shape), tuple(projections.shape))
        seen, expected = (directions, projections), Analysis().compute(rig)
        if alike(seen, expected):
            return
        chosen = ()
        if shuffled(seen, expected):
            cause, text = (
                "shuffled",
                "the projections are right, but in another order than the data set's: no `shuffle=True`.",
            )
        elif rows_for_columns(directions, rig):
            cause, text = (
                "rows-for-columns",
                "rows and columns are exchanged. The directions are the rows of what `svd` calls Vh, and the columns of "
                "what `eigh` and `pca_lowrank` give.",
            )
        else:
            found = mutants(Analysis(), MISTAKES, 1, 2)
            chosen = next((chosen for each, chosen in found if alike(seen, each.compute(rig))), ())
            cause, text = causes_of(chosen), texts_of(chosen)
        angle = cosines(directions, expected[0])
        self.run.fail(
            f"{'an autoencoder' if rig.kind == 'autoencoder' else 'a VAE'}'s directions and projections are not the "
            f"principal ones. Your directions meet the right ones at cosines of {angle[0]:.3f} and {angle[1]:.3f} "
            f"(1 or −1 is right), their lengths are {directions[0].norm():.3f} and {directions[1].norm():.3f}, and your "
            f"projections spread by {projections[:, 0].std():.2f} and {projections[:, 1].std():.2f}; expected "
            f"{expected[1][:, 0].std():.2f} and {expected[1][:, 1].std():.2f}.",
            cause=cause,
            numbers={"cosines": angle},
            likely_cause=text,
            where=self.where(),
        )

    def check_shapes(
        self, rig: PcaRig, directions: tuple[int, ...], projections: tuple[int, ...]
    ) -> None:
        n, latent = rig.images, rig.latent_dim_size
        if (directions, projections) == ((2, latent), (n, 2)):
            return
        cause, text = "wrong-shape", None
        if (directions, projections) == ((n, 2), (2, latent)):
            cause, text = "outputs-swapped", "the directions come first."
        elif directions == (latent, 2):
            cause, text = "directions-transposed", "one direction a row: transpose them."
        elif directions[-1:] == (28 * 28,):
            cause, text = (
                "pixels-instead-of-latents",
                "these are directions among the pixels; encode the images first.",
            )
        elif directions == (2, 2 * latent):
            cause, text = "both-heads", "the mean and log sigma are taken together; take the mean alone."
        elif directions == (latent, latent) or projections == (n, latent):
            cause, text = "too-many-components", "only the first two are asked."
        elif projections == (2, n):
            cause, text = "projections-transposed", "one image a row: transpose them."
        elif len(directions) > 2 or len(projections) > 2:
            cause = "one-kind-only" if rig.kind == "vae" else "wrong-shape"
            text = ONE_KIND_ONLY.text
        elif projections[1:] == (2,) and projections[0] < n:
            cause, text = "not-all-images", "only a part of the images is encoded: the first batch, perhaps?"
        self.run.fail(
            f"for {n} images and {latent} latents of {'an autoencoder' if rig.kind == 'autoencoder' else 'a VAE'} the "
            f"directions have shape {directions} and the projections {projections}; expected (2, {latent}) and ({n}, 2).",
            cause=cause,
            likely_cause=text,
            where=self.where(),
        )


def cosines(directions: Tensor, expected: Tensor) -> list[float]:
    return torch.cosine_similarity(directions.double(), expected, dim=1).tolist()


def rows_for_columns(directions: Tensor, rig: PcaRig) -> bool:
    """Whether these are two rows of the matrix that has the components as columns, whatever the components' signs."""
    components = Analysis(choose=lambda components, spreads: components).compute(rig)[0]
    rows = components.T[:2].abs()
    return any(
        bool(torch.allclose(directions.double().abs(), each, atol=TOLERANCE)) for each in (rows, rows.flip(1))
    )


def shuffled(seen: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]) -> bool:
    """Whether only the order of the images is another."""

    def in_order(directions: Tensor, projections: Tensor) -> tuple[Tensor, Tensor]:
        sign = torch.sign((directions.double() * expected[0]).sum(1))
        projections = projections.double() * sign
        return directions.double() * sign[:, None], projections[projections[:, 0].argsort()]

    return alike(in_order(*seen), in_order(*expected))


def latent_components(run: CheckRun) -> LatentComponents:
    """What the check's specification works with."""
    components = LatentComponents(run)
    require_function(run, components.name)
    run.observe(import_tools, "importing scikit-learn")
    return components
