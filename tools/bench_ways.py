"""The ways to train an epoch that `tools.bench` compares: each function sets one up and returns it, ready to run."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from einops.layers.torch import Rearrange
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset
from torch.utils.flop_counter import FlopCounterMode

from course.settings.device import get_device

if TYPE_CHECKING:
    from course.data.mnist import MNIST

BATCH_SIZE, LATENT_DIM_SIZE, HIDDEN_DIM_SIZE = 512, 5, 128
MATRIX_SIZE, PRODUCTS = 2048, 8  # for the machine's rate
Epoch = Callable[[], object]


def plain_model() -> nn.Sequential:
    """The autoencoder of lesson 1 from PyTorch's own layers."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1, bias=False),
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1, bias=False),
        nn.ReLU(),
        Rearrange("b c h w -> b (c h w)"),
        nn.Linear(1568, HIDDEN_DIM_SIZE),
        nn.ReLU(),
        nn.Linear(HIDDEN_DIM_SIZE, LATENT_DIM_SIZE),
        nn.Linear(LATENT_DIM_SIZE, HIDDEN_DIM_SIZE),
        nn.ReLU(),
        nn.Linear(HIDDEN_DIM_SIZE, 1568),
        nn.ReLU(),
        Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
        nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1, bias=False),
    )


def step_operations() -> int:
    """Floating-point operations of one step, forward and backward; a multiplication and an addition are two."""
    model, img = plain_model(), torch.zeros(BATCH_SIZE, 1, 28, 28)
    with FlopCounterMode(display=False) as counter:
        F.mse_loss(model(img), img).backward()
    return counter.get_total_flops()


def textbook(images: int) -> Epoch:
    """Each image decoded and normalised by itself; plain layers, plain Adam, the allocator as it comes."""
    import torchvision
    from torchvision.transforms import Compose, Normalize, ToTensor

    from course.data.mnist import FOLDER, MEAN, STD, unpack

    class Digits(torchvision.datasets.MNIST):
        raw_folder = str(FOLDER / "unpacked")

    unpack(FOLDER)
    trainset = Digits(FOLDER, transform=Compose([ToTensor(), Normalize(MEAN, STD)]))
    loader: DataLoader[tuple[Tensor, int]] = DataLoader(
        Subset(trainset, range(images)), batch_size=BATCH_SIZE, shuffle=True
    )
    model = plain_model().to(get_device())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999))

    def epoch() -> None:
        for img, _label in loader:
            img = img.to(get_device())
            loss = F.mse_loss(model(img), img)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return epoch


def trainer(images: int, model: type[nn.Module] | None = None) -> Epoch:
    """`AutoencoderTrainer` as the notebooks use it; `model` is another class in place of the reference."""
    from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer

    shorten_dataset(images)
    args = AutoencoderArgs(LATENT_DIM_SIZE, HIDDEN_DIM_SIZE, batch_size=BATCH_SIZE, epochs=1, use_wandb=False)
    if model is not None:
        AutoencoderTrainer.model_class = model
    return AutoencoderTrainer(args).train


def trainer_with_plain_layers(images: int) -> Epoch:
    """The same with PyTorch's own layers."""

    class Plain(nn.Sequential):
        def __init__(self, *_sizes: int) -> None:
            super().__init__(*plain_model())

    return trainer(images, model=Plain)


def hand_written(images: int) -> Epoch:
    """A permutation and a gather: the shortest loop with the same model and optimiser."""
    from solutions.autoencoder import Autoencoder

    data = shorten_dataset(images).images
    model = Autoencoder(LATENT_DIM_SIZE, HIDDEN_DIM_SIZE).to(get_device()).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)

    def epoch() -> None:
        for indices in torch.randperm(len(data)).split(BATCH_SIZE):
            img = data[indices.to(data.device)]
            loss = F.mse_loss(model(img), img)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    return epoch


def matrix_product(images: int) -> Epoch:
    """Large matrix products, for the machine's rate."""
    a, b = torch.randn(2, MATRIX_SIZE, MATRIX_SIZE, device=get_device())

    def products() -> None:
        for _ in range(PRODUCTS):
            a @ b

    return products


def shorten_dataset(images: int) -> "MNIST":
    """This process's MNIST with its first `images` images only."""
    import utils

    trainset = utils.get_dataset("MNIST")
    trainset.data, trainset.targets = trainset.data[:images], trainset.targets[:images]
    return trainset


# Any setting of the user's own keeps course.settings.runtime from setting the allocator up; this one changes nothing else.
DEFAULT_ALLOCATOR = {"MALLOC_PERTURB_": "0"}

WAYS = {"textbook": textbook, "trainer": trainer, "hand_written": hand_written, "matrix_product": matrix_product}
PARTS = {"plain_layers": trainer_with_plain_layers, "default_allocator": trainer}
ENVIRONMENT = {"textbook": DEFAULT_ALLOCATOR, "default_allocator": DEFAULT_ALLOCATOR}
