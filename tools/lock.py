"""Makes `requirements.lock` from `requirements.txt`: `python -m tools.lock`; `make lock`.

For each package and what it needs in turn: one version, for Linux and macOS and every Python from the oldest that the
course supports, with the hashes of the index's files. Versions that the lock names already stay, as far as the ranges
allow; to take the newest of all, delete the lock first. uv does the work, from an environment of its own that is gone
afterwards; nobody else needs it.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from tools.generated import ROOT


def oldest_python() -> str:
    """The lowest version that pyproject.toml allows, such as "3.11"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["requires-python"].removeprefix(">=")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        command = [python, "-m", "uv", "pip", "compile", "requirements.txt", "--output-file", "requirements.lock"]
        command += ["--universal", "--python-version", oldest_python(), "--generate-hashes", "--quiet"]
        command += ["--only-binary", ":all:", "--emit-build-options"]  # pip obeys it too: nothing is compiled
        command += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock"]
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
            subprocess.run(command, cwd=ROOT, check=True)
        except subprocess.CalledProcessError as error:
            sys.exit(f"requirements.lock is as it was; the lines above say why.\n({error})")


if __name__ == "__main__":
    main()
