"""Runs one exercise's answers in a process of their own, with limits, and judges nothing there.

The judge's process never imports the learner's files: it sends requests and gets evidence back, as JSON over a
pipe. Whatever the learner's code prints, patches or pretends, it can only hand over numbers; a process that ends,
floods its memory or does not come back costs its own exercise.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any

from checks.core.evidence import Raised, decode, encode
from checks.core.protection import protect
from checks.core.submission import Submission
from checks.core.time_limit import PATIENCE, SECONDS, TookTooLong, WaitedTooLong
from course import ROOT

SECONDS_TO_START = 120.0
"""For importing torch on a busy machine; the learner's own code runs under the limit of one request."""
GRACE = 10.0
"""Seconds on top of those after which the child stops a call by itself."""
LARGEST_ANSWER = 2**28
"""Bytes of one answer; what is larger is not read to its end."""


class Sandbox:
    """A `checks.core.runner.Runner` of the learner's code in a child process.

    `module` is a module of the folder, `name` the class or function in it ("" for the module itself), and `seconds` of
    processor time and `patience` by the clock limit each operation. Closed by `close`, or by the end of a `with` block.

    A part that ends the process costs the others nothing: the next check has a new one, except where the file ends it as
    soon as it is imported.
    """

    trusted = False

    def __init__(
        self, folder: Path, module: str, name: str, seconds: float = SECONDS, patience: float = PATIENCE
    ) -> None:
        self.seconds, self.patience = seconds + GRACE, patience + GRACE
        self.folder = folder
        self.answer = [str(folder), module, name, str(seconds), str(patience)]
        self.launch()

    def launch(self) -> None:
        to_child, self.requests = os.pipe()
        self.answers, from_child = os.pipe()
        self.own = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        answer = [*self.answer, self.own.name]
        command = [sys.executable, "-m", "checks.core.sandbox", *answer, str(to_child), str(from_child)]
        self.child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(self.own.name),
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_child)
        os.close(from_child)
        self.ready = self.answered = False

    def begin(self) -> None:
        if self.answered and self.child.poll() is not None:
            self.close()
            self.launch()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self.stop()
        os.close(self.requests)
        os.close(self.answers)
        self.own.cleanup()

    def start(self) -> None:
        """Waits until the child has imported torch (the first request does it too).

        Raises EOFError where the child ended instead, and TimeoutError where it takes too long.
        """
        if not self.ready:
            self.read_line(SECONDS_TO_START)
            self.ready = True

    def stop(self) -> None:
        """Ends the child and everything that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def run_operation(self, operation: Callable[..., Any], **request: Any) -> Any:
        """The child's evidence; `Raised` when it ended, fell silent or sent something that is no evidence."""
        try:
            self.start()
            asked = {"operation": [operation.__module__, operation.__name__], "request": encode(request)}
            self.write(json.dumps(asked).encode() + b"\n", self.patience)
            evidence = decode(json.loads(self.read_line(self.patience)))
            self.answered = True
            return evidence
        except TimeoutError:
            self.stop()
            return self.late(WaitedTooLong)
        except (EOFError, BrokenPipeError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=2)
            self.stop()
            if self.child.returncode == -signal.SIGXCPU:
                return self.late(TookTooLong)
            return Raised("ProcessDied", f"the process ended with {self.ending()}", ours=True)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            self.stop()
            return Raised("ProcessDied", "the process sent something that is no answer", ours=True)

    def late(self, kind: type[TookTooLong]) -> Raised:
        """Where the child did not stop the call by itself."""
        return Raised(kind.__name__, kind.told(self.seconds, self.patience), timed_out=True)

    def ending(self) -> str:
        code = self.child.returncode
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def write(self, data: bytes, seconds: float) -> None:
        end = time.monotonic() + seconds
        os.set_blocking(self.requests, False)
        while data:
            if not select.select([], [self.requests], [], max(0.0, end - time.monotonic()))[1]:
                raise TimeoutError
            data = data[os.write(self.requests, data) :]

    def read_line(self, seconds: float) -> bytes:
        end, parts, size = time.monotonic() + seconds, [], 0
        while True:
            if not select.select([self.answers], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(self.answers, 1 << 20)
            size += len(part)
            if not part:
                raise EOFError
            if size > LARGEST_ANSWER:
                raise ValueError("too large")
            parts.append(part)
            if part.endswith(b"\n"):
                return b"".join(parts)


def environment(folder: str) -> dict[str, str]:
    """All that the child knows of the judge's environment: next to nothing. `folder` is its own."""
    return {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def limit_processor_time(seconds: float) -> None:
    """Ends this process by SIGXCPU when it has computed for so many seconds more, all threads taken together."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    limit = ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def serve(
    folder: str, module: str, name: str, seconds: float, patience: float, own: str, requests: int, answers: int
) -> None:
    """The child's life: one request a line, one answer a line, until the pipe closes. It may write in the folder `own`."""
    import torch

    import utils  # noqa: F401 - what most answers import, as long as the project's folder can be listed

    torch.set_num_threads(1)
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # imports more
    runner = Submission(folder).runner(module, name)
    runner.seconds, runner.patience = seconds, patience
    os.chdir(own)
    protect(Path(own), Path(folder), ROOT / "solutions")
    with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        outgoing.write(b"ready\n")
        outgoing.flush()
        for line in incoming:
            asked = json.loads(line)
            module, name = asked["operation"]
            limit_processor_time(seconds + GRACE)
            evidence = runner.run_operation(getattr(import_module(module), name), **decode(asked["request"]))
            outgoing.write(json.dumps(encode(evidence)).encode() + b"\n")
            outgoing.flush()


if __name__ == "__main__":
    folder, module, name, seconds, patience, own, requests, answers = sys.argv[1:]
    serve(folder, module, name, float(seconds), float(patience), own, int(requests), int(answers))
