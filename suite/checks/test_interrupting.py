"""Interrupting a check in a notebook: one line, the world as it was before, and the next check works."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from course import ROOT

pytestmark = pytest.mark.slow

SECONDS = 120  # for one step, on a busy machine

pytestmark = pytest.mark.slow  # one kernel

PREPARE = """
import random, signal, sys
from pathlib import Path

import torch

import tests
from checks.core.run import check
from solutions.autoencoder import Autoencoder

def never_ends():
    while True:
        Path({running!r}).touch()

class Endless(Autoencoder):
    def forward(self, x):
        never_ends()

our_own = check("vae", lambda current: current)(lambda current: never_ends())  # a check that hangs by itself

def world():
    alarm = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    states = torch.get_rng_state().tolist(), random.getstate()
    modes = torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()
    return alarm, states, modes, sys.stdout, sys.stderr

torch.set_num_threads(2)
before = world()
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3", cwd=str(ROOT))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def outcome(client: BlockingKernelClient, asked: str) -> tuple[str, str, str]:
    """What the cell printed, and the name and the text of its error."""
    printed, name, text = "", "", ""
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != asked:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            printed += content["text"]
        elif message["msg_type"] == "error":
            name, text = content["ename"], "\n".join(content["traceback"])
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            return printed, name, text


@pytest.mark.parametrize(
    ("cell", "exercise"), [("tests.test_autoencoder(Endless)", "autoencoder"), ("our_own(Endless)", "vae")]
)
def test_an_interrupted_check_says_one_line_and_leaves_no_trace(kernel, tmp_path, cell, exercise):
    manager, client = kernel
    running: Path = tmp_path / "running"
    assert outcome(client, client.execute(PREPARE.format(running=str(running)))) == ("", "", "")
    asked = client.execute(cell)
    end = time.monotonic() + SECONDS
    while not running.exists():
        assert time.monotonic() < end, "the check never came to the learner's code"
        time.sleep(0.01)
    manager.interrupt_kernel()
    printed, name, text = outcome(client, asked)
    assert (printed, text) == ("", f"Interrupted: the check of {exercise} has no result.")
    assert name == "Interrupted"
    assert outcome(client, client.execute("assert world() == before"))[2] == ""
    printed, *error = outcome(client, client.execute("tests.test_autoencoder(Autoencoder)"))
    assert "✓" in printed and "autoencoder: passed" in printed and error == ["", ""]
