"""What is seen of a model when it is made, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checks.core.evidence import travels


@travels
@dataclass
class Parameter:
    """One learnable tensor. `spread` is its standard deviation as built; `finite` is False for nan or inf."""

    name: str
    shape: tuple[int, ...]
    layer: str
    spread: float
    finite: bool
    learnable: bool


@travels
@dataclass
class Built:
    """A model that was made. `hidden` names attributes that hold layers torch cannot see, `shared` the second names
    of weights that have two."""

    handle: int
    parameters: list[Parameter]
    attributes: dict[str, Any]
    hidden: list[str]
    shared: list[str] = field(default_factory=list)
    printed: str = ""


@travels
@dataclass
class Another:
    """A second model: whether its weights have the shapes of the first one's, and which of these it `shared`."""

    alike: bool
    shared: list[str]
    printed: str = ""
