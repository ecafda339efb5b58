"""Do gradients flow back through a VAE's sample as the reparameterisation asks?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from checks.models.network import compute
from checks.models.solvable import PreparedVAE

CUT = {
    "detached-mu": "no gradient comes back from z to mu: only sigma would learn from the reconstruction.",
    "detached-sigma": "no gradient comes back from z to log sigma: only mu would learn from the reconstruction.",
    "detached-sample": "z is cut off from mu and sigma: `torch.normal(mu, sigma)` and `.sample()` pass no gradient. "
    "Write mu + sigma·eps (or `.rsample()`), without `.detach()` or `torch.no_grad()`.",
}

TOLERANCE = 0.01
"""Of the largest gradient: the noise behind an image is known to three digits, and a cut changes gradients by their size."""


@dataclass
class SampleGradients(PreparedVAE):
    """One look more at a VAE with prepared weights: its gradients against the oracle's."""

    def passes_gradients(self, method: str) -> None:
        """The gradient of the sum of each of the three outputs, for every weight of the encoder."""
        x, weights = self.solvable.x, self.weights["encoder"]
        leaves = {name: value.clone().requires_grad_() for name, value in weights.items()}
        mu, logsigma = compute(self.as_written("encoder"), leaves, x)
        for place, name in enumerate(("z" if method == "sample_latent_vector" else "x'", "mu", "logsigma")):
            seen = self.call(
                method, x, seed=3, trace=True, output=place, gradients_of=list(self.matches["encoder"].views)
            )
            first = self.three(method, seen.value, len(x))[0]
            if place:
                right, cut = (mu, logsigma)[place - 1].sum(), {"detached": torch.zeros(())}
            else:
                right, cut = self.sums(method, first, mu, logsigma)
            if self.agrees(seen.gradients, right, leaves):
                continue
            cause = next(
                (slug for slug, value in cut.items() if self.agrees(seen.gradients, value, leaves)), None
            )
            taught = "the reconstruction" if place == 0 else "the KL term"
            self.run.fail(
                f"the gradient that comes back through the {name} of {self.name}.{method}(x) is not the right one, so "
                f"{taught} could not teach the encoder.",
                cause=cause,
                likely_cause=CUT.get(
                    cause or "", f"a `.detach()`, `.data` or `torch.no_grad()` before {name} is returned."
                ),
                where=self.where(method),
            )

    def sums(
        self, method: str, output: Tensor, mu: Tensor, logsigma: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The sum of the first output as a function of mu and logsigma, and what it is with one of them cut off."""
        through_decoder = method == "forward"
        weight = self.plane[0].sum(1).float() if through_decoder else torch.ones(self.latent)
        z = self.solved(output) if through_decoder else output
        eps = ((z.float() - mu) / logsigma.exp()).detach() if z is not None else torch.zeros_like(mu)
        sigma = logsigma.exp()
        return ((mu + sigma * eps) @ weight).sum(), {
            "detached-sample": torch.zeros(()),
            "detached-mu": ((sigma * eps) @ weight).sum(),
            "detached-sigma": (mu @ weight).sum(),
        }

    def agrees(self, seen: dict[str, Tensor], total: Tensor, leaves: dict[str, Tensor]) -> bool:
        """Whether the learner's gradients are those of `total`, in proportion to the largest."""
        zeros = [torch.zeros_like(each) for each in leaves.values()]
        found = (
            torch.autograd.grad(total, list(leaves.values()), retain_graph=True)
            if total.requires_grad
            else zeros
        )
        wanted = self.matches["encoder"].cut(dict(zip(leaves, found, strict=True)))
        largest = max(float(each.abs().max()) for each in wanted.values()) or 1.0
        return all(
            float((seen.get(name, torch.zeros_like(each)) - each).abs().max()) <= TOLERANCE * largest
            for name, each in wanted.items()
        )
