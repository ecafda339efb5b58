"""A learner's notebooks and git: running them is no change, writing in them is one, and a pull loses nothing."""

import copy
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tools import generated
from tools.clean_notebook import METADATA, cleaned
from tools.generated import ROOT
from tools.notebooks import make_notebooks, to_text

pytestmark = pytest.mark.slow  # its notebook is run once

LESSON = "notebooks/lesson.ipynb"
TOOLS = ("__init__", "clean_notebook", "git_notebooks")
CELLS = [
    "print('a text', flush=True)\nimport sys\nprint('trouble', file=sys.stderr)",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\nimport ipywidgets\nipywidgets.IntSlider()",
    "1 / 0",
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the repository that learners clone, `course`: one notebook, and what cleans it."""
    course = tmp_path / "course"
    names = (".gitattributes", *(f"tools/{module}.py" for module in TOOLS))
    for name in names:
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    (course / ".gitignore").write_text(".venv\n")
    write_lesson(course, CELLS)
    git(course, "init", "--quiet", "--initial-branch=main")
    commit(course, "the course")
    return tmp_path


def lesson(sources: list[str]) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(metadata=METADATA)
    notebook.cells = [nbformat.v4.new_markdown_cell("# A lesson: dünn", id="title")]
    notebook.cells += [
        nbformat.v4.new_code_cell(source, id=f"cell-{number}", metadata={"tags": ["raises-exception"]})
        for number, source in enumerate(sources)
    ]
    return notebook


def write_lesson(folder: Path, sources: list[str]) -> None:
    (folder / LESSON).parent.mkdir(exist_ok=True)
    (folder / LESSON).write_text(to_text(lesson(sources)), encoding="utf-8", newline="\n")


@functools.cache
def executed() -> nbformat.NotebookNode:
    """The lesson after every cell was run, with what JupyterLab and VS Code note about kernel and view."""
    notebook = lesson(CELLS)
    NotebookClient(notebook, kernel_name="python3").execute()
    assert all(cell.outputs and cell.metadata.execution for cell in notebook.cells[1:]), "nothing was run"
    assert notebook.metadata.language_info.version
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    notebook.metadata.kernelspec.display_name = ".venv (3.11.7)"
    notebook.cells[0].metadata = {"vscode": {"languageId": "markdown"}, "tags": []}
    notebook.cells[0].attachments = {}
    notebook.cells[1].metadata |= {"scrolled": True, "jupyter": {"outputs_hidden": True}}
    return notebook


def git(folder: Path, *arguments: str, fails: bool = False) -> str:
    """What git says, on both channels, without a configuration of the machine's."""
    nobody = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment | nobody | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}, check=False,
    )  # fmt: skip
    assert bool(done.returncode) == fails, done.stdout
    return done.stdout


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def clone(home: Path, name: str = "learner's own", *options: str, environment: bool = True) -> Path:
    folder = home / name
    git(home, *options, "clone", "--quiet", str(home / "course"), str(folder))
    if environment:
        make_environment(folder)
    return folder


