"""Builds `.venv`: once, and again only when what it is built from changes. Asks nothing.

`requirements.txt` says which versions will do, `requirements.lock` which were tested, with a hash of each file that
pip may take for them. The lock is followed where there is one. Where an index or a system has no such file, the
ranges are followed instead, and that is said. `LOCK=no` asks for the ranges from the start, `LOCK=only` for the lock alone.

Run by the machine's own python3 before anything is installed, so it uses the standard library only, and its
syntax is old enough that an old Python gets as far as being told so.
"""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Says what is installed: the ranges, and the lock where it was followed. It is written last, when everything is there.
COMPLETE = VENV / ".complete"
# There from a build's first moment to its last. What was interrupted is begun again from nothing.
UNFINISHED = VENV / ".unfinished"

WINDOWS = """\
The course is made for Linux and macOS. On Windows use WSL, which is a Linux inside Windows: install it with
`wsl --install` (https://learn.microsoft.com/windows/wsl/install), open its terminal, and clone the course there."""
OLD_PYTHON = """\
The course needs Python 3.11 or newer, and this one is {version}.
If you have a newer one, name it: make lab PYTHON=python3.12"""
NO_VENV = """\
This Python cannot make a virtual environment: it has no {module}.
On Debian and Ubuntu this puts it right: apt install python3-venv"""
NOWHERE = """\
.venv is a link to {target}, which is not there. Remove the link (rm .venv), or put that folder back,
and run the same command again."""
NO_FOLDER = """\
.venv is a file, and the course needs a folder of that name for its packages. Move the file away
(mv .venv venv.old), and run the same command again."""
INSTALLING = """\
Installing the course's packages into .venv. On Linux that is about 6 GB and takes some minutes, once."""
NOT_MADE = """
The virtual environment .venv could not be made; the lines above say why."""
NOT_INSTALLED = """
Not all packages could be installed; the lines above say why. (Free on this disk: {free:.1f} GB.)
Run the same command again to go on."""
LACKING = "No matching distribution found"  # pip's words for a file that an index or a system does not have
UNLOCKED = """
This index or this system lacks a package that requirements.lock names; the lines above say which. In place of the
tested versions, those that requirements.txt allows are installed now, and no hash is compared.
"""
NOT_AS_LOCKED = """
To install what requirements.txt allows, whatever the lock says and without comparing hashes: make lab LOCK=no"""
STOPPED = """
Stopped before everything was installed. Run the same command again: it begins anew."""
NOT_WRITTEN = """\
.venv could not be written: {reason} ({file})."""


def main() -> None:
    if fcntl is None:
        sys.exit(WINDOWS)
    with REQUIREMENTS.open(encoding="utf-8") as requirements:
        fcntl.flock(requirements, fcntl.LOCK_EX)  # a second `make` waits for the first to finish
        ranges = requirements.read()
        follows_lock = LOCK.exists() and os.environ.get("LOCK") != "no"
        lock = LOCK.read_text(encoding="utf-8") if follows_lock else ""
        # What was once installed from the ranges alone is good until they change: no lock is imposed on it.
        if COMPLETE.exists() and COMPLETE.read_text(encoding="utf-8") in (ranges, ranges + lock) and works():
            return
        check_python()
        check_place()
        print(INSTALLING, flush=True)
        followed_lock = install(follows_lock)
        COMPLETE.write_text(ranges + lock if followed_lock else ranges, encoding="utf-8")
        UNFINISHED.unlink()


def works() -> bool:
    """Whether `.venv` has a Python that runs and finds its packages: one that the system has since replaced does not."""
    finds = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
    if not PYTHON.exists():
        return False
    return not subprocess.run([str(PYTHON), "-c", finds], capture_output=True, check=False).returncode


def check_python() -> None:
    """Stops with a sentence that helps where this Python is too old or cannot make environments."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file alone is run by whatever python3 there is
        sys.exit(OLD_PYTHON.format(version=sys.version.split()[0]))
    for module in ("venv", "ensurepip"):
        try:
            importlib.import_module(module)
        except ImportError:
            sys.exit(NO_VENV.format(module=module))


def check_place() -> None:
    """Stops with a sentence that helps where something else is called `.venv`."""
    if VENV.is_symlink() and not VENV.exists():
        sys.exit(NOWHERE.format(target=VENV.resolve()))
    if VENV.exists() and not VENV.is_dir():
        sys.exit(NO_FOLDER)


def install(follows_lock: bool) -> bool:
    """Makes `.venv` where there is none that works, and installs into it. Whether what the lock names is installed."""
    usable = works() and not UNFINISHED.exists()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if not usable:
        for entry in VENV.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != UNFINISHED:
                entry.unlink()
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
            sys.exit(NOT_MADE)
    if follows_lock:
        failed, said = pip_install("--require-hashes", "--requirement", str(LOCK))
        # A file with another hash is never put up with; one that an index lacks is, but where LOCK=only proves the lock.
        if failed and LACKING in said and os.environ.get("LOCK") != "only":
            print(UNLOCKED, flush=True)
            follows_lock = False
    if not follows_lock:
        failed, said = pip_install("--requirement", str(REQUIREMENTS))
    if failed:
        if usable:
            UNFINISHED.unlink()  # pip has undone what it began: what was there before is still whole
        words = NOT_INSTALLED.format(free=shutil.disk_usage(VENV).free / 1e9)
        sys.exit(words + NOT_AS_LOCKED if follows_lock else words)
    return follows_lock


def pip_install(*what: str) -> "tuple[int, str]":
    """pip's exit status, and what it wrote about trouble, which appears on the terminal as it comes."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *what]
    said = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as pip:
        for line in pip.stderr or ():
            print(line, end="", file=sys.stderr, flush=True)
            said.append(line)
    return pip.returncode, "".join(said)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except OSError as error:
        sys.exit(NOT_WRITTEN.format(reason=error.strerror, file=error.filename))
