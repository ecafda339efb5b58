"""A copy of the project with every exercise answered, or none: what the suite and the tour run."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tools.generated import ROOT
from tools.notebooks import lessons, make_notebook, to_text
from tools.stubs import make_stubs

# What is made by runs, or made here; whatever begins with a dot stays behind too.
LEFT_OUT = ("data", "exercises", "notebooks", "results", "saved", "tour", "wandb", "__pycache__")


def make_overlay(folder: Path, answers: Literal["solutions", "stubs"]) -> Path:
    """Fills an empty folder with the project, and returns it. A learner's own answers are not in it.

    The notebooks hold the outputs that the lessons expect. The data are the project's own, by a link.
    """
    shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=leave_out)
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    for name, stub in make_stubs().items():
        answer = (ROOT / "solutions" / Path(name).name).read_text(encoding="utf-8")
        write(folder / name, answer if answers == "solutions" else stub)
    shutil.copy(ROOT / "exercises" / "__init__.py", folder / "exercises")
    for lesson in lessons():
        write(
            folder / "notebooks" / f"{lesson.stem}.ipynb", to_text(make_notebook(lesson, with_expected=True))
        )
    if (ROOT / "notebooks" / "images").is_dir():
        shutil.copytree(ROOT / "notebooks" / "images", folder / "notebooks" / "images")
    return folder


def leave_out(folder: str, names: list[str]) -> set[str]:
    """For `copytree`: what stays behind, at the top of the project; caches stay behind everywhere."""
    top = Path(folder) == ROOT
    return {
        name
        for name in names
        if name == "__pycache__" or (top and (name in LEFT_OUT or name.startswith(".")))
    }


def kernel_environment(folder: Path) -> Mapping[str, str]:
    """The environment for running the overlay's notebooks, the same on every machine.

    Notebooks run one after another, and torch takes as many threads as there are cores. Whoever runs several
    at once sets OMP_NUM_THREADS: two trainings of two threads each on two cores are several times slower.
    """
    return os.environ | {
        "PLOTLY_RENDERER": "plotly_mimetype",  # figures as data, for pages to draw
        "IPYTHONDIR": str(folder / ".ipython"),  # nobody's own start-up files
        "PYTHONPATH": "",
    }


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
