"""Wrong models that nobody would write, drawn at random: no table holds them, so that a cause named for one is a false one.

What is drawn is odd by its numbers: slopes, powers, shifts, permutations. A sample's spread or noise that is odd may be called so
(`wrong-spread`, `not-normal`): this is what it is, and such an answer says which of these is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from suite.corpus import Wrong
from suite.corpus.autoencoder import wrong as autoencoder
from suite.corpus.vae.wrong import NOISE, SPLIT, TO_LATENT, z_is

ACTIVATIONS = (
    "{a} * x.relu() + {b} * x.tanh()",
    "F.leaky_relu(x, {c})",
    "(x + {b}).relu()",
    "x.relu() ** {a}",
    "x * (x * {a} + {b}).sigmoid()",
    "(x.relu() + {c} * x.sin())",
    "x.relu().clamp(max={a})",
)
INNER = (
    "{a} * x + {b}",
    "x + {c} * x.roll(1, -1)",
    "x[:, torch.randperm(x.shape[1], generator=torch.Generator().manual_seed({seed}))]",
    "x * torch.rand(x.shape[1:], generator=torch.Generator().manual_seed({seed}))",
    "x + {c} * x.mean(-1, keepdim=True)",
    "x.sign() * x.abs() ** {a}",
)
LAST = (
    "x + {c} * x.sin()",
    "x + {c} * x**2",
    "{a} * x.tanh() + {c} * x",
    "x.sign() * x.abs() ** {a}",
    "(x + {b}).abs() - {c}",
)

SPREADS = (
    "(logsigma.exp() ** {a} + {c} * logsigma.sin())",
    "F.softplus({a} * logsigma + {b})",
    "({c} + logsigma.cos()).exp()",
    "({a} * logsigma + {b}).exp()",
    "(logsigma.exp() * {a} + {b} ** 2)",
    "(logsigma + {c} * mu).exp()",
)
NOISES = (
    "({a} * torch.randn_like(mu) * torch.rand_like(mu))",
    "torch.distributions.Laplace(0.0, {a}).sample(mu.shape)",
    "torch.distributions.Gumbel({b}, {a}).sample(mu.shape)",
    "(torch.randn_like(mu).abs() ** {a} - {c})",
    "(torch.rand_like(mu) ** {a} - {c})",
    "torch.where(torch.rand_like(mu) < {c}, 5 * {a} * torch.randn_like(mu), torch.randn_like(mu))",
)


def numbers(random: Random) -> dict[str, str]:
    """a lies about 1 and is not 1, b is a shift of either sign, c a small part."""
    a = random.choice((random.uniform(0.55, 0.9), random.uniform(1.15, 1.8)))
    b = random.choice((-1, 1)) * random.uniform(0.2, 0.6)
    c = random.uniform(0.12, 0.19) if random.random() < 0.5 else random.uniform(0.22, 0.29)
    return {"a": f"{a:.3f}", "b": f"({b:.3f})", "c": f"{c:.3f}", "seed": str(random.randrange(10**6))}


def odd(random: Random, formulas: tuple[str, ...]) -> str:
    return random.choice(formulas).format(**numbers(random))


def network(name: str, random: Random) -> Wrong:
    """An autoencoder with something odd at one place, or at two."""
    layers = [
        autoencoder.CONV1,
        autoencoder.CONV2,
        autoencoder.TO_HIDDEN,
        autoencoder.FROM_LATENT,
        autoencoder.FROM_HIDDEN,
        autoencoder.UP1,
    ]
    classes, changes = [], []
    for number, layer in enumerate(random.sample(layers, random.choice((1, 1, 2)))):
        kind, formulas = random.choice((("activation", ACTIVATIONS), ("inner", INNER)))
        classes.append(odd_layer(f"Odd{number}", odd(random, formulas)))
        relu = "" if kind == "activation" else " ReLU(),"
        changes.append((f"{layer} ReLU(),", f"{layer} Odd{number}(),{relu}"))
    if random.random() < 0.25:
        last = random.choice((autoencoder.TO_LATENT, autoencoder.UP2))
        classes.append(odd_layer("OddLast", odd(random, LAST)))
        changes.append((last, f"{last} OddLast(),"))
    return Wrong("autoencoder", name, None, *changes, ("class Autoencoder", "".join(classes) + "class Autoencoder"))


def odd_layer(name: str, formula: str) -> str:
    return f"class {name}(nn.Module):\n    def forward(self, x):\n        return {formula}\n\n\n"


def head(name: str, random: Random) -> Wrong:
    """A VAE with something odd at its encoder's end."""
    written = odd_layer("Odd", odd(random, LAST))
    return Wrong(
        "vae", name, None, (f"{TO_LATENT} {SPLIT}", f"{TO_LATENT} Odd(), {SPLIT}"), ("class VAE", f"{written}class VAE")
    )


def spread(name: str, random: Random) -> Wrong:
    return Wrong("vae", name, "wrong-spread", z_is(f"mu + {odd(random, SPREADS)} * torch.randn_like(mu)"))


def noise(name: str, random: Random) -> Wrong:
    return Wrong("vae", name, "not-normal", (NOISE, odd(random, NOISES)))


KINDS: dict[str, Callable[[str, Random], Wrong]] = {"network": network, "head": head, "spread": spread, "noise": noise}


def random_answers(kind: str, times: int, seed: int = 0) -> Iterator[Wrong]:
    """So many of one kind, alike for a seed."""
    random = Random(f"{kind} {seed}")
    return (KINDS[kind](f"a random {kind}, {seed} {number}", random) for number in range(times))
