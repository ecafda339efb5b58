"""`get_dataset`: the one door to the images of the course."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

import torch
from torch.utils.data import Dataset

from course.settings.device import force_device

if TYPE_CHECKING:
    from torchvision.datasets import ImageFolder

    from course.data.faces import Faces
    from course.data.mnist import MNIST

_substituted: ContextVar[Dataset[Any] | None] = ContextVar("substituted data set", default=None)


NAMES = ("MNIST", "FACES", "CELEB")


@overload
def get_dataset(name: Literal["MNIST"], train: bool = True) -> "MNIST": ...
@overload
def get_dataset(name: Literal["FACES"], train: bool = True) -> "Faces": ...
@overload
def get_dataset(name: Literal["CELEB"], train: bool = True) -> "ImageFolder": ...
def get_dataset(name: Literal["MNIST", "FACES", "CELEB"], train: bool = True) -> Any:
    """The images called `name`, loaded once in a process: treat what you get as read-only.

    "MNIST": 60,000 training or 10,000 test images (1, 28, 28) with their digit, normalised with mean 0.1307
    and standard deviation 0.3081 (`course.data.mnist`). "FACES": 20,000 training or 2,000 test faces (3, 64, 64) in
    −1 … 1, drawn by the course, which keeps what each was drawn from (`course.data.faces`). "CELEB": about 200,000
    photographs of faces in the same form; there is a training split only, fetched at the first call
    (`course.data.celeba`). The label of every face is 0.

    Raises ValueError for any other name or for the test split of "CELEB", and `course.data.files.DataError` where
    the files cannot be read, fetched or written.
    """
    if (dataset := _substituted.get()) is not None:
        return dataset
    if name not in NAMES:
        raise ValueError(
            f'There is no data set {name!r} in this course: ask for "MNIST", "FACES" (drawn faces) or "CELEB".'
        )
    if name == "CELEB" and not train:
        raise ValueError('"CELEB" has a training split only: call get_dataset("CELEB") without train=False.')
    return _load(name, bool(train))


@cache
def _load(name: str, train: bool) -> Dataset[Any]:
    # Imported here, since torchvision and the data set's own packages take a second each.
    if name == "MNIST":
        from course.data.mnist import MNIST

        return MNIST(train)
    if name == "FACES":
        from course.data.faces import Faces

        return Faces(train)
    from course.data.celeba import load_faces

    return load_faces()


@contextmanager
def substitute(dataset: Dataset[Any]) -> Iterator[None]:
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
