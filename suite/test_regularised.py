"""Bonus 9 beyond its corpus: args, the penalty on real encoders, the given trainer, and the check's own statistics."""

import pytest
import torch
from torch import nn

from checks.jacobian_mistakes import MISTAKES as PENALTY_MISTAKES
from checks.jacobian_mistakes import Known, Penalty
from checks.jacobian_stage import LATENTS, JacobianStage
from checks.procedure import outputs
from checks.regularised_losses import PENALTY_MISTAKES as SPARSE_MISTAKES
from checks.regularised_losses import SparseLoss
from checks.regularised_noise import MISTAKES as NOISE_MISTAKES
from checks.regularised_noise import Corruption, is_proper
from checks.rehearsal import Stage
from course.data import substitute
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
from suite.corpus.verdicts import settled

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
    encoder, x = nn.Sequential(nn.Flatten(), first, nn.Tanh(), second), torch.randn(4, 1, 28, 28)
    slopes = 1 - torch.tanh(first(x.flatten(1))) ** 2  # (b, 7)
    jacobians = (second.weight * slopes[:, None]) @ first.weight  # (b, 3, 784)
    torch.testing.assert_close(contractive_penalty(encoder, x), jacobians.square().sum((1, 2)).mean())


def test_of_a_linear_encoder_it_is_the_size_of_the_weights():
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 5))
    penalty = contractive_penalty(encoder, torch.randn(3, 1, 28, 28))
    torch.testing.assert_close(penalty, encoder[1].weight.square().sum())


@pytest.mark.parametrize("images", [1, 6])
def test_on_the_courses_encoder_it_is_autograds_and_so_is_its_gradient(images):
    torch.manual_seed(1)
    encoder, x = Autoencoder(5, 128).encoder, torch.randn(images, 1, 28, 28)
    weights = list(encoder.parameters())
    jacobian = torch.autograd.functional.jacobian(encoder, x, create_graph=True)
    expected = jacobian.square().sum() / images
    seen = contractive_penalty(encoder, x)
    torch.testing.assert_close(seen, expected)
    for ours, theirs in zip(
        torch.autograd.grad(seen, weights[:-1]), torch.autograd.grad(expected, weights[:-1]), strict=True
    ):  # all but the last bias, which no Jacobian depends on
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


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


def trained(name: str, value: float) -> nn.Module:
    args_class, trainer_class = ARGS[name]
    with substitute(Blots()):
        torch.manual_seed(0)
        args = args_class(**{name: value}, batch_size=40, epochs=30, use_wandb=False, log_every_n_steps=10**9)
        return trainer_class(args).train().cpu()


def test_a_contractive_trainer_contracts():
    images = Blots().images
    free, contracted = (
        contractive_penalty(trained("contraction_weight", each).encoder, images) for each in (0, 1)
    )
    assert contracted < free / 2


def test_a_sparse_trainer_shrinks_the_code():
    images = Blots().images
    free, sparse = (trained("sparsity_weight", each).encoder(images).abs().mean() for each in (0, 1))
    assert sparse < free / 2


def test_without_noise_penalty_or_weight_all_three_are_the_plain_autoencoder():
    plain, *others = (
        torch.cat([each.flatten() for each in trained(name, 0.0).parameters()]) for name in ARGS
    )
    for other in others:
        torch.testing.assert_close(other, plain, rtol=1e-3, atol=1e-4)


# The check


def test_proper_noise_is_taken_for_it_and_each_wrong_one_is_not():
    stage = Stage("denoising", 3)
    rows = list(range(13))
    clean = stage.images[rows]

    def proper(corruption: Corruption) -> bool:
        return is_proper([corruption(stage, rows)], [clean], stage.noise_std)

    assert proper(Corruption())
    for mistake in NOISE_MISTAKES:
        assert not proper(Corruption(**{mistake.part: mistake.change})), mistake.text


@pytest.mark.parametrize("seed", range(200))
def test_proper_noise_is_not_refused_by_bad_luck(seed):
    stage = Stage("denoising", seed)
    rows = list(range(13))
    assert is_proper([Corruption()(stage, rows)], [stage.images[rows]], stage.noise_std)


def test_every_mistake_of_the_sparse_loss_changes_it():
    stage = Stage("sparse", 5)
    out = outputs(stage, stage.flat_weights, [0, 1, 2, 3, 4])
    right = float(SparseLoss()(out, stage.beta_kl))
    for mistake in SPARSE_MISTAKES:
        wrong = float(SparseLoss(**{mistake.part: mistake.change})(out, stage.beta_kl))
        assert abs(wrong - right) > 1e-3 * abs(right), mistake.text


def test_every_mistake_of_the_penalty_changes_it():
    stage = JacobianStage("perceptron", 5, 3)
    jacobian, code = stage.jacobian(stage.weights).detach(), torch.randn(5, LATENTS["perceptron"])
    known = Known(jacobian, code, torch.cat([each.flatten() for each in stage.weights.values()]))
    right = float(Penalty()(known))
    for mistake in PENALTY_MISTAKES:
        assert abs(float(Penalty(**{mistake.part: mistake.change})(known)) - right) > 1e-2 * right, (
            mistake.text
        )


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
    "a loop that retains the graph only": ["gives the right number, but", "`create_graph=True` is missing"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_to_do(name):
    message = settled(answer_named(f"regularised_autoencoders: {name}")).message
    for part in REMARKS[name]:
        assert part in message
