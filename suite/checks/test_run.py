"""What calling a check does: three outcomes, a kind display, results as data, and a caller left in peace."""

import json
import random
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from torch import nn

import tests
from checks.core.evidence import travels
from checks.core.result import CheckFailure, HarnessError
from checks.core.run import check, run_check
from checks.core.runner import LocalRunner
from course import ROOT
from course.catalogue import EXERCISES
from solutions.autoencoder import Autoencoder
from solutions.vae import VAE
from suite.corpus import answer_named
from suite.corpus.verdicts import cached_verdict
from utils import NotWritten


class WithoutRelu(Autoencoder):
    """Wrong: the encoder's first ReLU is gone."""

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__(latent_dim_size, hidden_dim_size)
        self.encoder[1] = nn.Identity()


class Stub(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        raise NotWritten("autoencoder: write Autoencoder.__init__")


def test_a_pass_is_one_line(capsys):
    assert tests.test_autoencoder(type("Mine", (Autoencoder,), {})) is None
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("✓ autoencoder: passed, 8 checks in ")


def test_a_failure_is_an_assertion_error_that_carries_its_data():
    with pytest.raises(AssertionError) as caught:
        tests.test_autoencoder(WithoutRelu)
    failure = caught.value
    assert isinstance(failure, CheckFailure)
    assert (failure.exercise, failure.check, failure.cause) == ("autoencoder", "encodes", "missing-relu")
    assert failure.numbers["largest difference"] > 0.01
    assert "after the first convolution" in failure.message


def test_a_stub_is_not_attempted(capsys):
    assert tests.test_autoencoder(Stub) is None
    assert capsys.readouterr().out.startswith("○ autoencoder: not attempted yet. Write Autoencoder.__init__.")


def test_results_are_data():
    results = [run_check(tests.test_autoencoder, answer)[0] for answer in (Autoencoder, WithoutRelu, Stub)]
    assert [result.outcome for result in results] == ["passed", "failed", "not attempted"]
    assert [result.score for result in results] == [1, 0, 0]
    data = json.loads(results[1].as_json())
    assert data["cause"] == "missing-relu" and data["seconds"] > 0 and data["score"] == 0


def test_a_check_that_looks_at_nothing_is_broken():
    empty = check("autoencoder", lambda current: None)(lambda model: None)
    with pytest.raises(HarnessError, match="looked at nothing"):
        empty(Autoencoder)


def test_no_two_kinds_of_evidence_share_a_name():
    with pytest.raises(ValueError, match="has evidence called Place already"):
        travels(type("Place", (), {}))


def test_a_notebook_shows_the_message_and_no_frames_of_ours():
    shell = InteractiveShell.instance()
    cell = """
import tests
from torch import nn
from course.catalogue import EXERCISES
from solutions.autoencoder import Autoencoder
class Mine(Autoencoder):
    def forward(self, x):
        return self.decoder(self.encoder(x)) + undefined_name
tests.test_autoencoder(Mine)
"""
    with capture_output() as shown:
        result = shell.run_cell(cell)
    assert isinstance(result.error_in_exec, CheckFailure)
    text = shown.stdout + shown.stderr
    assert "unknown-name" in result.error_in_exec.cause
    assert "return self.decoder(self.encoder(x)) + undefined_name" in text  # the learner's own line
    assert "in forward" in text
    assert "core/run.py" not in text and "runner.py" not in text and "Traceback" not in text


def test_the_caller_is_left_as_found():
    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    expected = torch.rand(3), random.random(), np.random.rand()
    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    torch.set_default_dtype(torch.float64)
    threads = torch.get_num_threads()
    filters = list(warnings.filters)
    try:
        with torch.no_grad():
            tests.test_vae(VAE)
            assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.get_num_threads() == threads
    assert warnings.filters == filters
    assert torch.equal(torch.rand(3), expected[0])
    assert (random.random(), np.random.rand()) == expected[1:]


class Slow(Autoencoder):
    def forward(self, x):
        self.takes_its_time()
        return super().forward(x)


@pytest.mark.parametrize("thread", ["the main thread", "another thread"])
@pytest.mark.parametrize(
    ("body", "seconds", "patience", "cause", "words"),
    [
        ("while True: pass", 0.5, 300, "takes-too-long", "was still computing after 0 s of processor time"),
        ("time.sleep(0.01)", 300, 0.5, "waits-too-long", "had not come back after 0 s"),
    ],
)
def test_a_hang_ends_and_names_the_call(body, seconds, patience, cause, words, thread):
    class Hangs(Slow):
        def takes_its_time(self):
            while True:
                exec(body)

    runner = LocalRunner(Hangs, seconds, patience)
    if thread == "the main thread":
        result, _ = run_check(tests.test_autoencoder, runner)
    else:
        with ThreadPoolExecutor(1) as pool:
            result, _ = pool.submit(run_check, tests.test_autoencoder, runner).result()
    assert result.cause == cause
    assert f"Hangs.forward(x) with x of shape (11, 1, 28, 28) {words} and was stopped." in result.message
    assert "Where: test_run.py" in result.message or "Where: suite/checks/test_run.py" in result.message
    assert run_check(tests.test_autoencoder, Autoencoder)[0].outcome == "passed"  # and life goes on


def test_a_sleep_in_one_piece_ends():
    class Sleeps(Slow):
        def takes_its_time(self):
            time.sleep(1000)

    result, _ = run_check(tests.test_autoencoder, LocalRunner(Sleeps, 300, 0.5))
    assert result.cause == "waits-too-long"


def test_time_that_others_take_from_the_processor_does_not_count():
    """Asleep it has no processor, as on a busy machine; and it is asked more than once whether it has used its own up."""

    class Waits(Slow):
        def takes_its_time(self):
            if not waited:
                waited.append(time.sleep(1.5))

    waited: list = []
    assert run_check(tests.test_autoencoder, LocalRunner(Waits, 0.6, 300))[0].outcome == "passed"
    assert waited


SIGNATURES = {
    "vae: sampling takes mu and logsigma": "`sample_latent_vector(self, x)`: it takes the images, encodes them itself",
    "autoencoder: forward takes the labels too": "`forward(self, x)`: one batch of images, and no labels",
    "autoencoder_trainer: training_step with a label": "`training_step(self, img)`: the images alone. Labels are never needed",
    "autoencoder_trainer: train with an argument": "`train(self)`: all that it needs stands in `self.args`",
    "latent_pca: takes latents for a model and its images": "compare its `def` line with the exercise's",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_another_signature_is_told_from_the_exercises(name):
    assert SIGNATURES[name] in cached_verdict(answer_named(name)).message


def test_what_a_learner_prints_is_shown(capsys):
    class Chatty(Autoencoder):
        def forward(self, x):
            print("shape", tuple(x.shape))
            return super().forward(x)

    tests.test_autoencoder(Chatty)
    shown = capsys.readouterr().out
    assert "shape (11, 1, 28, 28)" in shown and "✓ autoencoder" in shown


def grade_with_pytest(*options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "tests.py", "-rs", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.slow
def test_pytest_grades_the_solutions():
    run = grade_with_pytest("--grade", "solutions")
    assert run.returncode == 0, run.stdout
    assert f"{sum(len(exercise.names) for exercise in EXERCISES)} passed" in run.stdout


@pytest.mark.slow
def test_pytest_skips_what_is_not_attempted_and_shows_what_is_wrong(tmp_path):
    (tmp_path / "autoencoder.py").write_text("from utils import NotWritten\nraise NotWritten('autoencoder: yours')\n")
    (tmp_path / "vae.py").write_text("raise ValueError('oh')\n")
    run = grade_with_pytest("--grade", str(tmp_path))
    assert run.returncode == 1
    assert run.stdout.count("SKIPPED") and "2 skipped" in run.stdout
    assert "raise ValueError('oh')" in run.stdout
