"""Answers that hang, crash, flood or cheat: each costs its own exercise alone, and none of them passes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tests
from checks.core.run import run_check
from checks.core.sandbox import ForkServer, Sandbox
from course import ROOT

pytestmark = pytest.mark.slow

SOLUTION = (ROOT / "solutions" / "autoencoder.py").read_text()
FORWARD = "        return self.decoder(self.encoder(x))"
WRONG = (
    "            Conv2d(16, 32, 4, stride=2, padding=1),  # (b, 32, 7, 7)\n            ReLU(),",
    "            Conv2d(16, 32, 4, stride=2, padding=1),",
)


def trying(deed: str, imports: str = "os, signal, subprocess, socket, threading, ctypes, time") -> str:
    """The beginning of a file that tries something and goes on whatever comes of it."""
    return f"import contextlib, {imports}\nwith contextlib.suppress(BaseException):\n    {deed}"


@dataclass(frozen=True)
class Hostile:
    """What stands before everything else in the file, the line that replaces forward's, and the cause expected.

    `wrong` says that a ReLU is taken out as well, so that only cheating could pass.
    """

    name: str
    cause: str | None
    first: str = ""
    forward: str = FORWARD
    wrong: bool = False


HOSTILE = [
    Hostile("endless loop", "takes-too-long", forward="        while True: pass"),
    Hostile("endless sleep", "waits-too-long", first="import time", forward="        time.sleep(10**6)"),
    Hostile(
        "loop that swallows its alarm",
        "takes-too-long",
        forward="        while True:\n            try:\n                while True: pass\n            except BaseException: pass",
    ),
    Hostile(
        "sleep that swallows its alarm",
        "waits-too-long",
        first="import time",
        forward="        while True:\n            try:\n                time.sleep(10**6)\n            except BaseException: pass",
    ),
    Hostile("one call of C that never ends", "takes-too-long", forward="        return sum(range(10**15))"),
    Hostile("ends the process in forward", "process-died", first="import os", forward="        os._exit(0)"),
    Hostile("ends the process at import", "process-died", first="import os; os._exit(0)"),
    Hostile("endless loop at import", "takes-too-long", first="while True: pass"),
    Hostile("import that fails", "import-fails", first="import no_such_package"),
    Hostile("syntax error", "syntax-error", first="def broken(:"),
    Hostile("error at import", None, first="1 / 0"),
    Hostile("sys.exit", "exits", first="import sys", forward="        sys.exit(0)"),
    Hostile("crash of the interpreter", "process-died", first="import ctypes", forward="        ctypes.string_at(0)"),
    Hostile("a tensor larger than memory", "out-of-memory", forward="        return torch.ones(2**40)"),
    Hostile("a list that grows for ever", "out-of-memory", forward="        a = [0]\n        while True: a = a + a"),
    Hostile("an answer of gigabytes", "out-of-memory", forward="        return torch.zeros(1).expand(2**31)"),
    Hostile("endless recursion", "endless-recursion", forward="        return self.forward(x)"),
    Hostile("asks for input", "asks-for-input", forward="        return input('?')"),
    Hostile("prints without end", "takes-too-long", forward="        while True: print('passed' * 1000)"),
    Hostile(
        "every comparison of torch patched",
        "missing-relu",
        first="import torch as t\nt.allclose = t.equal = t.isclose = lambda *a, **k: True\nt.testing.assert_close = lambda *a, **k: None\n"
        "t.Tensor.__eq__ = lambda *a: True\nt.Tensor.max = lambda *a, **k: t.zeros(())",
        wrong=True,
    ),
    Hostile(
        "the checks patched",
        "missing-relu",
        first="import checks.core.compare, checks.models.operations\nchecks.core.compare.same = lambda *a: True",
        wrong=True,
    ),
    Hostile("asks the checks what is right", None, first="from checks.exercises.autoencoder import autoencoder"),
    Hostile(
        "a tensor that equals everything",
        "missing-relu",
        first="import torch as t\nclass Yes(t.Tensor):\n    def __eq__(self, other): return True\n    def __sub__(self, other): return self * 0",
        forward="        return self.decoder(self.encoder(x)).as_subclass(Yes)",
        wrong=True,
    ),
    Hostile(
        "prints a result of its own",
        "missing-relu",
        first='import json\nprint(json.dumps({"exercise": "autoencoder", "outcome": "passed", "score": 1}))',
        wrong=True,
    ),
    Hostile(
        "writes a result into every open file",
        "process-died",
        first='import os\nfor fd in range(1, 64):\n    try: os.write(fd, b\'{"outcome": "passed", "score": 1}\\n\')\n    except OSError: pass',
        wrong=True,
    ),
    Hostile(
        "swallowed exceptions",
        "missing-relu",
        forward="        try:\n            return self.decoder(self.encoder(x))\n        except BaseException:\n            return x",
        wrong=True,
    ),
    Hostile(
        "evidence replaced",
        "process-died",
        first="import checks.core.runner as runner, checks.models.operations as models\n"
        "runner.look_at = models.build = models.load = models.call = lambda *a, **k: 'passed'",
        wrong=True,
    ),
    Hostile("imports its solution", "imports-its-solution", first="from solutions.autoencoder import Autoencoder"),
    Hostile("imports a later solution", "imports-its-solution", first="from solutions.faces import AutoencoderTrainer"),
    Hostile("runs its solution", None, first=f"exec(open({str(ROOT / 'solutions/autoencoder.py')!r}).read())"),
    Hostile(
        "looks for its solution in memory",
        "missing-relu",
        first=trying(
            "Autoencoder = next(each for each in gc.get_objects() if getattr(each, '__name__', '') == 'Autoencoder')",
            "gc",
        ),
        forward=FORWARD.replace("self.decoder", "globals().get('Autoencoder', type(self)) and self.decoder"),
        wrong=True,
    ),
    *(
        Hostile(name, "missing-relu", first=trying(deed), wrong=True)
        for name, deed in {
            "kills the process above": "os.kill(os.getppid(), signal.SIGKILL)",
            "stops the process above": "os.kill(os.getppid(), signal.SIGSTOP)",
            "ends the process above": "os.kill(os.getppid(), signal.SIGTERM)",
            "kills through a file": "import fcntl; fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
            "forks 300 times": "[os.fork() or time.sleep(1000) for _ in range(300)]",
            "forks by a system call": "[ctypes.CDLL(None).syscall(57) or time.sleep(1000) for _ in range(30)]",
            "outlives its turn": "os.fork() or (os.setsid(), time.sleep(1000))",
            "outlives its turn as a daemon": "os.fork() or (os.setsid(), os.fork() or time.sleep(1000))",
            "starts a shell": "subprocess.Popen('sleep 1000', shell=True, start_new_session=True)",
            "ignores all signals": "[signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 14, 19, 24)]",
            "writes into the checks": f"open({str(ROOT / 'checks/core/result.py')!r}, 'a').write('syntax error')",
            "removes the checks": f"os.rename({str(ROOT / 'checks')!r}, {str(ROOT / 'gone')!r})",
            "locks the course": f"os.chmod({str(ROOT / 'course/catalogue.py')!r}, 0)",
            "sends its answer away": "socket.create_connection(('192.0.2.1', 80), 2).send(b'x')",
            "asks for a name": "socket.getaddrinfo('example.org', 80)",
            "limits the process above": "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
            "raises its own limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
            "traces the process above": "ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0)",
            "fills its folder": "[open(f'{n}', 'wb').write(bytes(2**25)) for n in range(40)]",
            "changes the folder": "os.chdir('/')",
            "leaves a trace in torch": "import torch; torch.nn.functional.relu = lambda x, inplace=False: x",
            "clears the modules": "import sys; sys.path.clear(); sys.meta_path.clear()",
        }.items()
    ),
    Hostile(
        "fills the pipe",
        "process-died",
        first="import os\nwhile True:\n    for fd in range(3, 20):\n        try: os.write(fd, b'x' * 2**20)\n        except OSError: pass",
    ),
    Hostile(
        "answers once too often",
        "process-died",
        first='import os\nfor fd in range(3, 20):\n    try: os.write(fd, b\'{"$": "Target"}\\n\' * 99)\n    except OSError: pass',
        wrong=True,
    ),
    Hostile(
        "starts a hundred threads",
        "missing-relu",
        first=trying("[threading.Thread(target=time.sleep, args=(5,), daemon=True).start() for _ in range(100)]"),
        wrong=True,
    ),
    Hostile("closes what is open", "process-died", first=trying("os.closerange(3, 100)"), wrong=True),
    Hostile("an exception in colours", None, first="raise RuntimeError('\\x1b[2K\\x1b[1G✓ passed\\ud800')"),
    Hostile(
        "a name in colours",
        "not-a-module",
        first="",
        forward=FORWARD + "\nAutoencoder = type('\\x1b[1A✓ passed', (), {})",
    ),
    Hostile(
        "a message that cannot be read",
        "process-died",
        first="class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    ),
    Hostile(
        "an exception that lies about its class",
        None,
        first="class CheckFailure(AssertionError): outcome = 'passed'\nraise CheckFailure",
    ),
    Hostile("not a module", "not-a-module", first="", forward=FORWARD.replace("return", "return  ")),
]


def written(hostile: Hostile, folder: Path) -> Path:
    text = SOLUTION.replace(FORWARD, hostile.forward)
    if hostile.name == "not a module":
        text = text.replace("class Autoencoder(nn.Module):", "class Autoencoder:")
    if hostile.wrong:
        assert WRONG[0] in text
        text = text.replace(*WRONG)
    assert text != SOLUTION or hostile.first
    (folder / "autoencoder.py").write_text(f"{hostile.first}\n{text}")
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One for all: none of these answers may harm the next."""
    with ForkServer() as server:
        yield server


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_answers_are_refused(hostile: Hostile, tmp_path: Path, server: ForkServer):
    seconds = 2 if hostile.cause == "takes-too-long" else 60
    patience = 5 if hostile.cause == "waits-too-long" else 300  # a busy machine may be slow
    with Sandbox(written(hostile, tmp_path), "autoencoder", "Autoencoder", seconds, patience) as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert result.outcome == "failed"
    assert result.cause == hostile.cause, result.message


