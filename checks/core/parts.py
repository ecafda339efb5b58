"""An exercise of several functions: a check for each of them, and one that grades them all as one exercise."""

from __future__ import annotations

from collections.abc import Callable

from checks.core.result import NotAttempted
from checks.core.run import CheckRun, check


def all_parts(exercise_id: str, *checks: Callable) -> Callable:
    """The check of the whole exercise: of its module, each part in turn.

    The first wrong part fails it; where none is wrong and some are not written, it is not attempted.
    pytest leaves it out, since it runs the parts.
    """

    def whole(run: CheckRun) -> None:
        unwritten = []
        for each in checks:
            try:
                each.specification(run)
            except NotAttempted as stub:
                unwritten.append(stub)
        if unwritten:
            raise unwritten[0]

    call = check(exercise_id, lambda run: run)(whole)
    call.__test__ = False
    return call
