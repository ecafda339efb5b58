"""`get_dataset`: the one door to the images of the course."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Literal

import torch
from torch.utils.data import Dataset

from course.device import force_device

_substituted: ContextVar[Dataset | None] = ContextVar("substituted data set", default=None)


def get_dataset(name: Literal["MNIST", "CELEB"], train: bool = True) -> Dataset:
    """The images called `name`, loaded once in a process: treat what you get as read-only.

    "MNIST": 60,000 training or 10,000 test images (1, 28, 28) with their digit, normalised with mean 0.1307
    and standard deviation 0.3081 (`course.mnist`). "CELEB": about 200,000 faces (3, 64, 64) in −1 … 1, with
    a label that is always 0; there is a training split only, fetched at the first call (`course.celeba`).

    Raises ValueError for any other name or for the test split of "CELEB", and `course.files.DataError` where
    the files cannot be read, fetched or written.
    """
    if (dataset := _substituted.get()) is not None:
        return dataset
    if name not in ("MNIST", "CELEB"):
        raise ValueError(f'There is no data set {name!r} in this course: ask for "MNIST" or "CELEB".')
    if name == "CELEB" and not train:
        raise ValueError('"CELEB" has a training split only: call get_dataset("CELEB") without train=False.')
    return _load(name, bool(train))


@cache
def _load(name: str, train: bool) -> Dataset:
    # Imported here, since torchvision and the data set's own packages take a second each.
    if name == "MNIST":
        from course.mnist import MNIST

        return MNIST(train)
    from course.celeba import load_faces

    return load_faces()


@contextmanager
def substitute(dataset: Dataset) -> Iterator[None]:
    """The checks' door: inside the `with`, `get_dataset` gives `dataset` and `get_device` gives the CPU.

    Whatever name or split is asked for. This holds in the current context only (see `contextvars`): a thread
    sees it when it runs in a copy, `contextvars.copy_context().run(…)`. `HOLDOUT_DATA` is not touched.
    """
    token = _substituted.set(dataset)
    try:
        with force_device(torch.device("cpu")):
            yield
    finally:
        _substituted.reset(token)
