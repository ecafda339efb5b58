"""The contractive penalty as a recipe, what goes wrong in each step, and Jacobians taken image by image beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from checks.core.compare import same
from checks.core.exceptions import BATCH_OF_ONE, KnownError
from checks.core.mistakes import Symptom, table
from checks.exercises.regularised.rig import EncoderRig, penalise, warm_up
from checks.functions.function import FunctionCheck, FunctionSpec, Outcome, Trial
from checks.models.network import Weights, compute


@dataclass(frozen=True)
class Penalty:
    """Every step of the right answer; a mistake changes one of them."""

    source: Callable[[EncoderRig], Tensor] = lambda rig: rig.jacobian
    """(b, rows, columns)"""
    size: Callable[[Tensor], Tensor] = lambda jacobian: jacobian.square().sum((1, 2))
    """(b, rows, columns) → (b,)"""
    reduction: Callable[[Tensor], Tensor] = Tensor.mean

    def __call__(self, rig: EncoderRig) -> Tensor:
        return self.reduction(self.size(self.source(rig)))


PENALTY_MISTAKES = [
    *table(
        "source",
        (
            "gradient-of-the-sum",
            "this is the gradient of the *sum* of the latents: the rows of the Jacobian are added up before they are "
            "squared, and plus and minus cancel. Take one gradient for each latent.",
            lambda rig: rig.jacobian.sum(1, keepdim=True),
        ),
        (
            "gradient-of-the-mean",
            "this is the gradient of the *mean* of the latents. Take one gradient for each latent.",
            lambda rig: rig.jacobian.mean(1, keepdim=True),
        ),
        (
            "averaged-before-squared",
            "the Jacobians of the images are averaged before they are squared; square first, image by image.",
            lambda rig: rig.jacobian.mean(0, keepdim=True),
        ),
        (
            "averaged-before-squared",
            "the Jacobians of the images are added up before they are squared; square first, image by image.",
            lambda rig: rig.jacobian.sum(0, keepdim=True),
        ),
        (
            "one-latent-only",
            "only the first latent's gradient counts; add up all latents.",
            lambda rig: rig.jacobian[:, :1],
        ),
        (
            "one-latent-only",
            "only the last latent's gradient counts: does each turn of the loop overwrite the one before?",
            lambda rig: rig.jacobian[:, -1:],
        ),
        (
            "gradient-of-the-norm",
            "this is the gradient of half of |z|², a single vector: Jᵀz. Take one gradient for each latent.",
            lambda rig: torch.einsum("blp,bl->bp", rig.jacobian, rig.code)[:, None],
        ),
        (
            "penalty-on-the-code",
            "this is the size of the code itself; the penalty is on its *derivative* by the pixels.",
            lambda rig: rig.code[:, :, None],
        ),
        (
            "penalty-on-weights",
            "this is the size of the weights (a weight decay); the penalty is on the Jacobian, which depends on the "
            "image too.",
            lambda rig: rig.flat_weights[None, None],
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
            "not-squared",
            "this is the mean length of the Jacobian's rows; add up their squares.",
            lambda jacobian: jacobian.norm(dim=2).mean(1),
        ),
        (
            "not-squared",
            "these are the lengths of the Jacobian's columns, added up; square them first.",
            lambda jacobian: jacobian.norm(dim=1).sum(1),
        ),
        (
            "not-squared",
            "this is the mean length of the Jacobian's columns; add up their squares.",
            lambda jacobian: jacobian.norm(dim=1).mean(1),
        ),
        (
            "squared-twice",
            "the squared norm is squared once more.",
            lambda jacobian: jacobian.square().sum((1, 2)).square(),
        ),
        (
            "largest-row-only",
            "only the longest row of each Jacobian counts; add up the squares of all rows.",
            lambda jacobian: jacobian.square().sum(2).amax(1),
        ),
        (
            "nuclear-norm",
            "this is the nuclear norm, the sum of the singular values; the Frobenius norm sums their squares.",
            lambda jacobian: torch.linalg.matrix_norm(jacobian, "nuc"),
        ),
        (
            "absolute-for-square",
            "the entries' absolute values are added up; the Frobenius norm is made of squares.",
            lambda jacobian: jacobian.abs().sum((1, 2)),
        ),
        (
            "absolute-for-square",
            "the entries' absolute values are averaged; the Frobenius norm is made of squares, added up.",
            lambda jacobian: jacobian.abs().mean((1, 2)),
        ),
        (
            "squared-too-late",
            "the absolute values are added up along a row before they are squared; square each entry first.",
            lambda jacobian: jacobian.abs().sum(2).square().sum(1),
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
        (
            "root-of-the-sum",
            "this is the norm of all images' Jacobians together; leave the squares, and take their mean.",
            lambda each: each.sum().sqrt(),
        ),
        (
            "root-of-the-sum",
            "this is the norm of all images' Jacobians together, over the number of images; leave the squares.",
            lambda each: each.sum().sqrt() / len(each),
        ),
        ("doubled", "the penalty is twice what it should be.", lambda each: 2 * each.mean()),
        ("smallest-only", "only the smallest of the images' penalties counts; take their mean.", Tensor.min),
        ("median", "that is the median over the batch; take the mean.", Tensor.median),
        ("root-of-the-mean", "the root of the mean is taken; leave the squares.", lambda each: each.mean().sqrt()),
    ),
]  # fmt: skip

PILED_UP = (
    "the rows pile up: `backward()` adds to `x.grad`, which is not cleared between the latents, so that each row contains those "
    "before it. `torch.autograd.grad(latent, x, create_graph=True)` returns one row and touches nothing."
)


def last_matrix(rig: EncoderRig) -> Tensor:
    """(latents, inputs), of the encoder's last layer."""
    return [each for each in rig.weights.values() if each.ndim == 2][-1]


