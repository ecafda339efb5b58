"""Answers that hang, crash, flood or cheat: each costs its own exercise alone, and none of them passes."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import tests
from checks.core.run import run_check
from checks.core.sandbox import Sandbox
from course import ROOT

pytestmark = pytest.mark.slow

SOLUTION = (ROOT / "solutions" / "autoencoder.py").read_text()
FORWARD = "        return self.decoder(self.encoder(x))"
WRONG = (
    "            Conv2d(16, 32, 4, stride=2, padding=1),  # (b, 32, 7, 7)\n            ReLU(),",
    "            Conv2d(16, 32, 4, stride=2, padding=1),",
)


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
        first="import checks.models.search, checks.core.compare, checks.core.run as run\n"
        "checks.models.search.same = checks.core.compare.same = lambda *a: True\n"
        "run.CheckRun.fail = lambda *a, **k: None",
        wrong=True,
    ),
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


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_answers_are_refused(hostile: Hostile, tmp_path: Path):
    seconds = 2 if hostile.cause == "takes-too-long" else 60
    patience = 5 if hostile.cause == "waits-too-long" else 300  # a busy machine may be slow
    with Sandbox(written(hostile, tmp_path), "autoencoder", "Autoencoder", seconds, patience) as sandbox:
        result, _ = run_check(tests.test_autoencoder, sandbox)
    assert result.outcome == "failed"
    assert result.cause == hostile.cause, result.message


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
