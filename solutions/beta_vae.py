"""Bonus lesson 6: the numbers by which one chooses a beta.

mu and logsigma, each (n, latent), are what a VAE's encoder gives for n images.
"""

import torch
from torch import Tensor


def kl_per_latent(mu: Tensor, logsigma: Tensor) -> Tensor:
    """The mean over the images of KL(N(mu, sigma²) ‖ N(0, 1)) for each latent: (n, latent) → (latent,), in nats.

    KL = (sigma² + mu² − 1)/2 − log sigma. Raises ValueError where the two are no codes of the same images.
    """
    check_codes(mu, logsigma)
    # TODO: Compute the KL of each image and latent, and take the mean over the images alone.
    ### BEGIN SOLUTION
    kl = (torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma  # (n, latent)
    return kl.mean(0)
    ### END SOLUTION


def active_units(mu: Tensor, threshold: float = 0.01) -> Tensor:
    """Which latents say something about the image: (n, latent) → (latent,), True or False.

    A latent is active when the variance of its mean, taken over the images, is above `threshold` (Burda, Grosse and
    Salakhutdinov, "Importance Weighted Autoencoders", arXiv 1509.00519). Raises ValueError where mu is not (n, latent).
    """
    check_codes(mu)
    # TODO: Compare the variance over the images with the threshold.
    ### BEGIN SOLUTION
    return mu.var(0, correction=0) > threshold
    ### END SOLUTION


def aggregate_moments(mu: Tensor, logsigma: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation, each (latent,), of all the images' clouds taken together.

    Draw one of the n images, each as likely as any other, then a latent vector from its N(mu, sigma²): these are the
    moments of what comes out, exactly, without drawing. Raises ValueError where the two are no codes of the same images.
    """
    check_codes(mu, logsigma)
    # TODO: The law of total variance: the variance of the means, plus the mean of the variances.
    ### BEGIN SOLUTION
    # Divided by n, not n − 1: these images are all there are.
    variance = mu.var(0, correction=0) + torch.exp(2 * logsigma).mean(0)
    return mu.mean(0), variance.sqrt()
    ### END SOLUTION


def effective_beta(
    beta_kl: float, latent_dim_size: int, n_pixels: int = 28 * 28, decoder_variance: float = 1.0
) -> float:
    """The real beta of lesson 2: the weight of the KL where both terms of the loss are sums, as in the theory.

    The course's loss is MSE + beta_kl · mean KL: means over `n_pixels` and over `latent_dim_size`. The theory's is
    (sum of squared errors)/(2 · decoder_variance) + beta · (sum of KLs). Raises ValueError for a beta below zero, and
    for sizes or a variance that are not above zero.
    """
    if not beta_kl >= 0:
        raise ValueError(
            f"A beta below zero would reward a large KL: give a number from 0 on, not {beta_kl}."
        )
    if not (latent_dim_size > 0 and n_pixels > 0 and decoder_variance > 0):
        raise ValueError(
            "The numbers of latents and of pixels and the decoder's variance are above zero; got "
            f"{latent_dim_size}, {n_pixels} and {decoder_variance}."
        )
    # TODO: Multiply the course's loss so that its first term is the theory's, and read off the factor of the KLs.
    ### BEGIN SOLUTION
    return beta_kl * n_pixels / (2 * decoder_variance * latent_dim_size)
    ### END SOLUTION


def check_codes(mu: Tensor, logsigma: Tensor | None = None) -> None:
    """Raises ValueError unless mu is (n, latent) with n and latent above zero, and logsigma, if given, is like it."""
    if mu.ndim != 2 or mu.numel() == 0:
        raise ValueError(f"mu has shape (n, latent), one row an image; got {tuple(mu.shape)}.")
    if logsigma is not None and logsigma.shape != mu.shape:
        raise ValueError(
            f"mu and logsigma come from the same images and have one shape; got {tuple(mu.shape)} and "
            f"{tuple(logsigma.shape)}."
        )
