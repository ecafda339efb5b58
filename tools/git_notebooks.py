"""Git's view of the notebooks, in this clone alone: only what a learner writes in them is a change.

`.gitattributes` says which files are cleaned before git compares or commits them, and the clone's own configuration
how: by `tools/clean_notebook.py`. One thing is left to do. To git a file of another size than the one it has
noted is changed, without a look at the cleaned content; so the new size is noted after a notebook was saved.
"""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILTER = "filter.lesson-notebook.clean"
# Git runs it in the top folder of each checkout. Without an environment, notebooks are compared as they are.
CLEANER = (
    "if test -x .venv/bin/python -a -f tools/clean_notebook.py;"
    " then .venv/bin/python -m tools.clean_notebook; else cat; fi"
)


def see_only_changes() -> None:
    """Sets up the cleaning where it is not, and notes notebooks that differ in nothing that git is to see.

    Does nothing where the folder is no clone. What the learner has staged, or has in conflict, stays as it is.
    """
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return
    if git("config", FILTER) != CLEANER:
        git("config", FILTER, CLEANER)
    for name in git("diff-files", "--name-only", "-z", "--", "notebooks/*.ipynb").split("\0"):
        path = ROOT / name
        if path.is_file() and git("rev-parse", f":{name}") == git("hash-object", f"--path={name}", name):
            git("update-index", name)


def git(*arguments: str) -> str:
    """What git answers; nothing where it fails, as it does while another git command is at work."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip("\n")


if __name__ == "__main__":
    see_only_changes()
