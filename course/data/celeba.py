"""CelebA: fetched once from the Hugging Face hub, kept as JPEGs, read by torchvision's `ImageFolder`.

    data/celeba/manifest.json                  written last: how many faces there are, and their bytes
    data/celeba/img_align_celeba/000000.jpg …  the one folder is the one "class" that ImageFolder wants

The faces are whole when the folder holds what the manifest says. Until then each call goes on where the last
one stopped, whatever stopped it.
"""

import json
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from torchvision import transforms
from torchvision.datasets import ImageFolder
from tqdm.auto import tqdm

from course.data.files import (
    DATA,
    DataError,
    is_disk_full,
    is_forbidden,
    remove_leftovers,
    why_not_written,
    write_whole,
)

if TYPE_CHECKING:
    from datasets import Dataset

FOLDER = DATA / "celeba"
HUB_NAME = "nielsr/CelebA-faces"
HUB_TIMEOUT_SECONDS = 10
BYTES_WHILE_FETCHING = 3_000_000_000  # the hub's files and the table made from them, both in its cache
IMAGE_SIZE = 64

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"  # ITU T.81: the start-of-image and end-of-image markers


def load_faces(folder: Path = FOLDER) -> ImageFolder:
    """Images (3, 64, 64) in −1 … 1 with the label 0, fetched first unless `folder` has them all.

    Raises DataError where they cannot be fetched or written; what was written by then is kept.
    """
    if not is_complete(folder):
        save_faces(fetch_faces(), folder)
    transform = transforms.Compose(
        [
            transforms.Resize(IMAGE_SIZE),
            transforms.CenterCrop(IMAGE_SIZE),
            transforms.ToTensor(),
            transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ]
    )
    return ImageFolder(str(folder), transform=transform)


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds exactly the JPEGs, and as many bytes of them, as its manifest says."""
    try:
        return json.loads((folder / "manifest.json").read_text()) == describe(folder)
    except (OSError, ValueError):  # nothing there, or no JSON
        return False


def describe(folder: Path) -> dict[str, int]:
    """What the manifest says of a whole folder: the number of its JPEGs and the sum of their bytes."""
    with os.scandir(folder / "img_align_celeba") as entries:
        sizes = [entry.stat().st_size for entry in entries if entry.name.endswith(".jpg")]
    return {"images": len(sizes), "bytes": sum(sizes)}


def save_faces(faces: "Dataset", folder: Path) -> None:
    """Writes the column `image` as JPEGs under `folder`, but those that are there already, then the manifest.

    Raises DataError where a file cannot be written, or where the folder holds pictures that are not CelebA's.
    """
    import datasets

    images = folder / "img_align_celeba"
    remove_leftovers(images)
    faces = faces.cast_column("image", datasets.Image(decode=False))  # the file's bytes, not yet a picture
    paths = [images / f"{index:06d}.jpg" for index in range(len(faces))]
    missing = [index for index, path in enumerate(paths) if not is_whole(path)]

    n_saved = len(faces) - len(missing)
    with tqdm(total=len(faces), initial=n_saved, desc="saving the CelebA faces") as progress_bar:
        for index in missing:
            try:
                write_whole(paths[index], as_jpeg(faces[index]["image"]["bytes"]))
            except DataError as error:
                kept = f"{progress_bar.n:,} of {len(faces):,} faces are saved and kept."
                raise DataError(f"{error} So far {kept}") from error
            progress_bar.update()

    strangers = sorted({path.name for path in images.glob("*.jpg")} - {path.name for path in paths})
    if strangers:
        raise DataError(
            f"{images} holds pictures that are not CelebA's, such as {strangers[0]}: move them elsewhere "
            "and run this again."
        )
    write_whole(folder / "manifest.json", json.dumps(describe(folder)).encode())


def is_whole(path: Path) -> bool:
    """Whether `path` begins and ends as a JPEG does: one that a crash cut short has lost its end."""
    try:
        with open(path, "rb") as file:
            start = file.read(2)
            file.seek(-2, os.SEEK_END)
            return start == JPEG_START and file.read(2) == JPEG_END
    except OSError:  # not there, not readable, or shorter than two bytes
        return False


def as_jpeg(content: bytes) -> bytes:
    """The picture as a JPEG file: just as it is where it is one already, so that nothing is lost."""
    if content.startswith(JPEG_START):
        return content
    buffer = BytesIO()
    Image.open(BytesIO(content)).convert("RGB").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def fetch_faces() -> "Dataset":
    """The data set `nielsr/CelebA-faces` from the hub, or from this machine's cache where the hub is away.

    Raises DataError, which says what was tried, where neither has it.
    """
    try:
        import datasets
    except ImportError as error:
        raise DataError(
            f"The CelebA faces are fetched by the package `datasets`, which cannot be imported ({error}): "
            "install it with `pip install datasets`, restart the kernel and run this again."
        ) from error

    trouble = ask_hub()
    was_offline = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = was_offline or trouble is not None  # then only the cache is looked at
    try:
        return datasets.load_dataset(HUB_NAME, split="train")
    except Exception as error:
        raise DataError(why_not_fetched(trouble, error)) from error
    finally:
        datasets.config.HF_HUB_OFFLINE = was_offline


def ask_hub() -> Exception | None:
    """One short question to the hub: None where it answers, else what went wrong.

    `load_dataset` by itself tries again and again for half a minute, and for minutes behind a firewall.
    """
    from huggingface_hub import HfApi

    try:
        HfApi().dataset_info(HUB_NAME, timeout=HUB_TIMEOUT_SECONDS)
    except Exception as error:
        return error
    return None


def why_not_fetched(trouble: Exception | None, error: Exception) -> str:
    """One paragraph: what was tried, what came of it, what to do. `trouble` is `ask_hub`'s answer."""
    import datasets

    home = Path(datasets.config.HF_CACHE_HOME)
    if trouble is None and (is_disk_full(error) or is_forbidden(error)):
        return why_not_written(error, home / HUB_NAME, BYTES_WHILE_FETCHING)
    first = trouble or error
    said = f"{type(first).__name__}: {first}".splitlines()[0]
    return (
        f"The CelebA faces could not be fetched. Tried: the Hugging Face data set {HUB_NAME} (1.5 GB) from "
        f'{datasets.config.HF_ENDPOINT}, which gave "{said}", and the copy that an earlier run may have left '
        f"in {home}, which is not there or not whole. What to do: check the internet connection (behind a "
        "proxy, set HTTPS_PROXY before you start Jupyter) and run this again, or copy the folder "
        f"{FOLDER} from a machine where it worked. All that is about MNIST works without the faces."
    )
