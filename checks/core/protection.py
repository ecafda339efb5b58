"""What an answer may do on this machine while it is checked, and how much of that is enforced here."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import site
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from checks.core import landlock, system_calls
from course import ROOT

MEMORY = 3 * 2**30
"""Bytes that the learner's code may take on top of what torch needs."""
LARGEST_FILE = 2**26
LARGEST_FOLDER = 2**28
"""Bytes that all files of an answer may have together, in a bubblewrap."""
PROCESSOR_SECONDS = 600
"""Of one exercise, all its operations together."""
PROCESSES = 64
"""More than there are already, where it is not forbidden altogether to start any."""

COURSE = ("course", "data", "utils.py")
"""What an answer may read of the project: neither the solutions nor the results nor how it is judged, nor what somebody
else has written."""
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/nix/store",
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

LIBRARIES = os.environ.get("LD_LIBRARY_PATH", "")  # without which Python does not start on some clusters
TO_START = (
    Path(sys.executable).parent,
    Path(sys.prefix) / "pyvenv.cfg",
    Path(sys.base_prefix) / "bin",
    ROOT / "checks",
)
"""What is needed to start the fork server, in a bubblewrap."""


@dataclass(frozen=True)
class Protection:
    """What keeps an answer from everything but its own folder: whether it runs in a `bubblewrap`, which version of
    `landlock` is in force (0 for none), and whether those `system_calls` are forbidden that lead to others."""

    bubblewrap: bool = False
    landlock: int = 0
    system_calls: bool = False

    @classmethod
    def expected(cls) -> Protection:
        """What will be in force on this machine, before any answer has come."""
        return cls(bool(bubblewrap()), landlock.version(), system_calls.offered())

    @property
    def is_enough(self) -> bool:
        """Whether the answers of strangers can be graded."""
        return self.bubblewrap or bool(self.landlock and self.system_calls)

    def __str__(self) -> str:
        kinds = ["bubblewrap"] if self.bubblewrap else []
        kinds += [f"Landlock {self.landlock}"] if self.landlock else []
        kinds += ["a filter of system calls"] if self.system_calls else []
        if not kinds:
            return "Nothing keeps an answer from your files and the network on this machine."
        text = f"Protection: {', '.join(kinds)}."
        return text if self.is_enough else text + " That is not enough for answers of strangers."


LAYERS = tuple(each.name for each in fields(Protection))
"""The kinds of protection."""


def protect(folder: Path, layers: Collection[str] = LAYERS) -> tuple[int, bool]:
    """Leaves this process what an answer needs: its `folder`, the Python installation and the course, and a share of
    memory and time. Nothing takes that back. Returns Landlock's version, and whether system calls are forbidden."""
    limit_resources()
    if sys.platform != "linux":
        return 0, False
    drop_capabilities()
    abi, filtered = 0, False
    with contextlib.suppress(OSError):
        abi = landlock.restrict(installation(), [folder, Path("/dev/null")]) if "landlock" in layers else 0
    with contextlib.suppress(OSError):
        filtered = "system_calls" in layers and system_calls.forbid()
    if not filtered:
        limit_processes()
    return abi, filtered


@cache
def bubblewrap() -> tuple[str, ...]:
    """What to put before a command of Python, so that it sees nothing of this machine but the installation, and neither
    its network nor its processes; () where that is not to be had. It may write in /tmp, which is its own."""
    program = shutil.which("bwrap")
    if sys.platform != "linux" or not program:
        return ()
    paths = [path for path in (*installation(), *TO_START) if not str(path).startswith(("/proc", "/dev"))]
    visible = [each for path in paths if path.exists() for each in ("--ro-bind", path, path)]
    command: list[str | int | Path] = [
        program,
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    command += ["--size", LARGEST_FOLDER, "--tmpfs", "/tmp", *visible, "--chdir", "/tmp"]  # fmt: skip
    wrapped = tuple(str(each) for each in command)
    trial = subprocess.run([*wrapped, sys.executable, "-c", ""], env={}, capture_output=True, check=False)
    return () if trial.returncode else wrapped


def environment(folder: str) -> dict[str, str]:
    """All that an answer's process knows of the judge's environment: next to nothing. `folder` is its own."""
    kept = {"LD_LIBRARY_PATH": LIBRARIES, "PYTHONUSERBASE": site.getuserbase() if site.ENABLE_USER_SITE else ""}
    return {name: value for name, value in kept.items() if value} | {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
    }


def installation() -> Iterator[Path]:
    """Python with its packages, the course without what is nobody's business, and the little that these need."""
    yield from (ROOT / name for name in COURSE)
    yield from (Path(path) for name, path in sysconfig.get_paths().items() if "lib" in name)
    yield from (Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix))
    if site.ENABLE_USER_SITE:
        yield Path(site.getusersitepackages())
    yield from (Path(each) for each in LIBRARIES.split(":") if each.startswith("/"))
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
