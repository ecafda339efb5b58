"""The first cell of a notebook finds the course, says what is missing where it cannot, and on Colab fetches it."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from course.settings import colab
from tools.directives import setup_cell
from tools.generated import ROOT
from tools.overlay import make_overlay

PROGRAM = """
import sys, types
from IPython.core.interactiveshell import InteractiveShell

sys.path = [path for path in sys.path if path != {root!r}]
if {on_colab}:
    sys.modules["google.colab"] = types.ModuleType("google.colab")
shell = InteractiveShell.instance()
result = shell.run_cell({cell!r})
print(type(result.error_in_exec).__name__, result.error_in_exec, sys.modules.get("course"))
"""


def run_setup(folder, address="", on_colab=False) -> str:
    """What the setup cell leaves behind when it is run in the folder by an IPython of its own."""
    cell = setup_cell(address).split("\n", 1)[1].rsplit("\n", 1)[0]
    program = PROGRAM.format(root=str(ROOT), cell=cell, on_colab=on_colab)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "course-from-elsewhere"
    folder.mkdir()
    make_overlay(folder, "stubs")
    (folder / "notebooks").mkdir()
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    for step in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "the course"]):
        subprocess.run(["git", *step], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("where", [".", "notebooks", ".."])
def test_the_course_is_found_above_and_one_folder_below(project, where):
    assert run_setup(project / where) == f"NoneType None <module 'course' from '{project}/course/__init__.py'>"


@pytest.mark.parametrize("address", ["", "https://example.org/course"])
def test_without_the_course_one_sentence_says_what_to_do(tmp_path, address):
    said = run_setup(tmp_path, address)
    assert said.startswith("FileNotFoundError This notebook needs the course around it") and address in said


def test_on_colab_the_course_is_fetched(tmp_path, project):
    said = run_setup(tmp_path, project.as_uri(), on_colab=True)
    assert said.startswith("NoneType None") and f"{tmp_path}/course-of-this-notebook/course" in said
    assert run_setup(tmp_path, "https://example.org/nowhere", on_colab=True) == said  # it is there: found, not fetched


def test_on_colab_only_what_is_missing_is_installed(monkeypatch):
    asked = []
    monkeypatch.setattr(colab.importlib.util, "find_spec", lambda name: None if name == "optuna" else 1)
    monkeypatch.setattr(
        colab.subprocess, "run", lambda command, **_: asked.append(command) or SimpleNamespace(returncode=0)
    )
    colab.prepare()
    assert not asked, "elsewhere than on Colab nothing is installed"
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    colab.prepare()
    ((*_, wanted),) = asked
    assert wanted.startswith("optuna>=") and "#" not in wanted
    assert "torch" not in colab.NEEDED


def test_a_package_that_cannot_be_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr(colab.importlib.util, "find_spec", lambda name: None if name == "optuna" else 1)
    failed = SimpleNamespace(returncode=1, stderr="no such host")
    monkeypatch.setattr(colab.subprocess, "run", lambda command, **_: failed)
    with pytest.raises(RuntimeError, match="optuna could not be installed:\nno such host"):
        colab.prepare()
