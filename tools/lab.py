"""Opens JupyterLab on the first notebook. Without a display it prints the address to open instead."""

import os
import sys

from tools.generated import ROOT

FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"


def arguments() -> list[str]:
    """What JupyterLab is started with on this machine."""
    # With answer_yes, Control-C ends it at once, where it would ask for confirmation.
    found = [f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}", "--ServerApp.answer_yes=True"]
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display and sys.platform not in ("darwin", "win32"):
        found.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")
    return found


if __name__ == "__main__":
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments(), *sys.argv[1:]])
