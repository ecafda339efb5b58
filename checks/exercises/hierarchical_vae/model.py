"""The two-level VAE under test: its layers, what `forward` does between its networks, and where `sample` begins.

What passes between the networks is read off with networks of ours in the place of the learner's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from checks.core.compare import same
from checks.core.exceptions import KnownError
from checks.core.mistakes import Symptom, first_shown
from checks.core.require import require_module_class
from checks.core.return_values import Instead, instead_of_tensor, kind, nothing
from checks.core.run import CheckRun, probe
from checks.core.words import article
from checks.exercises.hierarchical_vae.rig import (
    DRAWS,
    FIELDS,
    IMAGES,
    HierarchyRig,
    RigCall,
    forward_on_the_rig,
    sample_on_the_rig,
)
from checks.models.autoencoder import Model, numbers
from checks.models.layers import Half
from checks.models.mistakes import final_activations, heads, missing_relus, other_activations
from checks.models.network import Network, linear, pointwise, relu, replace, reshape
from checks.models.normality import ERRORS, worst
from checks.models.operations import build
from checks.models.reference import DIGITS, HEADS, Alternative
from checks.models.sampling import Draws, Fault, fault_for_one, fault_of
from checks.models.spec import vae_halves

SIZES = {"latent1_dim_size": 4, "latent2_dim_size": 3, "hidden_dim_size": 37}

ALONE = 12
"""How often one image is sampled by itself."""

READ_OFF = 0.001
"""How well noise is known of a z that was read off from an image."""

SOLVED = 0.01
"""How well noise is known that was solved for (`difference` of `checks.core.compare`)."""

# The upper two networks as data, and what goes wrong with them


def upper(inputs: int, outputs: int, hidden: int) -> Network:
    """(b, inputs) → (2, b, outputs): linear, ReLU, linear, split."""
    return (
        linear("linear1", inputs, hidden),
        relu("relu1"),
        linear("linear2", hidden, 2 * outputs),
        reshape("split", "b (n latent) -> n b latent", n=2),
    )


def upper_mistakes(name: str) -> list[Alternative]:
    """Of encoder2 or decoder2, whose last layer gives both halves."""
    return [
        *missing_relus(name, {"relu1": "between the two linear layers"})[:1],
        *final_activations(name, "a mean and a log sigma may be any number."),
        *other_activations(name, ["relu1"]),
        Alternative(
            "sigma-instead-of-logsigma",
            f"{name}'s second half is already sigma; it is to give log sigma.",
            heads(logsigma=lambda m, s: s.exp()),
        ),
        Alternative(
            "softplus-logsigma",
            f"{name}'s second half went through softplus; log sigma may be negative.",
            heads(logsigma=lambda m, s: F.softplus(s)),
        ),
        Alternative(
            "logvar-halved",
            f"{name}'s second half is halved: that treats the layer's output as a log variance.",
            heads(logsigma=lambda m, s: s / 2),
        ),
        Alternative(
            "same-head-twice",
            f"both halves of {name} are the same numbers: mean and log sigma need rows of their own.",
            heads(logsigma=lambda m, s: m),
        ),
        Alternative(
            "sigma-fixed",
            f"{name} gives log sigma 0 always; it has a part of its own.",
            heads(logsigma=lambda m, s: torch.zeros_like(s)),
        ),
        Alternative(
            "mixed-rows",
            "the last layer's numbers are cut up without regard to the batch, so that images mix: `view(2, -1, latent)` "
            "does this. Split the last dimension in two: `b (n latent) -> n b latent`.",
            replace("split", pointwise("split", lambda x: x.reshape(2, len(x), -1))),
            mixes=True,
        ),
    ]


def upper_halves(latent2: int) -> dict[str, Half]:
    """encoder2 and decoder2, for so many latents at the top."""
    return {
        "encoder2": Half(lambda latent1, hidden: upper(latent1, latent2, hidden), [HEADS], upper_mistakes("encoder2")),
        "decoder2": Half(lambda latent1, hidden: upper(latent2, latent1, hidden), [HEADS], upper_mistakes("decoder2")),
    }


# What goes wrong between the networks

KNOWN_ERRORS = (
    KnownError(
        "PartCalled",
        r"",
        "network-taken-apart",
        "call the network as a whole, `self.encoder2(z1)`: it holds all its layers, and gives (2, b, latent).",
    ),
    KnownError(
        "WrongInput",
        r"",
        "wrong-input",
        "a network got something that it does not take. The way up is x → encoder1 → z1 → encoder2 → z2, the way down "
        "z2 → decoder2 → z1 → decoder1 → x.",
    ),
    KnownError(
        "ValueError|TypeError|IndexError",
        r"too many values to unpack|not enough values|must be Tensor, not (Gaussian|tuple)|can't multiply|unsupported operand",
        "not-unpacked",
        "what a network says of z1 or z2 has shape (2, b, latent), the mean first: `mu, logsigma = self.decoder2(z2)`.",
    ),
)


def other(cause: str, text: str) -> Symptom:
    """The distribution is that of another input."""
    return Symptom(cause, text, lambda seen, right, other: same(seen, other))


def any_other(cause: str, text: str) -> Symptom:
    """What is left once no other symptom shows."""
    return Symptom(cause, text, lambda *_: True)


WRONG_HALVES = (  # shown by q1, q2 or p1 as it came, the right one, and what another input would give
    Symptom(
        "mean-and-logsigma-swapped",
        "mean and log sigma have changed places.",
        lambda seen, right, other: same(seen, right.flip(0)),
    ),
    Symptom(
        "returns-sigma",
        "its second half is sigma; log sigma is asked.",
        lambda seen, right, other: same(seen, torch.stack((right[0], right[1].exp()))),
    ),
    Symptom(
        "returns-variance",
        "its second half is sigma²; log sigma is asked.",
        lambda seen, right, other: same(seen, torch.stack((right[0], (2 * right[1]).exp()))),
    ),
    Symptom(
        "returns-logvar",
        "its second half is log sigma², twice log sigma.",
        lambda seen, right, other: same(seen, torch.stack((right[0], 2 * right[1]))),
    ),
)

WRONG_DISTRIBUTIONS = {
    "q1": (
        *WRONG_HALVES,
        other("q-and-p-swapped", "q1 and p1 have changed places: q is what an encoder says, p what a decoder says."),
    ),
    "q2": (
        *WRONG_HALVES,
        other("encodes-mean", "encoder2 got the mean of q(z1|x); it is to get the sample z1."),
        any_other("not-from-z1", "encoder2 is to get the z1 that was drawn, and that is returned."),
    ),
    "p1": (
        *WRONG_HALVES,
        other("decodes-mean", "decoder2 got the mean of q(z2|z1); it is to get the sample z2."),
        any_other("not-from-z2", "decoder2 is to say what it makes of the z2 that was drawn, and that is returned."),
    ),
}

WRONG_DECODINGS = (  # shown by the z1 that was decoded (None where none was), q1 and p1
    Symptom("behind-the-decoder", "something is done to decoder1's image.", lambda z1, q1, p1: z1 is None),
    Symptom(
        "decodes-mean", "the mean of q(z1|x) is decoded; decode the sample z1.", lambda z1, q1, p1: same(z1, q1[0])
    ),
    Symptom(
        "decodes-prior",
        "the mean of p(z1|z2) is decoded. That is for sampling: here decode z1.",
        lambda z1, q1, p1: same(z1, p1[0]),
    ),
    Symptom(
        "decodes-prior",
        "what is decoded does not come from q(z1|x). From p(z1|z2), perhaps? That is for sampling: then the image "
        "would have to pass through z2. Here decode the z1 that was drawn from q(z1|x).",
        lambda z1, q1, p1: not near(z1, q1),
    ),
    any_other("decodes-another-sample", "a second sample is decoded; decode the z1 that is returned."),
)

UP = {"encoder1.0", "encoder1.1"}
BEHIND = {  # which heads each field hangs on
    "z1": UP,
    "q2": UP | {"encoder2.0", "encoder2.1"},
    "z2": UP | {"encoder2.0", "encoder2.1"},
    "p1": UP | {"encoder2.0", "encoder2.1", "decoder2.0", "decoder2.1"},
    "reconstruction": UP | {"decoder1.0"},
    "q1": UP,
}

CUTS = (  # shown by a field of what forward returns, and the heads that its gradient does not reach
    Symptom(
        "detached-mu",
        "mu is cut off in the sampling: `.detach()`, `.data`.",
        lambda name, lost: name != "q1" and lost in ({"encoder1.0"}, {"encoder2.0"}),
    ),
    Symptom(
        "detached-sigma",
        "log sigma is cut off in the sampling: `.detach()`, `.data`.",
        lambda name, lost: lost in ({"encoder1.1"}, {"encoder2.1"}),
    ),
    Symptom(
        "detached-sample",
        "z1 is cut off from its mu and sigma: `torch.normal(mu, sigma)`, `.sample()`, `.detach()` or "
        "`torch.no_grad()`. Write mu + sigma·eps.",
        lambda name, lost: name == "z1",
    ),
    Symptom(
        "detached-sample",
        "z2 is cut off from its mu and sigma: `torch.normal(mu, sigma)`, `.sample()` or `.detach()`. Write mu + sigma·eps.",
        lambda name, lost: name == "z2" and lost >= {"encoder2.0", "encoder2.1"},
    ),
    any_other(
        "detached", "a `.detach()` or `torch.no_grad()` on the way. Both levels learn together: nothing is cut off."
    ),
)


@dataclass
class HierarchicalModel(Model):
    """Four networks, and what stands between them. `latent` is the number of latents at the lower level."""

    latent2: int = SIZES["latent2_dim_size"]

    @property
    def sizes(self) -> dict[str, int]:
        return sizes_of(self.latent, self.latent2, self.hidden)

    # Layers: as of any model, with the sizes of two levels

    @property
    def made_as(self) -> str:
        return called_with(self.name, self.sizes)

    def inputs(self, half: str, batch_size: int) -> Tensor:
        if half == "encoder1":
            return self.images(batch_size)
        size = self.latent2 if half == "decoder2" else self.latent
        return torch.randn(batch_size, size, generator=self.run.generator)

    @probe
    def keeps_sizes(self) -> None:
        """The three sizes are kept as attributes."""
        for name, size in self.sizes.items():
            kept = self.made.attributes.get(name)
            if kept != size or isinstance(kept, bool):
                self.run.fail(
                    f"after `model = {self.made_as}`, `model.{name}` should be {size}; it is {kept!r}.",
                    cause="attribute-missing" if name not in self.made.attributes else "attribute-wrong",
                    where=self.where(),
                    likely_cause=f"the line `self.{name} = {name}` stood in `__init__` when you began.",
                )

    @probe
    def encodes(self) -> None:  # type: ignore[override]  # two encoders, each with a shape of its own
        """encoder1(x) and encoder2(z1) give mean and log sigma: (2, b, latent1) and (2, b, latent2)."""
        self.same_as_oracle("encoder1", (2, "b", self.latent))
        self.same_as_oracle("encoder2", (2, "b", self.latent2))

    @probe
    def decodes(self) -> None:  # type: ignore[override]
        """decoder2(z2) gives mean and log sigma of z1, (2, b, latent1), and decoder1(z1) an image."""
        self.same_as_oracle("decoder2", (2, "b", self.latent))
        self.same_as_oracle("decoder1", ("b", 1, 28, 28))

    @probe
    def takes_other_sizes(self) -> None:
        """A second model, of odd sizes that are drawn anew in each run, is right as well."""
        latent, latent2 = (self.drawn(range(least, least + 8, 2)) for least in (7, 5))
        latent += 2 * (latent == latent2)
        sizes = sizes_of(latent, latent2, self.drawn(range(21, 37, 2)))
        with self.told_of_other_sizes():
            other = made_with(self.run, self.name, sizes)
            other.briefly = True
            for look in (other.keeps_sizes, other.has_layers, other.encodes, other.decodes, other.goes_up_and_down):
                look()
            other.from_the_top(other.sample(3, 1), 3)

    # forward, with networks of ours in place

    @probe
    def goes_up_and_down(self) -> None:
        """Each field of what forward returns is what its network makes of the right input."""
        self.in_both_modes(self.fields_are_right)

    def fields_are_right(self) -> None:
        for draws in (1, DRAWS):
            out = self.output(self.forward(1, draws), draws)
            x = self.rig.pictures.repeat(draws, 1, 1, 1)
            q1, p1 = self.rig.encoder1(x), self.rig.decoder2(out["z2"])
            self.is_distribution("q1", out["q1"], q1, p1)
            self.is_distribution("q2", out["q2"], self.rig.encoder2(out["z1"]), self.rig.encoder2(q1[0]))
            self.is_distribution("p1", out["p1"], p1, self.rig.decoder2(out["q2"][0]))
            self.is_decoded(out)

    @probe
    def draws_each_level(self) -> None:
        """z1 and z2 are fresh samples of q1 and q2."""
        self.in_both_modes(self.levels_are_drawn)

    def levels_are_drawn(self) -> None:
        runs = [self.output(self.forward(seed, DRAWS), DRAWS) for seed in (1, 2, 1)]
        levels = (("z1", "q1"), ("z2", "q2"))
        noises = [[standardised(out[z], *out[q]) for out in runs] for z, q in levels]
        for (z, q), noise in zip(levels, noises, strict=True):
            self.is_sample("forward", f"the {z} of forward", f"the {q} beside it", runs[0][z], *runs[0][q])
            self.is_fresh("forward", f"the noise of {z} in forward", *noise)
        self.is_noise_of_its_own("forward", noises[0][0], noises[1][0])
        alone = [self.output(self.forward(seed, 1, 1), 1, 1) for seed in range(ALONE)]
        for z, q in levels:
            self.is_sample_of_one("forward", f"the {z} of forward", f"the {q} beside it", *several(alone, z, q))

    @probe
    def lets_gradients_through(self) -> None:
        """All that forward returns hangs on all networks that it went through."""
        self.in_both_modes(self.reaches_every_network)

    def reaches_every_network(self) -> None:
        reached = {name: set(heads) for name, heads in self.forward(1, 1).reached.items()}
        for name, wanted in BEHIND.items():
            lost = wanted - reached[name]
            if lost:
                cause, text = first_shown(CUTS, name, lost)
                networks = ", ".join(sorted({head.partition(".")[0] for head in lost}))
                self.run.fail(
                    f"a loss on the {name} of forward does not reach {networks} as it should.",
                    cause=cause,
                    numbers={"not reached": sorted(lost)},
                    likely_cause=text,
                    where=self.where("forward"),
                )

    # sample, likewise

    @probe
    def starts_from_the_top(self) -> None:
        """sample(n) gives n images, decoded from z1 ~ p(z1|z2), with z2 ~ N(0, I)."""
        self.in_both_modes(self.samples_from_the_top)

    def samples_from_the_top(self) -> None:
        for n in (7, 1):
            self.from_the_top(self.sample(n, 1), n)
        n = IMAGES * DRAWS
        runs = [self.from_the_top(self.sample(n, seed), n) for seed in (1, 2, 1)]
        z1, z2 = runs[0]
        standard = torch.zeros_like(z2)
        self.is_sample("sample", "the z2 of sample", "N(0, I)", z2, standard, standard)
        self.is_sample("sample", "the z1 that sample decodes", "p(z1|z2)", z1, *self.rig.decoder2(z2))
        lower = [standardised(z1, *self.rig.decoder2(z2)) for z1, z2 in runs]
        self.is_fresh("sample", "the z2 of sample", *(z2 for _, z2 in runs))
        self.is_fresh("sample", "the noise of z1 in sample", *lower)
        self.is_noise_of_its_own("sample", lower[0], z2)
        z1, z2 = map(
            torch.cat, zip(*(self.from_the_top(self.sample(1, seed), 1) for seed in range(ALONE)), strict=True)
        )
        self.is_sample_of_one("sample", "the z2 of sample", "N(0, I)", z2, *torch.zeros(2, *z2.shape))
        self.is_sample_of_one("sample", "the z1 that sample decodes", "p(z1|z2)", z1, *self.rig.decoder2(z2))

    # What is seen on the rig

    @cached_property
    def rig(self) -> HierarchyRig:
        return HierarchyRig(self.run.seed, self.latent, self.latent2)

    def forward(self, noise_seed: int, draws: int, images: int = IMAGES) -> RigCall:
        batch = images * draws
        return self.run.observe(
            forward_on_the_rig,
            f"{self.name}.forward(x) with x of shape ({batch}, 1, 28, 28), with known networks in the place of yours,",
            known_errors=KNOWN_ERRORS,
            about=self.where("forward"),
            handle=self.made.handle,
            rig=asdict(self.rig),
            noise_seed=noise_seed,
            images=images,
            draws=draws,
            mode=self.mode,
        )

    def sample(self, n: int, noise_seed: int) -> RigCall:
        return self.run.observe(
            sample_on_the_rig,
            f"{self.name}.sample({n}), with known networks in the place of yours,",
            known_errors=KNOWN_ERRORS,
            about=self.where("sample"),
            handle=self.made.handle,
            rig=asdict(self.rig),
            noise_seed=noise_seed,
            n=n,
            mode=self.mode,
        )

    def output(self, call: RigCall, draws: int, images: int = IMAGES) -> dict[str, Any]:
        """The six fields: a tensor each, and (2, b, latent) for q1, q2 and p1; or a failure that says what came."""
        if not isinstance(call.value, dict):
            several = isinstance(call.value, tuple | list)
            cause, what, text = nothing(call.value) or Instead(
                "returns-tuple" if several else "wrong-return-type",
                f"{len(call.value)} things" if several else article(kind(call.value)),
                "put its parts together: `HierarchicalOutput(reconstruction, z1, z2, q1, q2, p1)`.",
            )
            self.run.fail(
                f"{self.name}.forward(x) is to return a HierarchicalOutput; it returned {what}.",
                cause=cause,
                likely_cause=text,
                where=self.where("forward"),
            )
        if call.changed_input:
            self.run.fail(
                f"{self.name}.forward(x) changes x itself, and the loss is to compare with x.",
                cause="changes-input",
                where=self.where("forward"),
            )
        batch, one, two = images * draws, self.rig.latent1, self.rig.latent2
        shapes = {
            "reconstruction": (batch, 1, 28, 28), "z1": (batch, one), "z2": (batch, two),
            "q1": (2, batch, one), "q2": (2, batch, two), "p1": (2, batch, one),
        }  # fmt: skip
        out = {name: stacked(call.value[name]) for name in FIELDS}
        seen = {name: tuple(each.shape) if isinstance(each, Tensor) else None for name, each in out.items()}
        if seen == shapes and not call.nameless:
            return out
        if seen == shapes:
            name = call.nameless[0]
            self.run.fail(
                f"the {name} that {self.name}.forward(x) returns holds the right numbers, but it has no `.mu` and "
                "`.logsigma`, for which the loss asks.",
                cause="not-a-gaussian",
                likely_cause=f"it is what the network gives, as it came: `{name} = Gaussian(*…)` names the two.",
                where=self.where("forward"),
            )
        name = next(name for name in FIELDS if seen[name] != shapes[name])
        cause, text = "wrong-shape" if seen[name] else "not-a-tensor", None
        if Counter(seen.values()) == Counter(shapes.values()):
            cause = "wrong-order"
            text = "the fields stand in another order: reconstruction, z1, z2, q1, q2, p1."
        what = f"has shape {seen[name]}; expected {shapes[name]}" if seen[name] else f"is {shown(out[name])}"
        self.run.fail(
            f"the {name} that {self.name}.forward(x) returns {what}.",
            cause=cause,
            likely_cause=text,
            where=self.where("forward"),
        )

    def is_distribution(self, name: str, seen: Tensor, expected: Tensor, other: Tensor) -> None:
        """That q1, q2 or p1, (2, b, latent), is what its network gives, or the reason why it is not."""
        if same(seen, expected):
            return
        source = {"q1": "encoder1(x)", "q2": "encoder2(z1)", "p1": "decoder2(z2)"}[name]
        cause, text = first_shown(WRONG_DISTRIBUTIONS[name], seen, expected, other)
        self.run.fail(
            f"the {name} that {self.name}.forward(x) returns is not {source}.",
            cause=cause,
            numbers={"seen": seen.flatten()[:4].tolist(), "expected": expected.flatten()[:4].tolist()},
            came_out=numbers(seen),
            expected=numbers(expected),
            likely_cause=text,
            where=self.where("forward"),
        )

    def is_decoded(self, out: dict[str, Tensor]) -> None:
        """That the reconstruction is decoder1(z1)."""
        image = out["reconstruction"]
        if same(image, self.rig.decoder1(out["z1"])):
            return
        cause, text = first_shown(WRONG_DECODINGS, self.rig.solved(image), out["q1"], out["p1"])
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
            likely_cause=fault.text,
            where=self.where(method),
        )

    def is_sample_of_one(self, method: str, what: str, of: str, z: Tensor, mu: Tensor, logsigma: Tensor) -> None:
        """The same of z (draws, latent) that were drawn one by one, each in a call of its own."""
        noise = standardised(z.double(), mu.double(), logsigma.double())[:, None]
        fault = fault_for_one(Draws(noise, torch.zeros(()), torch.zeros(()), READ_OFF))
        if fault:
            self.run.fail(
                f"{what} is no sample of {of}.",
                cause=fault.cause,
                tried=f"{ALONE} draws of one image each, with known networks in the place of yours; more at once are right",
                likely_cause=fault.text,
                where=self.where(method),
            )

    def is_fresh(self, method: str, what: str, first: Tensor, second: Tensor, again: Tensor) -> None:
        """That the second seed gives something else, and the first one again the same; to the solver's precision."""
        if same(first, second, SOLVED):
            self.run.fail(
                f"{what} is the same at every call.",
                cause="noise-frozen",
                where=self.where(method),
                likely_cause="a seed is set in the method, or the noise is drawn once, in `__init__`.",
            )
        if not same(first, again, SOLVED):
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

    def from_the_top(self, call: RigCall, n: int) -> tuple[Tensor, Tensor]:
        """The z1 and z2 behind n images, or a failure."""
        image, where = call.value, self.where("sample")
        tried = f"{self.name}.sample({n})"
        if not isinstance(image, Tensor):
            cause, what, text = instead_of_tensor(image, "sample")
            self.run.fail(f"{tried} gave {what}.", cause=cause, where=where, likely_cause=text)
        if tuple(image.shape) != (n, 1, 28, 28):
            cause, text = "wrong-shape", None
            if tuple(image.shape) in ((n, self.rig.latent1), (n, self.rig.latent2)):
                cause, text = "returns-code", "those are latents: decode them."
            elif image.shape[1:] == (1, 28, 28):
                cause = "n-ignored"
            self.run.fail(
                f"{tried} gave shape {tuple(image.shape)}; expected ({n}, 1, 28, 28).",
                cause=cause,
                likely_cause=text,
                where=where,
            )
        if call.seen["encoder1"] or call.seen["encoder2"]:
            self.run.fail(
                f"{tried} asks an encoder. New images need none: z2 comes from its prior, and the decoders do the rest.",
                cause="asks-an-encoder",
                where=where,
            )
        if not call.seen["decoder2"]:
            self.run.fail(
                f"{tried} never asks decoder2.",
                cause="skips-the-top",
                likely_cause="z1 is drawn from N(0, I). That is the prior of z2; z1's is p(z1|z2), by decoder2.",
                where=where,
            )
        z1, z2 = self.rig.solved(image), torch.cat(call.seen["decoder2"])
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


