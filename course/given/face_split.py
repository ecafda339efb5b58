"""Faces to train on, faces to test on, and ten to watch: drawn ones or photographs, and never one for the other."""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.utils.data import DataLoader, Subset

from course.data.batches import Sample
from course.data.datasets import get_dataset
from course.data.faces import Faces

HELD_OUT = 2_000  # photographs, at the end of CelebA, which has no test split in this course
WATCHED = 10

KIND = {"FACES": "drawn faces", "CELEB": "photographs of CelebA"}


@dataclass(frozen=True)
class FaceSplit:
    """`train` and `test` give pairs (image (3, 64, 64), 0) and share no face; `available` counts those to train on."""

    name: Literal["FACES", "CELEB"]
    train: Subset[Sample]
    test: Faces | Subset[Sample]
    available: int

    @property
    def kind(self) -> str:
        """What the faces are, for titles: "drawn faces" or "photographs of CelebA"."""
        return KIND[self.name]

    @property
    def line(self) -> str:
        """One sentence that says which faces are in use."""
        origin = ", made by the course: no photographs" if self.name == "FACES" else ""
        return (
            f"Training on {len(self.train):,} of {self.available:,} {self.kind}{origin}. "
            f"Testing on {len(self.test):,} others."
        )

    @property
    def holdout(self) -> Tensor:
        """The first ten test faces, (10, 3, 64, 64)."""
        return self.test_images(WATCHED)

    @property
    def test_factors(self) -> Tensor | None:
        """What each test face was drawn from, (n, 10); None for photographs, of which nobody knows."""
        return getattr(self.test, "factors", None)

    def test_images(self, n_images: int) -> Tensor:
        """The first test faces, at most `n_images`: (n, 3, 64, 64)."""
        n_images = min(n_images, len(self.test))
        images, _labels = next(iter(DataLoader(Subset(self.test, range(n_images)), batch_size=n_images)))
        return images


def split_faces(name: Literal["FACES", "CELEB"], n_images: int) -> FaceSplit:
    """The first `n_images` faces for training, and the test faces of the same kind.

    Drawn faces have a test split of their own. Of the photographs the last 2,000 are held out (of a smaller
    collection the last half). Raises ValueError for another name, and for fewer than one image or more than there are.
    """
    if name not in KIND:
        raise ValueError(f'Faces are "FACES" (drawn) or "CELEB" (photographs); there are none called {name!r}.')
    faces = get_dataset(name)
    test: Faces | Subset[Sample]
    if name == "FACES":
        available, test = len(faces), get_dataset(name, train=False)
    else:
        available = max(len(faces) - HELD_OUT, len(faces) // 2)
        test = Subset(faces, range(available, len(faces)))
    if isinstance(n_images, bool) or not isinstance(n_images, int) or not 1 <= n_images <= available:
        raise ValueError(
            f"n_images is a whole number from 1 to {available:,}, the {KIND[name]} to train on; got {n_images!r}."
        )
    return FaceSplit(name, Subset(faces, range(n_images)), test, available)


def mean_face_error(faces: FaceSplit) -> float:
    """The mean squared error on the test faces of a network that always answers the average training face."""
    total, squares, n_faces = 0.0, 0.0, 0
    for images, _labels in DataLoader(faces.train, batch_size=500):
        total, n_faces = total + images.double().sum(0), n_faces + len(images)
    for images, _labels in DataLoader(faces.test, batch_size=500):
        squares += float(((images.double() - total / n_faces) ** 2).mean()) * len(images)
    return squares / len(faces.test)
