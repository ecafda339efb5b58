"""The contractive penalty as a recipe, and what each step of it looks like when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from checks.core.mistakes import table
from checks.core.exceptions import KnownError


@dataclass(frozen=True)
class Known:
    """What a penalty may be made of: the Jacobian (b, latent, 784), the code (b, latent), and all weights in a row."""

    jacobian: Tensor
    code: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Penalty:
    """Every step of the right answer; a mistake changes one of them."""

    source: Callable[[Known], Tensor] = lambda known: known.jacobian
    """(b, rows, columns)"""
    size: Callable[[Tensor], Tensor] = lambda jacobian: jacobian.square().sum((1, 2))
    """(b, rows, columns) → (b,)"""
    reduction: Callable[[Tensor], Tensor] = Tensor.mean

    def __call__(self, known: Known) -> Tensor:
        return self.reduction(self.size(self.source(known)))


MISTAKES = [
    *table(
        "source",
        (
            "gradient-of-the-sum",
            "this is the gradient of the *sum* of the latents: the rows of the Jacobian are added up before they are "
            "squared, and plus and minus cancel. Take one gradient for each latent.",
            lambda known: known.jacobian.sum(1, keepdim=True),
        ),
        (
            "gradient-of-the-mean",
            "this is the gradient of the *mean* of the latents. Take one gradient for each latent.",
            lambda known: known.jacobian.mean(1, keepdim=True),
        ),
        (
            "one-latent-only",
            "only the first latent's gradient counts; add up all latents.",
            lambda known: known.jacobian[:, :1],
        ),
        (
            "one-latent-only",
            "only the last latent's gradient counts: does each turn of the loop overwrite the one before?",
            lambda known: known.jacobian[:, -1:],
        ),
        (
            "gradient-of-the-norm",
            "this is the gradient of half of |z|², a single vector: Jᵀz. Take one gradient for each latent.",
            lambda known: torch.einsum("blp,bl->bp", known.jacobian, known.code)[:, None],
        ),
        (
            "penalty-on-the-code",
            "this is the size of the code itself; the penalty is on its *derivative* by the pixels.",
            lambda known: known.code[:, :, None],
        ),
        (
            "penalty-on-weights",
            "this is the size of the weights (a weight decay); the penalty is on the Jacobian, which depends on the "
            "image too.",
            lambda known: known.weights[None, None],
        ),
    ),
    *table(
        "size",
        (
            "not-squared",
            "this is the Frobenius norm; the exercise asks for its square.",
            lambda jacobian: jacobian.square().sum((1, 2)).sqrt(),
        ),
        (
            "not-squared",
            "these are the lengths of the Jacobian's rows, added up; square them first.",
            lambda jacobian: jacobian.norm(dim=2).sum(1),
        ),
        (
            "absolute-for-square",
            "the entries' absolute values are added up; the Frobenius norm is made of squares.",
            lambda jacobian: jacobian.abs().sum((1, 2)),
        ),
        (
            "spectral-norm",
            "this is the spectral norm, the largest singular value; the Frobenius norm takes all of them.",
            lambda jacobian: torch.linalg.matrix_norm(jacobian, 2),
        ),
        (
            "spectral-norm",
            "this is the square of the spectral norm, the largest singular value; the Frobenius norm takes all of them.",
            lambda jacobian: torch.linalg.matrix_norm(jacobian, 2) ** 2,
        ),
        (
            "mean-over-entries",
            "the squares are averaged over latents and pixels; add them up, and average over the batch alone.",
            lambda jacobian: jacobian.square().mean((1, 2)),
        ),
        (
            "mean-over-latents",
            "the squares are averaged over the latents; add them up, and average over the batch alone.",
            lambda jacobian: jacobian.square().sum(2).mean(1),
        ),
        (
            "mean-over-pixels",
            "the squares are averaged over the pixels; add them up, and average over the batch alone.",
            lambda jacobian: jacobian.square().mean(2).sum(1),
        ),
        (
            "sum-before-square",
            "the entries are added up before they are squared, so that plus and minus cancel.",
            lambda jacobian: jacobian.sum((1, 2)).square(),
        ),
        (
            "square-missing",
            "the entries are added up without being squared: plus and minus cancel.",
            lambda jacobian: jacobian.sum((1, 2)),
        ),
    ),
    *table(
        "reduction",
        ("summed-over-batch", "the images' penalties are added up; take their mean.", Tensor.sum),
        (
            "divided-again",
            "the mean is divided by the number of images once more. (Was the *mean* over the batch differentiated? Each "
            "image has a part in it of one b-th only.)",
            lambda each: each.mean() / len(each),
        ),
        (
            "divided-again",
            "the penalty is divided by the *square* of the number of images once more: the mean over the batch was "
            "differentiated, and each image has a part in it of one b-th only.",
            lambda each: each.mean() / len(each) ** 2,
        ),
        ("first-image-only", "only the first image counts; take the mean over the batch.", lambda each: each[0]),
        ("largest-only", "only the largest of the images' penalties counts; take their mean.", Tensor.max),
        ("halved", "the penalty is halved.", lambda each: each.mean() / 2),
        ("sign", "the penalty is negative: a square never is.", lambda each: -each.mean()),
        ("root-of-the-mean", "the root of the mean is taken; leave the squares.", lambda each: each.mean().sqrt()),
    ),
]  # fmt: skip

KNOWN_ERRORS = (
    KnownError(
        "RuntimeError",
        r"does not require grad|appears to not have been used in the graph",
        "x-without-gradients",
        "autograd differentiates by x only if it knows before the encoder runs: `x = x.detach().requires_grad_()` "
        "comes first. (`torch.func.vjp` needs no such thing.)",
    ),
    KnownError(
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs|grad_and_value|Expected .* to return a scalar",
        "gradient-of-a-vector",
        "a code has several latents, and autograd takes the gradient of one number: of one latent at a time, summed over "
        "the batch.",
    ),
    KnownError(
        "RuntimeError",
        r"backward through the graph a second time",
        "graph-freed",
        "the first gradient frees the graph that the next one needs. `create_graph=True` keeps it, and lets the weights "
        "learn from the penalty too.",
    ),
    KnownError(
        "AttributeError",
        r"has no attribute '(encoder|decoder|model)'",
        "encoder-expected",
        "the function gets the encoder itself, not the whole model: `encoder(x)`.",
    ),
    KnownError(
        "AttributeError|TypeError",
        r"not subscriptable|has no attribute|has no len\(\)|not iterable",
        "counts-on-layers",
        "any module may come as the encoder; use nothing of it but `encoder(x)`.",
    ),
)
"""What an exception out of the contractive penalty means."""
