"""Builds `.venv` from `requirements.txt`: once, and again only when that file changes. Asks nothing.

Run by the machine's own python3 before anything is installed, so it uses the standard library only, and its
syntax is old enough that an old Python gets as far as being told so.
"""

import fcntl
import importlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Says what is installed, and for which folder. It is written last, when everything is there.
COMPLETE = VENV / ".complete"
# There from a build's first moment to its last. What was interrupted is begun again from nothing.
UNFINISHED = VENV / ".unfinished"

OLD_PYTHON = """\
The course needs Python 3.11 or newer, and this one is {version}.
If you have a newer one, name it: make lab PYTHON=python3.12"""
NO_VENV = """\
This Python cannot make a virtual environment: it has no {module}.
On Debian and Ubuntu this puts it right: apt install python3-venv"""
INSTALLING = """\
Installing the course's packages into .venv. On Linux that is about 6 GB and takes some minutes, once."""
NOT_INSTALLED = """
Not all packages could be installed; the lines above say why. Run the same command again to go on."""


def main() -> None:
    with REQUIREMENTS.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second `make` waits for the first to finish
        wanted = f"{ROOT}\n{lock.read()}"
        if PYTHON.exists() and COMPLETE.exists() and COMPLETE.read_text() == wanted:
            return
        check_python()
        print(INSTALLING, flush=True)
        install()
        (site_packages() / "autoencoder_course.pth").write_text(f"{ROOT}\n")  # notebooks run from any folder
        COMPLETE.write_text(wanted)
        UNFINISHED.unlink()


def check_python() -> None:
    """Stops with a sentence that helps where this Python is too old or cannot make environments."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file alone is run by whatever python3 there is
        sys.exit(OLD_PYTHON.format(version=sys.version.split()[0]))
    for module in ("venv", "ensurepip"):
        try:
            importlib.import_module(module)
        except ImportError:
            sys.exit(NO_VENV.format(module=module))


def install() -> None:
    """Makes `.venv` where there is none that works, and installs the requirements into it."""
    works = PYTHON.exists() and not UNFINISHED.exists()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if not works:
        for entry in VENV.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != UNFINISHED:
                entry.unlink()
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--requirement", str(REQUIREMENTS)]).returncode:
        if works:
            UNFINISHED.unlink()  # pip has undone what it began: what was there before is still whole
        sys.exit(NOT_INSTALLED)


def site_packages() -> Path:
    found = [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    main()
