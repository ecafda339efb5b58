"""The trainers' loss in parts, and the ways each part goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

Outputs = dict[str, Tensor]
"""What went into the loss: x and reconstruction (b, 1, 28, 28) and, for a VAE, mu, logsigma and z (b, latent).

For the others `seen` (b, 1, 28, 28), which is what the encoder got, its `code` (b, latent), and all `weights` in a row."""


def squared_error(out: Outputs) -> Tensor:
    return F.mse_loss(out["reconstruction"], out["x"])


def kl(mu: Tensor, logsigma: Tensor) -> Tensor:
    """KL(N(mu, sigma²) ‖ N(0, 1)) of each latent: (sigma² + mu² − 1)/2 − log sigma (Kingma & Welling, 2013)."""
    return ((2 * logsigma).exp() + mu**2 - 1) / 2 - logsigma


@dataclass(frozen=True)
class Loss:
    """A loss as five functions, each of which can be wrong by itself. Without mu there is but the first two."""

    inputs: Callable[[Outputs], Outputs] = lambda out: out
    reconstruction: Callable[[Outputs], Tensor] = squared_error
    divergence: Callable[[Tensor, Tensor], Tensor] = kl
    reduction: Callable[[Tensor], Tensor] = Tensor.mean
    weighting: Callable[[Tensor, Tensor, float], Tensor] = lambda mse, kl, beta: mse + beta * kl

    def __call__(self, out: Outputs, beta: float) -> Tensor:
        out = self.inputs(out)
        if "mu" not in out:
            return self.reconstruction(out)
        return self.weighting(self.reconstruction(out), self.kl_of(out), beta)

    def kl_of(self, out: Outputs) -> Tensor:
        return self.reduction(self.divergence(out["mu"], out["logsigma"]))

    def in_terms(self, out: Outputs, beta: float) -> str:
        """How the loss adds up, in numbers and in words; nothing for a loss of one term."""
        if "mu" not in out:
            return ""
        return f" = {float(self.reconstruction(out)):.5f} + {beta} · {float(self.kl_of(out)):.5f} (MSE + beta_kl · KL)"


RIGHT = Loss()
