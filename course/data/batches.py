"""One gather instead of 512 small reads: batches for a data set that lives in memory.

PyTorch's `DataLoader` asks a data set that has `__getitems__` for all samples of a batch at once, and hands
them to its collate function. Where they are `Samples`, that is `collate_samples`, which asks the data set for
the batch in one go: a plain `DataLoader(dataset, batch_size=512, shuffle=True)` is fast for free.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, overload

import torch
from torch import Tensor
from torch.utils.data._utils.collate import default_collate_fn_map


class Sample(NamedTuple):
    """One image (c, h, w) and its label."""

    image: Tensor
    label: int


class Batch(NamedTuple):
    """Images (b, c, h, w) and labels (b,)."""

    images: Tensor
    labels: Tensor

    def pin_memory(self) -> "Batch":
        """Called by `DataLoader(…, pin_memory=True)`: what lives on an accelerator already stays there."""
        if self.images.device.type != "cpu":
            return self
        return Batch(self.images.pin_memory(), self.labels.pin_memory())


class InMemory(Protocol):
    """A data set that can give one sample, or a batch of them by one gather."""

    def __getitem__(self, index: int) -> Sample: ...
    def batch(self, indices: Sequence[int]) -> Batch:
        """The samples at the indices; −1 is the last one."""
        ...


class Samples(Sequence[Sample]):
    """The samples of `dataset` at `indices`, each read when asked for: what `__getitems__` returns.

    It is a sequence of single samples like any other, so that a collate function of your own works too.
    """

    def __init__(self, dataset: InMemory, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, position: int) -> Sample: ...
    @overload
    def __getitem__(self, position: slice) -> "Samples": ...
    def __getitem__(self, position: int | slice) -> "Sample | Samples":
        if isinstance(position, slice):
            return Samples(self.dataset, self.indices[position])
        return self.dataset[self.indices[position]]


def collate_samples(
    samples: Sequence[Sample], *, collate_fn_map: dict[type, Callable[..., Any]] | None = None
) -> Batch:
    """A batch of the samples: by one gather, or stacked where they come singly (as from `ConcatDataset`)."""
    if isinstance(samples, Samples):
        return samples.dataset.batch(samples.indices)
    images, labels = zip(*samples, strict=True)
    return Batch(torch.stack(images), torch.tensor(labels))


# The registry that `torch.utils.data.default_collate` documents for types of one's own.
default_collate_fn_map[Sample] = collate_samples
