"""MNIST: what `get_dataset` gives, how its files are unpacked and repaired, and what may go wrong."""

import contextvars
import errno
import gzip
import hashlib
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
import torchvision
from torch.utils.data import TensorDataset

import utils
from course import ROOT
from course.data import datasets as data
from course.data import files, mnist
from course.settings import device

# --- what a learner gets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("train", "n_images"), [(True, 60_000), (False, 10_000)])
def test_get_dataset_gives_all_of_mnist(train, n_images):
    dataset = utils.get_dataset("MNIST", train=train)
    assert isinstance(dataset, torchvision.datasets.MNIST)
    assert len(dataset) == n_images
    assert dataset.data.shape == (n_images, 28, 28) and dataset.data.dtype == torch.uint8
    assert dataset.targets.shape == (n_images,) and dataset.targets.dtype == torch.int64
    image, label = dataset[-1]
    assert image.shape == (1, 28, 28) and image.dtype == torch.float32
    assert type(label) is int and label == dataset.targets[-1]


def test_the_training_images_are_normalised_by_their_own_statistics():
    images = utils.get_dataset("MNIST").images
    assert abs(images.mean().item()) < 1e-3 and abs(images.std().item() - 1) < 1e-3


def test_a_second_call_loads_nothing():
    assert utils.get_dataset("MNIST") is utils.get_dataset("MNIST", True)
    assert utils.get_dataset("MNIST", train=False) is not utils.get_dataset("MNIST")


def test_holdout_data_is_the_first_test_image_of_each_digit():
    testset = utils.get_dataset("MNIST", train=False)
    labels = testset.targets.tolist()
    expected = torch.stack([testset[labels.index(digit)].image for digit in range(10)]).cpu()
    assert utils.HOLDOUT_DATA.shape == (10, 1, 28, 28)
    assert torch.equal(utils.HOLDOUT_DATA, expected)
    assert utils.HOLDOUT_DATA is utils.HOLDOUT_DATA


@pytest.mark.parametrize("name", ["mnist", "CIFAR", ""])
def test_an_unknown_name_is_told_the_two_there_are(name):
    with pytest.raises(ValueError, match=f'{re.escape(repr(name))}.*"MNIST", "FACES" .* or "CELEB"'):
        utils.get_dataset(name)


