"""What the learner's code did, as plain data that can travel between processes.

Each kind of evidence is a dataclass marked `@travels`, here or in the module of the operations that give it. Nothing
here decides anything, and nothing here is ever unpickled: tensors travel as shape, dtype and bytes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

Kind = TypeVar("Kind")

KINDS: dict[str, type] = {}
"""The kinds of evidence by name, as `travels` registers them."""


def travels(kind: type[Kind]) -> type[Kind]:
    """Marks a dataclass as a kind of evidence. Raises ValueError where another one has its name."""
    other = KINDS.setdefault(kind.__name__, kind)
    if other.__module__ != kind.__module__:
        raise ValueError(f"{other.__module__} has evidence called {kind.__name__} already")
    KINDS[kind.__name__] = kind
    return kind


@travels
@dataclass
class Place:
    """A line of the learner's: `text` is the source of that line, `function` the function it stands in."""

    file: str
    line: int
    function: str = ""
    text: str = ""

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" + (f", in {self.function}" if self.function else "")
        return where + (f":\n  {self.text}" if self.text else "")


@travels
@dataclass
class Raised:
    """An exception of the learner's code. `kind` is its class's name; it is `unwritten` where it was a stub's own, and
    `importing` where it kept the file from being imported. Where it is `ours`, the text is a check's own."""

    kind: str
    text: str
    place: Place | None = None
    unwritten: bool = False
    timed_out: bool = False
    importing: bool = False
    ours: bool = False
    printed: str = ""


@travels
@dataclass(repr=False)
class Other:
    """A value that is neither a tensor nor plain: only its type and the beginning of its repr are kept."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return self.text


@travels
@dataclass
class Target:
    """What was handed to the check: `kind` is "class", "function" (anything else that can be called), "instance" (of a
    class that somebody wrote, or a model) or the name of another type; `module` is where it was written."""

    kind: str
    name: str
    is_module: bool = False
    places: dict[str, Place] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    module: str = ""
    is_callable: bool = False
    """Whether it can be called, and is no class."""


@travels
@dataclass
class Returned:
    """One call's outcome. `reached` names the parameters that its first output depends on."""

    value: Any
    reached: list[str] | None = None
    gradients: dict[str, Tensor] = field(default_factory=dict)
    changed_input: bool = False
    printed: str = ""


def plain(value: Any) -> Any:
    """The value with tensors detached, copied to the CPU and stripped of subclasses, and all else made harmless."""
    if isinstance(value, Tensor):
        return torch.Tensor.detach(value).as_subclass(Tensor).to("cpu", copy=True).contiguous()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value)) if type(value) in (tuple, list) else tuple(map(plain, value))
    if type(value) is dict:
        return {str(key): plain(each) for key, each in value.items()}
    if type(value) in KINDS.values():
        return value
    try:
        text = repr(value)[:80]
    except Exception:
        text = "(its repr fails)"
    return Other(type(value).__name__, text)


def encode(value: Any) -> Any:
    """Plain data (what `plain` gives, and evidence) as data that JSON can hold; `decode` is its inverse."""
    if isinstance(value, Tensor):
        data = base64.b64encode(value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()).decode()
        return {
            "$": "tensor",
            "dtype": str(value.dtype).removeprefix("torch."),
            "shape": list(value.shape),
            "data": data,
        }
    if isinstance(value, float) and value != value:
        return {"$": "nan"}
    if isinstance(value, tuple):
        return {"$": "tuple", "items": [encode(each) for each in value]}
    if isinstance(value, list):
        return [encode(each) for each in value]
    if is_dataclass(value):
        values = {each.name: encode(getattr(value, each.name)) for each in fields(value)}
        return {"$": type(value).__name__, "fields": values}
    if isinstance(value, dict):
        return {"$": "dict", "items": {key: encode(each) for key, each in value.items()}}
    return value


def decode(value: Any) -> Any:
    """The inverse of `encode`. Raises ValueError, TypeError, KeyError or AttributeError on what it does not write."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value.get("$"):
        case "tensor":
            dtype = getattr(torch, value["dtype"])
            raw = bytearray(base64.b64decode(value["data"]))
            flat = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
            return flat.reshape(value["shape"])
        case "nan":
            return float("nan")
        case "tuple":
            return tuple(decode(each) for each in value["items"])
        case "dict":
            return {key: decode(each) for key, each in value["items"].items()}
        case kind if kind in KINDS:
            return KINDS[kind](**{key: decode(each) for key, each in value["fields"].items()})
    raise ValueError("that is no evidence")
