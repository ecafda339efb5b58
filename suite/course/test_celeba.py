"""The faces, on a small data set of the hub's schema: fetched, interrupted, damaged, unreachable, forbidden."""

import errno
import functools
import io
import json
import os
import socket
import sys
import time

import datasets
import huggingface_hub
import numpy as np
import pytest
import torch
from PIL import Image

import utils
from course.data import celeba, files
from course.data import datasets as data

N_FACES = 12


def face(index: int) -> Image.Image:
    """A picture as large as CelebA's, different for each index."""
    rng = np.random.default_rng(index)
    small = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((178, 218))


def jpeg(index: int) -> bytes:
    """The same as the bytes of a JPEG, which is how the hub holds them."""
    buffer = io.BytesIO()
    face(index).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def hub_faces():
    """What `load_dataset("nielsr/CelebA-faces", split="train")` gives, with 12 faces: half JPEGs, half PNGs."""
    pictures = [{"bytes": jpeg(i), "path": None} if i % 2 else face(i) for i in range(N_FACES)]
    features = datasets.Features({"image": datasets.Image()})
    return datasets.Dataset.from_dict({"image": pictures}, features=features)


@pytest.fixture
def fetched(hub_faces, monkeypatch):
    """Puts the small data set in the hub's place; the list grows by one with each fetch."""
    calls = []

    def fetch():
        calls.append("fetch")
        return hub_faces

    monkeypatch.setattr(celeba, "fetch_faces", fetch)
    return calls


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "celeba"


def jpegs(folder):
    """The faces in the folder, in order."""
    return sorted((folder / "img_align_celeba").glob("*.jpg"))


def leftovers(folder):
    return list(folder.rglob("*.partial"))


# --- all goes well ---------------------------------------------------------------------------------------------


def test_faces_are_saved_once_and_read_as_an_image_folder(folder, fetched):
    dataset = celeba.load_faces(folder)
    assert len(dataset) == N_FACES and dataset.classes == ["img_align_celeba"]
    assert [path.name for path in jpegs(folder)] == [f"{index:06d}.jpg" for index in range(N_FACES)]
    image, label = dataset[0]
    assert image.shape == (3, 64, 64) and image.dtype == torch.float32 and label == 0
    assert -1 <= image.min() < -0.3 and 0.3 < image.max() <= 1

    celeba.load_faces(folder)
    assert fetched == ["fetch"]


def test_a_jpeg_is_kept_to_the_byte_and_a_png_looks_the_same(folder, fetched):
    celeba.load_faces(folder)
    assert jpegs(folder)[1].read_bytes() == jpeg(1)
    saved = np.asarray(Image.open(jpegs(folder)[2])).astype(float)
    assert saved.shape == (218, 178, 3)
    assert np.abs(saved - np.asarray(face(2))).mean() < 3  # of 255


def test_get_dataset_loads_the_faces_of_the_course_once(folder, fetched, monkeypatch):
    monkeypatch.setattr(celeba.load_faces, "__defaults__", (folder,))
    monkeypatch.setattr(data, "_load", functools.cache(data._load.__wrapped__))
    assert utils.get_dataset("CELEB") is utils.get_dataset("CELEB", train=True)
    assert len(utils.get_dataset("CELEB")) == N_FACES


def test_there_is_no_test_split(fetched):
    with pytest.raises(ValueError, match="training split only"):
        utils.get_dataset("CELEB", train=False)
    assert not fetched


def test_progress_is_shown(folder, fetched, capsys):
    celeba.load_faces(folder)
    shown = capsys.readouterr().err
    assert "saving the CelebA faces" in shown and f"{N_FACES}/{N_FACES}" in shown


# --- interrupted, damaged, mixed up ----------------------------------------------------------------------------


@pytest.fixture
def interrupted(folder, fetched, monkeypatch):
    """A folder where the learner pressed stop at the sixth face."""
    write = files.write_whole

    def stop_at_the_sixth(path, content):
        if path.name == "000005.jpg":
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(celeba, "write_whole", stop_at_the_sixth)
        celeba.load_faces(folder)
    return folder


def test_an_interrupted_run_goes_on_where_it_stopped(interrupted, fetched):
    assert len(jpegs(interrupted)) == 5 and not celeba.is_complete(interrupted)
    before = {path: path.stat().st_mtime_ns for path in jpegs(interrupted)}
    assert len(celeba.load_faces(interrupted)) == N_FACES
    assert {path: path.stat().st_mtime_ns for path in before} == before, "a whole face was written again"
    assert fetched == ["fetch", "fetch"]


@pytest.mark.parametrize("n_bytes", [0, 1, 3, 700])
def test_a_jpeg_that_a_crash_cut_short_is_written_again(interrupted, fetched, n_bytes):
    cut = jpegs(interrupted)[3]
    os.truncate(cut, n_bytes)
    celeba.load_faces(interrupted)
    assert cut.read_bytes() == jpeg(3)


@pytest.mark.parametrize("damage", ["a face gone", "a face cut short", "manifest gone", "manifest cut short"])
def test_whole_is_what_the_manifest_says_and_the_folder_holds(folder, fetched, damage):
    celeba.load_faces(folder)
    assert json.loads((folder / "manifest.json").read_text())["images"] == N_FACES
    if "face" in damage:
        jpegs(folder)[3].unlink() if damage.endswith("gone") else os.truncate(jpegs(folder)[3], 700)
    else:
        manifest = folder / "manifest.json"
        manifest.unlink() if damage.endswith("gone") else os.truncate(manifest, 10)
    assert not celeba.is_complete(folder)
    celeba.load_faces(folder)
    assert fetched == ["fetch", "fetch"] and celeba.is_complete(folder)
    assert jpegs(folder)[3].read_bytes() == jpeg(3)


