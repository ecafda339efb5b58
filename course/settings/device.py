"""Where the tensors live: decided here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

_forced: ContextVar[torch.device | None] = ContextVar("forced device", default=None)


def get_device() -> torch.device:
    """The best device of this machine: CUDA, else MPS (Apple), else the CPU."""
    if (forced := _forced.get()) is not None:
        return forced
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@contextmanager
def force_device(device: torch.device) -> Iterator[None]:
    """Makes `get_device()` answer `device` inside the `with`, in this context only (see `contextvars`)."""
    token = _forced.set(device)
    try:
        yield
    finally:
        _forced.reset(token)
