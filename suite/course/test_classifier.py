"""The judge of generated digits: right on real ones, unimpressed by noise, and its distance a distance."""

import math
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from course.data.datasets import get_dataset
from course.given.classifier import (
    DigitClassifier,
    frechet_distance,
    in_batches,
    judge,
    normalised_entropy,
    symmetric_root,
    train_classifier,
)
from course.given.trained_classifier import keep, trained_classifier
from suite.measured import Measured, above, below

pytestmark = pytest.mark.slow  # its fixtures are dear: made once


@cache
def trained(seed: int) -> DigitClassifier:
    return trained_classifier(seed)


@pytest.fixture(scope="module")
def classifier() -> DigitClassifier:
    """Trained for one epoch, which is enough where the quality is not what is tested."""
    return trained_classifier(0, epochs=1)


def real_digits() -> Dataset:
    return get_dataset("MNIST", train=False)


def of_digit(digit: int) -> Tensor:
    return real_digits().images[real_digits().labels == digit]


def noise() -> Tensor:
    return torch.randn(2000, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def mean_digit() -> Tensor:
    """What a collapsed VAE draws."""
    return real_digits().images.mean(0, keepdim=True).expand(50, -1, -1, -1)


def share_read(seed: int, images: Tensor) -> float:
    return judge(images, trained(seed)).confident_share


@above(0.985)
def share_of_test_digits_read_rightly(seed: int) -> float:
    with torch.no_grad():
        right = trained(seed)(real_digits().images).argmax(1) == real_digits().labels
    return right.float().mean().item()


@below(0.1)
def frechet_distance_of_half_of_the_digits_over_that_of_the_nearest_fake(seed: int) -> float:
    """The fakes: noise, and one digit only."""
    half, *fakes = (
        judge(each, trained(seed)).frechet_distance for each in (real_digits().images[::2], noise(), of_digit(7))
    )
    return half / min(fakes)


OF_THE_CLASSIFIER = [
    share_of_test_digits_read_rightly,
    above(0.95, "share read of test digits")(lambda seed: share_read(seed, real_digits().images)),
    above(0.99, "spread of test digits")(lambda seed: judge(real_digits().images, trained(seed)).spread),
    below(0.1, "share read of noise")(lambda seed: share_read(seed, noise())),
    below(0.5, "share read of the mean digit")(lambda seed: share_read(seed, mean_digit())),
    above(0.9, "share read of sevens")(lambda seed: share_read(seed, of_digit(7))),
    below(0.2, "spread of sevens")(lambda seed: judge(of_digit(7), trained(seed)).spread),
    frechet_distance_of_half_of_the_digits_over_that_of_the_nearest_fake,
]


@pytest.mark.full
@pytest.mark.parametrize("quantity", OF_THE_CLASSIFIER, ids=lambda quantity: quantity.name)
def test_it_reads_digits_and_each_thing_that_can_be_wrong_with_them_shows(quantity: Measured) -> None:
    quantity.check()


def test_the_numbers_of_a_verdict_fit_together(classifier: DigitClassifier) -> None:
    real = judge(real_digits().images, classifier)
    assert sum(real.counts) == round(real.confident_share * 10_000)
    half = judge(real_digits().images[::2], classifier)
    assert real.frechet_distance < half.frechet_distance / 1000, "test digits are at no distance from themselves"
    sevens = judge(of_digit(7), classifier)
    assert sevens.counts.index(max(sevens.counts)) == 7


def test_the_test_digits_are_looked_at_once_for_the_same_weights(classifier, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(
        "course.given.classifier.in_batches",
        lambda function, x, size=1000: seen.append(len(x)) or in_batches(function, x, size),
    )
    other = deepcopy(classifier)
    first, again = judge(noise(), other), judge(noise(), other)
    assert first == again and seen.count(10_000) == 1
    with torch.no_grad():
        next(other.parameters()).mul_(1.1)
    assert judge(noise(), other).frechet_distance != first.frechet_distance and seen.count(10_000) == 2


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


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A thousand digits in the place of MNIST's, to be quick."""
    some = SimpleNamespace(images=real_digits().images[:1000], labels=real_digits().labels[:1000])
    for module in ("classifier", "trained_classifier"):
        monkeypatch.setattr(f"course.given.{module}.get_dataset", lambda *_: some)
    return some


QUICK = {"epochs": 1, "batch_size": 100}


def same(one: DigitClassifier, other: DigitClassifier) -> bool:
    images = real_digits().images[:50]
    weights, others = one.state_dict(), other.state_dict()
    return all(torch.equal(weights[name], others[name]) for name in weights) and torch.equal(one(images), other(images))


def test_the_same_seed_gives_the_same_classifier_and_leaves_the_callers_random_state(few) -> None:
    state = torch.get_rng_state()
    first, again, other = (train_classifier(seed, **QUICK) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert same(first, again)
    assert not same(first, other)


def count_trainings(monkeypatch: pytest.MonkeyPatch) -> list:
    """Grows by one with each training."""
    trained = []
    monkeypatch.setattr(
        "course.given.trained_classifier.train_classifier",
        lambda *settings: trained.append(settings) or train_classifier(*settings),
    )
    return trained


@pytest.mark.parametrize("without_gradients", [torch.no_grad, torch.inference_mode])
def test_it_is_trained_for_a_caller_who_needs_no_gradients(without_gradients, few, tmp_path) -> None:
    with without_gradients():
        assert isinstance(trained_classifier(**QUICK, folder=tmp_path), DigitClassifier)


def test_it_is_trained_once_and_then_read_number_for_number(few, monkeypatch, tmp_path, capsys) -> None:
    fresh, state, trained = train_classifier(**QUICK), torch.get_rng_state(), count_trainings(monkeypatch)
    first = trained_classifier(**QUICK, folder=tmp_path)
    assert torch.equal(torch.get_rng_state(), state), "training has touched the random state"
    second = trained_classifier(**QUICK, folder=tmp_path)
    assert torch.equal(torch.get_rng_state(), state), "reading has touched the random state"
    assert len(trained) == 1 and same(first, fresh) and same(second, fresh)
    for each in (first, second):
        assert not each.training and not any(weight.requires_grad for weight in each.parameters())
    assert not capsys.readouterr().out


CHANGES = {
    "seed": lambda patch, few: {"seed": 1},
    "epochs": lambda patch, few: {"epochs": 2},
    "batch size": lambda patch, few: {"batch_size": 50},
    "images": lambda patch, few: setattr(few, "images", -few.images) or {},
    "labels": lambda patch, few: setattr(few, "labels", 9 - few.labels) or {},
    "code": lambda patch, few: patch.setattr("inspect.getsource", lambda module: "other code") or {},
    "torch": lambda patch, few: patch.setattr(torch, "__version__", "2.99") or {},
    "switch": lambda patch, few: patch.setenv("COURSE_SHORT_TRAININGS", "1") or {},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_of_other_code_data_or_settings_another_one_is_trained(few, change, monkeypatch, tmp_path) -> None:
    trained_classifier(**QUICK, folder=tmp_path)
    trained = count_trainings(monkeypatch)
    settings = QUICK | change(monkeypatch, few)
    trained_classifier(**settings, folder=tmp_path)
    trained_classifier(**settings, folder=tmp_path)
    assert len(trained) == 1 and len(list(tmp_path.iterdir())) == 2


def harm(content: bytes) -> list[bytes]:
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    return [b"", content[:10], content[:middle], flipped]


@pytest.mark.parametrize("which", range(4), ids=["empty", "a few bytes", "half", "one bit"])
def test_a_damaged_file_is_made_anew_with_a_word(few, which, monkeypatch, tmp_path, capsys) -> None:
    fresh = trained_classifier(**QUICK, folder=tmp_path)
    trained = count_trainings(monkeypatch)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(harm(whole)[which])
    assert same(trained_classifier(**QUICK, folder=tmp_path), fresh) and len(trained) == 1
    assert f"{path} is damaged: the classifier is trained anew." in capsys.readouterr().out
    assert path.read_bytes() == whole


def test_two_at_once_do_no_harm(few, monkeypatch, tmp_path) -> None:
    """While one trains, another is trained to its end and kept; then the first one is kept too."""
    others = []

    def overtaken(*settings: int) -> DigitClassifier:
        monkeypatch.setattr("course.given.trained_classifier.train_classifier", train_classifier)
        others.append(trained_classifier(**QUICK, folder=tmp_path))
        return train_classifier(*settings)

    monkeypatch.setattr("course.given.trained_classifier.train_classifier", overtaken)
    mine = trained_classifier(**QUICK, folder=tmp_path)
    assert same(mine, others[0]) and len(list(tmp_path.iterdir())) == 1
    assert same(mine, trained_classifier(**QUICK, folder=tmp_path))


def test_where_it_cannot_be_kept_it_is_trained_all_the_same(few, tmp_path, capsys) -> None:
    (tmp_path / "a file").touch()
    assert isinstance(trained_classifier(**QUICK, folder=tmp_path / "a file"), DigitClassifier)
    assert "could not be kept for the next time" in capsys.readouterr().out


def test_an_interrupted_training_leaves_nothing(few, monkeypatch, tmp_path) -> None:
    def interrupted(*_settings: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("course.given.trained_classifier.train_classifier", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained_classifier(**QUICK, folder=tmp_path)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep(DigitClassifier(), tmp_path / "classifier.pt")
    assert not list(tmp_path.iterdir())


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
