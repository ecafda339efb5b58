"""Trainers with a loss that nobody would write: random coefficients, powers and statistics, near the right loss and far.

No table has such a loss, so a check that names a cause for one has made it up: `random_losses` is for counting how often
that happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from suite.corpus import Wrong
from suite.corpus.trainer_parts import REC, kl_is, lines, loss_is, total_is

STATISTICS = ("mean()", "sum()", "flatten(1).sum(1).mean()", "flatten(1).mean(1).amax()", "std()", "quantile(0.7)")
"""Of the powers of the differences."""
SCALED = STATISTICS[:3]
"""Of squares these are a multiple of the right loss, which is then what they are called."""


def random_losses(exercise: str, seed: int) -> Iterator[Wrong]:
    """Without end: answers to "autoencoder_trainer" or "vae_trainer", with the one cause that is true of them, if any."""
    draw = Random(seed)
    number = 0
    while True:
        number += 1
        name = f"random loss {seed}-{number}"
        if exercise == "autoencoder_trainer":
            error = random_error("output", draw)
            cause = "loss-scaled" if ".pow(2)." in error and error.endswith(SCALED) else None
            yield Wrong(exercise, name, cause, loss_is("output = self.model(img)", f"loss = {error}"))
            continue
        # One of the two terms is odd, or both; the other is right or usual.
        odd = draw.choice(("reconstruction", "divergence", "both"))
        error = usual_error(draw) if odd == "divergence" else random_error("reconstruction", draw)
        divergence = usual_divergence(draw) if odd == "reconstruction" else random_divergence(draw)
        yield Wrong(
            exercise,
            name,
            None,
            (REC, lines(f"reconstruction_loss = {error}")),
            kl_is(f"({divergence}).{draw.choice(('mean()', 'sum()', 'sum(1).mean()'))}"),
            total_is(f"reconstruction_loss + {random_weight(draw)} * kl_div_loss"),
        )


def odd_number(draw: Random) -> float:
    """A number from 0.2 to 5 that is none of those which formulas have."""
    while True:
        found = round(5 ** draw.uniform(-1, 1), 3)
        if min(abs(found - usual) for usual in (0.25, 0.5, 1, 2, 3, 4)) > 0.03:
            return found


def random_error(output: str, draw: Random) -> str:
    """c · statistic(|difference| ** p) with an odd c, an odd p, or both."""
    factor, power = draw.choice(((odd_number(draw), 2), (1, odd_number(draw)), (odd_number(draw), odd_number(draw))))
    return f"{factor} * ({output} - img).abs().pow({power}).{draw.choice(STATISTICS)}"


def random_divergence(draw: Random) -> str:
    """A KL some of whose four terms count an odd number of times, or for which sigma is no exp(logsigma)."""
    counts = [1.0] * 4
    for term in draw.sample(range(4), draw.randint(1, 3)):
        counts[term] = odd_number(draw)
    sigma, mean, one, log = counts
    rate = draw.choice((2, 1, odd_number(draw)))
    return f"({sigma} * ({rate} * logsigma).exp() + {mean} * mu**2 - {one}) / 2 - {log} * logsigma"


def usual_error(draw: Random) -> str:
    return draw.choice(("F.mse_loss(reconstruction, img)", "F.mse_loss(reconstruction, img, reduction='sum')"))


def usual_divergence(draw: Random) -> str:
    return draw.choice(
        ("((2 * logsigma).exp() + mu**2 - 1) / 2 - logsigma", "-(1 + logsigma - mu**2 - logsigma.exp()) / 2")
    )


def random_weight(draw: Random) -> str:
    """beta_kl, none, or any number down to a hundred-thousandth: where the KL counts little, its form hardly shows."""
    return draw.choice(("self.args.beta_kl", "1", f"{10 ** draw.uniform(-5, 1):.3g}"))
