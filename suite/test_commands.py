"""`make` alone explains itself, and `.venv` is built once, again when it must be, and never half."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
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


FIRST_SETTINGS = {  # of a learner who has set nothing
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 10},
}

LAB = """
import sys
from pathlib import Path
from tools import lab
lab.LAYOUTS = Path(sys.argv.pop(1))
lab.main()
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_lab_prints_its_address_once_and_last_and_ends_at_the_first_control_c(end, tmp_path):
    environment = os.environ | {
        name: str(tmp_path / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    lab_here = [sys.executable, "-c", LAB, str(tmp_path / "layouts"), "--no-browser"]
    with subprocess.Popen(
        lab_here, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            first_lines = [server.stdout.readline().strip() for _ in range(5)]
            address = first_lines[3]
            with urllib.request.urlopen(address, timeout=60) as page:
                assert page.status == 200 and b"JupyterLab" in page.read()
            for plugin, expected in FIRST_SETTINGS.items():
                asked = address.replace("/lab?", f"/lab/api/settings/{plugin}?")
                with urllib.request.urlopen(asked, timeout=60) as reply:
                    properties = json.load(reply)["schema"]["properties"]
                assert {name: properties[name]["default"] for name in expected} == expected
            server.send_signal(end)
            last_lines = server.stdout.read()
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
    assert first_lines == ["", lab.READY.split("\n")[1], "", address, ""]
    assert last_lines == f"{lab.ENDED}\n"


def test_labs_errors_are_seen(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LAB, str(tmp_path / "layouts"), "--no-browser", "--ServerApp.ip=no.such.machine"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode
    assert "no.such.machine" in done.stderr or "not known" in done.stderr


def test_the_first_layout_shows_what_is_there_and_never_comes_back(tmp_path):
    folder = tmp_path / "layouts"
    lab.lay_out(folder)
    (layout,) = folder.iterdir()
    opened = [
        key.split(":", 1)
        for key in json.loads(layout.read_text())["data"]
        if key.startswith(("notebook", "editor"))
    ]
    assert [path for _, path in opened] == ["notebooks/00_start_here.ipynb", "exercises/autoencoder.py"]
    assert all((ROOT / path).is_file() for _, path in opened)

    layout.write_text("the learner's own")
    lab.lay_out(folder)
    assert [path.read_text() for path in folder.iterdir()] == ["the learner's own"]


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