def near(z: Tensor, q: Tensor) -> bool:
    """Whether no z is more than seven standard deviations from its mean."""
    return float(((z - q[0]) / q[1].exp()).abs().max()) < 7


def standardised(z: Tensor, mu: Tensor, logsigma: Tensor) -> Tensor:
    """The noise behind z = mu + sigma · noise."""
    return (z - mu) / logsigma.exp()


def several(outputs: list[dict[str, Tensor]], z: str, q: str) -> tuple[Tensor, Tensor, Tensor]:
    """One level's z, mu and logsigma of several calls, (calls, latent)."""
    mu, logsigma = torch.cat([out[q] for out in outputs], 1)
    return torch.cat([out[z] for out in outputs]), mu, logsigma


def stacked(value: Any) -> Any:
    """A pair of tensors of one shape as one tensor."""
    pair = isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(each, Tensor) for each in value)
    return torch.stack(list(value)) if pair and value[0].shape == value[1].shape else value


def shown(value: Any) -> str:
    return "missing (None)" if value is None else article(kind(value))


def sizes_of(latent1: int, latent2: int, hidden: int) -> dict[str, int]:
    return dict(zip(SIZES, (latent1, latent2, hidden), strict=True))


def called_with(name: str, sizes: dict[str, int]) -> str:
    return f"{name}({', '.join(f'{size}={value}' for size, value in sizes.items())})"


def made_with(run: CheckRun, name: str, sizes: dict[str, int]) -> HierarchicalModel:
    """What the learner's class makes of these sizes."""
    made = run.observe(build, called_with(name, sizes), sizes=sizes)
    latent, latent2, hidden = sizes.values()
    lower = {f"{half}1": known for half, known in vae_halves(DIGITS).items()}
    halves = lower | upper_halves(latent2)
    return HierarchicalModel(run, DIGITS, halves, name, latent, hidden, made, latent2=latent2)


def hierarchical_model(run: CheckRun) -> HierarchicalModel:
    """What the check's specification works with: a model that the learner's class made."""
    require_module_class(run, "HierarchicalVAE")
    return made_with(run, run.target.name, SIZES)
