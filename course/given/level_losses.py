"""Variations on the loss of the two-level VAE, for bonus lesson 8. Each is a `loss(out, x, epoch)` for `train_levels`.

`base` is the reader's `hierarchical_loss(out, x, beta_kl)`; what it returns is changed, not computed again.
"""

from collections.abc import Callable

from torch import Tensor
from torch.distributions import Normal

from course.given.hierarchy import Gaussian, HierarchicalLoss, HierarchicalOutput
from course.given.level_training import Loss

Base = Callable[[HierarchicalOutput, Tensor, float], HierarchicalLoss]


def constant(base: Base, beta_kl: float) -> Loss:
    """The loss as it is."""
    return lambda out, x, epoch: base(out, x, beta_kl)


def warm_up(base: Base, beta_kl: float, epochs: float) -> Loss:
    """beta_kl grows from 0 to its full size over so many epochs (Sønderby et al., arXiv 1602.02282)."""
    return lambda out, x, epoch: base(out, x, beta_kl * min(1.0, epoch / epochs))


def free_nats(base: Base, beta_kl: float, nats: float) -> Loss:
    """The upper level pays only for what is above so many nats per image (Kingma et al., arXiv 1606.04934)."""

    def loss(out: HierarchicalOutput, x: Tensor, epoch: float) -> HierarchicalLoss:
        parts = base(out, x, beta_kl)
        kl = parts.kl1 + parts.kl2.clamp(min=nats)
        return HierarchicalLoss(
            parts.reconstruction + beta_kl * kl / latents(out), parts.reconstruction, parts.kl1, parts.kl2
        )

    return loss


def chains_own(base: Base, beta_kl: float) -> Loss:
    """With the lower term that belongs to the chain: log q(z1|x) − log p(z1|z2) at the z1 that was drawn."""

    def loss(out: HierarchicalOutput, x: Tensor, epoch: float) -> HierarchicalLoss:
        parts = base(out, x, beta_kl)
        kl1 = log_ratio(out).mean()
        total = parts.reconstruction + beta_kl * (kl1 + parts.kl2) / latents(out)
        return HierarchicalLoss(total, parts.reconstruction, kl1, parts.kl2)

    return loss


def log_ratio(out: HierarchicalOutput) -> Tensor:
    """log q(z1|x) − log p(z1|z2) at the z1 that was drawn, added up over its latents: (b,), in nats."""
    return (log_density(out.z1, out.q1) - log_density(out.z1, out.p1)).sum(1)


def log_density(z: Tensor, gaussian: Gaussian) -> Tensor:
    """The log density of each element of z (b, latent) under its normal distribution."""
    return Normal(gaussian.mu, gaussian.logsigma.exp(), validate_args=False).log_prob(z)


def latents(out: HierarchicalOutput) -> int:
    """How many latents both levels have together."""
    return out.z1.shape[1] + out.z2.shape[1]
