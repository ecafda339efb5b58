"""What passes between the networks of a two-level VAE, read off with networks of ours in the place of the learner's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from checks.core.compare import same
from checks.exercises.hierarchical_vae.operations import FIELDS, Staged, forward_on_the_rig, sample_on_the_rig
from checks.exercises.hierarchical_vae.rig import DRAWS, IMAGES, HierarchyRig
from checks.models.autoencoder import Model, numbers
from checks.models.sampling import Draws, Fault, fault_of
from checks.models.normality import ERRORS, worst
from checks.core.return_values import instead_of_tensor, nothing
from checks.core.exceptions import KnownError

WRONG_INPUT = KnownError(
    "WrongInput",
    r"",
    "wrong-input",
    "a network got something that it does not take. The way up is x → encoder1 → z1 → encoder2 → z2, the way down "
    "z2 → decoder2 → z1 → decoder1 → x.",
)
HEADS = KnownError(
    "ValueError|TypeError|IndexError",
    r"too many values to unpack|not enough values|must be Tensor, not (Gaussian|tuple)|can't multiply|unsupported operand",
    "not-unpacked",
    "what a network says of z1 or z2 has shape (2, b, latent), the mean first: `mu, logsigma = self.decoder2(z2)`.",
)
KNOWN_ERRORS = (WRONG_INPUT, HEADS)


@dataclass
class HierarchicalFlow(Model):
    """Adds what a two-level model did on the stage, and what is wrong with it."""

    @cached_property
    def rig(self) -> HierarchyRig:
        return HierarchyRig(self.run.seed)

    def forward(self, noise_seed: int, draws: int) -> Staged:
        batch = IMAGES * draws
        return self.run.observe(
            forward_on_the_rig,
            f"{self.name}.forward(x) with x of shape ({batch}, 1, 28, 28), with known networks in the place of yours,",
            known_errors=KNOWN_ERRORS,
            about=self.where("forward"),
            handle=self.made.handle,
            seed=self.rig.seed,
            noise_seed=noise_seed,
            draws=draws,
        )

    def sample(self, n: int, noise_seed: int) -> Staged:
        return self.run.observe(
            sample_on_the_rig,
            f"{self.name}.sample({n}), with known networks in the place of yours,",
            known_errors=KNOWN_ERRORS,
            about=self.where("sample"),
            handle=self.made.handle,
            seed=self.rig.seed,
            noise_seed=noise_seed,
            n=n,
        )

    def output(self, staged: Staged, draws: int) -> dict[str, Any]:
        """The six fields: a tensor each, and (2, b, latent) for q1, q2 and p1; or a failure that says what came."""
        if not isinstance(staged.value, dict):
            several = isinstance(staged.value, tuple | list)
            cause, what, text = nothing(staged.value) or (
                "returns-tuple" if several else "wrong-return-type",
                f"{len(staged.value)} things" if several else f"a {type(staged.value).__name__}",
                "put its parts together: `HierarchicalOutput(reconstruction, z1, z2, q1, q2, p1)`.",
            )
            self.run.fail(
                f"{self.name}.forward(x) is to return a HierarchicalOutput; it returned {what}.",
                cause=cause,
                likely_cause=text,
                where=self.where("forward"),
            )
        if staged.changed_input:
            self.run.fail(
                f"{self.name}.forward(x) changes x itself, and the loss is to compare with x.",
                cause="changes-input",
                where=self.where("forward"),
            )
        batch, one, two = IMAGES * draws, self.rig.latent1, self.rig.latent2
        shapes = {
            "reconstruction": (batch, 1, 28, 28), "z1": (batch, one), "z2": (batch, two),
            "q1": (2, batch, one), "q2": (2, batch, two), "p1": (2, batch, one),
        }  # fmt: skip
        out = {name: stacked(staged.value[name]) for name in FIELDS}
        for name, each in out.items():
            seen = tuple(each.shape) if isinstance(each, Tensor) else None
            if seen == shapes[name]:
                continue
            order = sorted(
                str(tuple(each.shape)) if isinstance(each, Tensor) else "" for each in out.values()
            )
            in_other_order = order == sorted(map(str, shapes.values()))
            self.run.fail(
                f"the {name} that {self.name}.forward(x) returns "
                + (f"has shape {seen}; expected {shapes[name]}." if seen else f"is {shown(each)}."),
                cause="wrong-order" if in_other_order else "wrong-shape" if seen else "not-a-tensor",
                likely_cause="the fields stand in another order: reconstruction, z1, z2, q1, q2, p1."
                if in_other_order
                else None,
                where=self.where("forward"),
            )
        return out

    def is_distribution(
        self, name: str, out: dict[str, Tensor], expected: Tensor, others: dict[str, Tensor]
    ) -> None:
        """That q1, q2 or p1 is what its network gives, or the reason why it is not."""
        seen = out[name]
        if same(seen, expected):
            return
        source = {"q1": "encoder1(x)", "q2": "encoder2(z1)", "p1": "decoder2(z2)"}[name]
        mu, logsigma = expected
        guesses = [
            ("mean-and-logsigma-swapped", torch.stack((logsigma, mu)), "mean and log sigma have changed places."),
            ("returns-sigma", torch.stack((mu, logsigma.exp())), "its second half is sigma; log sigma is asked."),
            ("returns-variance", torch.stack((mu, (2 * logsigma).exp())), "its second half is sigma²; log sigma is asked."),
            ("returns-logvar", torch.stack((mu, 2 * logsigma)), "its second half is log sigma², twice log sigma."),
            *((cause, other, OTHER_INPUTS[cause]) for cause, other in others.items()),
        ]  # fmt: skip
        cause, text = next(
            ((cause, text) for cause, other, text in guesses if same(seen, other)), (None, None)
        )
        if cause is None and name == "p1":
            cause, text = (
                "not-from-z2",
                "decoder2 is to say what it makes of the z2 that was drawn, and that is returned.",
            )
        if cause is None and name == "q2":
            cause, text = "not-from-z1", "encoder2 is to get the z1 that was drawn, and that is returned."
        self.run.fail(
            f"the {name} that {self.name}.forward(x) returns is not {source}.",
            cause=cause,
            numbers={"seen": seen.flatten()[:4].tolist(), "expected": expected.flatten()[:4].tolist()},
            came_out=numbers(seen),
            expected=numbers(expected),
            likely_cause=text,
            where=self.where("forward"),
        )

    def is_decoded(self, out: dict[str, Tensor], mean: Tensor) -> None:
        """That the reconstruction is decoder1(z1)."""
        image = out["reconstruction"]
        if same(image, self.rig.decoder1(out["z1"])):
            return
        z1 = self.rig.solved(image)
        cause, text = None, None
        if z1 is None:
            cause, text = "behind-the-decoder", "something is done to decoder1's image."
        elif same(z1, mean):
            cause, text = "decodes-mean", "the mean of q(z1|x) is decoded; decode the sample z1."
        elif same(z1, out["p1"][0]):
            cause, text = (
                "decodes-prior",
                "the mean of p(z1|z2) is decoded. That is for sampling: here decode z1.",
            )
        elif not near(z1, out["q1"]):
            cause, text = (
                "decodes-prior",
                "what is decoded does not come from q(z1|x). From p(z1|z2), perhaps? That is for sampling: then the image "
                "would have to pass through z2. Here decode the z1 that was drawn from q(z1|x).",
            )
        else:
            cause, text = (
                "decodes-another-sample",
                "a second sample is decoded; decode the z1 that is returned.",
            )
        self.run.fail(
            f"the reconstruction of {self.name}.forward(x) is not decoder1(z1).",
            cause=cause,
            likely_cause=text,
            where=self.where("forward"),
        )

    def is_sample(self, method: str, what: str, of: str, z: Tensor, mu: Tensor, logsigma: Tensor) -> None:
        z, mu, logsigma = (
            rearrange(each.double(), "(draw image) latent -> draw image latent", image=IMAGES)
            for each in (z, mu, logsigma)
        )
        fault = fault_of(Draws(z, mu, logsigma))
        if fault is None:
            return
        if of == "N(0, I)" and float(z.abs().max()) == 0:
            fault = Fault("no-noise", "z2 is 0, the prior's mean, for every image: draw it with torch.randn.")
        noise = standardised(z, mu, logsigma)
        self.run.fail(
            f"{what} is no sample of {of}.",
            cause=fault.cause,
            tried=f"{IMAGES * DRAWS} draws, with known networks in the place of yours",
            came_out=f"(z − mu) / sigma has mean {float(noise.mean()):.2f} and spread {float(noise.std()):.2f}; expected 0 "
            "and 1",
            likely_cause=fault.text or None,
            where=self.where(method),
        )

    def is_fresh(self, method: str, what: str, first: Tensor, second: Tensor, again: Tensor) -> None:
        """That the second seed gives something else, and the first one again the same; to the solver's precision."""
        if alike(first, second):
            self.run.fail(
                f"{what} is the same at every call.",
                cause="noise-frozen",
                where=self.where(method),
                likely_cause="a seed is set in the method, or the noise is drawn once, in `__init__`.",
            )
        if not alike(first, again):
            self.run.fail(
                f"{what} does not follow `torch.manual_seed`, so no run could be repeated.",
                cause="noise-not-torch",
                where=self.where(method),
                likely_cause="the noise comes from NumPy or Python, or from a generator of its own.",
            )

    def is_noise_of_its_own(self, method: str, lower: Tensor, upper: Tensor) -> None:
        """That no latent of one level shares its noise with one of the other: at most seven standard errors."""
        a, b = ((each - each.mean(0)) / each.std(0) for each in (lower.double(), upper.double()))
        if worst((a.T @ b) / len(a) ** 0.5) > ERRORS:
            self.run.fail(
                f"both levels of {method} use the same noise.",
                cause="noise-shared-across-levels",
                where=self.where(method),
                likely_cause="one eps serves for z1 and for z2. Draw one for each.",
            )

    def from_the_top(self, staged: Staged, n: int) -> tuple[Tensor, Tensor]:
        """The z1 and z2 behind n images, or a failure."""
        image, where = staged.value, self.where("sample")
        tried = f"{self.name}.sample({n})"
        if not isinstance(image, Tensor):
            cause, what, text = instead_of_tensor(image, "sample")
            self.run.fail(f"{tried} gave {what}.", cause=cause, where=where, likely_cause=text)
        if tuple(image.shape) != (n, 1, 28, 28):
            latent = tuple(image.shape) in ((n, self.rig.latent1), (n, self.rig.latent2))
            self.run.fail(
                f"{tried} gave shape {tuple(image.shape)}; expected ({n}, 1, 28, 28).",
                cause="returns-code"
                if latent
                else "n-ignored"
                if image.shape[1:] == (1, 28, 28)
                else "wrong-shape",
                likely_cause="those are latents: decode them." if latent else None,
                where=where,
            )
        if staged.seen["encoder1"] or staged.seen["encoder2"]:
            self.run.fail(
                f"{tried} asks an encoder. New images need none: z2 comes from its prior, and the decoders do the rest.",
                cause="asks-an-encoder",
                where=where,
            )
        if not staged.seen["decoder2"]:
            self.run.fail(
                f"{tried} never asks decoder2.",
                cause="skips-the-top",
                likely_cause="z1 is drawn from N(0, I). That is the prior of z2; z1's is p(z1|z2), by decoder2.",
                where=where,
            )
        z1, z2 = self.rig.solved(image), torch.cat(staged.seen["decoder2"])
        if z1 is None:
            self.run.fail(
                f"the images of {tried} are not decoder1's: something is done to them, or they are no decodings of z1.",
                cause="behind-the-decoder",
                likely_cause="noise added to the pixels, a sigmoid, a clamp. The mean is asked: decoder1's output as it is.",
                where=where,
            )
        if len(z2) != n:
            self.run.fail(
                f"{tried} decodes {len(z2)} z2 for {n} images.",
                cause="one-z2-for-all",
                likely_cause="each image has a z2 of its own: `torch.randn(n, latent2_dim_size)`.",
                where=where,
            )
        return z1.float(), z2


OTHER_INPUTS = {
    "encodes-mean": "encoder2 got the mean of q(z1|x); it is to get the sample z1.",
    "decodes-mean": "decoder2 got the mean of q(z2|z1); it is to get the sample z2.",
    "q-and-p-swapped": "q1 and p1 have changed places: q is what an encoder says, p what a decoder says.",
}


def near(z: Tensor, q: Tensor) -> bool:
    """Whether no z is more than seven standard deviations from its mean."""
    return float(((z - q[0]) / q[1].exp()).abs().max()) < 7


def standardised(z: Tensor, mu: Tensor, logsigma: Tensor) -> Tensor:
    """The noise behind z = mu + sigma · noise."""
    return (z - mu) / logsigma.exp()


def alike(a: Tensor, b: Tensor) -> bool:
    return float((a - b).abs().max()) < 0.01


def stacked(value: Any) -> Any:
    """A pair of tensors of one shape as one tensor."""
    pair = (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(isinstance(each, Tensor) for each in value)
    )
    return torch.stack(list(value)) if pair and value[0].shape == value[1].shape else value


def shown(value: Any) -> str:
    return "missing (None)" if value is None else f"a {type(value).__name__}"