ONE_LAYER = (
    "it comes in closed form from the weights of a layer, which is right for an encoder of one such layer alone. The exercise "
    "asks for the Jacobian of any encoder: one gradient for each latent."
)


def by_one_layer(slope: Callable[[Tensor], Tensor]) -> Callable[[EncoderRig], Tensor]:
    """The Jacobian of one layer with the encoder's last weights, whose activation has this slope where it gives z."""
    return lambda rig: slope(rig.code)[:, :, None] * last_matrix(rig)


RARE = [
    *table(
        "source",
        ("rows-pile-up", PILED_UP, lambda rig: rig.jacobian.cumsum(1)),
        ("closed-form-of-one-layer", ONE_LAYER, by_one_layer(lambda z: z * (1 - z))),
        ("closed-form-of-one-layer", ONE_LAYER, by_one_layer(lambda z: z.sigmoid() * (1 - z.sigmoid()))),
        ("closed-form-of-one-layer", ONE_LAYER, by_one_layer(lambda z: 1 - z.square())),
        ("closed-form-of-one-layer", ONE_LAYER, by_one_layer(torch.ones_like)),
        ("closed-form-of-one-layer", ONE_LAYER, by_one_layer(lambda z: (z > 0).to(z.dtype))),
        (
            "gradient-of-the-norm",
            "this is the gradient of |z|², a single vector: 2·Jᵀz. Take one gradient for each latent.",
            lambda rig: 2 * torch.einsum("blp,bl->bp", rig.jacobian, rig.code)[:, None],
        ),
        (
            "gradient-of-the-norm",
            "this is the gradient of the codes' lengths |z|, a single vector. Take one gradient for each latent.",
            lambda rig: torch.einsum("blp,bl->bp", rig.jacobian, rig.code / rig.code.norm(dim=1, keepdim=True))[
                :, None
            ],
        ),
        (
            "gradient-of-the-sum",
            "this is the gradient of the sum of |z|, a single vector. Take one gradient for each latent.",
            lambda rig: torch.einsum("blp,bl->bp", rig.jacobian, rig.code.sign())[:, None],
        ),
    ),
    *table(
        "size",
        (
            "squared-too-late",
            "the lengths of the rows are added up before they are squared; square each entry first.",
            lambda jacobian: jacobian.norm(dim=2).sum(1).square(),
        ),
        (
            "largest-entry-only",
            "only the largest entry counts; add up the squares of all.",
            lambda j: j.abs().amax((1, 2)),
        ),
        (
            "largest-entry-only",
            "only the largest entry's square counts; add up the squares of all.",
            lambda j: j.square().amax((1, 2)),
        ),
        ("squared-twice", "the entries are taken to the fourth power; square them.", lambda j: j.pow(4).sum((1, 2))),
    ),
    *table(
        "reduction",
        (
            "squared-too-late",
            "the images' norms are averaged before they are squared; square each norm, then take the mean.",
            lambda each: each.sqrt().mean() ** 2,
        ),
        (
            "squared-too-late",
            "the images' norms are added up before they are squared; square each norm, then take the mean.",
            lambda each: each.sqrt().sum() ** 2,
        ),
        ("last-image-only", "only the last image counts; take the mean over the batch.", lambda each: each[-1]),
        (
            "n-minus-one",
            "the sum is divided by one less than the number of images; a mean is divided by their number.",
            lambda each: each.sum() / max(len(each) - 1, 1),
        ),
    ),
]
"""What is looked for by itself alone."""

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
        r"'tuple' object has no attribute|(must be Tensor|as element \d+ in argument 0), (but got|not) tuple"
        r"|unsupported operand type\(s\) for .*'tuple'|bad operand type for .*'tuple'",
        "tuple-not-unpacked",
        "`torch.autograd.grad`, and what `torch.func.vjp` gives, under `vmap` too, return a tuple, even for a single x: "
        "`(rows,) = …` unpacks it, and so does `[0]`.",
    ),
    KnownError(
        "AttributeError|TypeError",
        r"'Network' object (is not (subscriptable|iterable)|has no attribute)|object of type 'Network' has no len\(\)",
        "counts-on-layers",
        "any module may come as the encoder; use nothing of it but `encoder(x)`.",
    ),
)
"""What an exception out of the contractive penalty means."""

