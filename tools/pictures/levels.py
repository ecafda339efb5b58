"""Bonus lesson 8's tables and pictures, from real runs.

    python -m tools.pictures.levels [RUN …] [--epochs 3] [--seeds 0 1 2]
    python -m tools.pictures.levels --pictures

RUN is one of `RUNS` or "plain", a VAE of the same size; all of them where none is named. Prints what each costs on the test
digits and how its samples are judged: a line for each seed, then the range over the seeds. --pictures also makes
notebooks/images/hierarchy_*.png, of the first seed, from the runs that these show.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn import functional as F

import utils
from course.given.classifier import CONFIDENT, DigitClassifier, in_batches, judge
from course.given.level_losses import chains_own, constant, free_nats, log_ratio, warm_up
from course.given.level_training import Loss, train_levels
from course.given.trained_classifier import trained_classifier
from solutions.beta_vae import kl_per_latent
from solutions.hierarchical_vae import HierarchicalVAE, hierarchical_loss
from solutions.vae import VAE, VAEArgs, VAETrainer
from tools.pictures.lessons import save
from tools.pictures.measure import SAMPLES, Numbers, Rows, span, table

SIZES = (10, 5, 100)  # latents below, latents above, hidden
BETA = 0.08
STRONG = 0.3  # lesson 2's real beta, 7.84
Model = VAE | HierarchicalVAE

LOSSES: dict[str, Callable[[Any, float], Loss]] = {
    "closed": constant,
    "chain": chains_own,
    "warm-up": partial(warm_up, epochs=2),
    "free": partial(free_nats, nats=3),
}


class Run(NamedTuple):
    beta_kl: float
    loss: Loss


RUNS = {
    name + strength: Run(beta_kl, change(hierarchical_loss, beta_kl))
    for strength, beta_kl in (("", BETA), (", strong", STRONG))
    for name, change in LOSSES.items()
}
ROWS: Rows = (
    ("test MSE, from a sample", "error", ".3f"),
    ("lower level, closed form (nats per image)", "kl1", ".2f"),
    ("lower level, own term", "own", ".2f"),
    ("upper level", "kl2", ".2f"),
    ("the bound: 784 / (2 · real beta) · error + nats by the own term", "bound", ".1f"),
    (f"samples read with over {CONFIDENT} confidence", "read", ".1%"),
    ("their spread over the ten digits (1: even)", "spread", ".2f"),
    ("their Fréchet distance to test digits", "frechet", ".0f"),
)
DRAWN = ("plain", "closed", "chain", "closed, strong")


def train_plain(epochs: int, seed: int) -> VAE:
    """A VAE with as many latents as z1 has, and the same real beta."""
    torch.manual_seed(seed)
    beta = BETA * SIZES[0] / (SIZES[0] + SIZES[1])
    args = VAEArgs(SIZES[0], SIZES[2], beta_kl=beta, epochs=epochs, use_wandb=False, log_every_n_steps=10**9)
    return cast(VAE, VAETrainer(args).train())


def train_run(name: str, epochs: int, seed: int) -> Model:
    if name == "plain":
        return train_plain(epochs, seed)
    torch.manual_seed(seed)
    model = HierarchicalVAE(*SIZES)
    train_levels(model, RUNS[name].loss, epochs, name)
    return model


@torch.inference_mode()
def measure(name: str, model: Model, classifier: DigitClassifier) -> Numbers:
    """The numbers of `ROWS`, of the test digits and of as many samples; a plain VAE lacks those of a second level."""
    x = utils.get_dataset("MNIST", train=False).images
    torch.manual_seed(1)
    if isinstance(model, HierarchicalVAE):
        out = model(x)
        parts = hierarchical_loss(out, x, 0.0)
        costs = {"error": parts.reconstruction, "kl1": parts.kl1, "own": log_ratio(out).mean(), "kl2": parts.kl2}
        nats, beta_kl = costs["own"] + parts.kl2, RUNS[name].beta_kl
        images = torch.cat([model.sample(SAMPLES // 10) for _ in range(10)])
    else:
        reconstruction, mu, logsigma = model(x)
        nats, beta_kl = kl_per_latent(mu, logsigma).sum(), BETA
        costs = {"error": F.mse_loss(reconstruction, x), "kl1": nats}
        images = in_batches(model.decoder, torch.randn(SAMPLES, SIZES[0], device=x.device))
    costs["bound"] = (SIZES[0] + SIZES[1]) / beta_kl * costs["error"] + nats
    verdict = judge(images, classifier)
    return {key: value.item() for key, value in costs.items()} | {
        "read": verdict.confident_share,
        "spread": verdict.spread,
        "frechet": verdict.frechet_distance,
    }


@torch.inference_mode()
def rows_of_z2(model: HierarchicalVAE, rows: int = 8, columns: int = 12) -> Tensor:
    """One z2 a row, drawn from the prior; in each row as many z1 drawn from p(z1|z2), decoded."""
    torch.manual_seed(3)
    z2 = torch.randn(rows, model.latent2_dim_size, device=utils.get_device())
    mu, logsigma = model.decoder2(repeat(z2, "row latent -> (row column) latent", column=columns))
    return model.decoder1(mu + logsigma.exp() * torch.randn_like(mu))


@torch.inference_mode()
def walks(model: HierarchicalVAE, columns: int = 12) -> Tensor:
    """From the z2 of one holdout digit to that of another, a pair a row; z1 is its mean at each step."""
    z1 = model.encoder1(utils.HOLDOUT_DATA.to(utils.get_device()))[0]
    means = model.encoder2(z1)[0]
    share = torch.linspace(0, 1, columns, device=means.device)[:, None]
    path = torch.stack([(1 - share) * means[a] + share * means[b] for a, b in ((0, 6), (1, 7), (3, 8), (4, 9))])
    return model.decoder1(model.decoder2(rearrange(path, "pair step latent -> (pair step) latent"))[0])


def draws(model: Model, count: int = 24) -> Tensor:
    """The first new images of a model."""
    torch.manual_seed(0)
    if isinstance(model, HierarchicalVAE):
        return model.sample(count)
    return model.decoder(torch.randn(count, model.latent_dim_size, device=utils.get_device()))


@torch.inference_mode()
def draw_pictures(models: dict[str, Model]) -> None:
    """What the lesson shows, from the runs in `DRAWN`."""
    chain, collapsed = (cast(HierarchicalVAE, models[name]) for name in ("chain", "closed, strong"))
    save("hierarchy_rows", rows_of_z2(chain), nrows=8)
    save("hierarchy_rows_collapsed", rows_of_z2(collapsed), nrows=8)
    save("hierarchy_walks", torch.cat((walks(chain), walks(collapsed)[:12])), nrows=5)
    save("hierarchy_samples", torch.cat([draws(models[name]) for name in ("plain", "closed", "chain")]), nrows=6)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures.levels", description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--pictures", action="store_true")
    options = parser.parse_args()
    names = options.runs or (DRAWN if options.pictures else ["plain", *RUNS])
    classifier = trained_classifier()
    models: dict[str, Model] = {}
    measured: dict[str, list[Numbers]] = {name: [] for name in names}
    for seed in options.seeds:
        for name in names:
            model = train_run(name, options.epochs, seed)
            models.setdefault(name, model)
            numbers = measure(name, model, classifier)
            measured[name].append(numbers)
            shown = (f"{key} {format(numbers[key], form)}" for _, key, form in ROWS if key in numbers)
            print(f"seed {seed}  {name}: {'  '.join(shown)}", flush=True)
    if len(options.seeds) > 1:
        print(f"\n{options.epochs} epochs, seeds {options.seeds}\n", table(ROWS, measured, span), sep="\n")
    if options.pictures:
        draw_pictures(models)


if __name__ == "__main__":
    main()
