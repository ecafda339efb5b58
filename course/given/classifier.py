"""A digit classifier that judges generated digits: are they read as digits at all, as which, and how varied?

classifier = trained_classifier()  # of course.given.trained_classifier; it reads 99 % of the test digits rightly
judge(model.decoder(torch.randn(2000, 5)), classifier)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course.data.datasets import get_dataset
from course.settings.short_trainings import short

FEATURES = 64
CONFIDENT = 0.9  # the probability of its likeliest digit above which an image counts as read


class DigitClassifier(nn.Module):
    """(b, 1, 28, 28) normalised → (b, 10) logits, by way of 64 features."""

    def __init__(self) -> None:
        super().__init__()
        # No batch normalisation: with it, noise and the mean of all digits were read with confidence as an 8.
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1),  # (b, 16, 14, 14)
            nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),  # (b, 32, 7, 7)
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1),  # (b, 64, 7, 7)
            nn.ReLU(),
            nn.MaxPool2d(2),  # (b, 64, 3, 3)
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(64 * 3 * 3, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer sees: (b, 1, 28, 28) → (b, 64), none negative."""
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        """(b, 1, 28, 28) → the logits of the ten digits, (b, 10)."""
        return self.head(self.features(x))


def train_classifier(seed: int = 0, epochs: int = 4, batch_size: int = 128) -> DigitClassifier:
    """Trains on MNIST's training digits and returns the classifier, ready to judge (in eval mode).

    The same seed gives the same classifier on the same machine; the caller's random state stays as it is.
    """
    trainset = get_dataset("MNIST")
    images, labels = trainset.images, trainset.labels
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        classifier = DigitClassifier().to(images.device).to(memory_format=torch.channels_last)
        optimizer = torch.optim.AdamW(classifier.parameters(), fused=True)
        steps = epochs * math.ceil(len(images) / batch_size)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
        for _epoch in range(epochs):
            batches = torch.randperm(len(images)).to(images.device).split(batch_size)
            for indices in short(batches, len(batches)):
                F.cross_entropy(classifier(images[indices]), labels[indices]).backward()
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
    return classifier.eval().requires_grad_(False)


@dataclass
class Generation:
    """How good generated digits are.

    `confident_share`: of all images, those that the classifier reads with a probability over 0.9; of MNIST's test
    digits it is 98 %, of random noise next to none.
    `counts`: how many of the confident ones are read as 0 … 9.
    `spread`: the entropy of the counts over that of ten equal ones, 0 (one digit only, or none) … 1 (all alike).
    `frechet_distance`: to MNIST's test digits, in the classifier's features; 0 for the same distribution.
    """

    images: int
    confident_share: float
    counts: list[int]
    spread: float
    frechet_distance: float


@torch.no_grad()
def judge(images: Tensor, classifier: DigitClassifier) -> Generation:
    """Judges the images (n, 1, 28, 28), normalised as MNIST is; n at least 2, and some thousands for the distance.

    Raises ValueError for another shape.
    """
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or len(images) < 2:
        raise ValueError(f"judge() wants images (n, 1, 28, 28), two or more of them; these are {tuple(images.shape)}.")
    features = in_batches(classifier.features, images.to(next(classifier.parameters()).device))
    probability, digit = classifier.head(features).softmax(1).max(1)
    confident = probability > CONFIDENT
    counts = digit[confident].bincount(minlength=10)
    return Generation(
        images=len(images),
        confident_share=confident.float().mean().item(),
        counts=counts.tolist(),
        spread=normalised_entropy(counts),
        frechet_distance=frechet_distance(features, features_of_test_digits(classifier)),
    )


def features_of_test_digits(classifier: DigitClassifier) -> Tensor:
    """(10,000, features), computed once for the weights that the classifier has; they take longer than a judgement."""
    weights = sum(weight.double().sum().item() for weight in classifier.parameters())
    if _of_test_digits.get(classifier, (None,))[0] != weights:
        images = get_dataset("MNIST", train=False).images
        _of_test_digits[classifier] = weights, in_batches(classifier.features, images)
    return _of_test_digits[classifier][1]


_of_test_digits: WeakKeyDictionary[DigitClassifier, tuple[float, Tensor]] = WeakKeyDictionary()


def in_batches(function: Callable[[Tensor], Tensor], x: Tensor, size: int = 1000) -> Tensor:
    """function(x), computed on `size` rows at a time to save memory."""
    return torch.cat([function(part) for part in x.split(size)])


def normalised_entropy(counts: Tensor) -> float:
    """Entropy of the shares counts (n,) / sum, in units of that of equal shares; 0 when all counts are 0."""
    shares = counts.cpu().double() / counts.sum().cpu().clamp(min=1)
    return torch.special.entr(shares).sum().item() / math.log(len(counts))


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Squared Fréchet distance of the normal distributions with the means and covariances of a (n, d) and b (m, d).

    |mean_a − mean_b|² + tr(C_a + C_b − 2 (C_a C_b)^½): Dowson & Landau, "The Fréchet distance between multivariate
    normal distributions" (1982); Heusel et al. (arXiv 1706.08500) use it for generated images. The trace of the root
    is that of (C_a^½ C_b C_a^½)^½, whose argument is symmetric: its eigenvalues are real, and none is negative but
    for rounding.
    """
    a, b = a.cpu().double(), b.cpu().double()  # not every accelerator has doubles
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    root_a = symmetric_root(cov_a)
    root_trace = torch.linalg.eigvalsh(root_a @ cov_b @ root_a).clamp(min=0).sqrt().sum()
    distance = (a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * root_trace
    return max(distance.item(), 0.0)


def symmetric_root(matrix: Tensor) -> Tensor:
    """The square root of a symmetric, positive semi-definite matrix (d, d), by its eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T
