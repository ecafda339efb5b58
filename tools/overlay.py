"""A copy of the project with every exercise answered, or none, and its notebooks as they run there."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from course.given import trained_classifier
from course.settings.short_trainings import SWITCH
from tools.generated import ROOT, write_whole
from tools.notebooks import lessons, make_notebook, to_text
from tools.stubs import make_stubs

CELL_TIMEOUT = 1800  # seconds; a training run on a slow machine is far from it
FOLDERS = ("checks", "course", "lessons", "solutions", "suite", "tools")
FILES = ("pyproject.toml", "tests.py", "utils.py")


def make_overlay(folder: Path, answers: Literal["solutions", "stubs"]) -> Path:
    """Fills an empty folder with the project, without anything that a learner has written, and returns it.

    The data and the trained classifiers are the project's own, by links. There are no notebooks in it yet.
    """
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    trained_classifier.FOLDER.mkdir(parents=True, exist_ok=True)
    (folder / "results").mkdir()
    (folder / "results" / trained_classifier.FOLDER.name).symlink_to(
        trained_classifier.FOLDER, target_is_directory=True
    )
    for name, stub in make_stubs().items():
        answer = (ROOT / "solutions" / Path(name).name).read_text(encoding="utf-8")
        write_whole(folder / name, answer if answers == "solutions" else stub)
    shutil.copy(ROOT / "exercises" / "__init__.py", folder / "exercises")
    return folder


def add_notebooks(folder: Path) -> list[Path]:
    """Puts the notebooks into an overlay, with the outputs that the lessons expect, and returns their paths."""
    images = ROOT / "notebooks" / "images"
    if images.is_dir():
        shutil.copytree(images, folder / "notebooks" / "images")
    made = {folder / "notebooks" / f"{lesson.stem}.ipynb": lesson for lesson in lessons()}
    for path, lesson in made.items():
        write_whole(path, to_text(make_notebook(lesson, with_expected=True)))
    return list(made)


def kernel_environment(folder: Path, short_trainings: bool = False) -> Mapping[str, str]:
    """The environment for running the overlay's notebooks, the same on every machine.

    torch takes as many threads as there are cores. Whoever runs several notebooks at once, as `make test` does,
    sets OMP_NUM_THREADS: two trainings of two threads each on two cores are several times slower.
    """
    return os.environ | {
        "PLOTLY_RENDERER": "plotly_mimetype",  # figures as data, for pages to draw
        "IPYTHONDIR": str(folder / ".ipython"),  # nobody's own start-up files
        "PYTHONPATH": "",
        SWITCH: "1" if short_trainings else "0",
    }


def execute(path: Path, project: Path, allow_errors: bool = False, short_trainings: bool = False) -> NotebookNode:
    """The notebook with the outputs of a fresh run; CellExecutionError where a cell fails, unless that is allowed."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        allow_errors=allow_errors,
        coalesce_streams=True,  # two prints that arrive apart are still one text
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env=kernel_environment(project, short_trainings))
    return notebook
