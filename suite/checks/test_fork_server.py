"""The process of which answers are forked: what an answer can do to it where nothing protects it, and to the next one."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import tests
from checks.core import sandbox as judge_side
from checks.core.protection import bubblewrap
from checks.core.result import HarnessError, Result
from checks.core.run import run_check
from checks.core.sandbox import ForkServer, Sandbox
from course import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each answer has a server of its own"),
]

BETA_VAE = (ROOT / "solutions" / "beta_vae.py").read_text(encoding="utf-8")
SLEEPER = 98764


def result_of(deed: str, folder: Path, server: ForkServer) -> Result:
    """What becomes of the right answer to beta_vae with a deed before it."""
    (folder / "beta_vae.py").write_text(f"import os, signal, subprocess, sys, time\n{deed}\n{BETA_VAE}")
    with Sandbox(folder, "beta_vae", "", server=server) as sandbox:
        return run_check(tests.test_beta_vae, sandbox)[0]


def sleepers() -> list[int]:
    """The processes that sleep for SLEEPER seconds and some."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if each.read_bytes().startswith(b"sleep\0%d." % SLEEPER):
                found.append(int(each.parent.name))
        except OSError:
            continue
    return found


def soon(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.fixture(scope="module", params=[(), ("bubblewrap",)], ids=["unprotected", "in a bubblewrap"])
def server(request: pytest.FixtureRequest):
    if request.param and not bubblewrap():
        pytest.skip("this system has no bubblewrap, or allows none")
    with ForkServer(request.param) as server:
        yield server


@pytest.mark.parametrize(
    ("deed", "outcome"),
    {
        "in a session of its own": (f"subprocess.Popen(['sleep', '{SLEEPER}.1'], start_new_session=True)", "passed"),
        "as a daemon": (
            f"if not os.fork():\n    os.setsid()\n    os.fork() or os.execvp('sleep', ['sleep', '{SLEEPER}.2'])\n    os._exit(0)",
            "passed",
        ),
        "forty of them": (
            f"for n in range(40): subprocess.Popen(['sleep', f'{SLEEPER}.3{{n}}'], start_new_session=True)",
            "passed",
        ),
        "ever new ones": (
            "def chain():\n    while True:\n        if os.fork(): os._exit(0)\n        os.setsid()\n"
            f"        subprocess.Popen(['sleep', '{SLEEPER}.4'])\n        time.sleep(0.02)\nos.fork() or chain()",
            "passed",
        ),
        "and the answer ends": (
            f"subprocess.Popen(['sleep', '{SLEEPER}.5'], start_new_session=True)\nos._exit(3)",
            "failed",
        ),
    }.values(),
)
def test_nothing_outlives_its_turn(deed: str, outcome: str, tmp_path: Path, server: ForkServer):
    result = result_of(deed, tmp_path, server)
    assert result.outcome == outcome, result.message
    assert soon(lambda: not sleepers(), 1), "something lives on"
    assert result_of("", tmp_path, server).outcome == "passed"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_killed_or_stopped_costs_one_answer(
    number: signal.Signals, tmp_path: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(judge_side, "SECONDS_TO_ANSWER", 3)
    result = result_of(f"os.kill(os.getppid(), {int(number)})\ntime.sleep(0.5)\nos._exit(0)", tmp_path, server)
    assert (result.outcome, result.cause) == ("failed", "process-died"), result.message
    assert result_of("", tmp_path, server).outcome == "passed"


def test_what_an_answer_leaves_is_gone_for_the_next(tmp_path: Path, server: ForkServer):
    """Each has a folder of its own, and a process in which nothing has happened yet."""
    trace = "import builtins\nassert not hasattr(builtins, 'trace')\nbuiltins.trace = 1\nassert not os.path.exists('left')\n"
    leave = "os.mkdir('left'); open('left/file', 'w').close(); os.chmod('left', 0)"
    for _ in range(2):
        result = result_of(trace + leave, tmp_path, server)
        assert result.outcome == "passed", result.message


def test_nothing_is_left_of_a_judge_that_is_killed(tmp_path: Path):
    deed = f"subprocess.Popen(['sleep', '{SLEEPER}.6'], start_new_session=True); time.sleep(30)"
    (tmp_path / "beta_vae.py").write_text(f"import subprocess, time\n{deed}")
    code = (
        "import sys\nfrom pathlib import Path\nfrom checks.core.sandbox import *\nfrom checks.core.runner import look_at\n"
        "with ForkServer(()) as server, Sandbox(Path(sys.argv[1]), 'beta_vae', '', server=server) as sandbox:\n"
        "    sandbox.run_operation(look_at, name='kl_per_latent')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT) as judge:
        assert soon(lambda: bool(sleepers()), 60)
        judge.kill()
    assert soon(lambda: not sleepers())


def test_many_answers_cost_no_more_than_few(tmp_path: Path, server: ForkServer):
    """Neither pipes nor memory nor processes gather."""
    result_of("", tmp_path, server)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        assert result_of("", tmp_path, server).outcome == "passed"
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_bubblewrap_that_hides_too_much_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(judge_side, "bubblewrap", lambda: ("false",))
    with ForkServer() as server:
        assert result_of("", tmp_path, server).outcome == "passed"
        assert not server.protection.bubblewrap


def test_without_a_server_it_is_the_house_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """And no answer is blamed for it."""
    monkeypatch.setattr(judge_side, "environment", lambda folder: {"PYTHONHOME": folder})
    with ForkServer(()) as server, pytest.raises(HarnessError):
        result_of("", tmp_path, server)
