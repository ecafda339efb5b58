"""The judge of generated digits: right on real ones, unimpressed by noise, and its distance a distance."""

import math

import pytest
import torch

from course.classifier import (
    DigitClassifier,
    frechet_distance,
    judge,
    normalised_entropy,
    symmetric_root,
    train_classifier,
)
from course.data import get_dataset

pytestmark = pytest.mark.xdist_group("classifier")  # its fixtures are dear: made once


@pytest.fixture(scope="module")
def classifier() -> DigitClassifier:
    return train_classifier(seed=0)


def test_it_reads_99_percent_of_the_test_digits(classifier: DigitClassifier) -> None:
    testset = get_dataset("MNIST", train=False)
    with torch.no_grad():
        right = classifier(testset.images).argmax(1) == testset.labels
    assert right.float().mean() > 0.99


def test_real_digits_are_judged_as_real(classifier: DigitClassifier) -> None:
    testset = get_dataset("MNIST", train=False)
    real = judge(testset.images, classifier)
    assert real.confident_share > 0.95
    assert real.spread > 0.99
    assert real.frechet_distance < 1e-6
    assert sum(real.counts) == round(real.confident_share * 10_000)


def test_each_thing_that_can_be_wrong_with_digits_shows(classifier: DigitClassifier) -> None:
    testset = get_dataset("MNIST", train=False)
    half = judge(testset.images[::2], classifier)
    noise = judge(torch.randn(2000, 1, 28, 28), classifier)
    assert noise.confident_share < 0.05
    assert noise.frechet_distance > 20 * half.frechet_distance
    mean = judge(testset.images.mean(0, keepdim=True).expand(50, -1, -1, -1), classifier)
    assert mean.confident_share == 0, "what a collapsed VAE draws is no digit"
    sevens = judge(testset.images[testset.labels == 7], classifier)
    assert sevens.confident_share > 0.9
    assert sevens.counts.index(max(sevens.counts)) == 7
    assert sevens.spread < 0.2
    assert sevens.frechet_distance > 20 * half.frechet_distance


def test_judging_draws_no_random_numbers_and_keeps_no_graph(classifier: DigitClassifier) -> None:
    images = torch.randn(4, 1, 28, 28, requires_grad=True)
    state = torch.get_rng_state()
    assert judge(images, classifier) == judge(images, classifier)
    assert torch.equal(torch.get_rng_state(), state)
    assert images.grad is None


@pytest.mark.parametrize("shape", [(28, 28), (5, 28, 28), (5, 3, 28, 28), (5, 1, 64, 64), (1, 1, 28, 28)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(n, 1, 28, 28\)"):
        judge(torch.zeros(shape), DigitClassifier())


def test_the_same_seed_gives_the_same_classifier_and_leaves_the_callers_random_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = get_dataset("MNIST", train=False)  # ten thousand, to be quick
    monkeypatch.setattr("course.classifier.get_dataset", lambda *_: few)
    state = torch.get_rng_state()
    first, same, other = (train_classifier(seed, epochs=1, batch_size=500).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_the_distance_between_known_normal_distributions() -> None:
    """For independent components it is Σ (mean difference)² + (standard deviation difference)²."""
    torch.manual_seed(0)
    z = torch.randn(50, 3, dtype=torch.float64)
    z = (z - z.mean(0)) @ torch.linalg.inv(symmetric_root(torch.cov(z.T)))  # exactly mean 0, covariance 1
    sigma_a, sigma_b = torch.tensor([1.0, 2, 3]).double(), torch.tensor([4.0, 2, 0.5]).double()
    shift = torch.tensor([1.0, -2, 0.5]).double()
    expected = (shift**2).sum() + ((sigma_a - sigma_b) ** 2).sum()
    assert frechet_distance(z * sigma_a, z * sigma_b + shift) == pytest.approx(expected.item())


def test_the_distance_is_the_same_from_both_sides_and_in_rotated_axes() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(40, 6) @ torch.randn(6, 6), torch.randn(30, 6)
    rotation = torch.linalg.qr(torch.randn(6, 6, dtype=torch.float64))[0].float()
    distance = frechet_distance(a, b)
    assert frechet_distance(b, a) == pytest.approx(distance)
    assert frechet_distance(a @ rotation, b @ rotation) == pytest.approx(distance, rel=1e-4)


def test_the_distance_survives_constant_features_and_few_images() -> None:
    a, b = torch.zeros(5, 64), torch.ones(3, 64)
    assert frechet_distance(a, b) == pytest.approx(64)
    assert frechet_distance(a, a) == 0


def test_normalised_entropy() -> None:
    assert normalised_entropy(torch.full((10,), 7)) == pytest.approx(1)
    assert normalised_entropy(torch.tensor([5] + 9 * [0])) == 0
    assert normalised_entropy(torch.zeros(10, dtype=torch.long)) == 0
    assert normalised_entropy(torch.tensor([1, 1] + 8 * [0])) == pytest.approx(math.log(2) / math.log(10))
