"""The spy that stands in W&B's place during a check keeps what W&B itself keeps: the same calls, offline, read back."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from checks.trainers.wandb_spy import OTHERS, RUN_ONLY, SPIED, TAKES, Spy
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


def test_the_spy_takes_what_wandb_takes() -> None:
    import wandb

    for name, ours in TAKES.items():
        real = inspect.signature(getattr(wandb.Run, name, None) or getattr(wandb, name)).parameters.values()
        theirs = [(each.name, each.default is each.empty) for each in real if each.name != "self"]
        assert theirs == [(each.name, each.default is each.empty) for each in ours.parameters.values()], name


def test_the_spy_has_what_a_run_and_the_module_have() -> None:
    import wandb

    assert not [name for name in dir(wandb.Run) if not name.startswith("_") and not hasattr(Spy(), name)]
    assert not [name for name in (*SPIED, *OTHERS) if not hasattr(wandb, name)]
    assert not [name for name in RUN_ONLY if not hasattr(wandb.Run, name)]
    with pytest.raises(AttributeError, match="'Run' object has no attribute 'nothing'"):
        _ = Spy().nothing


REFUSED: dict[str, Callable[[Any], Any]] = {
    "config": lambda run: run.init(config=3),
    "mode": lambda run: run.init(mode="ofline"),
    "keyword of init": lambda run: run.init(run_name="a"),
    "a number": lambda run: run.log(3),
    "steps": lambda run: run.log({"a": 1}, steps=3),
    "a fraction": lambda run: run.log({"a": 1}, step=1.0),
    "what watch follows": lambda run: run.watch(torch.nn.Linear(1, 1), log="weights"),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_wandb_refuses_is_refused_where_it_is_on(call: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^wandb\.\w+\(\) "):
        call(Spy())
    call(Spy(on=False))
