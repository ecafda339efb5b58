"""What latents know of the factors that drawn faces come from: one by one, and all together."""

import torch
from torch import Tensor


def squared_correlations(latents: Tensor, factors: Tensor) -> Tensor:
    """r² of each latent (n, latent) with each factor (n, factor): (latent, factor), each in 0 … 1.

    It is the share of the factor's variance that a straight line through this one latent explains. What never varies
    has r² = 0. Raises ValueError where the numbers of rows differ.
    """
    latents, factors = standardised(latents, factors)
    return ((latents.T @ factors) / len(latents)).square().float()


def probe_scores(latents: Tensor, factors: Tensor) -> Tensor:
    """R² of a linear probe, which sees all latents (n, latent) at once: one number for each factor (n, factor).

    Fitted by least squares on the first half of the rows, judged on the other half: 1 is perfect, 0 is no better than
    the mean, and below 0 is worse. Raises ValueError where the numbers of rows differ.
    """
    latents, factors = standardised(latents, factors)
    inputs = torch.cat((latents, torch.ones(len(latents), 1, dtype=latents.dtype)), dim=1)
    half = len(inputs) // 2
    weights = torch.linalg.lstsq(inputs[:half], factors[:half], driver="gelsd").solution
    left_over = (factors[half:] - inputs[half:] @ weights).square().mean(0)
    return (1 - left_over / factors[half:].var(0, correction=0)).float()


def standardised(latents: Tensor, factors: Tensor) -> tuple[Tensor, Tensor]:
    """Both in float64 on the CPU, with mean 0 and standard deviation 1 in each column; a constant column is 0.

    Raises ValueError where the numbers of rows differ, or are below four.
    """
    if latents.ndim != 2 or factors.ndim != 2 or len(latents) != len(factors) or len(latents) < 4:
        raise ValueError(
            "Latents (n, latent) and factors (n, factor) have one row a face, four at least; "
            f"got {tuple(latents.shape)} and {tuple(factors.shape)}."
        )
    latents, factors = (each - each.mean(0) for each in (latents.cpu().double(), factors.cpu().double()))
    latents, factors = (each / each.square().mean(0).sqrt().clamp_min(1e-9) for each in (latents, factors))
    return latents, factors
