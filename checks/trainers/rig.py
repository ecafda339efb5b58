"""The test rig of a trainer: fourteen images, a small model of our own, and args; the same in every process.

Both sides make it from the same seed: the one that runs the learner's trainer, and the one that judges what it did.
The model is no autoencoder of the course but two small perceptrons: what a trainer has to do is the same for
any model, and these take a tenth of the time. Their activation is smooth, so that rounding cannot switch anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, is_dataclass, make_dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from checks.core.words import Refused, known_as
from checks.models.network import Network, Weights, compute, linear, pointwise, random_weights, reshape, weight_shapes

IMAGES = 14

MARK = 3e-5
"""How much brighter copies on a device are made, so that it is seen what the model got."""


@dataclass(frozen=True)
class TrainerRig:
    """What the model is (`is_vae`, around which mean its code lies, how far from it the latents' own means, how widely a code
    spreads over the images, and the mean of log sigma), and the values of the trainer's args.

    `args_class` is what the course calls the class of its args. `weight` is the weight of the loss's second term,
    which the args call `beta_kl` or `sparsity_weight`. Another `draw` is another seed for what a step draws, with all else as
    it was. The values are chosen so that no two of the counts that mistakes
    lead to (images, batches, epochs) agree.
    """

    args_class: str = "AutoencoderArgs"
    is_vae: bool = False
    code_mean: float = 0.0
    code_range: float = 0.5
    code_spread: float = 1.2
    logsigma_mean: float = -0.1
    seed: int = 0
    draw: int = 0
    latent_dim_size: int = 3
    hidden_dim_size: int = 9
    batch_size: int = 3
    epochs: int = 3
    lr: float = 2e-3
    betas: tuple[float, float] = (0.6, 0.99)
    log_every_n_steps: int = 4
    weight: float = 0.37
    noise_std: float = 0.43
    use_wandb: bool = False
    wandb_project: str = "checks"
    wandb_name: str = "rig"

    @property
    def steps_an_epoch(self) -> int:
        return -(-IMAGES // self.batch_size)

    @property
    def steps(self) -> int:
        return self.epochs * self.steps_an_epoch

    @cached_property
    def halves(self) -> dict[str, Network]:
        """encoder: (b, 1, 28, 28) → (b, latent), for a VAE (2, b, latent); decoder: (b, latent) → (b, 1, 28, 28)."""
        heads, hidden, latent = (2 if self.is_vae else 1), self.hidden_dim_size, self.latent_dim_size
        encoder = (
            reshape("flatten", "b c h w -> b (c h w)"),
            linear("hidden", 28 * 28, hidden),
            pointwise("tanh", torch.tanh),
            linear("code", hidden, heads * latent),
        )
        split = (reshape("split", "b (n latent) -> n b latent", n=2),) if self.is_vae else ()
        decoder = (
            linear("hidden", latent, hidden),
            pointwise("tanh", torch.tanh),
            linear("pixels", hidden, 28 * 28),
            reshape("unflatten", "b (c h w) -> b c h w", c=1, h=28, w=28),
        )
        return {"encoder": encoder + split, "decoder": decoder}

    def generator(self, offset: int = 0) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed + offset)

    @cached_property
    def weights(self) -> dict[str, Weights]:
        """For each half, its weights: random, but so that over the images mu spreads by `code_spread`, logsigma by 0.6,
        and pixels by 0.7. Thus every term of a loss is of a size to be seen, whatever the seed."""
        generator = self.generator()
        weights = {half: random_weights(network, generator, 0.6) for half, network in self.halves.items()}
        latent, heads = self.latent_dim_size, 2 if self.is_vae else 1
        centres = [
            torch.linspace(middle - around, middle + around, latent)
            for middle, around in ((self.code_mean, self.code_range), (self.logsigma_mean, 0.3))
        ]
        code = scaled(
            self.halves["encoder"][:3],
            weights["encoder"],
            "code",
            self.images,
            spread=torch.tensor([self.code_spread, 0.6][:heads]).repeat_interleave(latent),
            centre=torch.cat(centres[:heads]),
        )
        scaled(self.halves["decoder"][:2], weights["decoder"], "pixels", code[:, :latent], spread=0.7)
        return weights

    @cached_property
    def flat_weights(self) -> Tensor:
        """All weights in one vector, in the order of the model's parameters."""
        return torch.cat([value.flatten() for half in self.weights.values() for value in half.values()])

    def unflatten(self, flat: Tensor) -> dict[str, Weights]:
        """The weights of each half out of one vector; the inverse of `flat_weights`, with gradients."""
        shapes = [
            (half, name, shape)
            for half, network in self.halves.items()
            for name, shape in weight_shapes(network).items()
        ]
        parts = flat.split([torch.Size(shape).numel() for *_, shape in shapes])
        weights: dict[str, Weights] = {half: {} for half in self.halves}
        for (half, name, shape), part in zip(shapes, parts, strict=True):
            weights[half][name] = part.view(shape)
        return weights

    @cached_property
    def images(self) -> Tensor:
        """(14, 1, 28, 28), each of another brightness, so that no two ways of averaging agree."""
        brightness = torch.linspace(0.3, 2.0, IMAGES).view(-1, 1, 1, 1)
        return torch.randn(IMAGES, 1, 28, 28, generator=self.generator(1)) * brightness + 0.3

    @cached_property
    def noise(self) -> Tensor:
        """(14, latent): the eps that each image gets whenever the model samples it."""
        return torch.randn(IMAGES, self.latent_dim_size, generator=self.generator(2))

    def recognise(self, x: Any) -> list[int]:
        """The indices of the images in x (b, 1, 28, 28), by their nearest neighbours; −1 for one that is none of them.

        Raises NotAnImage for anything of another kind or shape.
        """
        if not isinstance(x, Tensor) or not x.is_floating_point() or x.shape[1:] != (1, 28, 28):
            shown = f"a tensor of shape {tuple(x.shape)}, {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
            raise NotAnImage(f"the model takes images of shape (batch, 1, 28, 28); it got {shown}")
        distance = torch.cdist(x.detach().float().flatten(1), self.images.flatten(1))
        return [int(row.argmin()) if float(row.min()) < 1e-2 else -1 for row in distance]

    def is_marked(self, x: Tensor, rows: list[int]) -> bool:
        """Whether these images of the rig, as they came, are copies on the device, where such are marked."""
        return float((x.detach().float() - self.images[rows]).mean()) > MARK / 2

    # A learner may draw noise in training_step, before or behind the encoder. So torch's seed is set twice: when the
    # images come, and when they enter the encoder. Whoever judges draws the same numbers again.

    def seed_for(self, rows: list[int]) -> int:
        """What torch's seed is in a step on these images, unless the learner's code sets another."""
        return self.seed + 3 + rows[0] + 100 * self.draw

    def set_seed(self, rows: list[int]) -> None:
        """Sets torch's seed to that of a step on these images."""
        torch.default_generator.manual_seed(self.seed_for(rows))

    def random_numbers(self, rows: list[int]) -> torch.Generator:
        """Draws what torch draws after `set_seed`."""
        return torch.Generator().manual_seed(self.seed_for(rows))


