"""Drawn faces as a data set: 20,000 for training and 2,000 others for testing, made by the course itself.

They are no photographs. What they have instead is a truth: each face is drawn from ten numbers
(`course.data.face_drawing.FACTORS`), which the data set keeps beside the pictures and a model never sees.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

from course.data.batches import Batch, Sample, Samples
from course.data.face_drawing import FACTOR_NAMES, draw_faces, random_factors
from course.settings.device import get_device

TRAINING_FACES, TEST_FACES = 20_000, 2_000
TRAINING_SEED, TEST_SEED = 1, 2


class Faces(Dataset[Sample]):
    """Drawn faces: images (3, 64, 64) in −1 … 1 and a label that is always 0, as for the photographs of CelebA.

    - `factors` (n, 10): the numbers that each face was drawn from, on the CPU; `factor_names` says which is which.
    - `data` (n, 3, 64, 64): the pictures as bytes, on `get_device()`. A batch becomes float32 when it is asked for:
      all pictures at once as float32 would take 1 GB.

    They are drawn anew each time, in a few seconds, and come out the same.
    """

    factor_names = FACTOR_NAMES

    def __init__(self, train: bool = True) -> None:
        n_faces, seed = (TRAINING_FACES, TRAINING_SEED) if train else (TEST_FACES, TEST_SEED)
        self.device = get_device()
        self.factors = random_factors(n_faces, seed)
        self.data = draw_faces(self.factors).to(self.device)

    def __len__(self) -> int:
        return len(self.factors)

    def __getitem__(self, index: int) -> Sample:
        self.factors[index]  # IndexError past the end, where a GPU would stop for good
        return Sample(self.batch([index]).images[0], 0)

    def __getitems__(self, indices: Sequence[int]) -> Samples:
        """What a `DataLoader` asks for: the samples of one batch, not yet read."""
        return Samples(self, indices)

    def batch(self, indices: Sequence[int]) -> Batch:
        """The images (b, 3, 64, 64) and labels (b,) at the indices, by one gather."""
        index = torch.as_tensor(indices)
        index = torch.where(index < 0, index + len(self), index)  # −1 is the last one
        data = self.data if get_worker_info() is None else self.data.cpu()  # a worker has no business on the GPU
        return Batch(
            normalise(data.index_select(0, index.to(data.device))), index.new_zeros(len(index)).to(data.device)
        )

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: the bytes on the CPU."""
        return {**self.__dict__, "data": self.data.cpu(), "device": torch.device("cpu")}


def normalise(data: Tensor) -> Tensor:
    """Bytes (…) → float32 (…) in −1 … 1: mean 0.5 and standard deviation 0.5 of what lay in 0 … 1, as for CelebA."""
    return data.float().div_(127.5).sub_(1)
