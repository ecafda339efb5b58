"""Fresh answers to beta_vae: twenty strangers on the four functions, and three right ones."""

from suite.corpus import Fresh, Right

FRESH = (
    # kl_per_latent
    Fresh(
        "beta_vae",
        "KL with log variance",
        "The pasted line -0.5 * (1 + logvar - mu² - exp(logvar)) is fed log sigma as if it were the log variance.",
        """
def kl_per_latent(mu: Tensor, logsigma: Tensor) -> Tensor:
    check_codes(mu, logsigma)
    kld = -0.5 * (1 + logsigma - mu.pow(2) - logsigma.exp())
    return torch.mean(kld, dim=0)
""",
        part="kl_per_latent",
        causes=("logvar-formula",),
    ),
    Fresh(
        "beta_vae",
        "KL per image",
        "The mean is taken over the latents, so one number an image comes out in place of one a latent.",
        ("kl.mean(0)", "kl.mean(dim=-1)"),
        part="kl_per_latent",
        causes=("mean-over-the-latents",),
    ),
    Fresh(
        "beta_vae",
        "KL in bits",
        "The KL is divided by log 2 and so is in bits, not in nats.",
        """
def kl_per_latent(mu, logsigma):
    check_codes(mu, logsigma)
    sigma = logsigma.exp()
    nats = 0.5 * (sigma.square() + mu.square() - 1) - sigma.log()
    return nats.mean(dim=0) / torch.log(torch.tensor(2.0))
""",
        part="kl_per_latent",
        causes=("bits",),
    ),
    Fresh(
        "beta_vae",
        "KL of the average cloud",
        "Mu and log sigma are averaged over the images first and the KL is that of the average cloud, though the KL is "
        "not linear in them.",
        """
def kl_per_latent(mu: Tensor, logsigma: Tensor) -> Tensor:
    check_codes(mu, logsigma)
    result = []
    for m, s in zip(mu.T, logsigma.T):
        m, s = m.mean(), s.mean()
        result.append(((2 * s).exp() + m**2 - 1) / 2 - s)
    return torch.stack(result)
""",
        part="kl_per_latent",
        causes=("mean-before-kl",),
    ),
    Fresh(
        "beta_vae",
        "KL summed and turned round",
        "The divergence is that of the prior from the cloud, KL(N(0, 1) ‖ N(mu, sigma²)), and it is summed "
        "over the images "
        "where the mean is asked for.",
        """
def kl_per_latent(mu: Tensor, logsigma: Tensor) -> Tensor:
    check_codes(mu, logsigma)
    q = torch.distributions.Normal(mu, torch.exp(logsigma))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(0)
""",
        part="kl_per_latent",
        causes=("reverse-kl", "sum-over-the-images"),
    ),
    # active_units
    Fresh(
        "beta_vae",
        "active by standard deviation",
        "The standard deviation, not the variance, is compared with the threshold.",
        ("mu.var(0, correction=0) > threshold", "mu.std(0, correction=0) > threshold"),
        part="active_units",
        causes=("std-for-variance",),
    ),
    Fresh(
        "beta_vae",
        "active by the mean square",
        "The mean square of mu is compared, without taking the mean away, so a latent that sits far from 0 "
        "for all images "
        "counts as active.",
        """
def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    check_codes(mu)
    n = mu.shape[0]
    return torch.einsum("nl,nl->l", mu, mu) / n > threshold
""",
        part="active_units",
        causes=("not-centred",),
    ),
    Fresh(
        "beta_vae",
        "active, and how many",
        "The number of active latents comes back in place of True or False for each, and the threshold that "
        "is passed is "
        "ignored for 0.01.",
        """
def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    check_codes(mu)
    centred = mu - mu.mean(dim=0, keepdim=True)
    variance = (centred**2).mean(dim=0)
    return (variance > 0.01).sum()
""",
        part="active_units",
        causes=("threshold-fixed", "count-for-mask"),
    ),
    Fresh(
        "beta_vae",
        "active along the latents",
        "The variance is taken over the latents of each image, so there is one answer an image.",
        ("mu.var(0, correction=0)", "mu.var(1, correction=0)"),
        part="active_units",
        causes=("variance-over-the-latents",),
    ),
    Fresh(
        "beta_vae",
        "active from the threshold on, as floats",
        "A variance equal to the threshold counts as active, so that at threshold 0 a latent that never "
        "moves does; and ones "
        "and zeros come back for True and False.",
        ("mu.var(0, correction=0) > threshold", "1.0 - (mu.var(0, correction=0) < threshold).float()"),
        part="active_units",
        causes=("at-least",),
    ),
    # aggregate_moments
    Fresh(
        "beta_vae",
        "spreads added",
        "Standard deviations are added, that of the means and the average sigma, where variances should be.",
        """
def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    check_codes(mu, logsigma)
    between = mu.std(0, correction=0)
    within = logsigma.exp().mean(0)
    return mu.mean(0), between + within
""",
        part="aggregate_moments",
        causes=("mean-before-square", "spreads-added"),
    ),
    Fresh(
        "beta_vae",
        "n minus one",
        "The variance of the means is divided by n − 1, though these images are all there are; for one image "
        "it is nan.",
        ("mu.var(0, correction=0)", "mu.var(0)"),
        part="aggregate_moments",
        causes=("n-minus-one",),
    ),
    Fresh(
        "beta_vae",
        "no root",
        "The variance is returned, not the standard deviation.",
        ("variance.sqrt()", "variance"),
        part="aggregate_moments",
        causes=("variance-for-std",),
    ),
    Fresh(
        "beta_vae",
        "averaged, then squared",
        "Sigma is averaged before it is squared, and the square of a mean is less than the mean of the squares.",
        ("torch.exp(2 * logsigma).mean(0)", "logsigma.exp().mean(0).square()"),
        part="aggregate_moments",
        causes=("mean-before-square",),
    ),
    Fresh(
        "beta_vae",
        "drawn samples",
        "One sample is drawn for each image and the moments are those of the samples, where exact ones "
        "without drawing are "
        "asked for.",
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
        "centred in place, and the pair turned round",
        "The caller's mu is centred in place, so it is another tensor afterwards, and the standard deviation "
        "is returned "
        "before the mean.",
        """
def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    check_codes(mu, logsigma)
    mean = mu.mean(0)
    mu -= mean
    second_moment = (mu**2 + torch.exp(2 * logsigma)).mean(0)
    return torch.sqrt(second_moment), mean
""",
        part="aggregate_moments",
        causes=("changes-its-input",),
    ),
    # effective_beta
    Fresh(
        "beta_vae",
        "the two forgotten",
        "The 2 of the theory's (sum of squares)/(2 · variance) is missing, so the beta is twice too large.",
        ("(2 * decoder_variance * latent_dim_size)", "(decoder_variance * latent_dim_size)"),
        part="effective_beta",
        causes=("half-missing",),
    ),
    Fresh(
        "beta_vae",
        "variance taken for s",
        "decoder_variance is squared as if it were the standard deviation s.",
        ("2 * decoder_variance * latent_dim_size", "2 * decoder_variance**2 * latent_dim_size"),
        part="effective_beta",
        causes=("variance-squared",),
    ),
    Fresh(
        "beta_vae",
        "latents over pixels, and no beta of nought",
        "Pixels and latents have changed places, and a beta of 0 is refused although the docstring refuses "
        "only those below.",
        """
def effective_beta(beta_kl, latent_dim_size, n_pixels=28 * 28, decoder_variance=1.0):
    if beta_kl <= 0 or not min(latent_dim_size, n_pixels, decoder_variance) > 0:
        raise ValueError("all of these must be positive")
    mse_factor = latent_dim_size / (2 * decoder_variance)
    return beta_kl * mse_factor / n_pixels
""",
        part="effective_beta",
        causes=("sizes-exchanged",),
    ),
    Fresh(
        "beta_vae",
        "always digits, in whole numbers",
        "784 pixels are taken whatever n_pixels says, the variance multiplies where it should divide, and "
        "floor division "
        "throws the fraction away.",
        (
            "return beta_kl * n_pixels / (2 * decoder_variance * latent_dim_size)",
            "return beta_kl * (784 * decoder_variance // (2 * latent_dim_size))",
        ),
        part="effective_beta",
        causes=("pixels-fixed", "variance-multiplied", "whole-number"),
    ),
)

RIGHT = (
    Right(
        "beta_vae",
        "KL as a loop of distributions",
        """
def kl_per_latent(mu, logsigma):
    check_codes(mu, logsigma)
    standard = torch.distributions.Normal(mu.new_zeros(()), mu.new_ones(()))
    columns = zip(mu.unbind(1), logsigma.exp().unbind(1), strict=True)
    return torch.stack(
        [torch.distributions.kl_divergence(torch.distributions.Normal(m, s), standard).mean() for m, s in columns]
    )
""",
        part="kl_per_latent",
    ),
    Right(
        "beta_vae",
        "moments as the length of all deviations",
        """
def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    check_codes(mu, logsigma)
    mean = torch.einsum("nl->l", mu) / len(mu)
    deviations = torch.cat([mu - mean, logsigma.exp()])  # both kinds of deviation, one under the other
    return mean, deviations.norm(dim=0) / len(mu) ** 0.5
""",
        part="aggregate_moments",
    ),
    Right(
        "beta_vae",
        "active by NumPy",
        """
def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    check_codes(mu)
    variance = mu.detach().cpu().numpy().var(axis=0)
    return torch.from_numpy(variance > threshold).to(mu.device)
""",
        part="active_units",
    ),
)
