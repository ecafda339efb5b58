"""Fresh answers to beta_vae: the four small functions, as people from other habits write them."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "beta_vae",
        "one number per image",
        "The KL is averaged over the latents (the last dimension), so one number per image is left.",
        ("kl.mean(0)", "kl.mean(dim=-1)"),
        part="kl_per_latent",
        causes=("mean-over-the-latents",),
    ),
    Fresh(
        "beta_vae",
        "formula for a log variance",
        "The KL formula of public code is used, in which logsigma is taken for the log of the variance.",
        (
            "kl = (torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma",
            "kl = -0.5 * (1 + logsigma - mu.pow(2) - logsigma.exp())",
        ),
        part="kl_per_latent",
        causes=("logvar-formula",),
    ),
    Fresh(
        "beta_vae",
        "library KL from the prior",
        "torch's kl_divergence gets its arguments the wrong way round: it is KL(N(0, 1) ‖ N(mu, sigma²)).",
        """
from torch.distributions import Normal, kl_divergence


def kl_per_latent(mu: Tensor, logsigma: Tensor) -> Tensor:
    check_codes(mu, logsigma)
    posterior = Normal(loc=mu, scale=logsigma.exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(prior, posterior).mean(dim=0)
""",
        part="kl_per_latent",
        causes=("reverse-kl",),
    ),
    Fresh(
        "beta_vae",
        "power of the mean",
        "A latent's mean square about 0 is compared with the threshold: the mean over the images is never subtracted.",
        """
def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    check_codes(mu)
    n = mu.shape[0]
    variance = torch.einsum("nl,nl->l", mu, mu) / n
    return variance.gt(threshold)
""",
        part="active_units",
        causes=("not-centred",),
    ),
    Fresh(
        "beta_vae",
        "std against the threshold",
        "The standard deviation, not the variance, is compared with the threshold.",
        ("mu.var(0, correction=0)", "torch.std(mu, dim=0, correction=0)"),
        part="active_units",
        causes=("std-for-variance",),
    ),
    Fresh(
        "beta_vae",
        "moments of a draw",
        "The moments are estimated from one random draw per image, though they are to be exact and without drawing.",
        """
def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    check_codes(mu, logsigma)
    z = torch.normal(mu, logsigma.exp())
    std, mean = torch.std_mean(z, dim=0, correction=0)
    return mean, std
""",
        part="aggregate_moments",
        causes=("sampled",),
    ),
    Fresh(
        "beta_vae",
        "mean sigma squared",
        "sigma is averaged over the images before it is squared, and the variance of the means is divided by n - 1.",
        ("mu.var(0, correction=0) + torch.exp(2 * logsigma).mean(0)", "mu.var(0) + torch.exp(logsigma).mean(0) ** 2"),
        part="aggregate_moments",
        causes=("n-minus-one", "mean-before-square"),
    ),
    Fresh(
        "beta_vae",
        "whole pixels per latent",
        "Pixels over twice the latents is an integer division, so the fraction is lost (78 in place of 78.4).",
        """
def effective_beta(
    beta_kl: float, latent_dim_size: int, n_pixels: int = 28 * 28, decoder_variance: float = 1.0
) -> float:
    if not beta_kl >= 0:
        raise ValueError("beta_kl must not be negative")
    if min(latent_dim_size, n_pixels) <= 0 or not decoder_variance > 0:
        raise ValueError("sizes and variance must be positive")
    pixels_per_latent = n_pixels // (2 * latent_dim_size)
    return beta_kl * pixels_per_latent / decoder_variance
""",
        part="effective_beta",
    ),
    Fresh(
        "beta_vae",
        "times the latents",
        "The number of latents multiplies where it should divide.",
        ("/ (2 * decoder_variance * latent_dim_size)", "* latent_dim_size / (2 * decoder_variance)"),
        part="effective_beta",
        causes=("latents-multiplied",),
    ),
)

RIGHT = (
    Right(
        "beta_vae",
        "a mixture from the library",
        """
from torch.distributions import Categorical, MixtureSameFamily, Normal


def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    check_codes(mu, logsigma)
    each_cloud = Normal(mu.T, logsigma.exp().T)  # (latent, n)
    all_clouds = MixtureSameFamily(Categorical(logits=torch.zeros_like(mu.T)), each_cloud)
    return all_clouds.mean, all_clouds.variance.sqrt()
""",
        part="aggregate_moments",
    ),
)
