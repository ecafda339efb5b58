"""W&B switched on, with a key, and a server that is not as it should be: every training comes to its end.

The servers are our own, on this machine.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from course.settings import wandb_server, wandb_settings
from suite.course.test_wandb import STEPS, keyless_environment
from suite.wandb_runs import read_offline_run

KEY = "k" * 40
PERSON = {"id": "VXNlcjox", "username": "u", "entity": "u", "flags": "{}", "teams": {"edges": []}}
PROJECT = {"id": "p", "name": "p", "entity": {"id": "e", "name": "u"}}
RUN = {"id": "x", "name": "r", "displayName": "d", "config": "{}", "project": PROJECT, "historyLineCount": 0}
ANSWER = {
    "viewer": PERSON,
    "serverInfo": {"cliVersionInfo": {}, "features": []},
    "upsertBucket": {"bucket": RUN, "inserted": True},
    "createRunFiles": {"runID": "x", "uploadHeaders": [], "files": []},
}


class Server(ThreadingHTTPServer):
    """Answers each request with `status` and `text`, or not at all while `silent`; keeps what was asked of it."""

    daemon_threads = True

    def __init__(self, text: str = json.dumps({"data": ANSWER}), status: int = 200, silent: bool = False) -> None:
        self.text, self.status, self.silent = text, status, silent
        self.asked: list[tuple[str, str | None]] = []
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if self.server.silent:
            self.server.ended.wait()
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.text)))
        self.end_headers()
        self.wfile.write(self.server.text.encode())

    def do_GET(self) -> None:
        self.server.silent = self.server.silent or self.path == "/vanish"
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def with_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of W&B's settings there is a key, and nothing else; what is set is put back after the test."""
    for name in [name for name in os.environ if name.startswith(("WANDB", "NETRC"))]:
        monkeypatch.delenv(name)
    for name in ("WANDB_MODE", "WANDB__SAVE_REQUIREMENTS", "WANDB_FINISH_TIMEOUT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setattr(wandb_settings, "_set_here", "")


def test_a_server_that_knows_the_key_is_left_to_wandb(monkeypatch, capsys):
    with Server() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.address)
        wandb_server.prepare_wandb()
        assert server.asked == [("/graphql", "Basic YXBpOmtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")]
    assert "WANDB_MODE" not in os.environ and capsys.readouterr().out == ""


TROUBLES = {
    "key": (Server, {"status": 401, "text": '{"errors": [{"message": "no"}]}'}, "does not know your key"),
    "key, politely": (Server, {"text": '{"data": {"viewer": null}}'}, "does not know your key"),
    "out of order": (Server, {"status": 503}, "answers with 503 Service Unavailable"),
    "forbidden": (Server, {"status": 403}, "answers with 403 Forbidden"),
    "a hotel's login page": (Server, {"text": "<html>Welcome to our hotel</html>"}, "is no W&B server"),
    "another server": (Server, {"text": "[]"}, "is no W&B server"),
}


@pytest.mark.parametrize(("make", "how", "said"), TROUBLES.values(), ids=TROUBLES)
def test_a_server_in_trouble_is_named_and_the_run_is_offline(make, how, said, monkeypatch, capsys):
    with make(**how) as server:
        monkeypatch.setenv("WANDB_BASE_URL", f"{server.address}/")
        wandb_server.prepare_wandb()
        address = server.address
    assert os.environ["WANDB_MODE"] == "offline"
    line = capsys.readouterr().out
    assert line.startswith("W&B: ") and address in line and said in line and "kept offline" in line


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://no.such.host.invalid"])
def test_a_server_that_cannot_be_reached(address, monkeypatch, capsys):
    monkeypatch.setenv("WANDB_BASE_URL", address)
    wandb_server.prepare_wandb()
    assert os.environ["WANDB_MODE"] == "offline"
    assert f"{address} cannot be reached (ConnectionError)" in capsys.readouterr().out


