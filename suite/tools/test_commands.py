"""`make` alone explains itself, and `.venv` is built once, again when it must be, and never half."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest

from tools import environment, lab
from tools.generated import ROOT


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

SAVED = json.dumps({"type": "notebook", "content": nbformat.v4.new_notebook()}).encode()
JSON = {"Content-Type": "application/json"}

LAB = """
import os
import sys
from pathlib import Path
from tools import lab
lab.LAYOUTS = Path(sys.argv.pop(1))
lab.see_only_changes = lambda: print("git was told", flush=True)
lab.main()
print(os.environ["PYTHONPATH"].split(os.pathsep)[0])
"""


@pytest.mark.slow
def test_lab_prints_its_address_once_and_last_and_ends_at_the_first_control_c(tmp_path):
    variables = os.environ | {
        name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    lab_here = [
        sys.executable,
        "-c",
        LAB,
        str(tmp_path / "layouts"),
        "--no-browser",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    with subprocess.Popen(
        lab_here, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
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
            save = urllib.request.Request(
                address.replace("/lab?", "/api/contents/a.ipynb?"), method="PUT", data=SAVED, headers=JSON
            )
            with urllib.request.urlopen(save, timeout=60) as reply:
                assert reply.status == 201
            assert server.stdout.readline() == "git was told\n"
            server.send_signal(signal.SIGINT)
            last_lines = server.stdout.read()
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
    assert first_lines == ["", lab.READY.split("\n")[1], "", address, ""]
    assert last_lines == f"{lab.ENDED}\n{ROOT}\n", "kernels import the course from this folder"


@pytest.mark.slow
def test_labs_errors_are_seen(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LAB, str(tmp_path / "layouts"), "--no-browser", "--ServerApp.ip=no.such.machine"],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode
    assert "no.such.machine" in done.stderr or "not known" in done.stderr


def test_the_first_layout_shows_what_is_there_and_never_comes_back(tmp_path):
    folder = tmp_path / "layouts"
    lab.lay_out(folder)
    (layout,) = folder.iterdir()
    opened = [
        key.split(":", 1) for key in json.loads(layout.read_text())["data"] if key.startswith(("notebook", "editor"))
    ]
    assert [path for _, path in opened] == ["notebooks/00_start_here.ipynb", "exercises/autoencoder.py"]
    assert all((ROOT / path).is_file() for _, path in opened)

    layout.write_text("the learner's own")
    lab.lay_out(folder)
    assert [path.read_text() for path in folder.iterdir()] == ["the learner's own"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose requirements are none, so that its environment is built in seconds."""
    return make_project(tmp_path_factory.mktemp("a project für später"))


def make_project(folder: Path) -> Path:
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "environment.py", folder / "tools")
    (folder / "requirements.txt").write_text("# nothing yet\n")
    return folder


