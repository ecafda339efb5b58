"""MNIST as one tensor: unpacked from the repository, checked, normalised once."""

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
import torchvision
from einops import rearrange
from torch import Tensor
from torch.utils.data import get_worker_info

from course.data.batches import Batch, Sample, Samples
from course.data.files import DATA, DataError, remove_leftovers, write_whole
from course.settings.device import get_device

MEAN, STD = 0.1307, 0.3081  # of all training pixels, scaled to 0 … 1

FOLDER = DATA / "mnist"

MD5 = {  # of each file once unpacked
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


class MNIST(torchvision.datasets.MNIST):
    """Handwritten digits: images (1, 28, 28), normalised, and their labels 0 … 9, all in memory.

    `data` (n, 28, 28) and `targets` (n,) are the bytes and labels on the CPU, as torchvision has them.
    Batches are gathered from `images` (n, 1, 28, 28) and `labels` (n,), which live on `get_device()`.
    Raises DataError where the files of `folder` cannot be read or unpacked.
    """

    def __init__(self, train: bool = True, folder: Path = FOLDER) -> None:
        unpack(folder)
        super().__init__(folder, train=train)
        self.device = get_device()

    @property
    def raw_folder(self) -> str:
        """Where torchvision reads the unpacked files."""
        return str(Path(self.root) / "unpacked")

    @cached_property
    @torch.inference_mode(False)
    def images(self) -> Tensor:
        """(n, 1, 28, 28) float32, normalised, on the device; made when first asked for."""
        return normalise(self.data).to(self.device)

    @cached_property
    def labels(self) -> Tensor:
        """(n,) int64, on the device."""
        return self.targets.to(self.device)

    def __getitem__(self, index: int) -> Sample:
        label = int(self.targets[index])  # IndexError past the end, where a GPU would stop for good
        return Sample(self.batch([index]).images[0], label)

    def __getitems__(self, indices: Sequence[int]) -> Samples:
        """What a `DataLoader` asks for: the samples of one batch, not yet read."""
        return Samples(self, indices)

    def batch(self, indices: Sequence[int]) -> Batch:
        """The images (b, 1, 28, 28) and labels (b,) at the indices, by one gather each."""
        index = torch.as_tensor(indices)
        if get_worker_info() is not None:  # a worker process has no business on the GPU
            return Batch(normalise(self.data[index]), self.targets[index])
        index = torch.where(index < 0, index + len(self), index).to(self.device)  # −1 is the last one
        return Batch(self.images.index_select(0, index), self.labels.index_select(0, index))

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: the bytes on the CPU; the rest is made again where needed."""
        return {name: value for name, value in self.__dict__.items() if name not in ("images", "labels")}


@torch.inference_mode(False)  # what is first asked for inside inference mode may be trained on later
def normalise(data: Tensor) -> Tensor:
    """Bytes (b, h, w) → (b, 1, h, w) float32 with mean 0 and standard deviation 1 over the training set."""
    return rearrange(data, "b h w -> b 1 h w").float().div_(255).sub_(MEAN).div_(STD)


@cache
def holdout_data() -> Tensor:
    """The first test image of each digit, in order: (10, 1, 28, 28), normalised, on the CPU."""
    testset = MNIST(train=False)
    first = [int((testset.targets == digit).nonzero()[0]) for digit in range(10)]
    return normalise(testset.data[first])


def unpack(folder: Path) -> None:
    """Sees to it that folder/unpacked/ holds the four files of MNIST, each with the right md5.

    A missing, damaged or half-written file is made again from its .gz; files that are right are only read.
    Raises DataError where a .gz is damaged or missing, or where the unpacked file cannot be written.
    """
    remove_leftovers(folder / "unpacked")
    for name, md5 in MD5.items():
        path = folder / "unpacked" / name
        if not is_right(path, md5):
            write_whole(path, read_gzip(folder / f"{name}.gz", md5))


def is_right(path: Path, md5: str) -> bool:
    """Whether the file is there, readable, and has this md5."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest() == md5
    except OSError:
        return False


def read_gzip(path: Path, md5: str) -> bytes:
    """The unzipped content of `path`. Raises DataError where it cannot be read or its md5 is another one."""
    try:
        content = gzip.decompress(path.read_bytes())
        trouble = "" if hashlib.md5(content).hexdigest() == md5 else "its content is not MNIST's (md5)"
    except (OSError, EOFError, zlib.error) as error:  # gzip's own error is an OSError
        trouble = f"{type(error).__name__}: {error}"
    if trouble:
        raise DataError(
            f"{path} is missing or damaged ({trouble}): "
            f'get it back with `git -C "{path.parent}" checkout -- {path.name}` and run this again.'
        )
    return content