def test_a_name_that_nobody_looks_up_in_time(monkeypatch):
    """As it is without a network on many systems: half a minute of silence, whatever time limit is set."""
    asked_for_ever = threading.Event()
    monkeypatch.setattr(wandb_server, "request", lambda *_: asked_for_ever.wait() and "")
    monkeypatch.setattr(wandb_server, "SECONDS_TO_ANSWER", 0.2)
    assert wandb_server.ask("http://there", KEY) == "http://there has not answered for 0 seconds"
    asked_for_ever.set()


def test_each_run_asks_anew(monkeypatch, capsys):
    troubles = ["http://there is silent", "", ""]
    torn_down = []
    monkeypatch.setitem(sys.modules, "wandb", type(sys)("wandb"))
    sys.modules["wandb"].teardown = lambda: torn_down.append(os.environ.get("WANDB_MODE"))
    monkeypatch.setattr(wandb_server, "ask", lambda *_: troubles.pop(0))
    modes = []
    for _ in range(3):
        wandb_server.prepare_wandb()
        modes.append(os.environ.get("WANDB_MODE"))
    assert modes == ["offline", None, None]
    assert torn_down == ["offline", None], "W&B goes by the mode that it was started with, and is started again"
    assert capsys.readouterr().out.count("kept offline") == 1


@pytest.mark.parametrize("mode", ["online", "offline", "disabled"])
def test_a_mode_of_the_users_own_is_left_alone_and_nobody_is_asked(mode, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", mode)
    monkeypatch.setattr(wandb_server, "ask", lambda *_: pytest.fail("a server was asked"))
    wandb_server.prepare_wandb()
    assert os.environ["WANDB_MODE"] == mode


def test_without_a_key_nobody_is_asked(monkeypatch, capsys):
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setattr(wandb_server, "ask", lambda *_: pytest.fail("a server was asked"))
    wandb_server.prepare_wandb()
    assert os.environ["WANDB_MODE"] == "offline" and capsys.readouterr().out == ""


TRAIN = """
import os
import sys
import urllib.request
from pathlib import Path
import course.settings.wandb_settings
course.settings.wandb_settings.ROOT = Path(sys.argv[1])  # so that the real project's runs stay the learner's own
from suite.course.test_wandb import train

calls = []

def vanish(*_):
    calls.append(0)
    if len(calls) == 4 and "online" in sys.argv:
        urllib.request.urlopen(os.environ["WANDB_BASE_URL"] + "/vanish").close()

train("autoencoder", "Autoencoder", use_wandb=True, hook=vanish)
train("autoencoder", "Autoencoder", use_wandb=True)
print("trained to the end")
"""


def train_against(server: Server, home: Path, *how: str) -> tuple[str, list[Path]]:
    """What two trainings in one process write, with W&B switched on, and the folders of their runs."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(home), *how],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=home, text=True, timeout=300,
        env=keyless_environment(home)
        | {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": server.address, "WANDB_FINISH_TIMEOUT": "3"}, check=False,
    )  # fmt: skip
    assert "trained to the end" in done.stdout, done.stdout
    return done.stdout, sorted(path.parent for path in (home / "wandb").glob("*run-2*/run-*.wandb"))


@pytest.fixture
def silent_server() -> Iterator[Server]:
    with Server(silent=True) as server:
        yield server


@pytest.mark.slow
def test_no_training_is_lost_to_a_server_that_never_answers(silent_server, tmp_path):
    said, runs = train_against(silent_server, tmp_path)
    assert said.count("has not answered for 5 seconds, so this run is kept offline") == 2
    assert len(silent_server.asked) == 2, "W&B itself asked nobody"
    assert [run.name.startswith("offline") for run in runs] == [True, True]
    assert all(len(read_offline_run(run)) >= STEPS for run in runs)


@pytest.mark.slow
def test_no_training_is_lost_to_a_server_that_vanishes_meanwhile_and_the_next_is_offline(tmp_path):
    with Server() as server:
        said, runs = train_against(server, tmp_path, "online")
    assert "wandb sync" in said, "W&B says how to upload what is left"
    assert said.count("has not answered for 5 seconds, so this run is kept offline") == 1
    assert [run.name.startswith("offline") for run in runs] == [True, False]
    assert all(len(read_offline_run(run)) >= STEPS for run in runs)
