"""Bonus 9 beyond its corpus: args, the penalty on real encoders, the given trainer, and the check's own statistics."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from checks.core.mistakes import mutant
from checks.exercises.regularised.denoising import DENOISING_RIG, LARGER, NOISE_MISTAKES, RIGHT_NOISE, Corruption
from checks.exercises.regularised.noise import Corruptions
from checks.exercises.regularised.sparse import PENALTY_MISTAKES as SPARSE_MISTAKES
from checks.exercises.regularised.sparse import RIGHT_LOSS, SPARSE_RIG
from checks.trainers.losses import value_of
from checks.trainers.optimiser import outputs
from checks.trainers.trainer import BATCHES
from course.data.datasets import substitute
from solutions.autoencoder import Autoencoder
from solutions.regularised import (
    ContractiveArgs,
    ContractiveTrainer,
    DenoisingArgs,
    DenoisingTrainer,
    SparseArgs,
    SparseTrainer,
    contractive_penalty,
)
from solutions.vae import VAE
from suite.corpus import answer_named
from suite.corpus.verdicts import cached_verdict
from suite.measured import above, below

ARGS = {
    "noise_std": (DenoisingArgs, DenoisingTrainer),
    "sparsity_weight": (SparseArgs, SparseTrainer),
    "contraction_weight": (ContractiveArgs, ContractiveTrainer),
}


@pytest.mark.parametrize("name", ARGS)
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_what_makes_no_sense_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} is a number of at least 0"):
        ARGS[name][0](**{name: value})
    assert getattr(ARGS[name][0](**{name: 0.0}), name) == 0


# The penalty


def test_the_closed_form_of_linear_tanh_linear():
    """J = W₂ diag(1 − tanh²) W₁."""
    torch.manual_seed(0)
    first, second = nn.Linear(784, 7), nn.Linear(7, 3)
    encoder = nn.Sequential(nn.Flatten(), first, nn.Tanh(), second).double()
    x = torch.randn(4, 1, 28, 28, dtype=torch.float64)
    slopes = 1 - torch.tanh(first(x.flatten(1))) ** 2  # (b, 7)
    jacobians = (second.weight * slopes[:, None]) @ first.weight  # (b, 3, 784)
    torch.testing.assert_close(contractive_penalty(encoder, x), jacobians.square().sum((1, 2)).mean())


def test_of_a_linear_encoder_it_is_the_size_of_the_weights():
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 5)).double()
    penalty = contractive_penalty(encoder, torch.randn(3, 1, 28, 28, dtype=torch.float64))
    torch.testing.assert_close(penalty, encoder[1].weight.square().sum())


@pytest.mark.parametrize("images", [1, 6])
def test_on_the_courses_encoder_it_is_autograds_and_so_is_its_gradient(images):
    torch.manual_seed(1)
    encoder, x = Autoencoder(5, 128).encoder.double(), torch.randn(images, 1, 28, 28, dtype=torch.float64)
    weights = list(encoder.parameters())
    jacobian = torch.autograd.functional.jacobian(encoder, x, create_graph=True)
    expected = jacobian.square().sum() / images
    seen = contractive_penalty(encoder, x)
    torch.testing.assert_close(seen, expected)
    for ours, theirs in zip(
        torch.autograd.grad(seen, weights[:-1]), torch.autograd.grad(expected, weights[:-1]), strict=True
    ):  # all but the last bias, which no Jacobian depends on
        torch.testing.assert_close(ours, theirs)


def test_the_penalty_refuses_what_is_no_batch_and_no_code():
    encoder = Autoencoder(5, 128).encoder
    for x in (torch.zeros(1, 28, 28), torch.zeros(0, 1, 28, 28)):
        with pytest.raises(ValueError, match="x is a batch of images"):
            contractive_penalty(encoder, x)
    with pytest.raises(ValueError, match="one code an image"):
        contractive_penalty(VAE(5, 100).encoder, torch.zeros(2, 1, 28, 28))


# The trainers


class Blots(torch.utils.data.Dataset):
    """Forty images of blurred noise: something to learn, in memory."""

    def __init__(self) -> None:
        coarse = torch.randn(40, 1, 4, 4, generator=torch.Generator().manual_seed(0))
        self.images = nn.functional.interpolate(coarse, size=28, mode="bilinear")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.images[index], 0


def trained(name: str, value: float, seed: int, epochs: int = 30) -> nn.Module:
    """By full batches: one step an epoch."""
    args_class, trainer_class = ARGS[name]
    with substitute(Blots()):
        torch.manual_seed(seed)
        usual = {"batch_size": 40, "epochs": epochs, "use_wandb": False, "log_every_n_steps": 10**9}
        return trainer_class(args_class(**{name: value}, **usual)).train().cpu()


@below(0.5)
def share_of_the_penalty_that_contraction_leaves(seed: int) -> float:
    models = [trained("contraction_weight", each, seed) for each in (0, 1)]
    free, contracted = (contractive_penalty(model.encoder, Blots().images) for model in models)
    return (contracted / free).item()


@below(0.5)
def share_of_the_code_that_sparsity_leaves(seed: int) -> float:
    models = [trained("sparsity_weight", each, seed) for each in (0, 1)]
    free, sparse = (model.encoder(Blots().images).abs().mean() for model in models)
    return (sparse / free).item()


@below(0.05)
def distance_of_three_trainers_without_weight(seed: int) -> float:
    """After three steps, as a share of how far these went."""
    start, plain, *others = (
        torch.cat([each.detach().flatten() for each in trained(name, 0.0, seed, epochs).parameters()])
        for name, epochs in [("noise_std", 0), *((name, 3) for name in ARGS)]
    )
    return float(max((other - plain).norm() for other in others) / (plain - start).norm())


@pytest.mark.parametrize(
    "quantity",
    [
        share_of_the_penalty_that_contraction_leaves,
        share_of_the_code_that_sparsity_leaves,
        distance_of_three_trainers_without_weight,
    ],
    ids=lambda quantity: quantity.name,
)
def test_a_trainer_does_what_its_weight_says(quantity):
    quantity.check()


# The check


def distance_of(corruption: Corruption, seed: int) -> float:
    """What is taken for proper noise up to 1."""
    rig, batches = replace(DENOISING_RIG, seed=seed), BATCHES + LARGER
    clean = [rig.images[rows] for rows in batches]
    return Corruptions(clean, [corruption(rig, rows) for rows in batches], rig.noise_std).misfit


@below(1)
def distance_of_proper_noise(seed: int) -> float:
    return distance_of(RIGHT_NOISE, seed)


@above(1)
def distance_of_the_most_normal_of_wrong_noises(seed: int) -> float:
    return min(distance_of(mutant(RIGHT_NOISE, [mistake]), seed) for mistake in NOISE_MISTAKES)


def test_each_wrong_noise_is_told_from_a_proper_one():
    distance_of_the_most_normal_of_wrong_noises.check(seed=3)


@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(each, marks=pytest.mark.full) for each in range(20, 200))])
def test_proper_noise_is_not_refused_by_bad_luck(seed):
    distance_of_proper_noise.check(seed)


def test_every_mistake_of_the_sparse_loss_changes_it():
    rig = replace(SPARSE_RIG, seed=5)
    out = outputs(rig, rig.flat_weights, [0, 1, 2, 3, 4])
    right = value_of(RIGHT_LOSS, out, rig.weight)
    for mistake in SPARSE_MISTAKES:
        wrong = value_of(mutant(RIGHT_LOSS, [mistake]), out, rig.weight)
        assert abs(wrong - right) > 1e-3 * abs(right), mistake.text


REMARKS = {
    "variance for standard deviation": [
        "what enters the encoder is not the image plus normal noise",
        "Came out: noise of mean",
        "Expected: noise of mean 0 and spread 0.43",
        "multiplied by noise_std²",
    ],
    "the noisy image is made and forgotten": ["the encoder gets the clean images", "`self.model(noisy)`"],
    "summed over everything": [
        "training_step returns another loss",
        "(MSE + sparsity_weight · mean of |z|)",
        "summed over batch and latents",
    ],
    "gradient of the summed code": [
        "contractive_penalty(encoder, x), with an encoder Linear–tanh–Linear of 3 latents and 5 images, gave",
        "plus and minus cancel. Take one gradient for each latent",
        "Hints: the exercise regularised_autoencoders in notebooks/09_regularised_autoencoders.ipynb",
    ],
    "a loop that retains the graph only": ["gives the right numbers, but", "`create_graph=True` is missing"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_to_do(name):
    message = cached_verdict(answer_named(f"regularised_autoencoders: {name}")).message
    for part in REMARKS[name]:
        assert part in message
