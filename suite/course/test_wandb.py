"""W&B for real: offline without a key, never a prompt, all runs in one place, and what was logged is read back."""

import importlib
import os
import pty
import select
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from course import ROOT
from course.data.datasets import substitute
from course.settings import wandb_settings
from suite.wandb_runs import FILE_MARK, read_offline_run, read_records

LOG_EVERY, STEPS = 2, 6  # two epochs of three batches


def train(module: str, prefix: str, use_wandb: bool, hook: Callable[..., None] | None = None) -> None:
    """Trains the reference of a lesson on 40 random images; `hook` sees each call of the model."""
    lesson = importlib.import_module(f"solutions.{module}")
    args = getattr(lesson, f"{prefix}Args")(3, 8, batch_size=16, epochs=2, use_wandb=use_wandb)
    args.log_every_n_steps = LOG_EVERY
    torch.manual_seed(3)
    with substitute(TensorDataset(torch.randn(40, 1, 28, 28), torch.zeros(40))):
        trainer = getattr(lesson, f"{prefix}Trainer")(args)
        if hook is not None:
            trainer.model.register_forward_hook(hook)
        trainer.train()


TRAIN = """
import sys
from pathlib import Path
import course.settings.wandb_settings
course.settings.wandb_settings.ROOT = Path(sys.argv[1])  # so that the real project's runs stay the learner's own
from suite.course.test_wandb import train
train(sys.argv[2], sys.argv[3], use_wandb=True)
print("trained to the end")
"""


def keyless_environment(home: Path) -> dict[str, str]:
    """The environment of somebody who has never heard of W&B."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB", "NETRC"))}
    return kept | {"HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def at_a_terminal(code: str, *arguments: str, home: Path, until: str = "", seconds: float = 600) -> str:
    """What Python writes when it runs `code` at a terminal where nobody types, up to `until` at the latest.

    Fails when it neither ends nor writes `until` in time.
    """
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=inside, stdout=inside, stderr=inside,
        cwd=home, env=keyless_environment(home), start_new_session=True,
    )  # fmt: skip
    os.close(inside)
    written, end = b"", time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                written += os.read(terminal, 65536)
            if until and until.encode() in written:
                break
        else:
            pytest.fail(f"still waiting after {seconds} s:\n{written.decode(errors='replace')}")
    except OSError:  # Linux's way to say that the other side is closed
        pass
    finally:
        process.kill() if until or time.monotonic() >= end else process.wait(timeout=seconds)
        process.wait()
        os.close(terminal)
    return written.decode(errors="replace")


def with_closed_input(code: str, *arguments: str, home: Path) -> str:
    """What Python writes when it runs `code` without a terminal and with its input closed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=home, env=keyless_environment(home), text=True, timeout=600, check=False,
    )  # fmt: skip
    return done.stdout


RUNS = {  # the trainer's names, and how it is run
    "at a terminal": ("autoencoder", "Autoencoder", at_a_terminal),
    "with closed input": ("vae", "VAE", with_closed_input),
}


