"""The toy model's closed forms against numerical integration, Bayes' rule and sampling."""

import pytest
import torch
from torch.distributions import Normal

from course.given.toy_model import LinearGaussian, orthogonal_model
from suite.measured import below


def skewed_model(seed: int) -> LinearGaussian:
    """A model whose columns are not orthogonal, so that no covariance is diagonal by luck."""
    torch.manual_seed(seed)
    return LinearGaussian(torch.randn(6, 3, dtype=torch.float64), noise=0.5)


@pytest.fixture
def skewed() -> LinearGaussian:
    return skewed_model(0)


@pytest.fixture
def orthogonal() -> LinearGaussian:
    torch.manual_seed(0)
    return orthogonal_model(pixels=8, latents=2)


def test_the_evidence_is_the_integral_over_the_latent():
    torch.manual_seed(0)
    model = orthogonal_model(pixels=4, latents=1, noise=0.5)
    _, x = model.sample(5)
    z = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    joint = model.log_likelihood(x[:, None], z[:, None]) + model.log_prior(z[:, None])
    torch.testing.assert_close(torch.trapezoid(joint.exp(), z).log(), model.log_evidence(x))


def test_bayes_rule_holds_at_every_latent(skewed):
    _, x = skewed.sample(4)
    z = torch.randn(4, 3, dtype=torch.float64)
    evidence = skewed.log_likelihood(x, z) + skewed.log_prior(z) - skewed.posterior(x).log_prob(z)
    torch.testing.assert_close(evidence, skewed.log_evidence(x))


@below(0.05)
def error_of_the_covariance_of_samples(seed: int) -> float:
    """As a share of the largest variance."""
    model = skewed_model(seed)
    _, x = model.sample(200_000)
    expected = model.weight @ model.weight.T + 0.25 * torch.eye(6, dtype=torch.float64)
    return float((x.T.cov() - expected).abs().max() / expected.max())


def test_samples_have_the_covariance_that_the_evidence_assumes():
    error_of_the_covariance_of_samples.check()


@below(7)
def error_of_the_elbo_in_standard_errors(seed: int) -> float:
    """The largest of three images' differences between the closed form and 200,000 draws."""
    model = skewed_model(seed)
    _, x = model.sample(3)
    q = Normal(torch.randn(3, 3, dtype=torch.float64), torch.rand(3, 3, dtype=torch.float64) + 0.1)
    z = q.sample((200_000,))
    log_weights = model.log_likelihood(x, z) + model.log_prior(z) - q.log_prob(z).sum(-1)
    error = log_weights.mean(0) - model.elbo(x, q)
    return float((error.abs() / log_weights.std(0)).max()) * 200_000**0.5


def test_the_elbo_is_what_sampling_estimates():
    error_of_the_elbo_in_standard_errors.check()


def test_the_elbo_is_below_the_evidence_by_the_kl_to_the_posterior(orthogonal):
    _, x = orthogonal.sample(100)
    posterior = orthogonal.posterior(x)
    exact = Normal(posterior.mean, posterior.variance.sqrt())
    torch.testing.assert_close(orthogonal.elbo(x, exact), orthogonal.log_evidence(x))
    worse = Normal(exact.mean + 0.1, exact.stddev * 1.5)
    gap = torch.distributions.kl_divergence(worse, exact).sum(-1)
    assert (gap > 0.1).all()
    torch.testing.assert_close(orthogonal.elbo(x, worse) + gap, orthogonal.log_evidence(x))
