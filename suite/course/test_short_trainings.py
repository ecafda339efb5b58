"""The switch that cuts trainings short: off it changes nothing, on it is loud, and nothing that it made is taken for real."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course.given.sweep import study_name
from course.settings import short_trainings
from course.settings.short_trainings import MOST, SWITCH, is_on, shorten_trainings
from solutions.vae import VAEArgs, VAETrainer
from tools.overlay import kernel_environment

DATA = TensorDataset(torch.arange(2 * MOST + 2))


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch):
    """Sets the switch and does what importing `utils` does."""
    monkeypatch.setattr(DataLoader, "__iter__", DataLoader.__iter__)  # put back after the test

    def turn(value: str) -> None:
        monkeypatch.setenv(SWITCH, value)
        shorten_trainings.__wrapped__()

    return turn


def batches(**options) -> int:
    return sum(1 for _ in DataLoader(DATA, batch_size=2, **options))


@pytest.mark.parametrize("value", ["", "0"])
def test_off_it_changes_nothing_and_says_nothing(switch, value, capsys) -> None:
    iterate = DataLoader.__iter__
    switch(value)
    assert not is_on() and DataLoader.__iter__ is iterate
    assert batches(shuffle=True) == MOST + 1
    assert capsys.readouterr() == ("", "")


def test_on_each_shuffled_pass_ends_early_and_says_so_and_no_other(switch, capsys) -> None:
    switch("1")
    assert f"{SWITCH} IS ON" in capsys.readouterr().err
    for _epoch in range(2):
        assert batches(shuffle=True) == MOST
        assert f"{SWITCH} IS ON: this pass ended after {MOST} of {MOST + 1} batches" in capsys.readouterr().err
    assert batches(shuffle=False) == MOST + 1
    next(iter(DataLoader(DATA, batch_size=2, shuffle=True)))
    assert not capsys.readouterr().err


def test_a_pass_that_is_short_anyway_is_whole(switch, capsys) -> None:
    switch("1")
    capsys.readouterr()
    assert sum(1 for _ in DataLoader(DATA, batch_size=20, shuffle=True)) == 1
    assert not capsys.readouterr().err


def test_a_sweep_made_with_it_is_another_sweep(monkeypatch) -> None:
    def name() -> str:
        return study_name(VAETrainer, VAEArgs(), 0, short_trainings.short)

    monkeypatch.delenv(SWITCH, raising=False)
    real = name()
    monkeypatch.setenv(SWITCH, "1")
    assert name() != real and SWITCH in name()


def test_a_notebook_has_it_only_where_that_is_asked_for(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(SWITCH, "1")
    assert kernel_environment(tmp_path)[SWITCH] == "0"
    assert kernel_environment(tmp_path, short_trainings=True)[SWITCH] == "1"
