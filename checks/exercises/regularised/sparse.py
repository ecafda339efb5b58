"""Bonus 9's second exercise: the trainer of a sparse autoencoder, whose loss has a penalty on the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

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
        ("penalty-of-the-largest", "only the largest |z| counts; take the mean.", Tensor.max),
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
            "penalty-subtracted",
            "the penalty is subtracted, so that large latents are rewarded; add it.",
            lambda mse, penalty, weight: mse - weight * penalty,
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

# The latents lie well below 0, so that a mean shows whether abs came before it.
SPARSE_RIG = TrainerRig("SparseArgs", code_mean=-1.2)

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
