"""The two-level VAE under test: its layers, what `forward` does between its networks, and where `sample` begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from checks.core.require import require_module_class
from checks.core.run import CheckRun, probe
from checks.core.runner import build
from checks.exercises.hierarchical_vae.flow import HierarchicalFlow, standardised
from checks.exercises.hierarchical_vae.networks import DECODER2, ENCODER2, upper
from checks.exercises.hierarchical_vae.rig import DRAWS, IMAGES
from checks.models.reference import DIGITS, decoder, vae_encoder
from checks.models.network import Network
from checks.models.spec import vae_halves

SIZES = {"latent1_dim_size": 4, "latent2_dim_size": 3, "hidden_dim_size": 37}

UP = {"encoder1.0", "encoder1.1"}
BEHIND = {  # which heads each field hangs on
    "z1": UP,
    "q2": UP | {"encoder2.0", "encoder2.1"},
    "z2": UP | {"encoder2.0", "encoder2.1"},
    "p1": UP | {"encoder2.0", "encoder2.1", "decoder2.0", "decoder2.1"},
    "reconstruction": UP | {"decoder1.0"},
    "q1": UP,
}


@dataclass
class HierarchicalModel(HierarchicalFlow):
    """Four networks, and what stands between them."""

    # Layers: as of any model, with the sizes of two levels

    @property
    def made_as(self) -> str:
        return f"{self.name}({', '.join(f'{name}={size}' for name, size in SIZES.items())})"

    @cached_property
    def networks(self) -> dict[str, Network]:
        one, two, hidden = SIZES.values()
        return {
            "encoder1": vae_encoder(DIGITS, one, hidden),
            "decoder1": decoder(DIGITS, one, hidden),
            "encoder2": upper(one, two, hidden),
            "decoder2": upper(two, one, hidden),
        }

    def inputs(self, half: str, batch_size: int) -> Tensor:
        if half == "encoder1":
            return self.images(batch_size)
        size = SIZES["latent2_dim_size" if half == "decoder2" else "latent1_dim_size"]
        return torch.randn(batch_size, size, generator=self.run.generator)

    @probe
    def keeps_sizes(self) -> None:
        """The three sizes are kept as attributes."""
        for name, size in SIZES.items():
            kept = self.made.attributes.get(name)
            if kept != size or isinstance(kept, bool):
                self.run.fail(
                    f"after `model = {self.made_as}`, `model.{name}` should be {size}; it is {kept!r}.",
                    cause="attribute-missing" if name not in self.made.attributes else "attribute-wrong",
                    where=self.where(),
                    likely_cause=f"the line `self.{name} = {name}` stood in `__init__` when you began.",
                )

    @probe
    def encodes(self) -> None:
        """encoder1(x) and encoder2(z1) give mean and log sigma: (2, b, latent1) and (2, b, latent2)."""
        self.is_network("encoder1", SIZES["latent1_dim_size"], 2, "b", SIZES["latent1_dim_size"])
        self.is_network("encoder2", SIZES["latent2_dim_size"], 2, "b", SIZES["latent2_dim_size"])

    @probe
    def decodes(self) -> None:
        """decoder2(z2) gives mean and log sigma of z1, (2, b, latent1), and decoder1(z1) an image."""
        self.is_network("decoder2", SIZES["latent1_dim_size"], 2, "b", SIZES["latent1_dim_size"])
        self.is_network("decoder1", SIZES["latent1_dim_size"], "b", 1, 28, 28)

    def is_network(self, name: str, latent: int, *shape: int | str) -> None:
        self.latent = latent  # what a wrong shape is explained with
        self.same_as_oracle(name, shape)

    # forward, with networks of ours in place

    @probe
    def goes_up_and_down(self) -> None:
        """Each field of what forward returns is what its network makes of the right input."""
        for draws in (1, DRAWS):
            out = self.output(self.forward(1, draws), draws)
            x = self.rig.pictures.repeat(draws, 1, 1, 1)
            q1, p1 = self.rig.encoder1(x), self.rig.decoder2(out["z2"])
            self.is_distribution("q1", out, q1, {"q-and-p-swapped": p1})
            self.is_distribution(
                "q2", out, self.rig.encoder2(out["z1"]), {"encodes-mean": self.rig.encoder2(q1[0])}
            )
            self.is_distribution("p1", out, p1, {"decodes-mean": self.rig.decoder2(out["q2"][0])})
            self.is_decoded(out, q1[0])

    @probe
    def draws_each_level(self) -> None:
        """z1 and z2 are fresh samples of q1 and q2."""
        runs = [self.output(self.forward(seed, DRAWS), DRAWS) for seed in (1, 2, 1)]
        levels = (("z1", "q1"), ("z2", "q2"))
        noises = [[standardised(out[z], *out[q]) for out in runs] for z, q in levels]
        for (z, q), noise in zip(levels, noises, strict=True):
            self.is_sample("forward", f"the {z} of forward", f"the {q} beside it", runs[0][z], *runs[0][q])
            self.is_fresh("forward", f"the noise of {z} in forward", *noise)
        self.is_noise_of_its_own("forward", noises[0][0], noises[1][0])

    @probe
    def lets_gradients_through(self) -> None:
        """All that forward returns hangs on all networks that it went through."""
        reached = {name: set(heads) for name, heads in self.forward(1, 1).reached.items()}
        for name, wanted in BEHIND.items():
            lost = wanted - reached[name]
            if lost:
                cause, text = cut_between(name, lost)
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


def cut_between(name: str, lost: set[str]) -> tuple[str, str]:
    """The cause of gradients that do not come through, and what to look for."""
    if name in ("z1", "reconstruction", "z2", "q2", "p1") and lost in ({"encoder1.0"}, {"encoder2.0"}):
        return "detached-mu", "mu is cut off in the sampling: `.detach()`, `.data`."
    if lost in ({"encoder1.1"}, {"encoder2.1"}):
        return "detached-sigma", "log sigma is cut off in the sampling: `.detach()`, `.data`."
    if name == "z1":
        return (
            "detached-sample",
            "z1 is cut off from its mu and sigma: `torch.normal(mu, sigma)`, `.sample()`, `.detach()` or "
            "`torch.no_grad()`. Write mu + sigma·eps.",
        )
    if name == "z2" and lost >= {"encoder2.0", "encoder2.1"}:
        return (
            "detached-sample",
            "z2 is cut off from its mu and sigma: `torch.normal(mu, sigma)`, `.sample()` or `.detach()`. Write mu + sigma·eps.",
        )
    return (
        "detached",
        "a `.detach()` or `torch.no_grad()` on the way. Both levels learn together: nothing is cut off.",
    )


def hierarchical_model(run: CheckRun) -> HierarchicalModel:
    """What the check's specification works with: a model that the learner's class made."""
    require_module_class(run, "HierarchicalVAE")
    name = run.target.name
    sizes = ", ".join(f"{name}={size}" for name, size in SIZES.items())
    made = run.observe(build, f"{name}({sizes})", sizes=SIZES)
    halves = {
        **{f"{half}1": known for half, known in vae_halves(DIGITS).items()},
        "encoder2": ENCODER2,
        "decoder2": DECODER2,
    }
    return HierarchicalModel(
        run, DIGITS, halves, name, SIZES["latent1_dim_size"], SIZES["hidden_dim_size"], made
    )
