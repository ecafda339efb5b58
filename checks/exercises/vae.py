"""Lesson 2's two exercises: the VAE and its trainer."""

from dataclasses import dataclass
from functools import partial

from checks.core.mistakes import Mistake, table
from checks.models.reference import DIGITS
from checks.models.spec import ModelSpec, vae_halves
from checks.models.vae import VAEModel
from checks.trainers.check import trainer
from checks.trainers.losses import KL_MISTAKES, RECONSTRUCTION_MISTAKES, RIGHT_LOSS, USUAL, squared_error
from checks.trainers.rig import TrainerRig
from checks.trainers.trainer import Logged, TrainerSpec

vae = partial(ModelSpec, DIGITS, vae_halves(DIGITS), VAEModel, asked="VAE")


@dataclass(frozen=True)
class VAELog:
    """What W&B gets at each step of a VAE's trainer, each number under the name of its field."""

    reconstruction_loss: Logged = lambda out, weight: squared_error(out)
    kl_div_loss: Logged = lambda out, weight: RIGHT_LOSS.kl_of(out)
    mean: Logged = lambda out, weight: out["mu"].mean()
    std: Logged = lambda out, weight: out["logsigma"].exp().mean()
    total_loss: Logged = RIGHT_LOSS


RIGHT_LOG = VAELog()


def in_place_of(name: str, *rows: tuple[str, Logged]) -> list[Mistake]:
    """Numbers that are easily logged under this name, each as (text, number)."""
    return table(name, *(("wandb-wrong-number", text, number) for text, number in rows))


LOG_MISTAKES = [
    *in_place_of(
        "std",
        ("that is the mean of log sigma: take exp first.", lambda out, _: out["logsigma"].mean()),
        ("that is exp of the mean: take exp first, then the mean.", lambda out, _: out["logsigma"].mean().exp()),
        ("that is the mean of sigma²: log sigma's exp is sigma.", lambda out, _: (2 * out["logsigma"]).exp().mean()),
        ("that is exp(logsigma / 2), which is for a log variance.", lambda out, _: (out["logsigma"] / 2).exp().mean()),
        ("that is how far the means are spread; sigma is meant.", lambda out, _: out["mu"].std()),
        ("that is how far log sigma is spread; the mean of sigma is meant.", lambda out, _: out["logsigma"].std()),
        ("that is how far sigma is spread; its mean is meant.", lambda out, _: out["logsigma"].exp().std()),
    ),
    *in_place_of(
        "mean",
        ("that is the mean of log sigma.", lambda out, _: out["logsigma"].mean()),
        ("that is the mean of sigma.", lambda out, _: out["logsigma"].exp().mean()),
        ("that is the mean of |mu|.", lambda out, _: out["mu"].abs().mean()),
        ("that is the sum of mu; take its mean.", lambda out, _: out["mu"].sum()),
        ("that is the mean of the reconstruction; mu is meant.", lambda out, _: out["reconstruction"].mean()),
    ),
    *in_place_of(
        "kl_div_loss",
        ("that is the sum; take the mean.", lambda out, _: RIGHT_LOSS.divergence(out["mu"], out["logsigma"]).sum()),
        ("that is the reconstruction term.", RIGHT_LOG.reconstruction_loss),
    ),
    *in_place_of("reconstruction_loss", ("that is the KL term.", RIGHT_LOG.kl_div_loss)),
    *in_place_of(
        "total_loss",
        ("that is the reconstruction term alone.", RIGHT_LOG.reconstruction_loss),
        ("that is the KL term alone.", RIGHT_LOG.kl_div_loss),
        ("that is the sum without beta_kl.", lambda out, _: squared_error(out) + RIGHT_LOSS.kl_of(out)),
    ),
]  # fmt: skip

WEIGHTED = (
    "`kl_div_loss` is logged times beta_kl. The lessons compare the KL between betas, so log it without: a run with "
    "another beta would seem to have another KL."
)

vae_trainer = trainer(
    TrainerSpec(
        "VAETrainer",
        "VAE",
        [*KL_MISTAKES, *RECONSTRUCTION_MISTAKES],
        usual=USUAL,
        log=RIGHT_LOG,
        log_mistakes=LOG_MISTAKES,
        log_alternatives={"kl_div_loss": [(WEIGHTED, lambda out, weight: weight * RIGHT_LOSS.kl_of(out))]},
        rig=TrainerRig("VAEArgs", is_vae=True),
    )
)
