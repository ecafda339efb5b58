"""The statistics by which a beta is chosen, each beside another road to the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence

import checks.parts_hands  # noqa: F401 (its operations join the table)
from checks.beta_mistakes import (
    ACTIVITY_MISTAKES,
    DIVERGENCE_MISTAKES,
    MOMENTS_MISTAKES,
    REAL_BETA_MISTAKES,
    Activity,
    Divergences,
    Moments,
    RealBeta,
)
from checks.exam import Exam, probe
from checks.explain import same
from checks.mistakes import Mistake, causes_of, texts_of, variants
from checks.returned import instead_of_tensor, kind, nothing

Answer = tuple[Tensor, ...]
"""What a function gives, as tensors: one, or mean and standard deviation."""


def divergences(mu: Tensor, logsigma: Tensor) -> Answer:
    return (kl_divergence(Normal(mu, logsigma.exp()), Normal(0.0, 1.0)).mean(0),)


def activity(mu: Tensor, threshold: float = 0.01) -> Answer:
    return (torch.cov(mu.T, correction=0).reshape(mu.shape[1], -1).diagonal() > threshold,)


def moments(mu: Tensor, logsigma: Tensor) -> Answer:
    """Of the mixture of all clouds, each as likely as any other."""
    clouds = Normal(mu.T.double(), logsigma.T.double().exp())
    mixture = MixtureSameFamily(Categorical(torch.ones(mu.shape[::-1])), clouds)
    return mixture.mean, mixture.variance.sqrt()


def unbiased_moments(mu: Tensor, logsigma: Tensor) -> Answer:
    return mu.mean(0), (mu.var(0) + (2 * logsigma).exp().mean(0)).sqrt()


def real_beta(
    beta_kl: float, latent_dim_size: int, n_pixels: int = 784, decoder_variance: float = 1.0
) -> Answer:
    """Both losses' slopes along the sum of KLs, once both have the same slope along the sum of squared errors."""
    course = torch.tensor([1 / n_pixels, beta_kl / latent_dim_size], dtype=torch.float64)
    theory = 1 / (2 * decoder_variance)
    return ((course * theory / course[0])[1],)


@dataclass(frozen=True)
class Kind:
    """What one of the functions computes: by another road, and by steps that may go wrong."""

    oracle: Callable[..., Answer]
    recipe: Callable[..., Any]
    mistakes: Sequence[Mistake]
    arguments: tuple[str, ...]
    returns: str


CODES = ("mu", "logsigma")
KINDS = {
    "kl_per_latent": Kind(divergences, Divergences(), DIVERGENCE_MISTAKES, CODES, "one tensor, (latent,)"),
    "active_units": Kind(
        activity,
        Activity(),
        ACTIVITY_MISTAKES,
        ("mu", "threshold"),
        "one tensor, (latent,), of True and False",
    ),
    "aggregate_moments": Kind(
        moments,
        Moments(),
        MOMENTS_MISTAKES,
        CODES,
        "two tensors, mean and standard deviation, each (latent,)",
    ),
    "effective_beta": Kind(
        real_beta,
        RealBeta(),
        REAL_BETA_MISTAKES,
        ("beta_kl", "latent_dim_size", "n_pixels", "decoder_variance"),
        "a number",
    ),
}

VARIANCES = (2.0, 0.05, 0.004, 0.02, 0.0)
"""Of the means over the images, for `active_units`: none is so near 0.01 that n − 1 for n would matter."""


