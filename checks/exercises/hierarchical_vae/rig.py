"""Four networks whose every number is known, and what a runner does with them: it puts them in the place of a learner's.

With them in place all that `forward` and `sample` do between the networks can be read off from what comes out. The
runner and the check make them alike, from one seed. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from checks.core.compare import same
from checks.core.evidence import Returned, plain, travels
from checks.core.runner import LocalRunner
from checks.core.words import Refused, article, known_as
from checks.models.operations import Mode, put_into
from course.given.hierarchy import Gaussian, HierarchicalOutput

IMAGES, DRAWS = 5, 100
"""How many different images are looked at, and how often each of them is sampled in one call."""


@dataclass(frozen=True)
class HierarchyRig:
    """Sizes of the two levels, unlike each other, and the seed of all numbers."""

    seed: int
    latent1: int = 4
    latent2: int = 3

    @cached_property
    def draws(self) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(self.seed)

        def orthogonal(rows: int, columns: int) -> Tensor:
            return torch.linalg.qr(torch.randn(columns, rows, generator=generator)).Q.T

        one, two = self.latent1, self.latent2
        return {
            "pixels": orthogonal(2 * one, 28 * 28),
            "heads1": torch.rand(IMAGES, 2 * one, generator=generator) * 2.6 - 1.3,
            "encoder2": torch.randn(one, 2 * two, generator=generator) * 0.8,
            "decoder2": torch.randn(two, 2 * one, generator=generator) * 0.8,
            "shift2": torch.randn(2 * two, generator=generator),
            "shift1": torch.randn(2 * one, generator=generator),
            "decoder1": orthogonal(one, 28 * 28),
        }

    @property
    def pictures(self) -> Tensor:
        """(IMAGES, 1, 28, 28), which `encoder1` maps to known means and log sigmas within ±1.3."""
        return rearrange(self.draws["heads1"] @ self.draws["pixels"], "n (h w) -> n 1 h w", h=28)

    # What each network computes

    def encoder1(self, x: Tensor) -> Tensor:
        """(b, 1, 28, 28) → mean and log sigma of z1, (2, b, latent1)."""
        return rearrange(x.flatten(1) @ self.draws["pixels"].T, "b (n latent) -> n b latent", n=2)

    def encoder2(self, z1: Tensor) -> Tensor:
        """(b, latent1) → mean and log sigma of z2, (2, b, latent2)."""
        return curved(z1 @ self.draws["encoder2"] + self.draws["shift2"])

    def decoder2(self, z2: Tensor) -> Tensor:
        """(b, latent2) → mean and log sigma of z1, (2, b, latent1)."""
        return curved(z2 @ self.draws["decoder2"] + self.draws["shift1"])

    def decoder1(self, z1: Tensor) -> Tensor:
        """(b, latent1) → an image, (b, 1, 28, 28), as float64 or float32 like z1."""
        return rearrange(z1 @ self.draws["decoder1"].to(z1.dtype), "b (h w) -> b 1 h w", h=28) + 0.1

    def solved(self, images: Tensor) -> Tensor | None:
        """The z1 (b, latent1), as float64, whose decodings these are; None where they are no decodings."""
        z1 = (images.double() - 0.1).flatten(1) @ self.draws["decoder1"].double().T
        return z1 if same(self.decoder1(z1), images, 1e-3) else None


def curved(numbers: Tensor) -> Tensor:
    """(b, 2 latent) → (2, b, latent): a mean as it is, and a log sigma between −1.5 and 0.3, mostly below 0: about 0, half
    of it or its negative would spread as much on average."""
    mu, logsigma = rearrange(numbers, "b (n latent) -> n b latent", n=2)
    return torch.stack((mu, 0.9 * logsigma.sin() - 0.6))


NAMES = ("encoder1", "encoder2", "decoder2", "decoder1")


@known_as("Network")
class StandIn(nn.Module):
    """One of the rig's networks. `seen` holds what it was given; `gain` is 1 for each of its two heads, so that the
    gradient of what comes out says whether the head had a part in it. Whatever else is asked of it (a weight, for its
    device) it has from the learner's `own` network, no layer of which may compute."""

    def __init__(self, rig: HierarchyRig, name: str, own: Any) -> None:
        super().__init__()
        self.name, self.network = name, getattr(rig, name)
        self.inputs = {"encoder1": (1, 28, 28), "decoder2": (rig.latent2,)}.get(name, (rig.latent1,))
        self.gain = nn.Parameter(torch.ones(1 if name == "decoder1" else 2))
        self.seen: list[Tensor] = []
        vars(self)["own"] = (
            own.own if isinstance(own, StandIn) else own
        )  # no part of this one: its weights do not count
        for layer in self.own.modules() if isinstance(self.own, nn.Module) else ():
            layer.register_forward_pre_hook(self.refuse_a_part)

    def forward(self, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor) or tuple(x.shape[1:]) != self.inputs:
            shown = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else article(type(x).__name__)
            wanted = ", ".join(("b", *map(str, self.inputs)))
            raise WrongInput(f"{self.name} takes a tensor of shape ({wanted}); it got {shown}")
        self.seen.append(x)
        output = self.network(x)
        return output * self.gain.view(-1, *(1 for _ in output.shape[1:]))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if vars(self).get("own") is None:
                raise
        return getattr(self.own, name)

    def __getitem__(self, place: Any) -> Any:
        return self.own[place]

    def refuse_a_part(self, *_: Any) -> None:
        raise PartCalled(f"a layer of {self.name} is called by itself")


