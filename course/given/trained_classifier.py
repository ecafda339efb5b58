"""The digit classifier, trained once on this machine and from then on read.

classifier = trained_classifier()  # half a minute on two cores the first time, then none
"""

import hashlib
import inspect
import io
from pathlib import Path

import torch

from course import ROOT
from course.data.datasets import get_dataset
from course.data.files import DataError, write_whole
from course.given import classifier as code
from course.given.classifier import DigitClassifier, train_classifier
from course.settings.device import get_device
from course.settings.short_trainings import is_on

FOLDER = ROOT / "results" / "classifiers"
DIGEST = 32  # bytes of a SHA-256, which stand before the weights


@torch.random.fork_rng()  # trained or read, the caller's random state stays as it is
@torch.inference_mode(False)  # whoever asks for it may need no gradients, but the training does
@torch.enable_grad()
def trained_classifier(
    seed: int = 0, epochs: int = 4, batch_size: int = 128, folder: Path | None = None
) -> DigitClassifier:
    """What `train_classifier` gives, number for number: read from `folder` (default: `results/classifiers`) where it
    was trained before with the same code, data and torch, as many threads and the same processor; else trained, and
    kept there. A file that is damaged or cannot be written costs a training and a word, no more.
    """
    path = (folder or FOLDER) / f"{fingerprint(seed, epochs, batch_size)}.pt"
    if (kept := read(path)) is not None:
        return kept
    classifier = train_classifier(seed, epochs, batch_size)
    keep(classifier, path)
    return classifier


def fingerprint(*settings: int) -> str:
    """All that the weights depend on, as 16 letters."""
    trainset = get_dataset("MNIST")
    machine = torch.__version__, str(get_device()), torch.backends.cpu.get_cpu_capability()
    made_by = inspect.getsource(code), machine, torch.get_num_threads(), is_on(), settings
    digest = hashlib.sha256(repr(made_by).encode())
    for tensor in (trainset.images, trainset.labels):
        digest.update(tensor.cpu().numpy().data)
    return digest.hexdigest()[:16]


def read(path: Path) -> DigitClassifier | None:
    """The classifier kept there; None where there is none, or none that is whole."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        print(f"{path} cannot be read ({error}): the classifier is trained anew.")
        return None
    digest, weights = content[:DIGEST], content[DIGEST:]
    if hashlib.sha256(weights).digest() != digest:
        print(f"{path} is damaged: the classifier is trained anew.")
        return None
    classifier = DigitClassifier().to(get_device()).to(memory_format=torch.channels_last)
    classifier.load_state_dict(torch.load(io.BytesIO(weights), weights_only=True))
    return classifier.eval().requires_grad_(False)


def keep(classifier: DigitClassifier, path: Path) -> None:
    """Puts the weights there, whole; where that cannot be, says so, and the classifier is none the worse."""
    buffer = io.BytesIO()
    torch.save({name: value.cpu() for name, value in classifier.state_dict().items()}, buffer)
    weights = buffer.getvalue()
    try:
        write_whole(path, hashlib.sha256(weights).digest() + weights)
    except DataError as error:
        print(f"The classifier could not be kept for the next time. {error}")