@dataclass
class Statistic:
    """One of the functions under test."""

    exam: Exam
    name: str

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    # The probes

    @probe
    def gives_the_right_numbers(self) -> None:
        """For many images, for as many images as latents, and the same each time."""
        for arguments in self.cases():
            seen = self.compare(arguments)
            if not all(map(same, self.call(arguments), seen)):
                self.exam.fail(
                    f"{self.tried(arguments)} gives something else each time.",
                    cause="sampled",
                    where=self.where(),
                    likely_cause="it draws latents. Draws are not needed: the formula gives their moments exactly.",
                )

    @probe
    def takes_one_image(self) -> None:
        """A single image has a KL, no variance of its mean, and its own cloud's moments."""
        self.compare([*self.codes(1, 4)][: len(CODES) if self.takes_codes else 1])

    @probe
    def obeys_the_threshold(self) -> None:
        """Another threshold, another answer."""
        self.compare([self.spread_out(37), 0.5])

    @probe
    def minds_the_decoders_variance(self) -> None:
        """The fourth argument counts."""
        self.compare([0.1, 5, 784, 0.25])

    # How

    @property
    def takes_codes(self) -> bool:
        return self.kind.arguments == CODES

    def cases(self) -> list[list[Any]]:
        if self.takes_codes:
            return [[*self.codes(37, 5)], [*self.codes(3, 3)]]
        if self.name == "active_units":
            return [[self.spread_out(37)]]
        return [[0.1, 5], [0.02, 3, 64 * 64 * 3], [1.0, 20, 784]]

    def codes(self, n: int, latent: int) -> tuple[Tensor, Tensor]:
        """Clouds of different widths about means that are not centred on 0."""
        generator = self.exam.generator
        place, width = torch.randn(2, 1, latent, generator=generator)
        mu = place + 0.5 + torch.randn(n, latent, generator=generator)
        return mu, 0.3 * width - 0.5 + 0.5 * torch.randn(n, latent, generator=generator)

    def spread_out(self, n: int) -> Tensor:
        """Means (n, 5) with exactly the VARIANCES over the images, the quiet ones far from 0."""
        generator = self.exam.generator
        z = torch.randn(n, len(VARIANCES), generator=generator)
        z = (z - z.mean(0)) / z.std(0, correction=0)
        return z * torch.tensor(VARIANCES).sqrt() + torch.tensor([0.0, 0.5, 1.5, -0.5, 1.5])

    def where(self) -> str | None:
        return self.exam.where(self.name)

    def tried(self, arguments: Sequence[Any]) -> str:
        def shown(name: str, value: Any) -> str:
            return name if isinstance(value, Tensor) else f"{name}={value:g}"

        words = ", ".join(map(shown, self.kind.arguments, arguments))
        codes = next((tuple(each.shape) for each in arguments if isinstance(each, Tensor)), None)
        return f"{self.name}({words})" + (f" for codes (n, latent) = {codes}" if codes else "")

    def call(self, arguments: Sequence[Any]) -> Answer:
        """What the function gives, as tensors; fails where it is something else, or changes what it got."""
        tried = self.tried(arguments)
        applied = self.exam.ask("apply", tried, arguments=list(arguments))
        if applied.changed_input:
            self.exam.fail(
                f"{tried} changes what it was handed. Whoever calls it still needs that.",
                cause="changes-its-input",
                where=self.where(),
                likely_cause="an assignment (`mu -= …`) or a `_` method (`exp_`). Make a new tensor.",
            )
        value = applied.value
        number = type(value) in (bool, int, float)
        if self.name == "aggregate_moments":
            pair = (
                value
                if isinstance(value, tuple | list)
                else [*value]
                if isinstance(value, Tensor) and value.ndim
                else []
            )
            if len(pair) == 2 and all(isinstance(each, Tensor) for each in pair):
                return tuple(pair)
        elif isinstance(value, Tensor) or (number and not self.takes_codes):
            return (torch.as_tensor(value),)
        cause, what, text = self.instead(value)
        self.exam.fail(
            f"{tried} gave {what}; expected {self.kind.returns}.",
            cause=cause,
            where=self.where(),
            likely_cause=text,
        )
        raise AssertionError("fail() raises")

    def instead(self, value: Any) -> tuple[str | None, str, str | None]:
        """Where something else came than was asked: the cause, what came, and what it most likely comes from."""
        if found := nothing(value):
            return found
        if self.name != "aggregate_moments":
            return instead_of_tensor(value, self.name)
        if isinstance(value, Tensor):
            return "returns-one", f"one tensor of shape {tuple(value.shape)}", None
        if isinstance(value, tuple | list) and len(value) != 2:
            return ("returns-too-many" if len(value) > 2 else "returns-one"), f"{len(value)} things", None
        return "not-a-tensor", f"a {kind(value)}", None

    def compare(self, arguments: Sequence[Any]) -> Answer:
        """Fails unless the numbers are right, with the mistake that gives the same wrong ones."""
        seen, expected = self.call(arguments), self.kind.oracle(*arguments)
        if all(map(same, seen, expected)):
            if self.name == "active_units" and seen[0].dtype != torch.bool:
                self.exam.note(
                    "a mask of type bool counts (`.sum()`) and selects (`kl[active]`); yours is a number."
                )
            return seen
        if self.name == "aggregate_moments" and equal(seen, unbiased_moments(*arguments)):
            self.exam.note(
                "your variance of the means divides by n − 1. These n images are all there are, so divide by n "
                "(`correction=0`); for a single image n − 1 gives nan."
            )
            return seen
        mistakes = self.mistakes(arguments, seen)
        self.exam.fail(
            f"{self.tried(arguments)} gave {told(seen)}; expected {told(expected)}.",
            cause=causes_of(mistakes) or (None if shapes(seen) == shapes(expected) else "wrong-shape"),
            numbers={"seen": numbers(seen), "expected": numbers(expected)},
            likely_cause=texts_of(mistakes),
            where=self.where(),
        )
        raise AssertionError("fail() raises")

    def mistakes(self, arguments: Sequence[Any], seen: Answer) -> tuple[Mistake, ...]:
        """The known mistakes, one or two, with which the recipe gives what was seen."""
        for recipe, chosen in variants(self.kind.recipe, self.kind.mistakes, 1, 2):
            try:
                value = recipe(*arguments)
            except (
                RuntimeError,
                IndexError,
                ArithmeticError,
            ):  # shapes that this mistake does not leave fitting
                continue
            if equal(seen, value if isinstance(value, tuple) else (torch.as_tensor(value),)):
                return chosen
        return ()


def equal(seen: Answer, expected: Answer) -> bool:
    """The same numbers, where nan is nan's equal."""
    return len(seen) == len(expected) and all(
        torch.equal(a.isnan(), b.isnan()) and same(a.nan_to_num(), b.nan_to_num())
        if a.shape == b.shape
        else False
        for a, b in zip(seen, expected, strict=True)
    )


def shapes(answer: Answer) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in answer]


def numbers(answer: Answer) -> list[Any]:
    return [each.tolist() for each in answer]


def told(answer: Answer) -> str:
    """The first numbers of each tensor, and its shape where it has one."""

    def one(x: Tensor) -> str:
        first = x.flatten()[:6].tolist()
        listed = ", ".join(str(each) if isinstance(each, bool) else f"{each:.3g}" for each in first)
        return f"{listed}{' …' if x.numel() > 6 else ''}" + (f" of shape {tuple(x.shape)}" if x.ndim else "")

    return " and ".join(map(one, answer))


def statistic(name: str) -> Callable[[Exam], Statistic]:
    """What a check's specification works with: the function of this name, alone or inside a module."""

    def subject(exam: Exam) -> Statistic:
        exam.target = exam.ask("take", f"looking for `{name}`", name=name)
        if exam.target.kind != "function":
            exam.probe = "look"
            exam.fail(
                f"this is a {exam.target.kind} where the function `{name}` should be.", cause="not-a-function"
            )
        return Statistic(exam, name)

    return subject
