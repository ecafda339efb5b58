"""Trains what `make explore` shows, and writes the weights to course/explorer/weights/.

    python -m tools.explorer_weights      # a quarter of an hour on two cores

The autoencoder of lesson 1, the VAE of lesson 2 at five betas, and the classifier that judges: the course's own
trainers and settings, ten epochs, seed 0. Each model is kept in results/explorer_weights/ as soon as it is trained, so an
interrupted run goes on where it stopped. A file says how it was made, and what packing its weights in 7 bits cost.
"""

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn import functional as F

from course.data.datasets import get_dataset
from course.data.files import write_whole
from course.explorer.layers import Layer, Layers, pack, run, unpack
from course.explorer.page import BETAS, SHIPPED_BITS, WEIGHTS
from course.explorer.reading import Model, read_model
from course.given.classifier import DigitClassifier, train_classifier
from solutions.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer
from solutions.vae import VAE, VAEArgs, VAETrainer
from tools.generated import ROOT

SEED = 0
Args = TypeVar("Args", bound=AutoencoderArgs)
TRAINED = ROOT / "results" / "explorer_weights"


def main() -> None:
    sizes = silent(AutoencoderArgs())
    ship("judge", trained("judge", DigitClassifier, lambda: train_classifier(SEED)), {})
    ship(
        "autoencoder",
        trained(
            "autoencoder",
            lambda: Autoencoder(sizes.latent_dim_size, sizes.hidden_dim_size),
            lambda: AutoencoderTrainer(sizes).train(),
        ),
        {"epochs": sizes.epochs},
    )
    for beta_kl in BETAS:
        ship_vae(silent(VAEArgs(hidden_dim_size=100, beta_kl=beta_kl)))


def silent(args: Args) -> Args:
    return replace(args, use_wandb=False, log_every_n_steps=10**9)


def ship_vae(args: VAEArgs) -> None:
    model = trained(
        f"vae_{args.beta_kl}", lambda: VAE(args.latent_dim_size, args.hidden_dim_size), lambda: VAETrainer(args).train()
    )
    ship(f"vae_{args.beta_kl}", model, {"epochs": args.epochs, "beta_kl": args.beta_kl})


def trained(name: str, make: Callable[[], nn.Module], train: Callable[[], nn.Module]) -> nn.Module:
    """The trained model: read from results/ where an earlier run has left it."""
    path = TRAINED / f"{name}.pt"
    if not path.exists():
        print(f"training {name}", flush=True)
        torch.manual_seed(SEED)
        model = train()
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), path)
    model = make()
    model.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return model.eval()


def ship(name: str, model: nn.Module, settings: dict[str, Any]) -> None:
    """Writes the model as the page takes it, with how it was made and how good it is, before packing and after."""
    if isinstance(model, DigitClassifier):
        layers = judge_layers(model)
        packed_layers = pack(layers, SHIPPED_BITS)
        content: dict[str, Any] = {"layers": packed_layers}
        quality, before, after = "test accuracy", accuracy(layers), accuracy(unpack(packed_layers))
    else:
        read = read_model(model)
        halves = {half: pack(getattr(read, half), SHIPPED_BITS) for half in ("encoder", "decoder")}
        packed = Model(read.kind, read.latent, *map(unpack, halves.values()))
        content = {"kind": read.kind, "latent": read.latent, **halves}
        quality, before, after = "test MSE", error(read), error(packed)
    made = {
        "by": "python -m tools.explorer_weights",
        "seed": SEED,
        **settings,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        f"{quality} as trained": round(before, 4),
        f"{quality} in {SHIPPED_BITS} bits": round(after, 4),
    }
    path = WEIGHTS / f"{name}.json"
    write_whole(path, json.dumps({"made": made, **content}, separators=(",", ":")).encode() + b"\n")
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB  {made}", flush=True)


def judge_layers(classifier: DigitClassifier) -> Layers:
    """The classifier's layers; those that do nothing when it judges are left out."""
    translate: dict[type, Callable[[Any], Layer | None]] = {
        nn.Conv2d: lambda each: Layer("convolution", each.weight, each.bias, each.stride[0], each.padding[0]),
        nn.Linear: lambda each: Layer("linear", each.weight, each.bias),
        nn.ReLU: lambda each: Layer("relu"),
        nn.MaxPool2d: lambda each: Layer("max pool", stride=each.kernel_size),
        nn.Flatten: lambda each: None,
        nn.Dropout: lambda each: None,
    }
    layers = [translate[type(each)](each) for each in (*classifier.body, classifier.head)]
    return [layer for layer in layers if layer]


@torch.inference_mode()
def accuracy(judge: Layers) -> float:
    """The share of all test digits that are read rightly."""
    testset = get_dataset("MNIST", train=False)
    return (run(judge, testset.images.cpu()).argmax(1) == testset.targets).float().mean().item()


@torch.inference_mode()
def error(model: Model) -> float:
    """The mean squared error of all test digits; for a VAE, rebuilt from the mean."""
    images = get_dataset("MNIST", train=False).images.cpu()
    return F.mse_loss(run(model.decoder, model.encode(images)[0]), images).item()


if __name__ == "__main__":
    main()
