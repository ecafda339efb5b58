"""On Colab the course uses the torch that is there, and installs only what is missing beside it."""

import importlib.util
import re
import subprocess
import sys

from course import ROOT

NEEDED = ("einops", "plotly", "wandb", "datasets", "tqdm", "optuna")
"""What the lessons import and Colab may lack, named as in requirements.txt. Never torch: a second one is 6 GB."""


def prepare() -> None:
    """Installs the missing ones of `NEEDED`, in the versions that requirements.txt asks for; elsewhere does nothing.

    Raises RuntimeError with pip's words where that fails.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if "google.colab" not in sys.modules or not missing:
        return
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = {re.split(r"[^\w.-]", line)[0]: line.partition("#")[0].strip() for line in lines}
    wanted = [requirements[name] for name in missing]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", *wanted], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{', '.join(missing)} could not be installed:\n{done.stderr.strip()}")
    importlib.invalidate_caches()
