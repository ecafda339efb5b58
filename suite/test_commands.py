"""`make` alone explains itself, and `.venv` is built once, again when it must be, and never half."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import lab
from tools.generated import ROOT

pytestmark = pytest.mark.xdist_group("commands")  # its fixtures are dear: made once


def test_make_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(makefile.split(".PHONY:")[1].splitlines()[0].split()) - {"environment"}
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[1] for line in listed.splitlines()} == targets


@pytest.mark.parametrize(("display", "opens"), [("", False), (":0", True)])
def test_lab_opens_a_browser_only_where_there_is_a_display(display, opens, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert ("--no-browser" not in lab.arguments()) == opens


@pytest.mark.parametrize("user", [0, 1000])
def test_lab_runs_as_root_too(user, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in lab.arguments()) == (user == 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose requirements are none, so that its environment is built in seconds."""
    folder = tmp_path_factory.mktemp("a project")
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "environment.py", folder / "tools")
    (folder / "requirements.txt").write_text("# nothing yet\n")
    return folder


def build(project: Path) -> str:
    command = [sys.executable, "tools/environment.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_environment_is_built_once_and_again_only_when_it_must_be(project):
    assert "Installing" in build(project)
    assert build(project) == ""

    own = project / ".venv" / "own"
    own.touch()
    (project / "requirements.txt").write_text("# another line\n")
    assert "Installing" in build(project)
    assert own.exists(), "a whole environment is brought up to date, not thrown away"
    assert build(project) == ""

    (project / ".venv" / ".complete").unlink()
    (project / ".venv" / ".unfinished").touch()  # as an interrupted install leaves it
    assert "Installing" in build(project)
    assert not own.exists(), "what was interrupted is begun again from nothing"
    assert build(project) == ""

    program = "import sys; print(sys.path)"
    python = project / ".venv" / "bin" / "python"
    path = subprocess.run([python, "-c", program], cwd="/", capture_output=True, text=True, check=True).stdout
    assert str(project) in path, "notebooks find the project from any folder"


@pytest.fixture
def bare(tmp_path):
    """What `.ci/run` does on a machine with nothing but the named programs: its exit code, its words, what it called."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name))

    def run(*present: str, arguments: tuple[str, ...] = ()) -> tuple[int, str, list[str]]:
        for name in present:
            (programs / name).write_text(
                f'#!{programs}/bash\necho "{name} $* CI=$CI" >> "{tmp_path}/called"\n'
            )
            (programs / name).chmod(0o755)
        command = [programs / "bash", tmp_path / ".ci" / "run", *arguments]
        done = subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True)
        called = tmp_path / "called"
        return done.returncode, done.stderr, called.read_text().splitlines() if called.exists() else []

    return run


@pytest.mark.parametrize(("arguments", "target"), [((), "test"), (("test-all",), "test-all")])
def test_ci_installs_nothing_where_nothing_is_missing(bare, arguments, target):
    code, _, called = bare(
        "make", "python3", "google-chrome", "bwrap", "apt-get", "sudo", arguments=arguments
    )
    assert code == 0 and called == ["python3 -c import ensurepip CI=true", f"make {target} CI=true"]


def test_ci_installs_what_is_missing_and_nothing_else(bare):
    code, _, called = bare("make", "python3", "apt-get", "sudo")
    installed = next(line for line in called if "install -y" in line)
    assert code == 0 and "chromium bubblewrap CI=true" in installed and "venv" not in installed
    assert called[-1] == "make test CI=true"


def test_ci_says_what_to_do_where_there_is_no_apt(bare):
    code, words, called = bare("make", "python3", "chromium")
    assert code == 1 and "lacks bubblewrap, and has no apt-get" in words
    assert not any(line.startswith("make") for line in called)
