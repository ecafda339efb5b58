# Made from solutions/regularised.py by "python -m tools.stubs": edit away, your changes are kept safe.
"""Bonus lesson 9: three autoencoders that are kept from copying by something else than a narrow code."""

from dataclasses import dataclass

import torch
from einops import repeat
from torch import Tensor, nn
from torch.nn import functional as F

from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer
from utils import NotWritten


class RegularisedTrainer(AutoencoderTrainer):
    """The autoencoder's trainer, with what every training step ends in as a method of its own."""

    def learn_from(self, loss: Tensor, **parts: Tensor) -> Tensor:
        """Goes backward from the loss, steps, zeroes the gradients, and returns the loss.

        W&B, where it is on, gets the loss and the `parts`, each under its name.
        """
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            logged = {"loss": loss, **parts}
            wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)
        return loss


@dataclass
class DenoisingArgs(AutoencoderArgs):
    """The autoencoder's args, and the standard deviation of the noise, in units of normalised pixels.

    Raises ValueError for a negative one.
    """

    noise_std: float = 1.0

    def __post_init__(self) -> None:
        check_not_negative("noise_std", self.noise_std)


class DenoisingTrainer(RegularisedTrainer):
    """Shows the model noisy images and asks for the clean ones (Vincent and others, 2008)."""

    args: DenoisingArgs

    def training_step(self, img: Tensor) -> Tensor:
        """One optimiser step on the images (b, 1, 28, 28); returns the loss, a scalar tensor.

        loss = MSE(x, x'), where x' is rebuilt from x + noise_std · eps, with eps drawn afresh from N(0, 1) for
        each pixel of each image.
        """
        # TODO: Make the noisy images, rebuild *them*, and compare with the clean ones.
        # TODO: End with `return self.learn_from(loss)`.
        raise NotWritten(
            "regularised_autoencoders: write DenoisingTrainer.training_step in exercises/regularised.py"
        )


@dataclass
class SparseArgs(AutoencoderArgs):
    """The autoencoder's args, and the weight of the penalty on the code. Raises ValueError for a negative one."""

    sparsity_weight: float = 0.1

    def __post_init__(self) -> None:
        check_not_negative("sparsity_weight", self.sparsity_weight)


class SparseTrainer(RegularisedTrainer):
    """Makes every latent that is not 0 cost something."""

    args: SparseArgs

    def training_step(self, img: Tensor) -> Tensor:
        """One optimiser step on the images (b, 1, 28, 28); returns the loss, a scalar tensor.

        loss = MSE(x, x') + sparsity_weight · mean of |z| over batch and latents, where z = encoder(x).
        """
        # TODO: Keep the code z between encoder and decoder, and add its penalty to the squared error.
        # TODO: End with `return self.learn_from(loss, …)`; name the two terms there if you like to see them in W&B.
        raise NotWritten(
            "regularised_autoencoders: write SparseTrainer.training_step in exercises/regularised.py"
        )


def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """The mean over the batch of the squared Frobenius norm of the encoder's Jacobian dz/dx: a scalar tensor.

    x (b, 1, 28, 28) → encoder(x) (b, latent). The Jacobian of one image has latent · 784 entries, and its squared
    norm is the sum of their squares (Rifai and others, 2011). It is exact, for any encoder that treats the images of
    a batch one by one, and can be differentiated by the encoder's weights. Raises ValueError for an x without images
    and for a code of another shape.
    """
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images, (b, channels, height, width); got shape {tuple(x.shape)}.")
    # TODO: Row k of the Jacobian is the gradient of latent k by the pixels. Get all rows, of all images,
    # TODO: from one `torch.func.vjp`, or from one `torch.autograd.grad` a latent.
    raise NotWritten("regularised_autoencoders: write contractive_penalty in exercises/regularised.py")


@dataclass
class ContractiveArgs(AutoencoderArgs):
    """The autoencoder's args, the weight of the penalty on the Jacobian, and how many images of a batch it looks at.

    Raises ValueError for a negative weight, and for fewer than one image.
    """

    contraction_weight: float = 0.01
    penalised_images: int = 64

    def __post_init__(self) -> None:
        check_not_negative("contraction_weight", self.contraction_weight)
        if self.penalised_images < 1:
            raise ValueError(f"penalised_images is at least 1; got {self.penalised_images}.")


class ContractiveTrainer(RegularisedTrainer):
    """Makes the code hold still when the image changes a little."""

    args: ContractiveArgs

    def training_step(self, img: Tensor) -> Tensor:
        """loss = MSE(x, x') + contraction_weight · mean of ‖dz/dx‖² over the batch's first images.

        The penalty costs far more than all the rest, and batches are shuffled: a part of the batch gives an estimate
        of the same mean, right on average, in a part of the time.
        """
        reconstruction_loss = F.mse_loss(self.model(img), img)
        penalty = contractive_penalty(self.model.encoder, img[: self.args.penalised_images])
        loss = reconstruction_loss + self.args.contraction_weight * penalty
        return self.learn_from(loss, reconstruction_loss=reconstruction_loss, contractive_penalty=penalty)


def check_not_negative(name: str, value: float) -> None:
    """Raises ValueError for a number below 0, or none at all."""
    if not value >= 0:
        raise ValueError(f"{name} is a number of at least 0; got {value}.")