def test_somebody_elses_pictures_are_not_taken_for_faces(folder, fetched):
    (folder / "img_align_celeba").mkdir(parents=True)
    (folder / "img_align_celeba" / "holiday.jpg").write_bytes(jpeg(99))
    with pytest.raises(files.DataError, match=r"not CelebA's, such as holiday\.jpg"):
        celeba.load_faces(folder)
    assert not celeba.is_complete(folder)
    (folder / "img_align_celeba" / "holiday.jpg").unlink()
    assert len(celeba.load_faces(folder)) == N_FACES


def test_leftovers_of_a_killed_process_go(folder, fetched):
    leftover = folder / "img_align_celeba" / "000003.jpg.x.partial"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    os.utime(leftover, (0, time.time() - 2 * files.LEFTOVER_SECONDS))
    celeba.load_faces(folder)
    assert not leftovers(folder)


# --- the disk --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"), [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "You may not write to")]
)
def test_a_disk_that_takes_no_more_keeps_what_it_has(folder, fetched, monkeypatch, code, message):
    def open_until_the_sixth(path, mode):
        if path.name.startswith("000005.jpg"):
            path.write_bytes(b"\xff\xd8 the first half")
            raise OSError(code, os.strerror(code))
        return open(path, mode)

    with monkeypatch.context() as patched, pytest.raises(files.DataError, match=message) as caught:
        patched.setattr(files, "open", open_until_the_sixth, raising=False)
        celeba.load_faces(folder)
    assert "5 of 12 faces are saved and kept" in str(caught.value)
    assert len(jpegs(folder)) == 5 and not leftovers(folder) and not celeba.is_complete(folder)
    assert len(celeba.load_faces(folder)) == N_FACES


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: .* 3,000.0 MB"),
        (OSError("Not enough disk space. Needed: 2.8 GiB"), "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "You may not write to"),
    ],
)
def test_a_cache_that_cannot_be_written_is_told_from_a_hub_that_is_away(monkeypatch, error, message):
    def fail(*_, **__):
        raise RuntimeError("An error occurred while generating the dataset") from error

    monkeypatch.setattr(celeba, "ask_hub", lambda: None)
    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(files.DataError, match=message):
        celeba.fetch_faces()


# --- the hub ---------------------------------------------------------------------------------------------------


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """A machine on which nothing was fetched before."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def listening():
    """The address of a socket that takes connections and never says a word, as behind a bad firewall."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def use_hub(monkeypatch, address):
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def assert_says_what_was_tried(error):
    message = str(error)
    assert "\n" not in message
    for part in ("could not be fetched", celeba.HUB_NAME, "What to do", "internet connection", "MNIST works"):
        assert part in message


def test_a_hub_that_cannot_be_reached_is_explained_in_one_paragraph(folder, monkeypatch, no_cache):
    use_hub(monkeypatch, "http://127.0.0.1:1")  # nobody listens there
    with pytest.raises(files.DataError, match="ConnectError") as caught:
        celeba.load_faces(folder)
    assert_says_what_was_tried(caught.value)
    assert not folder.exists()


def test_a_hub_that_never_answers_is_not_waited_for(folder, monkeypatch, no_cache, listening):
    use_hub(monkeypatch, listening)
    monkeypatch.setattr(celeba, "HUB_TIMEOUT_SECONDS", 0.2)
    with pytest.raises(files.DataError, match="Timeout") as caught:
        celeba.load_faces(folder)
    assert_says_what_was_tried(caught.value)
    assert not folder.exists()


def test_the_hub_is_asked_with_a_time_limit(monkeypatch):
    asked = {}
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda _, name, **k: asked.update(k, name=name))
    assert celeba.ask_hub() is None
    assert asked["name"] == "nielsr/CelebA-faces" and 1 <= asked["timeout"] <= 30


def test_an_error_of_many_lines_becomes_one_paragraph(monkeypatch, no_cache):
    monkeypatch.setattr(celeba, "ask_hub", lambda: RuntimeError("Client error 404\nFor more information see …"))
    with pytest.raises(files.DataError, match="RuntimeError: Client error 404") as caught:
        celeba.fetch_faces()
    assert_says_what_was_tried(caught.value)


@pytest.mark.parametrize("trouble", [None, ConnectionError("no network")])
def test_the_cache_is_used_where_the_hub_is_away(monkeypatch, hub_faces, trouble):
    asked = []

    def load(name, split):
        asked.append((name, split, datasets.config.HF_HUB_OFFLINE))
        return hub_faces

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(celeba, "ask_hub", lambda: trouble)
    monkeypatch.setattr(datasets, "load_dataset", load)
    assert celeba.fetch_faces() is hub_faces
    assert asked == [("nielsr/CelebA-faces", "train", trouble is not None)]
    assert datasets.config.HF_HUB_OFFLINE is False


def test_without_the_package_datasets_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(files.DataError, match="pip install datasets"):
        celeba.fetch_faces()
