"""The one switch that cuts trainings short, to run every cell of every notebook in minutes: no learner needs it.

Where the environment variable COURSE_SHORT_TRAININGS is 1, a pass over shuffled batches ends after the first few, in
any loop, and says so. `make test` runs the notebooks like this, `make test-all` without it.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeVar

from torch.utils.data import DataLoader, RandomSampler

Item = TypeVar("Item")

SWITCH = "COURSE_SHORT_TRAININGS"
MOST = 5  # batches in a pass; two epochs of lesson 8 then still make one row of its curves, of ten steps


def is_on() -> bool:
    """Whether the environment asks for short trainings."""
    return os.environ.get(SWITCH, "0") not in ("", "0")


def short(passed: Iterable[Item], whole: int) -> Iterator[Item]:
    """What `passed` gives, `whole` batches; where the switch is on, the first few of them, and then a loud word."""
    for number, batch in enumerate(passed):
        if number == MOST and is_on():
            say(f"this pass ended after {MOST} of {whole} batches.")
            return
        yield batch


@cache  # done once, however often it is called
def shorten_trainings() -> None:
    """Where the switch is on, says so, and makes every `DataLoader` that shuffles end early."""
    if not is_on():
        return
    say("every training ends early.")
    iterate = DataLoader.__iter__

    def shuffled_is_short(loader: DataLoader[Any]) -> Iterator[Any]:
        shuffles = isinstance(loader.sampler, RandomSampler)
        return short(iterate(loader), len(loader)) if shuffles else iterate(loader)

    # For every loader there is and will be.
    DataLoader.__iter__ = shuffled_is_short  # type: ignore[assignment, method-assign]


def say(what: str) -> None:
    """A loud word among the errors, where no cell's expected output stands."""
    print(f"{SWITCH} IS ON: {what} No number below means anything.", file=sys.stderr, flush=True)
