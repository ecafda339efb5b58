"""What is seen of a trainer: what it made, what each training step did, what W&B was told; as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

from checks.core.evidence import travels


@travels
@dataclass
class Optimiser:
    """An optimiser that a trainer's `__init__` made. `covers` says whether it holds whole halves of the model and
    nothing else, and `halves` are those that it holds; `options` are the numbers (lr, betas, weight_decay, …) of its last
    group. `kind` is torch's class, also of one that was derived from it."""

    kind: str
    covers: bool
    options: dict[str, Any]
    halves: list[str] = field(default_factory=list)


@travels
@dataclass
class Made:
    """What a trainer made when it was built: its model's class, sizes and methods, the types of its weights' numbers, and
    its optimisers, which together hold all of its weights where `optimised`; `splits` is the `train` of each data set asked
    for, and `learns_from` says that there is a method `learn_from`."""

    model: str
    sizes: dict[str, Any]
    samples: bool
    types: list[str]
    optimisers: list[Optimiser]
    optimised: bool
    splits: list[bool] = field(default_factory=list)
    learns_from: bool = False


class Event(StrEnum):
    """What happens in a training step. CALLED is a `backward()`, BACKWARD one that reaches a weight of the model's. An
    empty step is one of the optimiser's that finds no gradient but 0; SEEDED is the learner's own setting of torch's
    seed, AUTOCAST a pass in lower precision. (Plain strings, for the way between processes.)"""

    CALLED = "called"
    BACKWARD = "backward"
    STEP = "step"
    EMPTY_STEP = "empty step"
    SEEDED = "seeded"
    AUTOCAST = "autocast"


OPTIMISER_STEPS = frozenset({Event.STEP, Event.EMPTY_STEP})


@travels
@dataclass
class Call:
    """One call of `training_step`.

    `counter` is the trainer's `step` as it began; `passes` are the images of each pass through the encoder with
    gradients, `idle_passes` the number of those without; `altered` is what went in where it was none of the images;
    `latents` is what the decoder got. `events` are in order; `gradient` is what the first optimiser step used, `rates` are
    the learning rates of each, `weights` those after the call, where somebody looks; `marked` says of each pass whether
    its images came from the device, where those there are marked.
    """

    counter: Any = None
    passes: list[list[int]] = field(default_factory=list)
    idle_passes: int = 0
    altered: list[Tensor] = field(default_factory=list)
    latents: list[Tensor] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    gradient: Tensor | None = None
    rates: list[float] = field(default_factory=list)
    marked: list[bool] = field(default_factory=list)
    loss: Any = None
    weights: Tensor = field(default_factory=lambda: torch.empty(0))


@travels
@dataclass
class Wandb:
    """What W&B was told: `calls` are the names called, in order; `rows` what each step of the run holds, as W&B
    itself would keep it; `logs` and `dropped` count the calls of `log`, and those that W&B would ignore."""

    calls: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    logs: int = 0
    dropped: int = 0
    project: Any = None
    name: Any = None
    mode: Any = None
    watched: str = ""


@travels
@dataclass
class Steps:
    """Some calls of `training_step`."""

    made: Made
    calls: list[Call]
    wandb: Wandb
    printed: str = ""


@travels
@dataclass
class Training:
    """One run of `train`: its training steps, what happened outside of them, the counter at each call of
    `log_samples` and the number of training steps that were done then, and what came out. `bars` are the progress bars,
    each as (total, how far it was moved by hand, whether it moves by itself); `moved` says what was moved to a
    device, "images" and "model", and `asks` that train asked which one there is."""

    returned: str
    weights: Tensor
    calls: list[Call]
    outside: Call
    samples: list[Any]
    done: list[int]
    final_counter: Any
    wandb: Wandb
    bars: list[tuple[float, float, bool]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    asks: bool = False
    printed: str = ""