def test_importing_utils_reads_no_data_and_no_slow_package():
    code = (
        "import sys, utils; "
        "slow = {'torchvision', 'datasets', 'wandb', 'pandas', 'sklearn'} & set(sys.modules); "
        "assert not slow, slow; assert 'course.data.mnist' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- unpacking -------------------------------------------------------------------------------------------------

LABELS = ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data/mnist/ of its own, with the two small files of MNIST only."""
    monkeypatch.setattr(mnist, "MD5", {name: mnist.MD5[name] for name in LABELS})
    for name in LABELS:
        shutil.copy(mnist.FOLDER / f"{name}.gz", tmp_path)
    return tmp_path


def is_unpacked(folder):
    """Whether folder/unpacked/ holds the right files, and nothing else."""
    found = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in (folder / "unpacked").iterdir()}
    return found == mnist.MD5


def test_the_md5_table_is_the_one_in_the_readme():
    readme = (mnist.FOLDER / "README.md").read_text()
    assert dict(re.findall(r"^\| ([\w-]+) .*\| ([0-9a-f]{32}) \|$", readme, re.MULTILINE)) == mnist.MD5


def test_unpacking_makes_the_files_and_then_leaves_them_alone(folder):
    mnist.unpack(folder)
    assert is_unpacked(folder)
    before = [path.stat().st_mtime_ns for path in sorted((folder / "unpacked").iterdir())]
    mnist.unpack(folder)
    assert [path.stat().st_mtime_ns for path in sorted((folder / "unpacked").iterdir())] == before


@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "empty", "gone"])
def test_a_damaged_unpacked_file_is_made_again(folder, damage):
    mnist.unpack(folder)
    path = folder / "unpacked" / LABELS[0]
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = content[:100] + bytes([content[100] ^ 1]) + content[101:]
        path.write_bytes({"cut short": content[:5000], "one byte changed": changed, "empty": b""}[damage])
    mnist.unpack(folder)
    assert is_unpacked(folder)


@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "empty", "not MNIST", "gone"])
def test_a_damaged_gz_is_named_with_the_way_to_get_it_back(folder, damage):
    path = folder / f"{LABELS[0]}.gz"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
        other = gzip.compress(b"something else")
        path.write_bytes(
            {"cut short": content[:5000], "one byte changed": changed, "empty": b"", "not MNIST": other}[damage]
        )
    with pytest.raises(files.DataError, match="missing or damaged") as caught:
        mnist.unpack(folder)
    assert str(path) in str(caught.value) and f"checkout -- {path.name}" in str(caught.value)
    assert not list(folder.glob("unpacked/*"))


def test_a_right_unpacked_file_needs_no_gz(folder):
    mnist.unpack(folder)
    (folder / f"{LABELS[0]}.gz").unlink()
    mnist.unpack(folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
def test_several_processes_may_unpack_at_once(tmp_path):
    for gz in mnist.FOLDER.glob("*.gz"):
        shutil.copy(gz, tmp_path)
    sizes = {path.name: path.stat().st_size for path in Path(utils.get_dataset("MNIST").raw_folder).iterdir()}
    processes = [multiprocessing.get_context("fork").Process(target=mnist.unpack, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        for name in mnist.MD5:
            path = tmp_path / "unpacked" / name
            assert not path.exists() or path.stat().st_size == sizes[name], f"{name} was seen half-written"
        time.sleep(0.002)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert is_unpacked(tmp_path)


class FailingFile:
    """A file that takes half of what is written to it, then fails as a full or guarded disk does."""

    def __init__(self, path, mode, code):
        self.file, self.code = open(path, mode), code  # noqa: SIM115

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, content):
        self.file.write(content[: len(content) // 2])
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "The disk is full: .* make room and run this again"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EACCES, "You may not write to"),
        (errno.EROFS, "You may not write to"),
        (errno.EIO, "could not be written"),
    ],
)
def test_what_cannot_be_written_is_explained_and_leaves_nothing(folder, monkeypatch, code, message):
    monkeypatch.setattr(files, "open", lambda path, mode: FailingFile(path, mode, code), raising=False)
    with pytest.raises(files.DataError, match=message) as caught:
        mnist.unpack(folder)
    assert LABELS[0] in str(caught.value) and str(folder) in str(caught.value)
    assert not list((folder / "unpacked").iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_disk_that_is_really_full(folder, monkeypatch):
    monkeypatch.setattr(files, "open", lambda path, mode: open("/dev/full", mode), raising=False)  # noqa: SIM115
    with pytest.raises(files.DataError, match="The disk is full"):
        mnist.unpack(folder)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_really_not_writable(folder):
    folder.chmod(0o555)
    try:
        with pytest.raises(files.DataError, match="You may not write to"):
            mnist.unpack(folder)
    finally:
        folder.chmod(0o755)


def test_an_interrupted_write_leaves_nothing(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        mnist.unpack(folder)
    assert not list((folder / "unpacked").iterdir())


def test_leftovers_of_a_killed_process_go_but_a_file_still_written_stays(folder):
    mnist.unpack(folder)
    old, new = folder / "unpacked" / "a.partial", folder / "unpacked" / "b.partial"
    old.touch()
    new.touch()
    os.utime(old, (0, time.time() - 2 * files.LEFTOVER_SECONDS))
    mnist.unpack(folder)
    assert not old.exists() and new.exists()


# --- the checks' door ------------------------------------------------------------------------------------------


def test_substitute_holds_for_every_name_and_ends_with_the_block(monkeypatch):
    real = utils.get_dataset("MNIST", train=False)  # before this machine claims to have a GPU
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    tiny = TensorDataset(torch.zeros(2, 1, 28, 28), torch.zeros(2))
    other = TensorDataset(torch.zeros(3, 1, 28, 28), torch.zeros(3))
    assert utils.get_device() == torch.device("cuda")
    with pytest.raises(ZeroDivisionError), data.substitute(tiny):
        assert utils.get_dataset("MNIST", train=False) is utils.get_dataset("CELEB") is tiny
        assert utils.get_device() == torch.device("cpu")
        with data.substitute(other):
            assert utils.get_dataset("MNIST") is other
        assert utils.get_dataset("MNIST") is tiny
        raise ZeroDivisionError
    assert utils.get_dataset("MNIST", train=False) is real
    assert utils.get_device() == torch.device("cuda")


def test_another_thread_sees_the_substitute_only_in_a_copied_context():
    tiny = TensorDataset(torch.zeros(2, 1, 28, 28), torch.zeros(2))
    seen = {}

    def look(name):
        seen[name] = utils.get_dataset("MNIST", train=False)

    with data.substitute(tiny):
        copied = contextvars.copy_context()
        threads = [
            threading.Thread(target=copied.run, args=(look, "copied")),
            threading.Thread(target=contextvars.Context().run, args=(look, "own")),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    assert seen["copied"] is tiny
    assert isinstance(seen["own"], mnist.MNIST)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_is_chosen(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device.get_device() == torch.device(expected)
