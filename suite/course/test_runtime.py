"""The allocator's settings: fewer page faults where glibc is, nothing elsewhere, the user's own first."""

import ctypes
import os
import subprocess
import sys

import pytest

from course.settings import runtime

COUNT_PAGE_FAULTS = """
import resource, sys
import {module}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    activations = [bytearray(b"x" * (6 << 20)) for _ in range(8)]  # eight blocks of 6 MiB, all in use at once
step()
before = faults()
for _ in range(5):
    step()
print((faults() - before) / 5)
"""


def page_faults_a_step(module: str, **environment: str) -> float:
    """Page faults of allocating and freeing 48 MiB, after `module` was imported, in a process of its own."""
    tuned = ("MALLOC_", "GLIBC_", "LD_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(tuned)}
    done = subprocess.run(
        [sys.executable, "-c", COUNT_PAGE_FAULTS.format(module=module)],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return float(done.stdout)


def is_glibc() -> bool:
    return sys.platform == "linux" and "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")


@pytest.mark.slow
@pytest.mark.skipif(not is_glibc(), reason="malloc is not glibc's here")
def test_importing_utils_keeps_freed_memory() -> None:
    before, after = page_faults_a_step("sys"), page_faults_a_step("utils")
    assert before > 1000, f"this test can show nothing: {before} page faults a step without the settings"
    assert after < before / 10


@pytest.mark.slow
@pytest.mark.skipif(not is_glibc(), reason="malloc is not glibc's here")
def test_the_users_own_settings_win() -> None:
    own = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
    assert page_faults_a_step("utils", **own) > 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MALLOC_ARENA_MAX", "1"),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1"),
        ("LD_PRELOAD", "/usr/lib/libjemalloc.so.2"),
    ],
)
def test_nothing_is_set_beside_the_users_own(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert not runtime.keep_freed_memory()


def raise_value_error(name: str) -> str:
    raise ValueError("unrecognized configuration name")


@pytest.mark.parametrize("missing", ["confstr", "version", "mallopt", "library"])
def test_nothing_happens_where_malloc_is_not_glibcs(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setattr(runtime, "user_chose_an_allocator", lambda: False)
    called = []

    class Library:
        def __init__(self, name: str | None) -> None:
            if missing == "library":
                raise TypeError("what ctypes.CDLL(None) does on Windows")
            if missing != "mallopt":
                self.mallopt = lambda *arguments: called.append(arguments)

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.36", raising=False)
    if missing == "confstr":
        monkeypatch.delattr(os, "confstr")  # Windows
    if missing == "version":
        monkeypatch.setattr(os, "confstr", raise_value_error)  # musl, macOS
    assert not runtime.keep_freed_memory()
    assert not called


TRAIN_AND_WEIGH = """
import resource
from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer
def peak():  # in MB; Linux counts kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
trainer = AutoencoderTrainer(AutoencoderArgs(epochs=1, use_wandb=False))
for img, _label in trainer.trainloader:
    trainer.training_step(img.to(trainer.device))
    trainer.step += 1
    if trainer.step == 30:
        before = peak()
    if trainer.step == 90:
        break
print(peak() - before)
"""


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the memory's peak is counted otherwise")
def test_a_long_training_takes_no_more_memory_than_a_short_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRAIN_AND_WEIGH], capture_output=True, text=True, check=True, timeout=600
    )
    assert float(done.stdout) < 40  # with a tensor kept from each step it was 130
