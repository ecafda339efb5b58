"""What a function gave back, when it is not what was asked."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor

from checks.core.evidence import Other
from checks.core.words import article


class Instead(NamedTuple):
    """What came in place of what was asked: the cause, words for it ("2 things (a tuple)"), and what to tell the
    learner, where there is more to tell."""

    cause: str | None
    what: str
    text: str | None = None


def instead_of_tensor(value: Any, method: str) -> Instead:
    """Where one tensor was asked of `method` and `value` came."""
    if isinstance(value, tuple | list):
        what = f"{len(value)} things (a {type(value).__name__})"
        return Instead("returns-tuple", what, f"`{method}` is to return one tensor.")
    return nothing(value) or Instead("not-a-tensor", article(kind(value)))


def instead_of_several(value: Any, number: int) -> Instead:
    """Where so many tensors were asked and something else came; of fields, that which they hold."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, Tensor):
        return Instead("returns-one", f"one tensor of shape {tuple(value.shape)}")
    if not isinstance(value, tuple | list):
        return nothing(value) or Instead("not-a-tensor", article(kind(value)))
    tensors = all(isinstance(each, Tensor) for each in value)
    if len(value) == number and not tensors:
        return Instead("not-a-tensor", " and ".join(article(kind(each)) for each in value))
    cause = "returns-too-few" if len(value) < number else "returns-too-many"
    return Instead(cause if len(value) != number else "not-a-tensor", f"{len(value)} things")


def instead_of_three(value: Any, first: str) -> Instead:
    """Where three tensors were asked, `first` the name of the first one, and something else came."""
    if isinstance(value, dict):
        return Instead("not-a-tensor", "a dict")
    instead = instead_of_several(value, 3)
    alone = instead.cause == "returns-one"
    return instead._replace(text=f"it is {first} alone, perhaps.") if alone else instead


def nothing(value: Any) -> Instead | None:
    """Where nothing was returned, or the `...` of a gap; None where the value is something."""
    if value is None:
        return Instead("returns-none", "None", "a `return` is missing.")
    if isinstance(value, Other) and value.kind == "ellipsis":
        return Instead("left-in-place", "`...`", "the `...` still stands where the answer belongs.")
    return None


def kind(value: Any) -> str:
    """The name of the value's type in the learner's process."""
    return value.kind if isinstance(value, Other) else type(value).__name__
