"""Lesson 1: an autoencoder for 28x28 digits, and the loop that trains it."""

from dataclasses import asdict, dataclass
from typing import Literal

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

import utils
from course.given.layers import Conv2d, ConvTranspose2d, Linear, ReLU, Sequential


class Autoencoder(nn.Module):
    """Squeezes a 28x28 image through `latent_dim_size` numbers and rebuilds it.

    `encoder`: (b, 1, 28, 28) → (b, latent_dim_size); `decoder`: (b, latent_dim_size) → (b, 1, 28, 28).
    """

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        # TODO: Make `self.encoder` and `self.decoder`. Only the last layer of each has no ReLU behind it.
        ### BEGIN SOLUTION
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),  # (b, 16, 14, 14)
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),  # (b, 32, 7, 7)
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),  # (b, 1568)
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),  # (b, 32, 7, 7)
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # (b, 16, 14, 14)
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # (b, 1, 28, 28)
        )
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of x: (b, 1, 28, 28) → (b, 1, 28, 28)."""
        # TODO: Encode x, then decode what comes out.
        ### BEGIN SOLUTION
        return self.decoder(self.encoder(x))
        ### END SOLUTION


@dataclass
class AutoencoderArgs:
    """What one training run of the autoencoder needs to know. `log_every_n_steps` counts optimiser steps."""

    latent_dim_size: int = 5
    hidden_dim_size: int = 128
    dataset: Literal["MNIST", "CELEB"] = "MNIST"
    batch_size: int = 512
    epochs: int = 10
    lr: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.999)
    use_wandb: bool = True
    wandb_project: str | None = "day5-autoencoder"
    wandb_name: str | None = None
    log_every_n_steps: int = 250


class AutoencoderTrainer:
    """Trains `model_class` on the args' data set; `step` counts the optimiser steps since `train` began."""

    model_class: type[nn.Module] = Autoencoder

    def __init__(self, args: AutoencoderArgs) -> None:
        self.args = args
        self.step = 0
        self.device = utils.get_device()
        self.trainset = utils.get_dataset(args.dataset)
        self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True)
        self.model = self.model_class(args.latent_dim_size, args.hidden_dim_size)
        self.model.to(self.device, memory_format=torch.channels_last)  # the same numbers, stored for speed
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas, fused=True)
        if args.use_wandb:
            utils.prepare_wandb()  # offline where there is no network: no training is lost for it
        self.live_view = utils.LiveView(self)  # watches the losses, and draws them

    def training_step(self, img: Tensor) -> Tensor:
        """One optimiser step on the images (b, 1, 28, 28); returns the loss, a scalar tensor.

        The loss is the mean squared error between the images and their reconstructions.
        """
        # TODO: Compute the loss, go backward, step the optimiser and zero the gradients.
        # TODO: When `self.args.use_wandb`, `import wandb` (here: it takes a second) and log the loss:
        # TODO: `wandb.log({"loss": …}, step=self.step)`.
        ### BEGIN SOLUTION
        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss
        ### END SOLUTION

    def train(self) -> nn.Module:
        """Trains for `args.epochs` epochs and returns the model."""
        # TODO: Start `self.step` at 0. When `self.args.use_wandb`: `import wandb`, `wandb.init`, `wandb.watch`.
        # TODO: For each epoch and each batch `(img, label)`: move img, step, count, move one progress bar on,
        # TODO: and call `self.log_samples()` when `self.step` is a multiple of `args.log_every_n_steps`.
        ### BEGIN SOLUTION
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)

        progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                loss = self.training_step(img.to(self.device))
                self.step += 1
                progress_bar.set_postfix(epoch=epoch + 1, loss=f"{loss:.3f}", refresh=False)
                progress_bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        progress_bar.close()

        if self.args.use_wandb:
            wandb.finish()
        return self.model
        ### END SOLUTION

    @property
    def holdout(self) -> Tensor:
        """The images that `log_samples` shows, (10, 1, 28, 28); a trainer for another data set has others."""
        return utils.HOLDOUT_DATA

    @torch.inference_mode()
    def log_samples(self) -> None:
        """Shows the loss so far, and the holdout images above their reconstructions; logs the latter to W&B.

        Raises RuntimeError before the first step.
        """
        if self.step == 0:
            raise RuntimeError(
                "log_samples() before the first step: increment `self.step` after each training step."
            )
        with torch.random.fork_rng():  # a VAE draws noise here, and to watch a training must not change it
            output = self.model(self.holdout.to(self.device))
        reconstructions = output[0] if isinstance(output, tuple) else output  # a VAE returns three tensors
        if self.args.use_wandb:
            import wandb

            images = [wandb.Image(image) for image in utils.to_images(reconstructions)]
            wandb.log({"images": images}, step=self.step)
        self.live_view.update(self.holdout, reconstructions)