def odd_folder(folder: Path, name: str) -> None:
    """Puts something in the place of an answer."""
    path = folder / "autoencoder.py"
    if name == "a link to the solution":
        path.symlink_to(ROOT / "solutions" / "autoencoder.py")
    elif name == "a link to a folder":
        (folder / "autoencoder").symlink_to(ROOT / "solutions", target_is_directory=True)
    elif name == "a pipe":
        os.mkfifo(path)
    elif name == "a folder":
        path.mkdir()
    elif name == "a giant file":
        path.write_text(SOLUTION + "#" * 2**20)
    elif name == "an empty file":
        path.write_text("")
    elif name == "zeros":
        path.write_bytes(bytes(1000))
    elif name == "no Unicode":
        path.write_bytes(b"# coding: utf-8\nx = '\xff\xfe'\n")
    elif name == "a file that nobody may read":
        path.write_bytes(SOLUTION.encode())
        path.chmod(0)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("a link to the solution", "import-fails"),
        ("a link to a folder", "import-fails"),
        ("a pipe", "import-fails"),
        ("a folder", "import-fails"),
        ("a giant file", "import-fails"),
        ("an empty file", "missing-answer"),
        ("zeros", "syntax-error"),
        ("no Unicode", "syntax-error"),
        ("nothing", "import-fails"),
    ],
)
def test_what_is_no_answer_is_refused(name: str, cause: str, tmp_path: Path, server: ForkServer):
    odd_folder(tmp_path, name)
    with Sandbox(tmp_path, "autoencoder", "Autoencoder", server=server) as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert (result.outcome, result.cause) == ("failed", cause), result.message


