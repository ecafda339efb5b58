"""What a method gave back, when it is not what was asked: the cause, and words for it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from checks.core.evidence import Other

Shape = tuple[int, ...]

Words = tuple[str | None, str, str | None]
"""The cause, what came back, and what it most likely comes from."""


def instead_of_tensor(value: Any, method: str) -> Words:
    """Where one tensor was asked and `value` came."""
    if isinstance(value, tuple | list):
        return (
            "returns-tuple",
            f"{len(value)} things (a {type(value).__name__})",
            f"`{method}` is to return one tensor.",
        )
    return nothing(value) or ("not-a-tensor", f"a {kind(value)}", None)


def instead_of_several(value: Any, number: int) -> Words:
    """Where so many tensors were asked and something else came; of fields, that which they hold."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, Tensor):
        return "returns-one", f"one tensor of shape {tuple(value.shape)}", None
    if isinstance(value, tuple | list):
        several = len(value) != number or all(isinstance(each, Tensor) for each in value)
        what = f"{len(value)} things" if several else " and ".join(f"a {kind(each)}" for each in value)
        if len(value) == number:
            return "not-a-tensor", what, None
        return "returns-too-few" if len(value) < number else "returns-too-many", what, None
    return nothing(value) or ("not-a-tensor", f"a {kind(value)}", None)


def instead_of_three(value: Any, first: str) -> Words:
    """Where three tensors were asked and something else came."""
    if isinstance(value, Tensor):
        return "returns-one", f"one tensor of shape {tuple(value.shape)}", f"it is {first} alone, perhaps."
    if isinstance(value, tuple | list):
        return "returns-too-few" if len(value) < 3 else "returns-too-many", f"{len(value)} things", None
    return nothing(value) or ("not-a-tensor", f"a {kind(value)}", None)


def nothing(value: Any) -> Words | None:
    if value is None:
        return "returns-none", "None", "a `return` is missing."
    if isinstance(value, Other) and value.kind == "ellipsis":
        return "left-in-place", "`...`", "the `...` still stands where the answer belongs."
    return None


def kind(value: Any) -> str:
    return value.kind if isinstance(value, Other) else type(value).__name__


def shape_trouble(seen: Shape, expected: Shape, latent: int) -> tuple[str, str | None]:
    """The cause of a wrong shape, and what it most likely comes from."""
    pair, image = len(expected) == 3 and expected[0] == 2, len(expected) == 4
    batch = expected[1] if pair else expected[0]
    if pair and seen == (batch, 2 * latent):
        return "not-split", "the encoder's last numbers are not split: Rearrange them to (2, batch, latent)."
    if pair and seen in ((batch, 2, latent), (batch, latent, 2)):
        return "split-on-wrong-axis", "the 2 (mean, log sigma) is to come first: (2, batch, latent)."
    if pair and seen == (batch, latent):
        return (
            "latents-not-doubled",
            "there is one number per latent; a VAE's encoder gives a mean and a log sigma.",
        )
    if image and seen == (batch, latent):
        return "returns-code", "that is the code, not an image: decode it."
    if seen == tuple(size for size in expected if size != 1) or (batch == 1 and seen == expected[1:]):
        return (
            "squeezed-batch",
            "a dimension of size 1 is lost: `squeeze()` drops every one, the batch of one too.",
        )
    if image and seen[:2] == expected[:2]:
        return (
            "wrong-stride-or-padding",
            "a (transposed) convolution has another stride or padding than asked; with kernel 4, stride 2 and padding 1 "
            "each one halves (or doubles) height and width exactly.",
        )
    if len(seen) == len(expected) and seen[0] != expected[0]:
        return (
            "hard-coded-batch",
            "the batch size is written as a fixed number (or taken from another dimension).",
        )
    return "wrong-shape", None