def make_environment(folder: Path) -> None:
    """As much of a `.venv` as git needs, and what every `make` does to git."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    see_only_changes(folder)


def see_only_changes(folder: Path) -> None:
    """What is done when JupyterLab has saved, and at the start of each `make`."""
    subprocess.run([sys.executable, "-m", "tools.git_notebooks"], cwd=folder, check=True)


def run_notebook(folder: Path, change=lambda notebook: None) -> str:
    """Leaves the notebook as a learner does who has run it, changed it and saved it, and returns its text."""
    notebook = copy.deepcopy(executed())
    change(notebook)
    nbformat.write(notebook, folder / LESSON)
    see_only_changes(folder)
    return (folder / LESSON).read_text(encoding="utf-8")


def add_note(notebook: nbformat.NotebookNode) -> None:
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("My own note."))


def test_a_notebook_that_was_only_run_is_no_change_and_keeps_its_outputs(home):
    learner = clone(home)
    text = run_notebook(learner)
    assert git(learner, "status", "--porcelain") == ""
    assert git(learner, "diff") == ""
    git(learner, "pull", "--quiet")
    assert (learner / LESSON).read_text() == text


@pytest.mark.parametrize(
    "change",
    [
        add_note,
        lambda notebook: notebook.cells[1].update(source="print('another')"),
        lambda notebook: notebook.cells.pop(2),
        lambda notebook: notebook.cells[0].update(attachments={"dot.png": {"image/png": "iVBORw0KGgo="}}),
    ],
    ids=["a note", "a cell edited", "a cell removed", "a picture"],
)
def test_what_a_learner_writes_is_a_change(home, change):
    learner = clone(home)
    run_notebook(learner, change)
    assert git(learner, "status", "--porcelain") == f" M {LESSON}\n"
    commit(learner, "my work")
    committed = nbformat.reads(git(learner, "show", f"HEAD:{LESSON}"), as_version=4)
    nbformat.validate(committed)
    assert not any(cell.get("outputs") for cell in committed.cells)
    assert git(learner, "status", "--porcelain") == ""


def test_a_pull_brings_the_new_version_of_a_notebook_that_was_only_run(home):
    learner = clone(home)
    run_notebook(learner)
    write_lesson(home / "course", [*CELLS, "print('new')"])
    commit(home / "course", "a cell more")
    git(learner, "pull", "--quiet")
    assert (learner / LESSON).read_text() == (home / "course" / LESSON).read_text()


def test_a_pull_never_loses_what_a_learner_wrote(home):
    learner = clone(home)
    mine = run_notebook(learner, add_note)
    write_lesson(home / "course", [*CELLS, "print('new')"])
    commit(home / "course", "a cell more")
    assert "would be overwritten" in git(learner, "pull", fails=True)
    assert (learner / LESSON).read_text() == mine

    commit(learner, "my work")
    git(learner, "pull", "--no-rebase", "--no-edit")  # the two changes lie far enough apart
    merged = nbformat.read(learner / LESSON, as_version=4)
    sources = [cell.source for cell in merged.cells]
    assert "My own note." in sources and "print('new')" in sources


def test_without_an_environment_git_works_as_ever(home):
    learner = clone(home)
    shutil.rmtree(learner / ".venv")
    run_notebook(learner)
    assert git(learner, "status", "--porcelain") == f" M {LESSON}\n"  # without a word of an error

    never_started = clone(home, "never started", environment=False)
    run_notebook(never_started)
    assert git(never_started, "status", "--porcelain") == f" M {LESSON}\n"


def test_a_second_worktree_and_a_moved_folder_are_cleaned_too(home):
    learner = clone(home)
    git(learner, "worktree", "add", "--quiet", str(home / "second"))
    make_environment(home / "second")
    run_notebook(home / "second")
    assert git(home / "second", "status", "--porcelain") == ""

    moved = clone(home, "to move").rename(home / "moved")
    run_notebook(moved)
    assert git(moved, "status", "--porcelain") == ""


def test_line_ends_stay_whatever_git_is_told(home):
    learner = clone(home, "crlf", "-c", "core.autocrlf=true")
    git(learner, "config", "core.autocrlf", "true")
    assert b"\r" not in (learner / LESSON).read_bytes()
    run_notebook(learner)
    assert git(learner, "status", "--porcelain") == ""


def test_what_is_no_notebook_passes_unchanged():
    for text in ("", "half a {", "[]", '{"cells": 1}', '{"cells": [1]}', '{"nbformat": 3, "worksheets": []}'):
        assert cleaned(text) == text


def test_the_courses_own_notebooks_are_clean():
    """Else each would be a change as soon as it is opened. To mend it, let the cleaner know what is new in them."""
    for name, text in make_notebooks().items():
        assert cleaned(text) == text, name


def test_making_the_sources_anew_leaves_a_notebook_that_was_only_run(home, monkeypatch, capsys):
    course = home / "course"
    made = {LESSON: (course / LESSON).read_text(encoding="utf-8")}
    monkeypatch.setattr(generated, "ROOT", course)
    monkeypatch.setattr(generated, "MANIFEST", course / "generated.json")
    generated.write("notebooks", made)
    run = run_notebook(course)
    generated.write("notebooks", made)
    assert (course / LESSON).read_text(encoding="utf-8") == run
    assert not (course / "saved").exists() and capsys.readouterr().out == ""
    assert generated.drift("notebooks", made, strict=False) == []
    assert generated.drift("notebooks", made, strict=True), "outputs that are committed are found in CI"

    edited = run_notebook(course, add_note)
    generated.write("notebooks", made)
    (saved,) = (course / "saved").rglob("*.ipynb")
    assert saved.read_text(encoding="utf-8") == edited
