"""Bonus 9's second exercise: the trainer of a sparse autoencoder, whose loss has a penalty on the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from checks.core.mistakes import table
from checks.trainers.check import trainer
from checks.trainers.losses import RECONSTRUCTION_MISTAKES, Loss, Outputs, squared_error, weighting_mistakes
from checks.trainers.rig import TrainerRig
from checks.trainers.trainer import LossLog, TrainerSpec


@dataclass(frozen=True)
class SparseLoss(Loss):
    """Mean squared error plus the weight times the mean of |z|, in steps that can each go wrong by themselves."""

    penalised: Callable[[Outputs], Tensor] = lambda out: out["code"]
    element: Callable[[Tensor], Tensor] = Tensor.abs

    def __call__(self, out: Outputs, weight: float) -> Tensor:
        out = self.inputs(out)
        return self.weighting(self.reconstruction(out), self.penalty_of(out), weight)

    def penalty_of(self, out: Outputs) -> Tensor:
        return self.reduction(self.element(self.penalised(out)))

    def in_terms(self, out: Outputs, weight: float) -> str:
        terms = f" = {float(squared_error(out)):.5f} + {weight} · {float(self.penalty_of(out)):.5f}"
        return f"{terms} (MSE + sparsity_weight · mean of |z|)"


def huber(z: Tensor) -> Tensor:
    return F.smooth_l1_loss(z, torch.zeros_like(z), reduction="none")


def divergence_from_rate(z: Tensor, rate: float) -> Tensor:
    """Of each latent's mean activation (Ng, "Sparse autoencoder", 2011)."""
    mean = z.sigmoid().mean(0)
    return rate * (rate / mean).log() + (1 - rate) * ((1 - rate) / (1 - mean)).log()


MEAN_OF_ABS = "the penalty is the mean of |z| over batch and latents"

