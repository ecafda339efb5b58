"""What the checks of lesson 6's statistics say, and that each function has a check of its own."""

import pytest
import torch

import tests
from checks.core.run import run_check
from course.catalogue import exercise_named
from solutions import beta_vae
from suite.corpus import answer_named
from suite.corpus.verdicts import cached_verdict

PARTS = exercise_named("beta_vae").names

REMARKS = {
    "beta_vae: one number for all": [
        "kl_per_latent(mu, logsigma) for codes (n, latent) = (37, 5) gave",
        "of shape (5,)",
        "the mean is taken over images and latents; the images are the rows: `mean(0)`",
        "Hints: the exercise beta_vae in notebooks/06_choosing_beta.ipynb",
    ],
    "beta_vae: sigma squared wrong and one number for all": ["sigma stands where sigma² should", "And: the mean is"],
    "beta_vae: estimated from draws": ["gives something else each time", "Draws are not needed"],
    "beta_vae: squeezed": ["(n, latent) = (1, 4)", "larger batches go through, a batch of one does not"],
    "beta_vae: standard deviation above the threshold": ["True, True", "it is one for the variance"],
    "beta_vae: threshold written out": ["active_units(mu, threshold=0.5)", "fixed at 0.01"],
    "beta_vae: spreads added": ["standard deviations do not add up, variances do"],
    "beta_vae: std alone": ["gave one tensor of shape (5,); expected two tensors, mean and standard deviation"],
    "beta_vae: the 2 forgotten": ["latent_dim_size=7, n_pixels=784, decoder_variance=1) gave 33.6; expected 16.8"],
    "beta_vae: a half for the decoder's default": [
        "n_pixels=900) and its defaults, decoder_variance=1, gave 38.6; expected 19.3",
        "has another default, or none: decoder_variance=1.",
    ],
    "beta_vae: at least the threshold": ["threshold=0) for codes (n, latent) = (8, 5)", "what lies *above* it"],
    "beta_vae: torch's usual variance of the means": ["is divided by n − 1", "a single image n − 1 gives nan"],
    "beta_vae: decoder's variance left out": ["decoder_variance=0.3) gave 7.84; expected 26.1"],
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_to_do(name):
    for part in REMARKS[name]:
        assert part in cached_verdict(answer_named(name)).message


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_a_check_of_its_own(part, capsys):
    assert getattr(tests, f"test_{part}")(getattr(beta_vae, part)) is None
    assert f"✓ {part}: passed" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(30))
def test_the_reference_passes_whatever_the_seed(seed):
    result, _ = run_check(tests.test_beta_vae, beta_vae, seed)
    assert result.outcome == "passed" and not result.notes, result.message


def test_something_else_than_a_function_is_refused():
    result, _ = run_check(tests.test_effective_beta, 7.84)
    assert (result.outcome, result.cause) == ("failed", "not-a-function")
    result, _ = run_check(tests.test_effective_beta, dict)
    assert (result.outcome, result.cause) == ("failed", "not-a-function")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda mu: beta_vae.kl_per_latent(mu, mu[:2]), "one shape; got (3, 5) and (2, 5)"),
        (lambda mu: beta_vae.kl_per_latent(mu[0], mu[0]), "(n, latent), one row an image; got (5,)"),
        (lambda mu: beta_vae.aggregate_moments(mu[:0], mu[:0]), "got (0, 5)"),
        (lambda mu: beta_vae.active_units(mu[None]), "got (1, 3, 5)"),
        (lambda mu: beta_vae.effective_beta(-0.1, 5), "below zero"),
        (lambda mu: beta_vae.effective_beta(float("nan"), 5), "below zero"),
        (lambda mu: beta_vae.effective_beta(0.1, 0), "above zero; got 0, 784 and 1.0"),
        (lambda mu: beta_vae.effective_beta(0.1, 5, decoder_variance=-1), "above zero"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError) as refused:
        call(torch.zeros(3, 5))
    assert words in str(refused.value)


def test_the_real_betas_are_those_of_the_lessons():
    assert beta_vae.effective_beta(0.1, 5) == pytest.approx(7.84)
    assert beta_vae.effective_beta(1, 5) == pytest.approx(78.4)
    assert beta_vae.effective_beta(0.128, 100, 64 * 64 * 3) == pytest.approx(7.84, abs=0.03)
