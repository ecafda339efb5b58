"""The process that has imported torch, and of which each answer's own process is forked. It reads no answer itself.

The judge asks over a socket: `FORK`, with the two pipes over which it will talk to the new process, and `END` or
`AWAIT_END`, which are answered with how that process has ended, as soon as nothing is left of all that it started.
Where forking is not safe (macOS), this process serves one answer itself and is gone then.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from importlib import import_module
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import Any

from checks.core import runner as runners
from checks.core.evidence import decode, encode
from checks.core.handed_over import write
from checks.core.protection import protect
from checks.core.submission import Submission

FORK, END, AWAIT_END = b"f", b"e", b"w"
FORKS = sys.platform == "linux"
NEEDED = (
    "utils",
    "course.given.layers",
    "einops.layers.torch",
    "multiprocessing.synchronize",
    "checks.functions.operations",
    "checks.models.operations",
    "checks.trainers.operations",
    "checks.exercises.hierarchical_vae.rig",
    "checks.exercises.latent_pca.rig",
    "checks.exercises.regularised.rig",
)
"""What is imported before the first answer comes: what these import themselves, and the operations. An answer finds no
others of the checks, so that it cannot ask them what is right."""
GRACE = 10.0
"""Seconds on top of those after which the runner stops a call by itself."""
SECONDS_TO_END = 2.0
"""How long a process that has fallen silent may take to end by itself, so that one knows how."""

SET_PARENT_DEATH_SIGNAL, SET_DUMPABLE, SET_CHILD_SUBREAPER = 1, 4, 36


def main(judge: socket.socket) -> None:
    """Serves until the judge closes the socket."""
    prepare()
    judge.sendall(b"ready\n")
    child, folder = 0, ""
    while True:
        command, pipes, *_ = socket.recv_fds(judge, 1, 2)
        if command == FORK:
            folder = tempfile.mkdtemp()
            child = os.fork() if FORKS else 0
            if not child:
                judge.close()
                live(Path(folder), *pipes)
            for pipe in pipes:
                os.close(pipe)
        elif command in (END, AWAIT_END) and child:
            ending = ending_of(child, SECONDS_TO_END if command == AWAIT_END else 0)
            shutil.rmtree(folder, ignore_errors=True)
            judge.sendall(ending.encode() + b"\n")
        else:
            end_descendants()
            return


def prepare() -> None:
    """Imports what every answer needs, and sees to it that nothing which this process starts is lost to it."""
    import torch

    torch.set_num_threads(1)
    for module in NEEDED:
        import_module(module)
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # imports more
    gc.collect()
    gc.freeze()  # shared with each child as long as it does not change it
    if FORKS:
        libc = ctypes.CDLL(None)
        libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


# What becomes of the child


def ending_of(child: int, seconds: float) -> str:
    """How the child has ended, after at most so many seconds more; nothing that it started is left."""
    end = time.monotonic() + seconds
    done, status = os.waitpid(child, os.WNOHANG)
    while not done and time.monotonic() < end:
        time.sleep(0.01)
        done, status = os.waitpid(child, os.WNOHANG)
    ended = end_descendants()
    return how_it_ended(os.waitstatus_to_exitcode(status if done else ended[child]))


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"signal {next((each.name for each in signal.Signals if each == -code), -code)}"


def end_descendants() -> dict[int, int]:
    """Ends whatever came of this process, and says with which status. It leaves this process too if that takes long."""
    ended: dict[int, int] = {}
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        stopped: set[int] = set()
        while time.monotonic() < give_up and (
            new := descendants() - stopped
        ):  # first none of them may start another one
            send(signal.SIGSTOP, new)
            stopped |= new
        send(signal.SIGKILL, stopped)
        with contextlib.suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if process:
                    ended[process] = status
                elif descendants():
                    break
                else:
                    time.sleep(0.001)
            continue
        return ended
    os._exit(1)


def send(number: signal.Signals, processes: set[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def descendants() -> set[int]:
    """All living processes that this one started, and those that these started; orphans come back to this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    found: set[int] = set()
    newest = {os.getpid()}
    while newest := {process for process, parent in parents.items() if parent in newest} - found:
        found |= newest
    return found


# The child's own life


def live(folder: Path, requests: int, answers: int) -> None:
    """Serves one answer in this process, and ends it. It may write in the folder alone."""
    status = 1
    try:
        if FORKS:
            ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
            answer = json.loads(incoming.readline())
            runner = settle(folder, answer)
            say(outgoing, protect(folder, answer["layers"]))
            for line in incoming:
                asked = json.loads(line)
                module, name = asked["operation"]
                limit_processor_time(runner.seconds + GRACE)
                evidence = runner.run_operation(getattr(import_module(module), name), **decode(asked["request"]))
                say(outgoing, encode(evidence))
        status = 0
    finally:
        os._exit(status)


def settle(folder: Path, answer: dict[str, Any]) -> runners.LocalRunner:
    """Writes the files of the answer and those that it may import, and makes its runner."""
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = str(folder)
    shown_from, given = folder / "answers", folder / "given"
    place = shown_from / answer["label"]
    write(answer["answers"], place)
    write(answer["solutions"], given / "solutions")
    sys.path.insert(0, str(given))
    runners.SHOWN_FROM[:0] = [shown_from, given]
    exercises = ModuleType("exercises")  # as an answer may call its own folder
    exercises.__path__ = [str(place)]
    sys.modules["exercises"] = exercises
    runner = Submission(place).runner(answer["module"], answer["name"])
    runner.seconds, runner.patience = answer["seconds"], answer["patience"]
    return runner


def limit_processor_time(seconds: float) -> None:
    """Ends this process by SIGXCPU when it has computed for so many seconds more, all threads taken together."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    limit = ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def say(outgoing: Any, data: Any) -> None:
    outgoing.write(json.dumps(data).encode() + b"\n")
    outgoing.flush()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)  # what torch does at its end takes a while
