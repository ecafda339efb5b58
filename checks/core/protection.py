"""What an answer may do on this machine while it is checked, and how much of that is enforced here."""

from __future__ import annotations

import contextlib
import ctypes
import os
import site
import struct
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.core import landlock, system_calls
from course import ROOT

MEMORY = 3 * 2**30
"""Bytes that the learner's code may take on top of what torch needs."""
LARGEST_FILE = 2**26
PROCESSOR_SECONDS = 600
"""Of one exercise, all its operations together."""
PROCESSES = 64
"""More than there are already, where it is not forbidden altogether to start any."""

COURSE = ("checks", "course", "data", "utils.py")
"""What an answer may read of the project: neither the solutions nor the results, nor what somebody else has written."""
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
)


@dataclass(frozen=True)
class Protection:
    """What keeps an answer from everything but its own folder: `landlock` is the version in force, 0 for none, and
    `system_calls` says whether those are forbidden that lead to other processes and the network."""

    landlock: int = 0
    system_calls: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether the answers of strangers can be graded."""
        return bool(self.landlock and self.system_calls)

    def __str__(self) -> str:
        kinds = [f"Landlock {self.landlock}"] if self.landlock else []
        kinds += ["a filter of system calls"] if self.system_calls else []
        if not kinds:
            return "Nothing keeps an answer from your files and the network on this machine."
        text = f"Protection: {' and '.join(kinds)}."
        return text if self.is_enough else text + " That is not enough for answers of strangers."


def protect(folder: Path, *readable: Path) -> Protection:
    """Leaves this process what an answer needs: its `folder`, the Python installation and the course, to read what is
    `readable`, and a share of memory and time. Nothing takes that back. Returns what is in force."""
    limit_resources()
    if sys.platform != "linux":
        return Protection()
    drop_capabilities()
    abi, filtered = 0, False
    with contextlib.suppress(OSError):
        abi = landlock.restrict([*installation(), *readable], [folder, Path("/dev/null")])
    with contextlib.suppress(OSError):
        filtered = system_calls.forbid()
    if not filtered:
        limit_processes()
    return Protection(abi, filtered)


def installation() -> Iterator[Path]:
    """Python with its packages, the course without what is nobody's business, and the little that these need."""
    yield from (ROOT / name for name in COURSE)
    yield from (Path(path) for name, path in sysconfig.get_paths().items() if "lib" in name)
    yield from (Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix))
    if site.ENABLE_USER_SITE:
        yield Path(site.getusersitepackages())
    yield from map(Path, SYSTEM)


def limit_resources() -> None:
    """Caps the process's memory (above what it has now), its files and its processor time."""
    import resource

    limits = [
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
    ]
    if sys.platform == "linux":
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limits.append((resource.RLIMIT_AS, in_use + MEMORY))
    for kind, limit in limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def limit_processes() -> None:
    """Caps the number of processes of this user, which root does not mind."""
    import resource

    mine = sum(1 for each in Path("/proc").glob("[0-9]*/task/*") if owner(each) == os.getuid())
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (mine + PROCESSES, mine + PROCESSES))


def owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def drop_capabilities() -> None:
    """Leaves a process of root none of root's powers."""
    version_3, this_process = 0x20080522, 0
    landlock.libc.capset(struct.pack("Ii", version_3, this_process), ctypes.create_string_buffer(24))
