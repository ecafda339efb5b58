"""Makes the latent explorer: one HTML file that needs no network and no server.

Everything it needs stands in the file: the scripts and the style beside this module, the models' weights, a thousand
test digits and where each model puts them, and the judge. A policy in its head forbids the rest.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from course.data.mnist import MEAN, MNIST, STD, normalise
from course.explorer.layers import Layers, as_text, pack, pack_numbers, run, unpack
from course.explorer.reading import Model
from course.figures.palette import AUTOENCODER, DIGIT_SYMBOLS, DIGITS, GROUND, GROUND_GRID, GROUND_INK, IN_THE_DARK, VAE
from course.given.classifier import CONFIDENT

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights"
SCRIPTS = ("network.js", "model.js", "digits.js", "map.js", "side.js", "tools.js", "stops.js", "explorer.js")
BETAS = (0, 0.01, 0.1, 0.5, 1)
SHIPPED_BITS = 7
DIGITS_SHOWN = 1000
DRAWS = 1000
DIGITS_BY = (
    f"The digits are MNIST's first {DIGITS_SHOWN:,} test images, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "
    "under CC BY-SA 3.0."
)


@dataclass(frozen=True)
class Choice:
    """A model that can be put into a panel, under a label such as "0.1"; `bits` is how its weights travel."""

    model: Model
    label: str = ""
    bits: int = 16


@dataclass(frozen=True)
class Panel:
    """One side of the page: a name, and one model or several to choose from; `start` is the first one shown."""

    name: str
    choices: Sequence[Choice]
    start: int = 0


def make_page(panels: Sequence[Panel], source: str) -> str:
    """The whole page as text. `source` says in its footer where the weights come from."""
    data = {
        "source": f"{source} {DIGITS_BY}",
        "panels": [
            {
                "name": panel.name,
                "colours": side_colours(panel.choices[0].model),
                "start": panel.start,
                "choices": [describe(choice) for choice in panel.choices],
            }
            for panel in panels
        ],
        "digits": {
            "images": as_text(testset().data[:DIGITS_SHOWN].numpy().tobytes()),
            "labels": "".join(map(str, testset().targets[:DIGITS_SHOWN].tolist())),
            "holdout": [int((testset().targets == digit).nonzero()[0]) for digit in range(10)],
            "normalisation": [MEAN, STD],
        },
        "judge": json.loads(shipped("judge"))["layers"],
        "confident": CONFIDENT,
        "palette": [{"colour": colour, "symbol": symbol} for colour, symbol in zip(DIGITS, DIGIT_SYMBOLS, strict=True)],
        "map": {"paper": GROUND, "ink": GROUND_INK, "faint": GROUND_GRID},  # in every theme
    }
    script = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (HERE / "explorer.css").read_text(encoding="utf-8")
    parts = {
        "policy": f"default-src 'none'; img-src data:; script-src {fingerprint(script)}; style-src {fingerprint(style)}",
        "style": style,
        "script": script,
        "data": json.dumps(data, separators=(",", ":")).replace("</", r"<\/"),
    }
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace(f"{{{{ {name} }}}}", text)
    return page


def side_colours(model: Model) -> dict[str, str]:
    """The colour of a side of the page, in a light and a dark theme: that of its kind in all figures."""
    colour = AUTOENCODER if model.kind == "autoencoder" else VAE
    return {"light": colour, "dark": IN_THE_DARK[colour]}


def fingerprint(text: str) -> str:
    """What a Content-Security-Policy calls this inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@torch.inference_mode()
def describe(choice: Choice) -> dict[str, Any]:
    """A model as the page has it: its weights, where it puts the digits, and how well it does."""
    encoder, decoder = pack(choice.model.encoder, choice.bits), pack(choice.model.decoder, choice.bits)
    model = Model(choice.model.kind, choice.model.latent, unpack(encoder), unpack(decoder))  # as it travels
    images = normalise(testset().data[:DIGITS_SHOWN])
    codes, logsigma = model.encode(images)
    middle = codes.mean(0)
    directions = torch.linalg.svd(codes - middle, full_matrices=False).Vh[:2]
    return {
        "label": choice.label,
        "kind": model.kind,
        "latent": model.latent,
        "encoder": encoder,
        "decoder": decoder,
        "codes": pack_numbers(codes.T, 16),
        "middle": middle.tolist(),
        "directions": directions.tolist(),
        "step": distance_to_neighbours(codes),
        "error": F.mse_loss(run(model.decoder, codes), images).item(),
        "read": share_read(model),
        "kl": None if logsigma is None else kl_per_latent(codes, logsigma),
    }


def distance_to_neighbours(codes: Tensor) -> float:
    """The median distance from a code (n, latent) to the nearest other one."""
    distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    return distances.amin(1).median().item()


def kl_per_latent(mu: Tensor, logsigma: Tensor) -> float:
    """The mean of KL(N(mu, sigma²) ‖ N(0, 1)) over images and latents, both (n, latent), in nats."""
    return ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean().item()


def share_read(model: Model) -> float:
    """Of images decoded from N(0, I), the share that the judge reads with confidence."""
    z = torch.randn(DRAWS, model.latent, generator=torch.Generator().manual_seed(0))
    probability = run(judge(), run(model.decoder, z)).softmax(1).amax(1)
    return (probability > CONFIDENT).float().mean().item()


# What is shipped


def shipped(name: str) -> str:
    """The JSON in `course/explorer/weights/` of this name."""
    return (WEIGHTS / f"{name}.json").read_text(encoding="utf-8")


@cache
def judge() -> Layers:
    """The course's classifier, with the weights that the page has."""
    return unpack(json.loads(shipped("judge"))["layers"])


def shipped_model(name: str) -> Model:
    """The model that `python -m tools.explorer_weights` trained under this name, with the weights that the page has."""
    packed = json.loads(shipped(name))
    return Model(packed["kind"], packed["latent"], unpack(packed["encoder"]), unpack(packed["decoder"]))


@cache
def testset() -> MNIST:
    """MNIST's test digits, read once."""
    return MNIST(train=False)


def course_page() -> str:
    """The page with the weights that are shipped: the autoencoder of lesson 1 beside the VAE of lesson 2 at five betas."""
    made = json.loads(shipped("autoencoder"))["made"]
    vaes = [Choice(shipped_model(f"vae_{beta}"), str(beta), SHIPPED_BITS) for beta in BETAS]
    return make_page(
        [
            Panel("Autoencoder", [Choice(shipped_model("autoencoder"), bits=SHIPPED_BITS)]),
            Panel("VAE", vaes, start=BETAS.index(0.1)),
        ],
        f"The weights are the course's own: its autoencoder and VAE, {made['epochs']} epochs, seed {made['seed']}, torch "
        f"{made['torch']}, packed in {SHIPPED_BITS} bits ({made['by']}).",
    )