@pytest.fixture(scope="module", params=RUNS.values(), ids=RUNS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One real offline run from a folder that is not the project's."""
    module, prefix, how = request.param
    home, project = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("project")
    written = how(TRAIN, str(project), module, prefix, home=home)
    folders = list((project / "wandb").glob("offline-run-*"))
    assert len(folders) == 1, written
    return {"module": module, "prefix": prefix, "written": written, "folder": folders[0], "home": home}


@pytest.mark.slow
def test_it_ends_by_itself_and_says_where_the_run_is_kept(run: dict[str, Any]) -> None:
    assert "trained to the end" in run["written"]
    assert str(run["folder"]) in run["written"]


@pytest.mark.slow
def test_nothing_is_left_in_the_working_directory(run: dict[str, Any]) -> None:
    assert {path.name for path in run["home"].iterdir()} <= {".cache", ".config"}


@pytest.mark.slow
def test_every_step_logs_what_the_trainer_computed(run: dict[str, Any]) -> None:
    expected: list[dict[str, float]] = []

    def compute(_model: nn.Module, inputs: tuple[Tensor], output: Any) -> None:
        if not torch.is_grad_enabled():  # the holdout images
            return
        (x,) = inputs
        if run["prefix"] == "Autoencoder":
            expected.append({"loss": F.mse_loss(output, x).item()})
            return
        reconstruction, mu, logsigma = (tensor.detach() for tensor in output)
        sigma = logsigma.exp()
        terms = {
            "reconstruction_loss": F.mse_loss(reconstruction, x).item(),
            "kl_div_loss": ((sigma**2 + mu**2 - 1) / 2 - sigma.log()).mean().item(),
            "mean": mu.mean().item(),
            "std": sigma.mean().item(),
        }
        expected.append(terms | {"total_loss": terms["reconstruction_loss"] + 0.1 * terms["kl_div_loss"]})

    with torch.random.fork_rng():
        train(run["module"], run["prefix"], use_wandb=False, hook=compute)
    logged = [step for step in read_offline_run(run["folder"]) if step["_step"] < STEPS]
    assert len(expected) == len(logged) == STEPS
    assert [step["_step"] for step in logged] == list(range(STEPS))
    for values, step in zip(expected, logged, strict=True):
        assert values == pytest.approx({name: step[name] for name in values}, rel=1e-4, abs=1e-6)


@pytest.mark.slow
def test_images_are_logged_at_their_steps_at_their_size(run: dict[str, Any]) -> None:
    with_images = {step["_step"]: step["images"] for step in read_offline_run(run["folder"]) if "images" in step}
    assert list(with_images) == list(range(LOG_EVERY, STEPS + 1, LOG_EVERY))
    for images in with_images.values():
        assert (images["count"], images["width"], images["height"]) == (10, 28, 28)
        for name in images["filenames"]:
            with Image.open(run["folder"] / "files" / name) as image:
                assert image.size == (28, 28)


@pytest.mark.slow
def test_without_these_settings_wandb_would_prompt(tmp_path: Path) -> None:
    """Else the tests above would show nothing."""
    at_a_terminal("import wandb; wandb.init(project='p')", home=tmp_path, until="Enter your choice")


def configured(monkeypatch: pytest.MonkeyPatch, home: Path, **environment: str) -> dict[str, str]:
    """W&B's environment after `configure_wandb` in a home without settings, besides `environment`."""
    for name in [name for name in os.environ if name.startswith(("WANDB", "NETRC"))]:
        monkeypatch.delenv(name)
    for name, value in {"HOME": str(home), "WANDB_DIR": str(home / "runs"), **environment}.items():
        monkeypatch.setenv(name, value)
    for name in ("WANDB_MODE", "WANDB_FINISH_TIMEOUT", "WANDB__SAVE_REQUIREMENTS"):
        monkeypatch.setenv(name, environment.get(name, ""))  # so that it is put back after the test
        if name not in environment:
            monkeypatch.delenv(name)
    monkeypatch.setattr(wandb_settings, "_set_here", "")
    wandb_settings.configure_wandb()
    return {name: value for name, value in os.environ.items() if name.startswith("WANDB")}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_runs_go_to_the_project_whatever_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_DIR", "")
    monkeypatch.delenv("WANDB_DIR")
    wandb_settings.configure_wandb()
    assert os.environ["WANDB_DIR"] == str(ROOT)
    assert "wandb/" in (ROOT / ".gitignore").read_text().split()


KEYS = {  # each a way in which W&B finds a key by itself: environment, files in the home folder
    "variable": ({"WANDB_API_KEY": "k" * 40}, {}),
    "token": ({"WANDB_IDENTITY_TOKEN_FILE": "token"}, {}),
    "netrc": ({}, {".netrc": "machine api.wandb.ai login user password k"}),
    "netrc, new name": ({}, {".netrc": "machine api.forge.coreweave.com login user password k"}),
    "netrc, Windows": ({}, {"_netrc": "machine api.wandb.ai login user password k"}),
    "netrc, own server": (
        {"WANDB_BASE_URL": "https://wandb.example.org"},
        {".netrc": "machine wandb.example.org login user password k"},
    ),
    "netrc, own server in the settings": (
        {},
        {
            ".netrc": "machine wandb.example.org login user password k",
            ".config/wandb/settings": "[default]\nbase_url = https://wandb.example.org",
        },
    ),
    "settings": ({}, {".config/wandb/settings": "[default]\napi_key = k"}),
    "settings of the project": ({}, {"runs/wandb/settings": "[default]\napi_key = k"}),
}


@pytest.mark.parametrize(("environment", "files"), KEYS.values(), ids=KEYS)
def test_with_a_key_the_mode_is_left_to_wandb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], files: dict[str, str]
) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    assert "WANDB_MODE" not in configured(monkeypatch, tmp_path, **environment)


NO_KEYS = {
    "nothing": {},
    "another machine's password": {".netrc": "machine example.org login user password k"},
    "a netrc that nobody can read": {".netrc": "machine machine machine {"},
    "settings that nobody can read": {".config/wandb/settings": "no section"},
    "online, but without a key": {"runs/wandb/settings": "[default]\nmode = online"},
}


@pytest.mark.parametrize("files", NO_KEYS.values(), ids=NO_KEYS)
def test_without_a_key_the_mode_is_offline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str]
) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    assert configured(monkeypatch, tmp_path)["WANDB_MODE"] == "offline"


@pytest.mark.parametrize("mode", ["online", "disabled", "shared"])
def test_the_users_own_mode_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str) -> None:
    assert configured(monkeypatch, tmp_path, WANDB_MODE=mode)["WANDB_MODE"] == mode


def test_a_mode_in_the_settings_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "runs/wandb/settings", "[default]\nmode = disabled")
    assert "WANDB_MODE" not in configured(monkeypatch, tmp_path)


def test_importing_utils_configures_wandb_without_importing_it(tmp_path: Path) -> None:
    code = "import os, sys, utils; print(os.environ['WANDB_MODE'], 'wandb' in sys.modules)"
    assert with_closed_input(code, home=tmp_path).split() == ["offline", "False"]


@pytest.mark.slow
def test_a_damaged_run_is_noticed(run: dict[str, Any], tmp_path: Path) -> None:
    content = next(run["folder"].glob("*.wandb")).read_bytes()
    records = list(read_records(content))
    assert list(read_records(content[:-3])) == records[:-1], "what was cut off at the end is left out"
    middle = len(content) // 2
    with pytest.raises(ValueError, match="damaged"):
        list(read_records(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]))
    with pytest.raises(ValueError, match="no W&B run"):
        list(read_records(b"another file"))
    with pytest.raises(FileNotFoundError):
        read_offline_run(tmp_path)


def test_records_of_any_length_are_put_together() -> None:
    """By the format's rules: fragments never cross a block of 32 KiB, and too short a rest of one is zeros."""
    records = [bytes([n]) * length for n, length in enumerate([0, 5, 32_700, 70_000, 20, 32_761 - 100, 100])]
    content = FILE_MARK + b"\x00"
    for record in records:
        left, kind = record, 0
        while kind not in (1, 4):
            room = 32_768 - len(content) % 32_768
            if room < 7:
                content, room = content + bytes(room), 32_768
            part, left = left[: room - 7], left[room - 7 :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[kind == 0, not left]
            header = struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind)
            content += header + part
    assert list(read_records(content)) == records
