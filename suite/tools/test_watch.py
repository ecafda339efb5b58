"""`make watch`: a real process, whose project's exercises are saved as editors save them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.generated import ROOT
from tools.overlay import make_overlay

PATIENCE = 240  # seconds; a check takes two or three, a busy machine more
SOLUTION = (ROOT / "solutions" / "autoencoder.py").read_text()
FORWARD = "return self.decoder(self.encoder(x))"

pytestmark = pytest.mark.slow


class Watcher:
    """A running `make watch`, and what it has said since the last look."""

    def __init__(self, project: Path) -> None:
        self.project, self.seen = project, 0
        self.log = project / "log"
        environment = os.environ | {"PYTHONPATH": ""}
        with open(self.log, "w") as log:
            command = [sys.executable, "-m", "tools.watch"]
            self.process = subprocess.Popen(command, cwd=project, stdout=log, stderr=log, env=environment)

    def hears(self, *words: str) -> str:
        """Waits until the watcher has said all of these since the last call, and returns what it said."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = self.log.read_text()[self.seen :]
            if all(word in " ".join(said.split()) for word in words):
                self.seen += len(said)
                return said
            assert self.process.poll() is None, f"the watcher has ended:\n{said}"
            time.sleep(0.1)
        pytest.fail(f"none of {words} in\n{said}")

    def interrupted(self) -> int:
        """Presses Ctrl-C, once more where nothing has come of it for long, and returns the exit status."""
        for _ in range(3):
            self.process.send_signal(signal.SIGINT)
            try:
                return self.process.wait(PATIENCE / 4)
            except subprocess.TimeoutExpired:
                continue
        pytest.fail("the watcher does not end")

    def save(self, module: str, text: str) -> None:
        """As editors do it: a new file that takes the old one's name, and files of their own beside it."""
        folder = self.project / "exercises"
        (folder / f".{module}.py.swp").write_text("an editor's own")
        (folder / f"{module}.py~").write_text("an editor's own")
        (folder / "4913").write_text(text)
        (folder / "4913").replace(folder / f"{module}.py")


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    project = make_overlay(tmp_path, "stubs")
    watcher = Watcher(project)
    yield watcher
    watcher.process.kill()
    watcher.process.wait()


def test_each_save_is_checked_whatever_is_in_the_file(watcher: Watcher):
    watcher.hears("0 of 23 passed", "Watching exercises/")

    watcher.save("autoencoder", SOLUTION)
    watcher.hears("✓ autoencoder: passed", "✓ autoencoder_trainer: passed", "Next: write VAE")

    watcher.save("autoencoder", SOLUTION.replace("            ReLU(),\n", "", 1))
    said = watcher.hears("✗ autoencoder: ", "Likely cause:", "ReLU", "Next: mend Autoencoder")
    assert all(len(line) <= 88 for line in said.splitlines())

    broken = SOLUTION.replace("def forward(self", "def forward(self:", 1)
    watcher.save("autoencoder", broken)
    line = broken[: broken.index("def forward(self:")].count("\n") + 1
    said = watcher.hears(f"✗ exercises/autoencoder.py, line {line}, cannot be read: ", "Next: mend")
    assert "Traceback" not in said and said.count("✗") == 1

    watcher.save("autoencoder", SOLUTION.replace(FORWARD, "import os; os._exit(3)"))
    watcher.hears("✗ autoencoder: ", "exit code 3", "Next: mend")

    watcher.save("autoencoder", SOLUTION + "\n# as it was\n")
    watcher.hears("✓ autoencoder", "Next: write VAE")

    assert watcher.interrupted() == 0
    watcher.hears("No longer watching")
    assert "Traceback" not in watcher.log.read_text()


def test_what_rests_on_the_saved_file_is_checked_again(watcher: Watcher):
    watcher.hears("Watching exercises/")
    watcher.save("faces", "def broken(:")
    watcher.hears("✗ exercises/faces.py, line 1, cannot be read: ", "Next: ")
    watcher.save("autoencoder", SOLUTION)
    assert "faces" not in watcher.hears("✓ autoencoder_trainer: passed", "Next: ")
    watcher.save("vae", (ROOT / "solutions" / "vae.py").read_text())
    watcher.hears("✓ vae: passed", "✓ vae_trainer: passed", "Next: ")
    watcher.save("autoencoder", SOLUTION.replace("self.step += 1", "self.step += 2"))
    watcher.hears("✗ autoencoder_trainer", "✗ vae_trainer", "Next: ")


def test_what_was_changed_meanwhile_is_checked_at_the_start(tmp_path: Path):
    project = make_overlay(tmp_path, "stubs")
    (project / "exercises" / "beta_vae.py").write_text((ROOT / "solutions" / "beta_vae.py").read_text())
    watcher = Watcher(project)
    try:
        watcher.hears("· not checked yet", "✓ kl_per_latent: passed", "✓ effective_beta: passed", "4 of 23 passed")
    finally:
        watcher.process.kill()
        watcher.process.wait()
