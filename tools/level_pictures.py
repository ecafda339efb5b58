"""Bonus lesson 8's table and pictures, from real runs.

    python -m tools.level_pictures [RUN …] [--epochs 3] [--seeds 0 1 2]
    python -m tools.level_pictures --pictures

RUN is one of `RUNS` or "plain", a VAE of the same size; all of them where none is named. Prints what each costs on the test
digits and how its samples are judged: a line for each seed, then the range over the seeds. --pictures also makes
notebooks/images/hierarchy_*.png, of the first seed, from the runs that these show.
"""

import argparse
from dataclasses import dataclass, field, fields

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional as F

import utils
from course.classifier import DigitClassifier, in_batches, judge, train_classifier
from course.level_losses import chains_own, constant, free_nats, log_ratio, warm_up
from course.level_training import train_levels
from solutions.hierarchical_vae import HierarchicalVAE, hierarchical_loss
from solutions.vae import VAEArgs, VAETrainer
from tools.pictures import save

SIZES = (10, 5, 100)
BETA = 0.08
STRONG = 0.3  # lesson 2's real beta, 7.84
RUNS = {
    "closed": constant(hierarchical_loss, BETA),
    "chain": chains_own(hierarchical_loss, BETA),
    "warm-up": warm_up(hierarchical_loss, BETA, epochs=2),
    "free": free_nats(hierarchical_loss, BETA, nats=3),
    "closed, strong": constant(hierarchical_loss, STRONG),
    "chain, strong": chains_own(hierarchical_loss, STRONG),
    "warm-up, strong": warm_up(hierarchical_loss, STRONG, epochs=2),
    "free, strong": free_nats(hierarchical_loss, STRONG, nats=3),
}
DRAWN = ("plain", "closed", "chain", "closed, strong")


def train_plain(epochs: int, seed: int) -> nn.Module:
    """A VAE with as many latents as z1 has, and the same real beta."""
    torch.manual_seed(seed)
    beta = BETA * SIZES[0] / (SIZES[0] + SIZES[1])
    args = VAEArgs(SIZES[0], SIZES[2], beta_kl=beta, epochs=epochs, use_wandb=False, log_every_n_steps=10**9)
    return VAETrainer(args).train()


def train_run(name: str, epochs: int, seed: int) -> nn.Module:
    if name == "plain":
        return train_plain(epochs, seed)
    torch.manual_seed(seed)
    model = HierarchicalVAE(*SIZES)
    train_levels(model, RUNS[name], epochs, name)
    return model


@dataclass(frozen=True)
class Measured:
    """Of 10,000 test digits, and of as many samples. Each field's metadata is how to print it."""

    error: float = field(metadata={"form": ".3f"})  # from a sample
    kl1: float = field(
        metadata={"form": ".2f"}
    )  # nats, as are own, kl2 and bound; a plain VAE has this one only
    own: float = field(metadata={"form": ".2f"})
    kl2: float = field(metadata={"form": ".2f"})
    bound: float = field(
        metadata={"form": ".1f"}
    )  # own + kl2 + the error, weighted as this beta's noise asks
    read: float = field(metadata={"form": ".1%"})
    spread: float = field(metadata={"form": ".2f"})
    frechet: float = field(metadata={"form": ".0f"})


@torch.inference_mode()
def measure(name: str, model: nn.Module, classifier: DigitClassifier) -> Measured:
    x = utils.get_dataset("MNIST", train=False).images
    torch.manual_seed(1)
    if isinstance(model, HierarchicalVAE):
        out = model(x)
        parts = hierarchical_loss(out, x, 0.0)
        error, kl1, own, kl2 = parts.reconstruction, parts.kl1, log_ratio(out).mean(), parts.kl2
        images = torch.cat([model.sample(1000) for _ in range(10)])
    else:
        reconstruction, mu, logsigma = model(x)
        kl1 = own = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(1).mean()
        error, kl2 = F.mse_loss(reconstruction, x), torch.zeros(())
        images = in_batches(model.decoder, torch.randn(10_000, SIZES[0], device=x.device))
    weight = (SIZES[0] + SIZES[1]) / (STRONG if "strong" in name else BETA)  # 784 / (2 · real beta): lesson 3
    verdict = judge(images, classifier)
    costs = (float(value) for value in (error, kl1, own, kl2, weight * error + own + kl2))
    return Measured(*costs, verdict.confident_share, verdict.spread, verdict.frechet_distance)


def line(name: str, rows: list[Measured]) -> str:
    """The range over rows, or the one value, of everything measured."""
    cells = []
    for column in fields(Measured):
        values = [getattr(row, column.name) for row in rows]
        ends = dict.fromkeys(format(end, column.metadata["form"]) for end in (min(values), max(values)))
        cells.append(f"{column.name} {'–'.join(ends)}")
    return f"{name:16} {'  '.join(cells)}"


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
    path = torch.stack(
        [(1 - share) * means[a] + share * means[b] for a, b in ((0, 6), (1, 7), (3, 8), (4, 9))]
    )
    return model.decoder1(model.decoder2(rearrange(path, "pair step latent -> (pair step) latent"))[0])


def draws(model: nn.Module, count: int = 24) -> Tensor:
    """The first new images of a model."""
    torch.manual_seed(0)
    if isinstance(model, HierarchicalVAE):
        return model.sample(count)
    return model.decoder(torch.randn(count, model.latent_dim_size, device=utils.get_device()))


@torch.inference_mode()
def draw_pictures(models: dict[str, nn.Module]) -> None:
    """What the lesson shows, from the runs in `DRAWN`."""
    save("hierarchy_rows", rows_of_z2(models["chain"]), nrows=8)
    save("hierarchy_rows_collapsed", rows_of_z2(models["closed, strong"]), nrows=8)
    save(
        "hierarchy_walks", torch.cat((walks(models["chain"]), walks(models["closed, strong"])[:12])), nrows=5
    )
    save(
        "hierarchy_samples",
        torch.cat([draws(models[name]) for name in ("plain", "closed", "chain")]),
        nrows=6,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.level_pictures", description=__doc__.splitlines()[0]
    )
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--pictures", action="store_true")
    options = parser.parse_args()
    names = options.runs or (DRAWN if options.pictures else ["plain", *RUNS])
    classifier = train_classifier()
    models, measured = {}, {name: [] for name in names}
    for seed in options.seeds:
        for name in names:
            model = train_run(name, options.epochs, seed)
            models.setdefault(name, model)
            measured[name].append(measure(name, model, classifier))
            print(f"seed {seed}  {line(name, measured[name][-1:])}", flush=True)
    if len(options.seeds) > 1:
        print(f"\nseeds {options.seeds}", *(line(name, rows) for name, rows in measured.items()), sep="\n")
    if options.pictures:
        draw_pictures(models)


if __name__ == "__main__":
    main()