NOT_SCALAR = Symptom(
    "not-scalar",
    "a scalar is asked: add up the squares of one image's Jacobian, and take the mean over the batch.",
    lambda outcome: outcome.other_shape,
)
ESTIMATE = Symptom(
    "estimate",
    "it comes out differently each time: a random direction gives an estimate. Here the penalty is exact: one gradient "
    "for each latent.",
    lambda outcome: not same(outcome.seen, outcome.other),
)
NO_TENSOR = Symptom(
    "returns-number",
    "leave out `.item()`: the weights are to learn from the penalty.",
    lambda value: isinstance(value, float | int),
)


def penalty(rig: EncoderRig, weights: Weights) -> Tensor:
    """By torch.func's Jacobians, image by image; another road than the recipe's."""
    jacobian = torch.func.vmap(torch.func.jacrev(lambda image: compute(rig.network, weights, image[None])[0]))
    return jacobian(rig.x).square().sum() / rig.images


def teaches_the_weights(check: FunctionCheck, trial: Trial) -> None:
    """Its gradient by the encoder's weights, a second derivative, is the right one."""
    (rig,) = trial.arguments
    leaves = {name: value.clone().requires_grad_() for name, value in rig.weights.items()}
    wanted = torch.autograd.grad(penalty(rig, leaves), list(leaves.values()), allow_unused=True)
    check.compare_gradients(
        trial,
        check.observe(trial).gradients,
        dict(zip(leaves, wanted, strict=True)),
        "`create_graph=True` is missing in `torch.autograd.grad` (or in `jacobian`), or a `.detach()`, `.item()` or "
        "`torch.no_grad()` stands on the way.",
    )


def leaves_nothing_behind(check: FunctionCheck, trial: Trial) -> None:
    """No gradients on the encoder's weights."""
    if check.observe(trial).reached:
        check.fail(
            f"{check.text(trial)} leaves gradients on the encoder's weights, which the next optimiser step would take "
            "for the loss's own.",
            "gradients-left-behind",
            "`backward()` adds to every weight's `.grad`. `torch.autograd.grad(latent, x, create_graph=True)` returns "
            "the gradient and touches nothing.",
        )


def text(rig: EncoderRig) -> str:
    encoder = {
        "perceptron": "an encoder Linear–tanh–Linear",
        "linear": "an encoder of one linear layer",
        "convolutional": "a convolutional encoder",
    }[rig.kind]
    images = f"{rig.images} image{'s' if rig.images > 1 else ''}"
    return f"contractive_penalty(encoder, x), with {encoder} of {rig.latents} latents and {images},"


def tell(outcome: Outcome) -> str:
    (seen,), (expected,) = outcome.seen, outcome.expected
    what = f"{float(seen):.5g}" if not seen.ndim else f"a tensor of shape {tuple(seen.shape)}"
    return f"gave {what}; expected {float(expected):.5g}"


def trials(generator: Generator, *cases: tuple[str, int], **more: Any) -> list[Trial]:
    return [Trial([EncoderRig(kind, images, generator.initial_seed())], **more) for kind, images in cases]


SEVERAL_IMAGES = (("perceptron", 5), ("linear", 3), ("convolutional", 4))

contractive_penalty = FunctionSpec(
    "contractive_penalty",
    oracle=lambda rig: penalty(rig, rig.weights),
    recipe=Penalty(),
    mistakes=PENALTY_MISTAKES,
    rare=RARE,
    returns="a scalar tensor",
    instead=(NO_TENSOR,),
    known_errors=KNOWN_ERRORS,
    symptoms=(NOT_SCALAR,),
    sampled=ESTIMATE,
    tell=tell,
    text=text,
    operation=penalise,
    prepare=warm_up,
    request=lambda rig: {"kind": rig.kind, "images": rig.images, "seed": rig.seed},
    trials={
        "is_the_squared_norm": lambda g: [
            *trials(g, *SEVERAL_IMAGES),
            *trials(g, ("perceptron", 1), known_errors=BATCH_OF_ONE),
        ],
        "teaches_the_weights": lambda g: trials(g, *SEVERAL_IMAGES, compare=teaches_the_weights),
        "leaves_nothing_behind": lambda g: trials(g, ("perceptron", 5), compare=leaves_nothing_behind),
    },
)
