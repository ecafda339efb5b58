"""The loss of the two-level VAE: each of its parts beside the oracle's, and the ways in which each goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.evidence import Returned
from checks.core.require import require_function
from checks.core.run import CheckRun, probe
from checks.core.compare import same
from checks.exercises.hierarchical_vae.operations import PARTS, lose
from checks.exercises.hierarchical_vae.loss_mistakes import MISTAKES, Loss, Outputs
from checks.core.mistakes import causes_of, texts_of, mutants
from checks.core.return_values import kind, nothing
from checks.core.exceptions import KnownError

PAIRS = KnownError(
    "TypeError",
    r"missing \d required positional argument|got an unexpected keyword|tuple|Gaussian",
    "not-unpacked",
    "q1, q2 and p1 are pairs (mu, logsigma): a star unpacks one, `kl_between_gaussians(*out.q1, *out.p1)`.",
)


@dataclass
class HierarchicalLossFunction:
    """The function under test."""

    run: CheckRun
    name: str = "hierarchical_loss"

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
            self.run.fail(
                f"the gradient of the total is missing or wrong for {names}.",
                cause="detached",
                numbers={"lost": lost},
                where=self.run.where(self.name),
                likely_cause="a `.detach()`, `.data`, `.item()` or `torch.no_grad()` on the way. q1, q2 *and* p1 learn from the "
                "KL terms.",
            )

    # How

    def inputs(self, batch: int) -> tuple[Outputs, Tensor]:
        """Outputs of a model with 4 and 3 latents, all numbers far from what would hide a mistake."""
        generator = self.run.generator

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
        return self.run.observe(
            lose,
            f"{self.name}(out, x, beta_kl={beta}) with {len(x)} images and 4 and 3 latents",
            known_errors=(PAIRS,),
            out=out,
            x=x,
            beta_kl=beta,
        )

    def parts(self, returned: Returned, batch: int, beta: float) -> dict[str, Tensor]:
        """The four numbers, or a failure that says what came."""
        value, where = returned.value, self.run.where(self.name)
        if not isinstance(value, dict):
            if isinstance(value, Tensor):
                cause, what, text = "returns-one", f"one tensor of shape {tuple(value.shape)}", None
            elif isinstance(value, tuple | list):
                cause, what, text = "returns-tuple", f"{len(value)} things", None
            else:
                cause, what, text = nothing(value) or ("wrong-return-type", f"a {kind(value)}", None)
            self.run.fail(
                f"{self.name} is to return a HierarchicalLoss; it returned {what}.",
                cause=cause,
                likely_cause=text or "`return HierarchicalLoss(total, reconstruction, kl1, kl2)`.",
                where=where,
            )
        for name in PARTS:
            each = value[name]
            if not isinstance(each, Tensor) or each.numel() != 1:
                what = f"has shape {tuple(each.shape)}" if isinstance(each, Tensor) else f"is a {kind(each)}"
                self.run.fail(
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
        wrong = mutants(Loss(), MISTAKES, 1, 2)
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

        self.run.fail(
            f"{self.name} with {len(x)} images and beta_kl = {beta} gives other numbers than asked.",
            cause=cause,
            numbers={name: float(each) for name, each in seen.items()},
            came_out=listed(seen),
            expected=listed(expected),
            likely_cause=text,
            compare=None if text else "total = reconstruction + beta_kl · (kl1 + kl2) / (4 + 3)",
            where=self.run.where(self.name),
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


def loss_of_two_levels(run: CheckRun) -> HierarchicalLossFunction:
    """What a check's specification works with: the function, alone or inside a module."""
    function = HierarchicalLossFunction(run)
    require_function(run, function.name)
    return function
