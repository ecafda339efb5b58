"""What the checks of `Autoencoder` and `VAE` say, and that they leave no trace."""

import random

import numpy as np
import pytest
import torch

import tests
from checks.core.run import run_check
from checks.core.runner import LocalRunner
from suite.corpus import Right, answer_named
from suite.corpus.autoencoder import right
from suite.corpus.verdicts import cached_verdict, verdict

REMARKS = {
    "autoencoder: no ReLU after the second convolution": [
        "the encoder computes something else than the exercise asks for",
        "Tried: Autoencoder.encoder(x) with x of shape (11, 1, 28, 28), with known weights copied into your layers",
        "Came out: ",
        "Expected: ",
        "Likely cause: the ReLU after the second convolution of the encoder is missing.",
        "Where: autoencoder-no-ReLU-after-the-second-convolution.py, line",
        "Hints: the exercise autoencoder in notebooks/01_autoencoders.ipynb",
    ],
    "autoencoder: two ReLUs of the encoder missing": [
        "the ReLU after the first convolution of the encoder is missing. "
        "And: the ReLU between the two linear layers of the encoder is missing."
    ],
    "autoencoder: torch's convolutions with their bias": [
        "encoder.0.bias",
        "← not expected",
        "134,843 numbers, expected 134,795",
        "the convolutions have a bias",
    ],
    "autoencoder: super init is forgotten": [
        "Autoencoder(latent_dim_size=3, hidden_dim_size=37) raised AttributeError",
        "`super().__init__()` is missing",
        "in __init__",
    ],
    "autoencoder: forward forgets to return": [
        "Autoencoder.forward(x) with x of shape (11, 1, 28, 28) gave None; expected a tensor of shape (11, 1, 28, 28)",
        "a `return` is missing",
    ],
    "autoencoder: the decoder is three dots": ["`self.decoder` is `...`", "line"],
    "autoencoder: an endless loop": ["was stopped. An endless loop?", "in forward"],
    "vae: exp is forgotten": [
        "the z that sample_latent_vector returns is no sample of N(mu, sigma²), sigma = exp(logsigma)",
        "200 draws for each of 5 images",
        "the noise is multiplied by log sigma itself: exp is missing",
    ],
    "vae: one noise for the whole batch": ["all images of a batch get the same noise", "in the shape of mu"],
    "vae: the mean unless training": [
        "after `model.eval()`, the z that sample_latent_vector returns is no sample",
        "z is mu itself: nothing is sampled",
        "Look for: `self.training`",
        "the exercise asks for the same in both modes",
    ],
    "vae: the sum of two noises whitened": [
        "12 draws for a batch of one image; larger batches are right",
        "nan or inf",
    ],
    "vae: the second half negated": ["or one has another's with the opposite sign"],
    "vae: sampling returns z alone": [
        "VAE.sample_latent_vector(x) is to return (z, mu, logsigma); it returned one tensor of shape (5, 3)"
    ],
    "vae: forward returns only the reconstruction": ["is to return (x', mu, logsigma)", "it is x' alone"],
    "vae: torch normal": ["`torch.normal(mu, sigma)`", "pass no gradient", "reconstruction could not teach"],
    "vae: forward detaches logsigma": ["through the logsigma of VAE.forward(x)", "the KL term could not teach"],
    "vae: split with view to two first": ["so that images mix", "`view(2, -1, latent)`"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_was_tried_seen_and_expected(name):
    message = cached_verdict(answer_named(name)).message
    for part in REMARKS[name]:
        assert part in message, message
    assert "Hints: " in message
    assert "Traceback" not in message and "/checks/" not in message


def test_code_of_a_notebook_is_called_by_its_name():
    """The class lives in `__main__` and its source in a cell's temporary file."""
    source = answer_named("autoencoder: no ReLU anywhere").source.replace("@dataclass\n", "", 1)
    cell = {"__name__": "__main__", "__package__": "solutions"}
    exec(compile(source, "/tmp/ipykernel_7/1234567.py", "exec"), cell)
    result = run_check(tests.test_autoencoder, cell["Autoencoder"])[0]
    assert result.cause == "missing-relu"
    assert "Where: this notebook, line" in result.message


VANDAL = """
class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        import random, warnings
        import numpy

        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_num_threads(3)
        torch.manual_seed(0), random.seed(0), numpy.random.seed(0)
        warnings.simplefilter("error")
"""


@pytest.mark.parametrize("answer", [Right("autoencoder", "a vandal", VANDAL), right.RIGHT[0]], ids=lambda each: each.id)
def test_the_caller_finds_everything_as_it_was(answer):
    def state():
        return (
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            torch.get_num_threads(),
            torch.get_rng_state().tolist(),
            random.getstate(),
            np.random.get_state()[1].tolist(),
        )

    with torch.no_grad():
        before = state()
        verdict(answer)
        assert state() == before


def test_the_same_seed_gives_the_same_remark():
    answer = answer_named("vae: exp is forgotten")
    messages = {run_check(tests.test_vae, LocalRunner(answer.load()), seed=5)[0].message for _ in range(2)}
    assert len(messages) == 1