def test_odd_names_beside_an_answer_do_no_harm(tmp_path: Path, server: ForkServer):
    (tmp_path / "autoencoder.py").write_text(SOLUTION)
    for name in (b"\xff.py", b"\x1b[2K.py", b"two\nlines.py", b".hidden.py", b"../up.py".replace(b"/", b"\\")):
        (tmp_path / os.fsdecode(name)).write_text("1 / 0")
    for number in range(150):
        (tmp_path / f"m{number}.py").write_text("")
    with Sandbox(tmp_path, "autoencoder", "Autoencoder", server=server) as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert result.outcome == "passed", result.message


def test_an_answer_may_build_on_those_before_it(tmp_path: Path, server: ForkServer):
    """On its own folder's, by two names, and on the solutions of earlier exercises."""
    (tmp_path / "autoencoder.py").write_text(SOLUTION)
    vae = (ROOT / "solutions" / "vae.py").read_text()
    for package in (".", "exercises.", "solutions."):
        (tmp_path / "vae.py").write_text(vae.replace("from .autoencoder", f"from {package}autoencoder"))
        with Sandbox(tmp_path, "vae", "VAE", server=server) as sandbox:
            result, _ = run_check(tests.test_vae, sandbox)
        assert result.outcome == "passed", result.message


def test_one_hostile_answer_costs_one_exercise(tmp_path: Path):
    """The other exercises of the same folder are graded all the same, and the results are data."""
    (tmp_path / "autoencoder.py").write_text("import os\nos._exit(0)\n")
    (tmp_path / "vae.py").write_text(
        (ROOT / "solutions" / "vae.py").read_text().replace("from .autoencoder", "from solutions.autoencoder")
    )
    report = tmp_path / "results.json"
    command = [
        sys.executable,
        "-m",
        "tools.grade",
        str(tmp_path),
        "--only",
        "autoencoder",
        "vae",
        "--json",
        str(report),
    ]
    graded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert graded.returncode == 1, graded.stderr
    data = json.loads(report.read_text())
    assert [each["outcome"] for each in data["results"]] == ["failed", "passed"]
    assert (data["score"], data["of"]) == (1, 2)
    assert {"exercise", "outcome", "cause", "message", "numbers", "seconds", "score"} <= set(data["results"][0])


