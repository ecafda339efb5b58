"""A latent variable model so simple that everything a VAE estimates is known exactly.

z ~ N(0, I) and x | z ~ N(W z, s² I). Then x ~ N(0, W Wᵀ + s² I), and z | x is normal too: probabilistic PCA
(Tipping & Bishop, "Probabilistic Principal Component Analysis", 1999). All values are in nats and float64.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal


@dataclass(frozen=True)
class LinearGaussian:
    """`weight` is W, (pixels, latents); `noise` is s, the standard deviation of each pixel given z."""

    weight: Tensor
    noise: float

    @property
    def pixels(self) -> int:
        """How many numbers x has."""
        return self.weight.shape[0]

    @property
    def latents(self) -> int:
        """How many numbers z has."""
        return self.weight.shape[1]

    def decode(self, z: Tensor) -> Tensor:
        """The mean of x given z: (..., latents) → (..., pixels)."""
        return z @ self.weight.T

    def sample(self, n: int) -> tuple[Tensor, Tensor]:
        """n draws from the model: z (n, latents), then x (n, pixels)."""
        z = torch.randn(n, self.latents, dtype=self.weight.dtype)
        return z, self.decode(z) + self.noise * torch.randn(n, self.pixels, dtype=self.weight.dtype)

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z): (..., latents) → (...)."""
        return -(z**2).sum(-1) / 2 - self.latents / 2 * math.log(2 * math.pi)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z): (..., pixels) and (..., latents) → (...)."""
        error = ((x - self.decode(z)) ** 2).sum(-1)
        return -error / (2 * self.noise**2) - self.pixels / 2 * math.log(2 * math.pi * self.noise**2)

    def log_evidence(self, x: Tensor) -> Tensor:
        """log p(x), exactly: (..., pixels) → (...)."""
        eye = torch.eye(self.pixels, dtype=self.weight.dtype)
        covariance = self.weight @ self.weight.T + self.noise**2 * eye
        return MultivariateNormal(torch.zeros_like(self.weight[:, 0]), covariance).log_prob(x)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        """p(z | x), exactly. Where the columns of W are orthogonal its covariance is diagonal, like a VAE's.

        Precision WᵀW/s² + I and mean precision⁻¹ Wᵀx/s² (Bishop, "Pattern Recognition and Machine Learning",
        2006, equation 2.116).
        """
        eye = torch.eye(self.latents, dtype=self.weight.dtype)
        precision = self.weight.T @ self.weight / self.noise**2 + eye
        mean = torch.linalg.solve(precision, (x @ self.weight / self.noise**2).unsqueeze(-1)).squeeze(-1)
        return MultivariateNormal(mean, precision_matrix=precision)

    def elbo(self, x: Tensor, q: Normal) -> Tensor:
        """E_q[log p(x | z)] − KL(q ‖ p(z)), exactly, for independent latents: (..., pixels) → (...)."""
        spread = (q.stddev**2 * (self.weight**2).sum(0)).sum(-1)  # what the noise in z adds to the error
        reconstruction = self.log_likelihood(x, q.mean) - spread / (2 * self.noise**2)
        kl = ((q.stddev**2 + q.mean**2 - 1) / 2 - q.stddev.log()).sum(-1)
        return reconstruction - kl


def orthogonal_model(pixels: int, latents: int, signal: float = 2.0, noise: float = 0.3) -> LinearGaussian:
    """A model whose W has orthogonal columns of length `signal`, drawn from the current random state."""
    columns, _ = torch.linalg.qr(torch.randn(pixels, latents, dtype=torch.float64))
    return LinearGaussian(signal * columns, noise)