class PartCalled(Refused):
    """A layer of one of the networks computes by itself, where the network is to be called."""


class WrongInput(Refused):
    """What reached one of the networks is not what it takes."""


FIELDS = ("reconstruction", "z1", "z2", "q1", "q2", "p1")
PARTS = ("total", "reconstruction", "kl1", "kl2")


@travels
@dataclass
class RigCall:
    """One call with our networks in place. `value` is what came back, by field where it has them; `seen` is what each
    network was given; `reached` names for each field the heads, such as "encoder1.0", that it depends on."""

    value: Any
    seen: dict[str, list[Tensor]]
    reached: dict[str, list[str]] = field(default_factory=dict)
    changed_input: bool = False
    nameless: list[str] = field(default_factory=list)
    """Which of q1, q2 and p1 are no `Gaussian`: they have no `mu` or no `logsigma`."""
    printed: str = ""


def put_in(runner: LocalRunner, handle: int, rig: HierarchyRig) -> dict[str, StandIn]:
    """Puts the rig's networks in the place of the model's own, layers or methods, under all names that they have."""
    model = runner.made[handle]
    stand_ins = {name: StandIn(rig, name, getattr(model, name, None)) for name in NAMES}
    for name, stand_in in stand_ins.items():
        own = getattr(model, name, None)
        for module in list(model.modules()):
            for place, child in module.named_children():
                if child is own:
                    setattr(module, place, stand_in)
    vars(model).update(stand_ins)
    return stand_ins


def fields_of(value: Any, names: tuple[str, ...]) -> Any:
    """The named attributes as plain data; the value itself where it has none of them."""
    if not any(hasattr(value, name) for name in names):
        return plain(value)
    return {name: plain(getattr(value, name, None)) for name in names}


def forward_on_the_rig(
    runner: LocalRunner,
    handle: int,
    rig: dict[str, int],
    noise_seed: int,
    images: int = IMAGES,
    draws: int = DRAWS,
    mode: Mode = "train",
) -> RigCall:
    """forward, for the first of the rig's images, each of them `draws` times in one batch."""
    the_rig = HierarchyRig(**rig)
    stand_ins = put_in(runner, handle, the_rig)
    put_into(runner.made[handle], mode)
    x = repeat(the_rig.pictures[:images], "image c h w -> (draw image) c h w", draw=draws)
    before = x.clone()
    torch.manual_seed(noise_seed)
    value = runner.made[handle](x)
    reached = {name: heads_behind(getattr(value, name, None), stand_ins) for name in FIELDS}
    nameless = [name for name in FIELDS[3:] if not has_names(getattr(value, name, None))]
    return RigCall(fields_of(value, FIELDS), inputs_of(stand_ins), reached, not torch.equal(before, x), nameless)


def sample_on_the_rig(
    runner: LocalRunner, handle: int, rig: dict[str, int], noise_seed: int, n: int, mode: Mode = "train"
) -> RigCall:
    """sample(n), for torch's random numbers of `noise_seed`."""
    stand_ins = put_in(runner, handle, HierarchyRig(**rig))
    put_into(runner.made[handle], mode)
    torch.manual_seed(noise_seed)
    return RigCall(plain(runner.made[handle].sample(n)), inputs_of(stand_ins))


def has_names(gaussian: Any) -> bool:
    return hasattr(gaussian, "mu") and hasattr(gaussian, "logsigma")


def inputs_of(stand_ins: dict[str, StandIn]) -> dict[str, list[Tensor]]:
    return {name: [plain(each) for each in network.seen] for name, network in stand_ins.items()}


def heads_behind(value: Any, stand_ins: dict[str, StandIn]) -> list[str]:
    """Which heads of which networks the gradient of the value reaches."""
    tensors = value if isinstance(value, tuple | list) else [value]
    sums = [each.sum() for each in tensors if isinstance(each, Tensor) and each.requires_grad]
    if not sums:
        return []
    gains = {name: network.gain for name, network in stand_ins.items()}
    gradients = torch.autograd.grad(sums, list(gains.values()), allow_unused=True, retain_graph=True)
    return [
        f"{name}.{head}"
        for name, gradient in zip(gains, gradients, strict=True)
        if gradient is not None
        for head, number in enumerate(gradient.tolist())
        if number
    ]


def lose(runner: LocalRunner, out: dict[str, Any], x: Tensor, beta_kl: float) -> Returned:
    """The loss of these outputs, and the gradient of its total for each tensor in them ("q1.0" is q1's mean)."""
    leaves: dict[str, Tensor] = {}

    def leaf(name: str, value: Tensor) -> Tensor:
        leaves[name] = value.clone().requires_grad_()
        return leaves[name]

    fields: dict[str, Any] = {name: leaf(name, out[name]) for name in FIELDS[:3]}
    for name in FIELDS[3:]:
        fields[name] = Gaussian(*(leaf(f"{name}.{head}", out[name][head]) for head in (0, 1)))
    given = HierarchicalOutput(**fields)
    value = runner.target(given, x.clone(), beta_kl)
    total = getattr(value, "total", None)
    gradients = {}
    if isinstance(total, Tensor) and total.requires_grad and total.numel() == 1:
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        gradients = {name: plain(each) for name, each in zip(leaves, found, strict=True) if each is not None}
    return Returned(fields_of(value, PARTS), gradients=gradients)
