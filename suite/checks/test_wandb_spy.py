"""The spy that stands in W&B's place during a check keeps what W&B itself keeps: the same calls, offline, read back."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from checks.trainers.wandb_spy import Spy
from course import ROOT
from suite.wandb_runs import read_offline_run

LOGS: dict[str, list[dict[str, Any]]] = {
    "one row a step": [{"data": {"loss": k / 4}, "step": k} for k in range(4)],
    "counted before it is logged": [{"data": {"loss": k / 4}, "step": k + 1} for k in range(4)],
    "no step": [{"data": {"loss": k / 4}} for k in range(4)],
    "in several calls a step": [
        {"data": {name: k / 4}, "step": k} for k in range(3) for name in ("mean", "std", "total_loss")
    ],
    "the same key twice in a step": [{"data": {"loss": k / 4}, "step": k // 2} for k in range(6)],
    "steps that go back": [{"data": {"loss": k / 4}, "step": k % 3} for k in range(7)],
    "one step for all": [{"data": {"loss": k / 4}, "step": 0} for k in range(4)],
    "gaps": [{"data": {"loss": k / 4}, "step": 5 * k} for k in range(4)],
    "commit": [
        {"data": {"a": 1}, "commit": False},
        {"data": {"b": 2}},
        {"data": {"a": 3}, "step": 4, "commit": True},
        {"data": {"b": 4}, "step": 4},
        {"data": {"b": 5}, "step": 5},
    ],
    "a step, then none": [{"data": {"a": 1}, "step": 0}, {"data": {"b": 2}}, {"data": {"c": 3}}],
}

OFFLINE = """
import json, sys
import wandb
for calls in json.loads(sys.argv[1]):
    run = wandb.init(project="spy", mode="offline", dir=sys.argv[2])
    for call in calls:
        wandb.log(**call)
    print("RUN", run.dir, flush=True)
    wandb.finish()
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What real offline runs hold after the calls of LOGS."""
    home = tmp_path_factory.mktemp("wandb")
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, json.dumps([*LOGS.values()]), str(home)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    folders = [Path(line.split()[1]).parent for line in done.stdout.splitlines() if line.startswith("RUN")]
    assert len(folders) == len(LOGS), done.stderr
    rows = [[without_times(row) for row in read_offline_run(folder)] for folder in folders]
    return dict(zip(LOGS, rows, strict=True))


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


@pytest.mark.slow
@pytest.mark.parametrize("name", LOGS)
def test_the_spy_keeps_the_rows_that_wandb_keeps(name: str, real: dict[str, list[dict[str, Any]]]) -> None:
    spy = Spy()
    spy.init(project="spy")
    for call in LOGS[name]:
        spy.log(**call)
    spy.finish()
    assert spy.seen.rows == [row for row in real[name] if row]
    assert spy.seen.logs == len(LOGS[name])


def test_tensors_are_kept_as_their_numbers() -> None:
    spy = Spy()
    spy.log({"loss": torch.tensor(0.5, requires_grad=True), "mean": torch.ones(1, 1), "all": torch.ones(2)})
    assert spy.seen.rows[0]["loss"] == 0.5 and spy.seen.rows[0]["mean"] == 1.0
    assert spy.seen.rows[0]["all"].shape == (2,)