PENALTY_MISTAKES = [
    *table(
        "penalised",
        (
            "penalty-on-weights",
            "the penalty is on the model's weights; it belongs on the code, z = encoder(x).",
            lambda out: out["weights"],
        ),
        (
            "penalty-on-reconstruction",
            "the penalty is on the reconstruction; it belongs on the code, z = encoder(x).",
            lambda out: out["reconstruction"],
        ),
        (
            "penalty-on-images",
            "the penalty is on the images, which nothing can change; it belongs on the code, z = encoder(x).",
            lambda out: out["x"],
        ),
        (
            "penalty-in-part",
            "only the first image's code is penalised; take the mean over the whole batch.",
            lambda out: out["code"][:1],
        ),
        (
            "penalty-in-part",
            "only the first latent is penalised; take the mean over all of them.",
            lambda out: out["code"][:, :1],
        ),
    ),
    *table(
        "penalised",
        (
            "penalty-on-weights",
            "the penalty is on the encoder's weights; it belongs on the code, z = encoder(x).",
            lambda out: out["encoder_weights"],
        ),
        (
            "penalty-on-weights",
            "the penalty is on the squares of the model's weights (a weight decay); it belongs on the code, z = encoder(x).",
            lambda out: out["weights"].square(),
        ),
        (
            "penalty-on-error",
            "the error of the reconstruction is penalised once more; the penalty belongs on the code, z = encoder(x).",
            lambda out: out["reconstruction"] - out["x"],
        ),
    ),
    *table(
        "element",
        (
            "abs-missing",
            "the code is averaged without its absolute value, so that negative latents are rewarded: `code.abs()`.",
            lambda z: z,
        ),
        (
            "squared-for-abs",
            f"the latents are squared. A square hardly minds small numbers; {MEAN_OF_ABS}.",
            Tensor.square,
        ),
        (
            "penalty-sign",
            "the penalty has the wrong sign: large latents are rewarded. It is added to the loss.",
            lambda z: -z.abs(),
        ),
        (
            "mean-before-abs",
            "the mean is taken before the absolute value, so that plus and minus cancel: `code.abs().mean()`.",
            lambda z: z.mean().abs(),
        ),
        (
            "mean-before-abs",
            "the mean over the batch is taken before the absolute value, so that plus and minus cancel.",
            lambda z: z.mean(0).abs(),
        ),
        (
            "mean-before-abs",
            "the mean over the latents is taken before the absolute value, so that plus and minus cancel.",
            lambda z: z.mean(-1).abs(),
        ),
        (
            "negatives-forgotten",
            "only positive latents count (a ReLU); the code has no ReLU, so take the absolute value.",
            Tensor.relu,
        ),
        ("norm-for-mean", f"this is the Euclidean norm of the whole code; {MEAN_OF_ABS}.", Tensor.norm),
        ("norm-for-mean", f"this is the mean of the codes' Euclidean norms; {MEAN_OF_ABS}.", lambda z: z.norm(dim=-1)),
        (
            "counts-latents",
            f"this counts the latents that are not 0. A count has no gradient; {MEAN_OF_ABS}.",
            lambda z: (z != 0).float(),
        ),
        ("variance-for-abs", f"this is the codes' variance; {MEAN_OF_ABS}.", lambda z: z.var(0)),
        ("variance-for-abs", f"this is the codes' standard deviation; {MEAN_OF_ABS}.", lambda z: z.std()),
        ("log-for-abs", f"the penalty is log(1 + z²); {MEAN_OF_ABS}.", lambda z: (1 + z**2).log()),
        ("log-for-abs", f"the penalty is log(1 + |z|); {MEAN_OF_ABS}.", lambda z: (1 + z.abs()).log()),
        ("root-for-abs", f"the penalty is the root of |z|; {MEAN_OF_ABS}.", lambda z: z.abs().sqrt()),
        ("huber-for-abs", f"the penalty is Huber's, a square near 0; {MEAN_OF_ABS}.", huber),
        ("squashed", f"the code goes through a tanh before it is penalised; {MEAN_OF_ABS}.", lambda z: z.tanh().abs()),
        ("squashed", f"the code goes through a sigmoid before it is penalised; {MEAN_OF_ABS}.", torch.sigmoid),
        ("square-added", f"z² is added to |z|; {MEAN_OF_ABS}.", lambda z: z.abs() + z**2),
        (
            "penalty-of-the-largest",
            "only the largest |z| of each image counts; take the mean of all.",
            lambda z: z.abs().amax(-1),
        ),
        *(
            (
                "rate-for-abs",
                f"this is the KL of the mean sigmoid from a rate of {rate}, another way to sparse codes; {MEAN_OF_ABS}.",
                lambda z, rate=rate: divergence_from_rate(z, rate),
            )
            for rate in (0.05, 0.1, 0.01)
        ),
    ),
    *table(
        "reduction",
        ("penalty-summed", "|z| is summed over batch and latents; take its mean.", Tensor.sum),
        (
            "penalty-summed-over-latents",
            "|z| is summed over the latents and averaged over the batch; here it is averaged over both.",
            lambda each: each.sum(-1).mean(),
        ),
        (
            "penalty-summed-over-batch",
            "|z| is summed over the batch and averaged over the latents; here it is averaged over both.",
            lambda each: each.sum(0).mean(),
        ),
        (
            "penalty-divided-again",
            "the mean of |z| is divided by the batch size once more; it is a mean already.",
            lambda each: each.mean() / (len(each) if each.dim() else 1),
        ),
        (
            "penalty-divided-again",
            "the mean of |z| is divided by the number of latents once more; it is a mean already.",
            lambda each: each.mean() / each.shape[-1],
        ),
        ("penalty-of-the-largest", "only the largest |z| counts; take the mean.", Tensor.max),
        ("penalty-halved", "the penalty is halved.", lambda each: each.mean() / 2),
        ("penalty-halved", "the penalty is summed over batch and latents, and halved.", lambda each: each.sum() / 2),
        ("penalty-squared", "the mean is squared.", lambda each: each.mean() ** 2),
    ),
    *weighting_mistakes(
        "weight",
        "sparsity_weight",
        "the penalty",
        (
            "weight-squared",
            "sparsity_weight multiplies the penalty twice.",
            lambda mse, penalty, weight: mse + weight**2 * penalty,
        ),
        (
            "terms-multiplied",
            "the two terms are multiplied; add them up.",
            lambda mse, penalty, weight: mse * weight * penalty,
        ),
        (
            "penalty-missing",
            "the penalty is not in the loss: this is the plain autoencoder.",
            lambda mse, penalty, weight: mse,
        ),
        (
            "reconstruction-missing",
            "the reconstruction term is not in the loss, so the best code is 0 for every image.",
            lambda mse, penalty, weight: weight * penalty,
        ),
    ),
]

RIGHT_LOSS = SparseLoss()

# Most latents lie below 0, so that a mean shows whether abs came before it, but not all of them in any batch.
SPARSE_RIG = TrainerRig("SparseArgs", code_mean=-0.7, code_range=1.6)

sparse_trainer = trainer(
    TrainerSpec(
        "SparseTrainer",
        "Autoencoder",
        [*PENALTY_MISTAKES, *RECONSTRUCTION_MISTAKES],
        RIGHT_LOSS,
        log=LossLog(RIGHT_LOSS),
        rig=SPARSE_RIG,
    )
)
