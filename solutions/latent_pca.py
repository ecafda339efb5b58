"""Bonus lesson 5: the principal directions of a latent space."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import utils


@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    """The two directions along which the latents of `dataset` vary most, and each latent's place along them.

    `model` is an autoencoder or a VAE, whose latents are its means; `dataset` gives pairs (image, label). Returns

    - directions (2, latent): unit vectors at right angles, the one of most variance first. Their signs are free.
    - projections (n, 2): how far each latent lies from the mean latent along both, in the data set's order.

    Both are float tensors on the CPU. Raises ValueError for fewer than three images or fewer than two latents.
    """
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError(
            f"Two directions need three images and two latents at least; got {len(dataset)} and {model.latent_dim_size}."
        )
    device = utils.get_device()
    # TODO: Encode all images; of a VAE's code (2, b, latent) take the mean.
    # TODO: Subtract the mean latent, and find the directions: `torch.linalg.svd`, or scikit-learn's `PCA`.
    ### BEGIN SOLUTION
    loader = DataLoader(dataset, batch_size=1000)
    codes = [model.encoder(images.to(device)).cpu() for images, _labels in loader]
    latents = torch.cat([code[0] if code.ndim == 3 else code for code in codes])  # (n, latent)
    centred = latents - latents.mean(0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]  # the rows of Vh, most variance first
    return directions, centred @ directions.T
    ### END SOLUTION
