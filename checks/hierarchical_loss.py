"""The loss of the two-level VAE: each of its parts beside the oracle's, and the ways in which each goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import checks.hierarchical_hands
import checks.parts_hands  # noqa: F401 (its operations join the table)
from checks.evidence import Returned
from checks.exam import Exam, probe
from checks.explain import same
from checks.hierarchical_hands import PARTS
from checks.hierarchical_kl import Divergence
from checks.mistakes import causes_of, table, texts_of, variants
from checks.returned import kind, nothing
from checks.troubles import Trouble

Outputs = dict[str, Any]
"""reconstruction, z1, z2 as tensors, and q1, q2, p1 as pairs of tensors (mean, log sigma), each (b, latent)."""
Divided = tuple[Tensor, Tensor, int]
divergence = Divergence()


def to_standard(q: tuple[Tensor, Tensor]) -> Tensor:
    return divergence(*q, torch.zeros_like(q[0]), torch.zeros_like(q[0]))


def single_sample(out: Outputs) -> Tensor:
    """log q(z1|x) − log p(z1|z2) at the z1 that was drawn, up to a constant that both share."""
    (mq, sq), (mp, sp), z1 = out["q1"], out["p1"], out["z1"]
    return sp - sq + (((z1 - mp) / sp.exp()) ** 2 - ((z1 - mq) / sq.exp()) ** 2) / 2


def sums_per_image(lower: Tensor, upper: Tensor) -> Divided:
    return lower.sum(1).mean(), upper.sum(1).mean(), lower.shape[1] + upper.shape[1]


@dataclass(frozen=True)
class Loss:
    """The right loss in parts; a mistake changes one of them."""

    reconstruction: Callable[[Tensor, Tensor], Tensor] = F.mse_loss
    lower: Callable[[Outputs], Tensor] = lambda out: divergence(*out["q1"], *out["p1"])
    upper: Callable[[Outputs], Tensor] = lambda out: to_standard(out["q2"])
    add_up: Callable[[Tensor, Tensor], Divided] = sums_per_image
    weigh: Callable = lambda mse, kl1, kl2, latents, beta: mse + beta * (kl1 + kl2) / latents

    def __call__(self, out: Outputs, x: Tensor, beta_kl: float) -> dict[str, Tensor]:
        mse = self.reconstruction(out["reconstruction"], x)
        kl1, kl2, latents = self.add_up(self.lower(out), self.upper(out))
        return {
            "total": self.weigh(mse, kl1, kl2, latents, beta_kl),
            "reconstruction": mse,
            "kl1": kl1,
            "kl2": kl2,
        }


MISTAKES = [
    *table(
        "reconstruction",
        (
            "squared-error-summed",
            "the squared error is added up; take its mean over all pixels of all images (`F.mse_loss`).",
            lambda y, x: ((y - x) ** 2).sum(),
        ),
        (
            "squared-error-summed",
            "the squared error is added up over the pixels of an image; take its mean over all pixels.",
            lambda y, x: ((y - x) ** 2).sum((1, 2, 3)).mean(),
        ),
        ("absolute-error", "that is the mean absolute error; square it.", F.l1_loss),
        (
            "squared-error-halved",
            "the squared error is halved.",
            lambda y, x: F.mse_loss(y, x) / 2,
        ),
    ),
    *table(
        "lower",
        (
            "lower-prior-ignored",
            "kl1 compares q(z1|x) with N(0, I). That would be z1's prior in a plain VAE; here it is p1 = p(z1|z2).",
            lambda out: to_standard(out["q1"]),
        ),
        (
            "q-and-p-swapped",
            "kl1 is KL(p1 ‖ q1); q comes first.",
            lambda out: divergence(*out["p1"], *out["q1"]),
        ),
        (
            "single-sample",
            "kl1 is the log ratio log q(z1|x) − log p(z1|z2) at the one z1 that was drawn. That gives a bound too, a tighter "
            "one even (section 2), but here the closed form is asked: `kl_between_gaussians(*out.q1, *out.p1)`.",
            single_sample,
        ),
    ),
    *table(
        "upper",
        (
            "q-and-p-swapped",
            "kl2 is KL(N(0, I) ‖ q2); q comes first.",
            lambda out: divergence(
                torch.zeros_like(out["q2"][0]), torch.zeros_like(out["q2"][0]), *out["q2"]
            ),
        ),
        (
            "sigma-for-logsigma",
            "kl2 compares q2 with a normal distribution of sigma e: 1 was handed over as *log* sigma. The log of 1 is 0.",
            lambda out: divergence(*out["q2"], torch.zeros_like(out["q2"][0]), torch.ones_like(out["q2"][0])),
        ),
    ),
    *table(
        "add_up",
        (
            "means-of-each-level",
            "kl1 and kl2 are means over the latents. Add up over a level's latents first, then take the mean over the "
            "batch: nats per image, which can be compared between levels of different size.",
            lambda lower, upper: (lower.mean(), upper.mean(), lower.shape[1] + upper.shape[1]),
        ),
        (
            "means-of-each-level",
            "each level's KL is averaged over its own latents, and the two means are added. The bound adds up nats of both "
            "levels alike; so a nat would cost more in the level with fewer latents. Add up first, divide once.",
            lambda lower, upper: (lower.mean(), upper.mean(), 1),
        ),
        (
            "summed-over-batch",
            "kl1 and kl2 are added up over the batch too; take the mean over the images.",
            lambda lower, upper: (lower.sum(), upper.sum(), lower.shape[1] + upper.shape[1]),
        ),
        (
            "divided-by-one-level",
            "the sum of both is divided by the number of z1's latents; divide by that of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), lower.shape[1]),
        ),
        (
            "divided-by-one-level",
            "the sum of both is divided by the number of z2's latents; divide by that of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), upper.shape[1]),
        ),
        (
            "not-divided",
            "the sum of both is not divided by the number of latents of both levels.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), 1),
        ),
        (
            "divided-by-two",
            "the sum of both is divided by 2, the number of levels; divide by the number of latents of both.",
            lambda lower, upper: (lower.sum(1).mean(), upper.sum(1).mean(), 2),
        ),
        (
            "levels-swapped",
            "kl1 and kl2 have changed places: kl1 is the lower level's, q1 against p1.",
            lambda lower, upper: (
                upper.sum(1).mean(),
                lower.sum(1).mean(),
                lower.shape[1] + upper.shape[1],
            ),
        ),
    ),
    *table(
        "weigh",
        (
            "beta-ignored",
            "beta_kl changes nothing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + (kl1 + kl2) / n,
        ),
        (
            "beta-on-reconstruction",
            "beta_kl multiplies the reconstruction; it belongs before the KL.",
            lambda mse, kl1, kl2, n, beta: beta * mse + (kl1 + kl2) / n,
        ),
        (
            "beta-on-everything",
            "beta_kl multiplies the whole loss; it belongs before the KL only.",
            lambda mse, kl1, kl2, n, beta: beta * (mse + (kl1 + kl2) / n),
        ),
        (
            "beta-on-one-level",
            "beta_kl multiplies one level's KL only; it belongs before both.",
            lambda mse, kl1, kl2, n, beta: mse + (beta * kl1 + kl2) / n,
        ),
        (
            "beta-on-one-level",
            "beta_kl multiplies one level's KL only; it belongs before both.",
            lambda mse, kl1, kl2, n, beta: mse + (kl1 + beta * kl2) / n,
        ),
        (
            "only-one-kl",
            "kl2 is missing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + beta * kl1 / n,
        ),
        (
            "only-one-kl",
            "kl1 is missing in the total.",
            lambda mse, kl1, kl2, n, beta: mse + beta * kl2 / n,
        ),
        (
            "kl-sign",
            "the KL is subtracted from the loss; it is a price, so it is added.",
            lambda mse, kl1, kl2, n, beta: mse - beta * (kl1 + kl2) / n,
        ),
        (
            "kl-sign",
            "one level's KL is subtracted; both are prices, and are added.",
            lambda mse, kl1, kl2, n, beta: mse + beta * (kl1 - kl2) / n,
        ),
        ("no-kl", "the total is the reconstruction alone.", lambda mse, kl1, kl2, n, beta: mse + 0 * kl1),
    ),
]

PAIRS = Trouble(
    "TypeError",
    r"missing \d required positional argument|got an unexpected keyword|tuple|Gaussian",
    "not-unpacked",
    "q1, q2 and p1 are pairs (mu, logsigma): a star unpacks one, `kl_between_gaussians(*out.q1, *out.p1)`.",
)


@dataclass
class HierarchicalLossFunction:
    """The function under test."""

    exam: Exam
    name: str = "hierarchical_loss"

    def look(self) -> None:
        target = self.exam.ask("take", f"looking for `{self.name}`", name=self.name)
        self.exam.target, self.exam.probe = target, "look"
        if target.kind != "function":
            self.exam.fail(
                f"this is a {target.kind} where the function `{self.name}` should be.", cause="not-a-function"
            )

    @probe
    def returns_each_part(self) -> None:
        """total, reconstruction, kl1 and kl2, for any batch and any beta."""
        for batch, beta in ((11, 0.3), (1, 0.7), (6, 0.0)):
            out, x = self.inputs(batch)
            seen = self.parts(self.lose(out, x, beta), batch, beta)
            expected = Loss()(out, x, beta)
            if not alike(seen, expected):
                self.explain(out, x, beta, seen, expected)

    @probe
    def lets_gradients_through(self) -> None:
        """The gradient of the total reaches the reconstruction and all three distributions."""
        out, x = self.inputs(5)
        leaves = {
            name: each.clone().requires_grad_()
            for name, each in (
                ("reconstruction", out["reconstruction"]),
                *((f"{name}.{head}", out[name][head]) for name in ("q1", "q2", "p1") for head in (0, 1)),
            )
        }
        followed = {"reconstruction": leaves["reconstruction"], "z1": out["z1"], "z2": out["z2"]} | {
            name: (leaves[f"{name}.0"], leaves[f"{name}.1"]) for name in ("q1", "q2", "p1")
        }
        wanted = dict(
            zip(
                leaves,
                torch.autograd.grad(Loss()(followed, x, 0.3)["total"], list(leaves.values())),
                strict=True,
            )
        )
        found = self.lose(out, x, 0.3).gradients
        lost = [
            name
            for name, each in wanted.items()
            if not same(1000 * found.get(name, torch.zeros_like(each)), 1000 * each)
        ]
        if lost:
            names = ", ".join(dict.fromkeys(name.partition(".")[0] for name in lost))
            self.exam.fail(
                f"the gradient of the total is missing or wrong for {names}.",
                cause="detached",
                numbers={"lost": lost},
                where=self.exam.where(self.name),
                likely_cause="a `.detach()`, `.data`, `.item()` or `torch.no_grad()` on the way. q1, q2 *and* p1 learn from the "
                "KL terms.",
            )

    # How

    def inputs(self, batch: int) -> tuple[Outputs, Tensor]:
        """Outputs of a model with 4 and 3 latents, all numbers far from what would hide a mistake."""
        generator = self.exam.generator

        def numbers(*shape: int, low: float = -1.5, high: float = 1.5) -> Tensor:
            return low + (high - low) * torch.rand(*shape, generator=generator)

        def gaussian(latent: int, low: float) -> tuple[Tensor, Tensor]:
            return numbers(batch, latent), numbers(batch, latent, low=low, high=low + 0.8)

        out = {
            "reconstruction": numbers(batch, 1, 28, 28),
            "z1": numbers(batch, 4),
            "z2": numbers(batch, 3),
            "q1": gaussian(4, -1.0),
            "q2": gaussian(3, -1.2),
            "p1": gaussian(4, -0.1),
        }
        return out, numbers(batch, 1, 28, 28)

    def lose(self, out: Outputs, x: Tensor, beta: float) -> Returned:
        return self.exam.ask(
            "lose",
            f"{self.name}(out, x, beta_kl={beta}) with {len(x)} images and 4 and 3 latents",
            suspects=(PAIRS,),
            out=out,
            x=x,
            beta_kl=beta,
        )

    def parts(self, returned: Returned, batch: int, beta: float) -> dict[str, Tensor]:
        """The four numbers, or a failure that says what came."""
        value, where = returned.value, self.exam.where(self.name)
        if not isinstance(value, dict):
            if isinstance(value, Tensor):
                cause, what, text = "returns-one", f"one tensor of shape {tuple(value.shape)}", None
            elif isinstance(value, tuple | list):
                cause, what, text = "returns-tuple", f"{len(value)} things", None
            else:
                cause, what, text = nothing(value) or ("wrong-return-type", f"a {kind(value)}", None)
            self.exam.fail(
                f"{self.name} is to return a HierarchicalLoss; it returned {what}.",
                cause=cause,
                likely_cause=text or "`return HierarchicalLoss(total, reconstruction, kl1, kl2)`.",
                where=where,
            )
        for name in PARTS:
            each = value[name]
            if not isinstance(each, Tensor) or each.numel() != 1:
                what = f"has shape {tuple(each.shape)}" if isinstance(each, Tensor) else f"is a {kind(each)}"
                self.exam.fail(
                    f"the {name} that {self.name} returns for {batch} images {what}; expected one number, as a tensor.",
                    cause="not-a-scalar" if isinstance(each, Tensor) else "not-a-tensor",
                    likely_cause="add up over the latents, then take the mean over the batch."
                    if isinstance(each, Tensor)
                    else "an `.item()` or `float(…)` makes a plain number, which has no gradient.",
                    where=where,
                )
        return {name: value[name].reshape(()) for name in PARTS}

    def explain(
        self, out: Outputs, x: Tensor, beta: float, seen: dict[str, Tensor], expected: dict[str, Tensor]
    ) -> None:
        wrong = variants(Loss(), MISTAKES, 1, 2)
        chosen = next((chosen for each, chosen in wrong if alike(seen, each(out, x, beta))), ())
        if not chosen and alike(seen, expected | {"kl1": seen["kl1"], "kl2": seen["kl2"]}):
            cause, text = (
                "parts-scaled",
                "the total is right, but kl1 and kl2 are not nats per image: hand back the sums over each level's latents, "
                "averaged over the batch, before beta_kl or anything else multiplies them.",
            )
        elif not chosen and alike(seen, fields_turned(expected, seen)):
            cause, text = "wrong-order", "the fields stand in another order: total, reconstruction, kl1, kl2."
        else:
            cause, text = causes_of(chosen), texts_of(chosen)

        def listed(parts: dict[str, Tensor]) -> str:
            return "; ".join(f"{name} {float(each):.4f}" for name, each in parts.items())

        self.exam.fail(
            f"{self.name} with {len(x)} images and beta_kl = {beta} gives other numbers than asked.",
            cause=cause,
            numbers={name: float(each) for name, each in seen.items()},
            came_out=listed(seen),
            expected=listed(expected),
            likely_cause=text,
            compare=None if text else "total = reconstruction + beta_kl · (kl1 + kl2) / (4 + 3)",
            where=self.exam.where(self.name),
        )


def alike(seen: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return all(same(seen[name], expected[name].detach()) for name in PARTS)


def fields_turned(expected: dict[str, Tensor], seen: dict[str, Tensor]) -> dict[str, Tensor]:
    """The right numbers in the order in which they came, where it is but another order."""
    left, found = list(expected.values()), {}
    for name in PARTS:
        match = next((each for each in left if same(seen[name], each)), None)
        if match is None:
            return expected
        left = [each for each in left if each is not match]
        found[name] = match
    return found


def loss_of_two_levels(exam: Exam) -> HierarchicalLossFunction:
    """What a check's specification works with: the function, alone or inside a module."""
    function = HierarchicalLossFunction(exam)
    function.look()
    return function