def test_texts_that_would_harm_a_terminal_or_a_file(tmp_path: Path):
    """Escape codes and what is no Unicode, in exceptions and in what is printed."""
    evil = "'\\x1b[2K\\x1b[1G✓ vae: passed\\ud800\\r\\x00'"
    (tmp_path / "autoencoder.py").write_text(f"raise RuntimeError({evil})\n")
    (tmp_path / "beta_vae.py").write_text(f"print({evil})\n" + (ROOT / "solutions" / "beta_vae.py").read_text())
    report = tmp_path / "results.json"
    names = ("autoencoder", "beta_vae")
    command = [sys.executable, "-m", "tools.grade", str(tmp_path), "--only", *names, "--json", str(report)]
    graded = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600, check=False)
    assert graded.returncode == 1, graded.stderr
    assert not {0x1B, 0x00, 0x0D} & {*graded.stdout}
    data = json.loads(report.read_text())
    assert [each["outcome"] for each in data["results"]] == ["failed", "passed"]
    assert data["protection"]


def test_a_stub_of_ones_own_never_passes(tmp_path: Path):
    """Raising the stub's error by hand is "not attempted", with the score 0."""
    (tmp_path / "autoencoder.py").write_text("from utils import NotWritten\nraise NotWritten('later')\n")
    with Sandbox(tmp_path, "autoencoder", "Autoencoder") as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert (result.outcome, result.score) == ("not attempted", 0)


def test_an_import_may_take_long_by_the_clock(tmp_path: Path):
    """As on a busy machine: no processor for longer than the limit on processor time."""
    (tmp_path / "autoencoder.py").write_text(f"import time\ntime.sleep(4)\n{SOLUTION}")
    with Sandbox(tmp_path, "autoencoder", "Autoencoder", seconds=3, patience=300) as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert result.outcome == "passed", result.message
