"""The two-level VAE of bonus lesson 8: what it refuses, what its bounds are worth, and its training loop."""

import re

import pytest
import torch
from torch.distributions import Normal

import tests
import utils
from checks.core.run import run_check
from checks.core.sandbox import Sandbox
from checks.exercises.hierarchical_vae.rig import NAMES, HierarchyRig, StandIn, WrongInput
from course import ROOT
from course.given import level_training
from course.given.hierarchy import Gaussian
from course.given.level_losses import chains_own, constant, free_nats, log_ratio, warm_up
from solutions.hierarchical_vae import HierarchicalVAE, hierarchical_loss, kl_between_gaussians
from suite.measured import above, below


@pytest.fixture(scope="module")
def model() -> HierarchicalVAE:
    torch.manual_seed(0)
    return HierarchicalVAE(4, 3, 20)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda model: HierarchicalVAE(0, 3, 20), "latent1_dim_size is a whole number from 1 on; got 0"),
        (lambda model: HierarchicalVAE(4, 2.5, 20), "latent2_dim_size is a whole number from 1 on; got 2.5"),
        (lambda model: HierarchicalVAE(4, 3, -1), "hidden_dim_size is a whole number from 1 on; got -1"),
        (lambda model: model.sample(0), "n is a whole number from 1 on; got 0"),
        (lambda model: model.sample(True), "n is a whole number from 1 on; got True"),
        (
            lambda model: hierarchical_loss(model(utils.HOLDOUT_DATA), utils.HOLDOUT_DATA, -0.1),
            "beta_kl is a number from 0 on; got -0.1",
        ),
        (
            lambda model: hierarchical_loss(model(utils.HOLDOUT_DATA), utils.HOLDOUT_DATA, float("nan")),
            "beta_kl is a number from 0 on; got nan",
        ),
        (
            lambda model: hierarchical_loss(model(utils.HOLDOUT_DATA), utils.HOLDOUT_DATA[:1], 0.1),
            "The reconstruction has x's shape; they are (10, 1, 28, 28) and (1, 1, 28, 28)",
        ),
        (
            lambda model: kl_between_gaussians(*torch.zeros(2, 7, 3), *torch.zeros(2, 4)),
            "These shapes do not fit together: mu_q (7, 3), logsigma_q (7, 3), mu_p (4,), logsigma_p (4,)",
        ),
    ],
)
def test_bad_input_is_refused_in_plain_words(model, call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call(model)


def bounds_below_the_evidence(seed: int) -> tuple[float, float]:
    """By how many nats the bound with the chain's own term lies below log p(x), and that with the closed form; for
    one number a level, and the exact posteriors for q. The first loses nothing."""
    torch.manual_seed(seed)
    slope, spread1, noise, x = 1.5, 0.8, 0.5, torch.tensor(1.0).double()
    prior_variance = slope**2 + spread1**2
    evidence = Normal(0.0, (prior_variance + noise**2) ** 0.5).log_prob(x)
    variance1 = 1 / (1 / prior_variance + 1 / noise**2)
    q1 = Normal(variance1 * x / noise**2, variance1**0.5)
    variance2 = 1 / (1 + slope**2 / spread1**2)
    z1 = q1.sample((100_000,))
    q2 = Normal(variance2 * slope * z1 / spread1**2, variance2**0.5)
    z2 = q2.sample()
    p1 = Normal(slope * z2, spread1)
    rest = Normal(z1, noise).log_prob(x) - torch.distributions.kl_divergence(q2, Normal(0.0, 1.0))
    chain = (rest - (q1.log_prob(z1) - p1.log_prob(z1))).mean()
    closed = (rest - torch.distributions.kl_divergence(q1, p1)).mean()
    return float(evidence - chain), float(evidence - closed)


@below(0.02)
def what_the_chains_own_term_loses(seed: int) -> float:
    return abs(bounds_below_the_evidence(seed)[0])


@above(0.1)
def what_the_closed_form_loses(seed: int) -> float:
    return bounds_below_the_evidence(seed)[1]


def test_both_forms_of_the_lower_term_bound_the_evidence():
    what_the_chains_own_term_loses.check()
    what_the_closed_form_loses.check()


def test_variations_change_what_they_say_and_nothing_else(model):
    x = utils.HOLDOUT_DATA
    out = model(x)
    plain = constant(hierarchical_loss, 0.3)(out, x, 0.0)
    assert torch.equal(plain.total, hierarchical_loss(out, x, 0.3).total)
    warm = warm_up(hierarchical_loss, 0.3, epochs=2)
    assert torch.equal(warm(out, x, 0.0).total, plain.reconstruction)
    assert torch.equal(warm(out, x, 1.0).total, hierarchical_loss(out, x, 0.15).total)
    assert torch.equal(warm(out, x, 5.0).total, plain.total)
    free = free_nats(hierarchical_loss, 0.3, nats=100.0)(out, x, 0.0)
    assert torch.allclose(free.total, plain.reconstruction + 0.3 * (plain.kl1 + 100) / 7)
    own = chains_own(hierarchical_loss, 0.3)(out, x, 0.0)
    assert torch.allclose(own.total, plain.total + 0.3 * (own.kl1 - plain.kl1) / 7, atol=1e-6)
    assert torch.equal(own.kl1, log_ratio(out).mean()) and torch.equal(own.kl2, plain.kl2)


@pytest.mark.slow
def test_the_check_works_in_a_process_of_its_own():
    with Sandbox(ROOT / "solutions", "hierarchical_vae", "") as sandbox:
        result, _ = run_check(tests.test_hierarchical_vae, sandbox)
    assert result.outcome == "passed", result.message


def test_the_stage_and_its_stand_ins_agree():
    stage = HierarchyRig(seed=3)
    x = stage.pictures
    mu, logsigma = stage.encoder1(x)
    assert float(torch.stack((mu, logsigma)).abs().max()) <= 1.31
    assert torch.allclose(torch.cat((mu, logsigma), 1), stage.draws["heads1"], atol=1e-4)
    assert torch.allclose(stage.solved(stage.decoder1(mu)), mu.double(), atol=1e-4)
    assert stage.solved(stage.decoder1(mu).sigmoid()) is None
    for name in NAMES:
        network = StandIn(stage, name, None)
        given = torch.ones(2, *network.inputs)
        assert torch.equal(network(given), getattr(stage, name)(given))
        with pytest.raises(WrongInput, match=f"{name} takes a tensor of shape"):
            network(Gaussian(given, given))


def test_the_loop_keeps_what_each_level_costs(monkeypatch):
    class Small(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return 20 * 512

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return torch.zeros(1, 28, 28), 0

    monkeypatch.setattr(level_training, "get_dataset", lambda name: Small())
    monkeypatch.setattr(level_training, "get_device", lambda: torch.device("cpu"))
    model, times = HierarchicalVAE(2, 1, 4), []

    def loss(out, x, epoch):
        times.append(epoch)
        return hierarchical_loss(out, x, 0.1)

    before = [each.clone() for each in model.parameters()]
    rows = level_training.train_levels(model, loss, epochs=1)
    assert times == [step / 20 for step in range(20)]
    assert [row[0] for row in rows] == [0.25, 0.75]
    assert all(kl >= 0 for row in rows for kl in row[1:])
    assert not all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