def scaled(
    network: Network, weights: Weights, last: str, x: Tensor, spread: Tensor | float, centre: Tensor | float = 0.0
) -> Tensor:
    """Changes a linear layer behind the network so that its outputs for x have this mean and standard deviation.

    `weights` hold those of both, and are changed; x (b, …) is the network's input. Gives the outputs (b, features).
    """
    linear = F.linear(compute(network, weights, x), weights[f"{last}.weight"])
    scale = spread / linear.std(0)
    weights[f"{last}.weight"] *= scale[:, None]
    weights[f"{last}.bias"] = centre - scale * linear.mean(0)
    return scale * (linear - linear.mean(0)) + centre


@known_as("MNIST")
class TinySet(Dataset):
    """The rig's images; the label of each is its index."""

    transform = target_transform = None  # as of the course's MNIST

    def __init__(self, rig: TrainerRig) -> None:
        self.rig_images = rig.images

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if not 0 <= index < IMAGES:
            raise IndexError(index)
        return self.rig_images[index], index


class NotAnImage(Refused):
    """What reached the model is no batch of images."""


class MadeAnew(Refused):
    """The trainer makes another model of its model's class."""


@known_as("Network")
class Half(nn.Module):
    """One half of the model, with weights that torch sees. `watch` is told of every input."""

    def __init__(self, network: Network, weights: Weights, watch: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.network, self.watch = network, watch
        self.names = list(weights)
        self.values = nn.ParameterList([nn.Parameter(value.clone()) for value in weights.values()])

    def forward(self, x: Tensor) -> Tensor:
        self.watch(x)
        return compute(self.network, dict(zip(self.names, self.values, strict=True)), x).contiguous()


@dataclass
class Listeners:
    """Who is told which images enter the encoder (as indices and as they are, and whether with gradients), and which
    latents the decoder."""

    images: Callable[[list[int], bool, Tensor], None] = field(default=lambda rows, learning, x: None)
    latents: Callable[[Tensor], None] = field(default=lambda latents: None)


@known_as("Autoencoder")
class RigModel(nn.Module):
    """The right model, with the rig's weights. Raises NotAnImage for anything but (b, 1, 28, 28), and MadeAnew where the
    learner's code makes another one, with sizes, as the class that it stands for takes them."""

    def __init__(self, rig: Any = None, listeners: Any = None, **_sizes: Any) -> None:
        if not isinstance(rig, TrainerRig):
            raise MadeAnew("another model is made in place of the trainer's")
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = rig.latent_dim_size, rig.hidden_dim_size
        self.rig, self.listeners, self.rows = rig, listeners, [0]
        self.encoder = Half(rig.halves["encoder"], rig.weights["encoder"], self.look)
        self.decoder = Half(rig.halves["decoder"], rig.weights["decoder"], self.look_inside)

    def look(self, x: Tensor) -> None:
        self.rows = self.rig.recognise(x)
        self.listeners.images(self.rows, torch.is_grad_enabled(), x)
        if torch.is_grad_enabled():
            self.rig.set_seed(self.rows)

    def look_inside(self, z: Tensor) -> None:
        if torch.is_grad_enabled():
            self.listeners.latents(z)

    def forward(self, x: Tensor) -> Any:
        """The reconstruction (b, 1, 28, 28) of x; of a VAE with mu and logsigma (b, latent)."""
        return self.decoder(self.encoder(x))


@known_as("VAE")
class RigVAE(RigModel):
    """The same for a VAE; its noise is the rig's own, so that whoever judges knows it."""

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        return mu + logsigma.exp() * self.rig.noise[self.rows], mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma


def rig_model(rig: TrainerRig, listeners: Listeners) -> RigModel:
    return (RigVAE if rig.is_vae else RigModel)(rig, listeners)


def flat_parameters(model: nn.Module) -> Tensor:
    return torch.cat([value.detach().flatten() for value in model.parameters()])


# The args


NOT_ARGS = ("args_class", "is_vae", "code_mean", "code_range", "code_spread", "logsigma_mean", "seed", "draw", "weight")


def trainer_args(trainer_class: type, rig: TrainerRig) -> Any:
    """An object with the rig's values, beside whatever else the learner's args class has.

    The class is the `AutoencoderArgs` (`VAEArgs`, …) that the trainer's own file knows, else one with these values alone.
    """
    modules = (sys.modules.get(base.__module__) for base in trainer_class.__mro__)
    found = (getattr(module, rig.args_class, None) for module in modules if module)
    theirs = next((each for each in found if isinstance(each, type)), None)
    values = {name: value for name, value in asdict(rig).items() if name not in NOT_ARGS}
    values |= {"dataset": "MNIST", "beta_kl": rig.weight, "sparsity_weight": rig.weight}
    return (theirs and args_with(theirs, values)) or args_with(make_dataclass(rig.args_class, values), values)


def args_with(args_class: type, values: dict[str, Any]) -> Any:
    """The args with these values, those included that the class has no field for; None where it cannot be made."""
    known = {each.name for each in fields(args_class) if each.init} if is_dataclass(args_class) else set(values)
    try:
        args = args_class(**{name: value for name, value in values.items() if name in known})
    except TypeError:
        return None
    for name in values.keys() - known:
        object.__setattr__(args, name, values[name])
    return args
