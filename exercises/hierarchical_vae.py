# Made from solutions/hierarchical_vae.py by "python -m tools.stubs": edit away, your changes are kept safe.
"""Bonus lesson 8: a variational autoencoder with two levels of latents, its loss and its sampler."""

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from course.given.hierarchy import (
    Gaussian,
    HierarchicalLoss,
    HierarchicalOutput,
    check_loss_input,
    check_same_shape,
    check_sizes,
)
from course.given.layers import Linear, ReLU, Sequential
from solutions.vae import VAE
from utils import NotWritten


def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    """KL(N(mu_q, sigma_q²) ‖ N(mu_p, sigma_p²)) of each element, in nats, with sigma = exp(logsigma).

    The four tensors have one shape or broadcast to one, which is that of the result; ValueError otherwise. It is

        log(sigma_p / sigma_q) + (sigma_q² + (mu_q − mu_p)²) / (2 sigma_p²) − 1/2

    (Joram Soch, "Kullback-Leibler divergence for the normal distribution", The Book of Statistical Proofs, 2020).
    """
    check_same_shape(mu_q=mu_q, logsigma_q=logsigma_q, mu_p=mu_p, logsigma_p=logsigma_p)
    # TODO: Write down the formula. The first term needs no logarithm: you have both log sigmas.
    raise NotWritten("hierarchical_vae: write kl_between_gaussians in exercises/hierarchical_vae.py")


class HierarchicalVAE(nn.Module):
    """A VAE whose latent z1 is itself the data of a second, small VAE, with the latent z2.

    up:   `encoder1` q(z1|x): (b, 1, 28, 28) → (2, b, latent1); `encoder2` q(z2|z1): (b, latent1) → (2, b, latent2).
    down: `decoder2` p(z1|z2): (b, latent2) → (2, b, latent1); `decoder1` p(x|z1): (b, latent1) → (b, 1, 28, 28).

    Where there is a 2, [0] is the mean and [1] the log standard deviation. The prior of z2 is N(0, I).
    Raises ValueError for a size that is no whole number from 1 on.
    """

    def __init__(self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        check_sizes(
            latent1_dim_size=latent1_dim_size,
            latent2_dim_size=latent2_dim_size,
            hidden_dim_size=hidden_dim_size,
        )
        self.latent1_dim_size = latent1_dim_size
        self.latent2_dim_size = latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)  # lesson 2's networks: you need not build them again
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder
        # TODO: Make `self.encoder2` and `self.decoder2`. Each is linear, ReLU, linear, with `hidden_dim_size`
        # TODO: numbers in the middle; the last numbers are split into mean and log standard deviation.
        raise NotWritten("hierarchical_vae: write HierarchicalVAE.__init__ in exercises/hierarchical_vae.py")

    def forward(self, x: Tensor) -> HierarchicalOutput:
        """Up from x (b, 1, 28, 28) to z1 and z2, and down again.

        Returns HierarchicalOutput(reconstruction, z1, z2, q1, q2, p1): decoder1's image of z1; the samples z1 and z2,
        (b, latent1) and (b, latent2); and as `Gaussian(mu, logsigma)` what encoder1 says of z1, what encoder2 says of z2
        and what decoder2 says of z1. Eval mode draws as training mode does.
        """
        # TODO: Draw z1 from q(z1|x), then z2 from q(z2|z1), each with fresh noise: mu + exp(logsigma) · eps.
        # TODO: Ask decoder2 what it makes of z2, decode z1, and return it all.
        raise NotWritten("hierarchical_vae: write HierarchicalVAE.forward in exercises/hierarchical_vae.py")

    def sample(self, n: int) -> Tensor:
        """n new images, (n, 1, 28, 28), from the top down: z2 from its prior, z1 from p(z1|z2), and decoder1's image of z1.

        Raises ValueError where n is no whole number from 1 on.
        """
        check_sizes(n=n)
        device = next(self.parameters()).device
        # TODO: Draw z2 (n, latent2) on `device`, then z1, and decode it. No encoder has a part in this.
        raise NotWritten("hierarchical_vae: write HierarchicalVAE.sample in exercises/hierarchical_vae.py")


def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    """The loss of what `forward(x)` returned: HierarchicalLoss(total, reconstruction, kl1, kl2), four scalar tensors.

    reconstruction = mean squared error between x and its reconstruction
    kl1   = KL(q(z1|x) ‖ p(z1|z2)) at the z2 that was drawn   } both added up over the level's latents, and averaged
    kl2   = KL(q(z2|z1) ‖ N(0, I)) at the z1 that was drawn   } over the batch: nats per image
    total = reconstruction + beta_kl · (kl1 + kl2) / (latent1 + latent2)

    Since z2 comes from z1, KL(q(z1|x) ‖ p(z1|z2)) is not the term that the chain's own bound has: that one is
    log q(z1|x) − log p(z1|z2) at the z1 that was drawn. What stands here is the bound for z1 and z2 drawn
    independently, and a little more; so it is a bound as well (lesson 8, section 2).
    Raises ValueError for a reconstruction of another shape than x, and for a beta_kl below 0.
    """
    check_loss_input(out.reconstruction, x, beta_kl)
    # TODO: Compute the three terms. N(0, I) has mean 0 and log sigma 0.
    # TODO: Add them up, and return all four.
    raise NotWritten("hierarchical_vae: write hierarchical_loss in exercises/hierarchical_vae.py")