def run(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Runs this Python in the project, as on a learner's machine."""
    learners = {name: value for name, value in os.environ.items() if name not in ("CI", "LOCK")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, env=learners | variables, capture_output=True, text=True, check=False)


def build(project: Path, **variables: str) -> str:
    done = run(project, "tools/environment.py", **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refuse(project: Path, program: str = "", **variables: str) -> str:
    """What `tools/environment.py` ends with, a sentence and no traceback; `program` runs before it."""
    code = f"import runpy, sys\n{program}\nrunpy.run_path('tools/environment.py', run_name='__main__')"
    done = run(project, "-c", code, **variables)
    assert done.returncode
    assert "Traceback" not in done.stderr
    return done.stderr


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

    moved = project.rename(project.with_name("moved"))
    assert build(moved) == "", "what is installed does not name the folder"
    (moved / "here.py").write_text("print('found')")
    found = subprocess.run([".venv/bin/python", "-m", "here"], cwd=moved, capture_output=True, text=True, check=False)
    assert found.stdout == "found\n", found.stderr
    moved.rename(project)


def test_a_venv_that_is_none_is_left_alone_and_explained(tmp_path):
    project = make_project(tmp_path)
    venv = project / ".venv"
    venv.write_text("somebody's notes")
    assert ".venv is a file" in refuse(project)
    assert venv.read_text() == "somebody's notes"

    venv.unlink()
    venv.symlink_to(tmp_path / "gone")
    assert f".venv is a link to {tmp_path / 'gone'}, which is not there" in refuse(project)
    assert venv.is_symlink() and not (tmp_path / "gone").exists()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no folder that even root may not write to")
def test_a_venv_that_cannot_be_written_is_explained(tmp_path):
    project = make_project(tmp_path)
    (project / ".venv").symlink_to("/sys/kernel")
    assert refuse(project).startswith(".venv could not be written: ")


@pytest.mark.slow
def test_what_cannot_be_installed_is_explained_and_what_was_there_stays(project):
    (project / "requirements.txt").write_text("# nothing yet\n")
    build(project)
    (project / "requirements.txt").write_text("./not_here.whl\n")
    said = refuse(project)
    assert "not_here.whl" in said and "the lines above say why" in said and " GB.)" in said
    assert not (project / ".venv" / ".unfinished").exists()


@pytest.mark.slow
def test_an_environment_whose_python_the_system_has_replaced_is_made_anew(project, monkeypatch):
    monkeypatch.setattr(environment, "PYTHON", project / ".venv" / "bin" / "python")
    assert environment.works()
    (packages,) = project.glob(".venv/lib/python3.*")
    hidden = packages.rename(packages.with_name("python3.1"))  # another Python under the old name
    assert not environment.works()
    hidden.rename(packages)
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to("/no/such/python")  # no Python under the old name any more
    assert not environment.works()


def make_wheel(folder: Path, version: str) -> str:
    """The smallest package that pip installs, called `thing`. Returns its hash as a lock writes it."""
    folder.mkdir(exist_ok=True)
    information = f"thing-{version}.dist-info"
    files = {
        "thing.py": "",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: thing\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"thing-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{information}/RECORD", "".join(f"{name},,\n" for name in files))
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


INDEX = "--no-index\n--find-links wheels\n"  # a folder in place of an index: no network


@pytest.fixture(scope="module")
def locked(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A project whose index has versions 1, 2 and 3 of one package, any of which will do; and their hashes."""
    project = make_project(tmp_path_factory.mktemp("locked"))
    hashes = {version: make_wheel(project / "wheels", version) for version in ("1", "2", "3")}
    (project / "requirements.txt").write_text(f"{INDEX}thing>=1\n")
    return project, hashes


def lock(project: Path, version: str, digest: str) -> None:
    (project / "requirements.lock").write_text(f"{INDEX}--only-binary :all:\nthing=={version} {digest}\n")


def installed(project: Path) -> str:
    return next(project.glob(".venv/lib/python3.*/site-packages/thing-*.dist-info")).stem.split("-")[1]


@pytest.mark.slow
def test_the_lock_is_followed_where_there_is_one(locked):
    project, hashes = locked
    lock(project, "1", hashes["1"])
    assert "Installing" in build(project) and installed(project) == "1"
    assert build(project) == ""

    lock(project, "2", hashes["2"])
    assert "Installing" in build(project) and installed(project) == "2"
    assert build(project) == ""

    (project / "requirements.lock").unlink()
    assert "Installing" in build(project)
    lock(project, "3", hashes["3"])
    assert build(project) == "", "what was installed without a lock is good until requirements.txt changes"
    assert installed(project) == "2"


@pytest.mark.slow
def test_what_an_index_lacks_is_replaced_loudly_by_what_the_ranges_allow_unless_the_lock_is_to_be_proved(locked):
    project, hashes = locked
    shutil.rmtree(project / ".venv", ignore_errors=True)
    lock(project, "4", hashes["3"])
    assert "thing==4" in refuse(project, LOCK="only")
    said = build(project)
    assert "lacks a package that requirements.lock names" in said and installed(project) == "3"
    assert build(project) == "", "the lock is not tried again at each command"


@pytest.mark.slow
def test_a_file_with_another_hash_is_refused_until_it_is_asked_for(locked):
    project, hashes = locked
    shutil.rmtree(project / ".venv", ignore_errors=True)
    lock(project, "1", hashes["2"])
    said = refuse(project)
    assert "DO NOT MATCH THE HASHES" in said and "the lines above say why" in said
    assert said.rstrip().endswith("make lab LOCK=no")
    assert "Installing" in build(project, LOCK="no") and installed(project) == "3"
    assert build(project) == build(project, LOCK="no") == ""


def test_windows_is_sent_to_wsl(tmp_path):
    assert "wsl --install" in refuse(make_project(tmp_path), "sys.modules['fcntl'] = None")
    assert not (tmp_path / ".venv").exists()


def test_control_c_while_installing_is_no_traceback(tmp_path):
    interrupted = "import shutil\ndef rmtree(*_): raise KeyboardInterrupt\nshutil.rmtree = rmtree"
    project = make_project(tmp_path)
    (project / ".venv" / "bin").mkdir(parents=True)
    assert "Run the same command again" in refuse(project, interrupted)


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
            (programs / name).write_text(f'#!{programs}/bash\necho "{name} $* CI=$CI" >> "{tmp_path}/called"\n')
            (programs / name).chmod(0o755)
        command = [programs / "bash", tmp_path / ".ci" / "run", *arguments]
        done = subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True, check=False)
        called = tmp_path / "called"
        return done.returncode, done.stderr, called.read_text().splitlines() if called.exists() else []

    return run


@pytest.mark.parametrize(("arguments", "target"), [((), "test"), (("test-all",), "test-all")])
def test_ci_installs_nothing_where_nothing_is_missing(bare, arguments, target):
    code, _, called = bare("make", "python3", "google-chrome", "bwrap", "apt-get", "sudo", arguments=arguments)
    assert code == 0 and called == ["python3 -c import ensurepip CI=true", f"make {target} CI=true"]


def test_ci_installs_what_is_missing_and_nothing_else(bare):
    code, _, called = bare("make", "python3", "apt-get", "sudo")
    installed = next(line for line in called if "install -y" in line)
    assert code == 0 and "chromium bubblewrap CI=true" in installed and "venv" not in installed
    assert called[-1] == "make test CI=true"


@pytest.mark.parametrize("target", ["lint", "quick"])
def test_ci_needs_neither_a_browser_nor_apt_for_what_uses_none(bare, target):
    code, _, called = bare("make", "python3", arguments=(target,))
    assert code == 0 and called[-1] == f"make {target} CI=true"


def test_ci_says_what_to_do_where_there_is_no_apt(bare):
    code, words, called = bare("make", "python3", "chromium")
    assert code == 1 and "lacks bubblewrap, and has no apt-get" in words
    assert not any(line.startswith("make") for line in called)
