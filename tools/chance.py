"""How often is a false cause named? `python -m tools.chance` shows each search wrong answers drawn at random.

    python -m tools.chance                          # 300 answers for each search: some twenty minutes
    python -m tools.chance --tries 50 --only losses --seed 7
    python -m tools.chance --write                  # puts the table into docs/checks.md

Nobody would write such an answer and no table holds it, so that any cause is a false one. That happens too rarely to be counted:
therefore numbers may be a hundred times as far apart as in a check and still count as equal. Numbers that agree by chance lie
anywhere within what is allowed, so that they come a hundred times as near at most a hundredth as often (and far less often where
several numbers must agree). The bound is the upper one of 95 %, by the rule of three where nothing was named.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import sqrt

from checks.core.compare import lenient
from suite.corpus import Wrong
from suite.corpus.random_functions import FUNCTIONS, random_function
from suite.corpus.random_losses import random_losses
from suite.corpus.random_networks import random_answers
from suite.corpus.verdicts import verdict
from tools.proof import TABLE_IN, line_of, put, rule

TIMES = 100
"""How many times as far apart numbers may be."""

HEAD = f"| search | random answers refused | a cause named, with {TIMES} times the tolerance | and with the check's own | chance of a false cause, below |"


def functions(seed: int) -> Iterator[Wrong]:
    """Each function in turn, without end."""
    while True:
        yield from (random_function(name, seed) for name in FUNCTIONS)
        seed += 1


def networks(kind: str) -> Callable[[int], Iterator[Wrong]]:
    return lambda seed: random_answers(kind, 10**9, seed)


SEARCHES: dict[str, Callable[[int], Iterator[Wrong]]] = {
    "the loss of an autoencoder's trainer": lambda seed: random_losses("autoencoder_trainer", seed),
    "the loss of a VAE's trainer": lambda seed: random_losses("vae_trainer", seed),
    "what a network computes": networks("network"),
    "what a VAE's encoder gives": networks("head"),
    "the spread of a sample": networks("spread"),
    "the noise of a sample": networks("noise"),
    "what a function gives": functions,
}
"""Answers of each kind, without end, for a seed."""


@dataclass(frozen=True)
class Row:
    """What became of the random answers for one search: how many were refused with more tolerance, how many of these had a false
    cause then, and how many of those have one with a check's own."""

    search: str
    tries: int
    leniently: int
    named: int

    @property
    def bound(self) -> float:
        return (self.leniently + 2 * sqrt(self.leniently) + 3) / self.tries / TIMES

    def __str__(self) -> str:
        return line_of(
            self.search, str(self.tries), str(self.leniently), str(self.named), f"1 in {1 / self.bound:,.0f}"
        )


TRUE = {"wrong-spread": ("wrong-spread", "noise-scaled")}
"""What else is true of an answer with this cause."""


def false_cause(answer: Wrong) -> str | None:
    """The cause that is named and is not true, "" where the answer is refused without one, None where it passes."""
    result = verdict(answer, seed=0)
    if result.outcome != "failed":
        return None
    told_truly = result.cause in (None, "wrong-shape", *TRUE.get(answer.cause or "", (answer.cause,)))
    return "" if told_truly else result.cause


def measured(search: str, tries: int, seed: int) -> Row:
    answers = [*islice(SEARCHES[search](seed), tries)]
    with lenient(TIMES):
        causes = [false_cause(answer) for answer in answers]
    suspects = [answer for answer, cause in zip(answers, causes, strict=True) if cause]
    named = [answer for answer in suspects if false_cause(answer)]
    for answer in named:
        print(f"{answer.id}: {false_cause(answer)}", file=sys.stderr)
    return Row(search, len(causes) - causes.count(None), len(suspects), len(named))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=300, help="random answers for each search (default: 300)")
    parser.add_argument("--seed", type=int, default=0, help="decides which (default: 0)")
    parser.add_argument("--only", default="", metavar="WORD", help="the searches whose names hold this word")
    parser.add_argument("--write", action="store_true", help="put the table into docs/checks.md")
    options = parser.parse_args()
    print(HEAD, rule(HEAD), sep="\n")
    rows = []
    for search in SEARCHES:
        if options.only in search:
            rows.append(measured(search, options.tries, options.seed))
            print(rows[-1], flush=True)
    if options.write and not options.only:
        put(TABLE_IN, re.escape(HEAD) + r"\n(\|.*\n)+", "\n".join([HEAD, rule(HEAD), *map(str, rows)]) + "\n")
    sys.exit(any(row.named for row in rows))


if __name__ == "__main__":
    main()
