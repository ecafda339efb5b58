"""Makes `requirements.lock` from `requirements.txt`: `python -m tools.lock`; `make lock`.

For each package, and for what it needs in turn: one version, for Linux and macOS and for every Python from the oldest
that pyproject.toml allows, with the hashes of the files that an index may give. Versions that the lock names already
stay as far as the ranges allow; to take the newest of all, delete the lock first. uv does the work, from an environment
of its own that is gone afterwards: nobody else needs it.
"""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

from course import ROOT

COMPILE = (
    "uv pip compile requirements.txt --output-file requirements.lock --universal --generate-hashes --quiet "
    # Where the lock lies, no index's name does; and what pip finds there it never compiles.
    "--no-emit-index-url --no-emit-find-links --only-binary :all: --emit-build-options"
)


def oldest_python() -> str:
    """The lowest version that pyproject.toml allows, such as "3.11"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["requires-python"].removeprefix(">=")


def main() -> None:
    with TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        made_by = ["--python-version", oldest_python(), "--custom-compile-command", "make lock"]
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
            subprocess.run([python, "-m", *COMPILE.split(), *made_by], cwd=ROOT, check=True)
        except subprocess.CalledProcessError:
            sys.exit("requirements.lock is as it was; the lines above say why.")


if __name__ == "__main__":
    main()
