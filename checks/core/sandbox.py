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
from pathlib import Path
from typing import Any

from checks.core.evidence import Raised, decode, encode
from checks.core.protection import protect
from checks.core.submission import Submission
from course import ROOT

SECONDS_TO_START = 120.0
"""For importing torch on a busy machine; the learner's own code runs under the limit of one request."""
GRACE = 10.0
"""Seconds on top of those after which the child stops a call by itself."""
LARGEST_ANSWER = 2**28
"""Bytes of one answer; what is larger is not read to its end."""


class Sandbox:
    """A `checks.core.runner.Runner` of the learner's code in a child process.

    `module` is a module of the folder, `name` the class or function in it ("" for the module itself), and `seconds`
    the limit of one operation. Closed by `close`, or by the end of a `with` block.
    """

    trusted = False

    def __init__(self, folder: Path, module: str, name: str, seconds: float = 10.0) -> None:
        to_child, self.requests = os.pipe()
        self.answers, from_child = os.pipe()
        self.seconds = seconds + GRACE
        self.folder = folder
        self.own = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        answer = [str(folder), module, name, str(seconds)]
        command = [sys.executable, "-m", "checks.core.sandbox", *answer, self.own.name, str(to_child), str(from_child)]
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
        self.ready = False

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
            self.write(json.dumps(asked).encode() + b"\n", self.seconds)
            return decode(json.loads(self.read_line(self.seconds)))
        except TimeoutError:
            self.stop()
            return Raised("TookTooLong", f"still running after {self.seconds:.0f} s", timed_out=True)
        except (EOFError, BrokenPipeError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=2)
            self.stop()
            return Raised("ProcessDied", f"the process ended with {self.ending()}")
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            self.stop()
            return Raised("ProcessDied", "the process sent something that is no answer")

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


def serve(folder: str, module: str, name: str, seconds: float, own: str, requests: int, answers: int) -> None:
    """The child's life: one request a line, one answer a line, until the pipe closes. It may write in the folder `own`."""
    import torch

    import utils  # noqa: F401 - what most answers import, as long as the project's folder can be listed

    torch.set_num_threads(1)
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # imports more
    runner = Submission(folder).runner(module, name)
    runner.seconds = seconds
    os.chdir(own)
    protect(Path(own), Path(folder), ROOT / "solutions")
    with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        outgoing.write(b"ready\n")
        outgoing.flush()
        for line in incoming:
            asked = json.loads(line)
            module, name = asked["operation"]
            evidence = runner.run_operation(getattr(import_module(module), name), **decode(asked["request"]))
            outgoing.write(json.dumps(encode(evidence)).encode() + b"\n")
            outgoing.flush()


if __name__ == "__main__":
    folder, module, name, seconds, own, requests, answers = sys.argv[1:]
    serve(folder, module, name, float(seconds), own, int(requests), int(answers))
