"""Runs one exercise's answers in a process of their own, with limits, and judges nothing there.

The judge's process never imports the learner's files: it sends requests and gets evidence back, as JSON over a
pipe. Whatever the learner's code prints, patches or pretends, it can only hand over numbers; a process that ends,
floods its memory or does not come back costs its own exercise.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from checks.core import handed_over
from checks.core.evidence import Raised, decode, encode
from checks.core.fork_server import AWAIT_END, END, FORK, GRACE, SECONDS_TO_END, how_it_ended
from checks.core.protection import LAYERS, Protection, bubblewrap, environment
from checks.core.result import HarnessError
from checks.core.time_limit import PATIENCE, SECONDS, TookTooLong, WaitedTooLong
from course import ROOT
from course.data.files import DataError
from course.data.mnist import FOLDER, unpack

SECONDS_TO_START = 120.0
"""For importing torch on a busy machine; the learner's own code runs under the limit of one request."""
SECONDS_TO_ANSWER = 30.0
"""For what the fork server does by itself."""
LARGEST_ANSWER = 2**28
"""Bytes of one answer; what is larger is not read to its end."""


class ForkServer:
    """The judge's side of `checks.core.fork_server`: starts it when it is needed, and anew when it is lost.

    It has one child at a time. Closed by `close`, or by the end of a `with` block. `layers` are those kinds of
    protection that are to be used, of all that there are; fewer are for trying what each of them holds back.
    `protection` is what was in force, as soon as a process was forked.
    """

    def __init__(self, layers: Collection[str] = LAYERS) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.layers = list(layers)
        self.wrapped = bubblewrap() if "bubblewrap" in layers else ()
        self.protection = Protection(bool(self.wrapped))
        self.proven = False  # whether it has come up once

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def start(self) -> None:
        """Starts the process, which then imports torch by itself; nothing where there is one already."""
        if self.process is not None:
            return
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        if not (FOLDER / "unpacked").is_dir():  # an answer could read it, but not write there
            with contextlib.suppress(DataError):
                unpack(FOLDER)
        self.socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "checks.core.fork_server", str(theirs.fileno())]
        folder = "/tmp" if self.wrapped else self.folder.name
        self.process = subprocess.Popen(
            [*self.wrapped, *command],
            cwd=folder,
            env=environment(folder),
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.ready = False

    def fork(self) -> tuple[int, int]:
        """The judge's ends of two pipes to a new process: where requests go, and whence answers come.

        Raises HarnessError where the server cannot be started.
        """
        for _ in range(2):  # the last answer may have ended it
            with contextlib.suppress(OSError, EOFError):
                self.start()
                if not self.ready:
                    self.hear(SECONDS_TO_START)
                    self.ready = self.proven = True
                return self.ask_for_a_fork()
            self.close()
            if not self.proven:  # a bubblewrap may hide what torch needs here
                self.wrapped = ()
        raise HarnessError("the process that runs the answers does not start: is the environment whole?")

    def ask_for_a_fork(self) -> tuple[int, int]:
        theirs, requests = os.pipe()
        answers, theirs_too = os.pipe()
        try:
            socket.send_fds(self.socket, [FORK], [theirs, theirs_too])
        except OSError:
            os.close(requests)
            os.close(answers)
            raise
        finally:
            os.close(theirs)
            os.close(theirs_too)
        return requests, answers

    def end(self, in_time: bool) -> str:
        """Ends the process that was forked last, with all that it started, and says how it has ended. If it is to do so
        `in_time` by itself, it is given a moment."""
        try:
            self.socket.sendall(AWAIT_END if in_time else END)
            return self.hear(SECONDS_TO_ANSWER)
        except (OSError, EOFError):
            return how_it_ended(self.close(SECONDS_TO_END if in_time else 0))

    def hear(self, seconds: float) -> str:
        self.socket.settimeout(seconds)
        line = b""
        while not line.endswith(b"\n"):
            part = self.socket.recv(100)
            if not part:
                raise EOFError
            line += part
        return line.decode().strip()

    def close(self, seconds: float = SECONDS_TO_END) -> int:
        """Ends the server, and everything that it has started; at once, or as soon as it has had time to do so itself.
        Returns its exit status."""
        if self.process is None:
            return 0
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status, self.process = self.process.wait(), None
        self.folder.cleanup()
        return status


class Sandbox:
    """A `checks.core.runner.Runner` of the learner's code in a child process.

    `module` is a module of the folder, `name` the class or function in it ("" for the module itself), and `seconds` of
    processor time and `patience` by the clock limit each operation. The process is forked from the `server`, else from
    one of its own. Closed by `close`, or by the end of a `with` block.

    A part that ends the process costs the others nothing: the next check has a new one, except where the file ends it as
    soon as it is imported.
    """

    trusted = False

    def __init__(
        self,
        folder: Path,
        module: str,
        name: str,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        server: ForkServer | None = None,
    ) -> None:
        self.seconds, self.patience = seconds + GRACE, patience + GRACE
        self.folder = folder
        self.answer = {"module": module, "name": name, "seconds": seconds, "patience": patience}
        self.server, self.owns_server = server or ForkServer(), server is None
        self.files: handed_over.Files = {}
        self.pipes: tuple[int, ...] = ()
        self.ended = ""
        self.ready = self.answered = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def begin(self) -> None:
        if self.answered and self.ended:
            self.ended, self.ready, self.answered = "", False, False

    def close(self) -> None:
        self.stop()
        if self.owns_server:
            self.server.close()

    def start(self) -> None:
        """Waits until the child is ready (the first request does it too).

        Raises EOFError where it has ended, and HarnessError where it does not come: nothing of the answer has run by then.
        """
        if self.ended:
            raise EOFError
        for _ in range(2):  # whatever the last answer has done to the server
            if self.ready:
                return
            try:
                self.hand_over()
                self.ready = True
            except (OSError, EOFError, ValueError):
                self.stop()
                self.server.close()
                self.ended = ""
        if not self.ready:
            raise HarnessError("the process for an answer does not start")

    def hand_over(self) -> None:
        """Has the child forked, and gives it the files."""
        self.pipes = self.requests, self.answers = self.server.fork()
        self.files = handed_over.answers(self.folder)
        answer = {
            **self.answer,
            "layers": self.server.layers,
            "label": str(self.folder.relative_to(ROOT)) if self.folder.is_relative_to(ROOT) else "",
            "answers": self.files,
            "solutions": handed_over.solutions_before(str(self.answer["module"])),
        }
        self.write(json.dumps(answer).encode() + b"\n", SECONDS_TO_START)
        in_force = json.loads(self.read_line(SECONDS_TO_START))
        self.server.protection = Protection(bool(self.server.wrapped), *in_force)

    def text_of(self, module: str) -> bytes | None:
        """What the child got of the folder's modules."""
        text = self.files.get(f"{module}.py")
        return None if text is None else base64.b64decode(text)

    def stop(self, in_time: bool = False) -> None:
        """Ends the child and everything that it has started. If it is to do so `in_time` by itself, it gets a moment."""
        if self.pipes:
            self.ended = self.server.end(in_time)
            for pipe in self.pipes:
                os.close(pipe)
            self.pipes = ()

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
            self.stop(in_time=True)
            if self.ended == "signal SIGXCPU":
                return self.late(TookTooLong)
            return Raised("ProcessDied", f"the process ended with {self.ended}", ours=True)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            self.stop()
            return Raised("ProcessDied", "the process sent something that is no answer", ours=True)

    def late(self, kind: type[TookTooLong]) -> Raised:
        """Where the child did not stop the call by itself."""
        return Raised(kind.__name__, kind.told(self.seconds, self.patience), timed_out=True)

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
