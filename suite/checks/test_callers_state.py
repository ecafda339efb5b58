"""Whatever the caller has set in torch, a check judges as always, and leaves it set."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
import torch

import tests
from checks.core.run import run_check
from course.catalogue import EXERCISES
from suite.corpus import Answer, answer_named


@contextlib.contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def matmul_precision(precision: str) -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextlib.contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


@contextlib.contextmanager
def anomalies_detected() -> Iterator[None]:
    with torch.autograd.set_detect_anomaly(True):
        yield


STATES: dict[str, Callable[[], contextlib.AbstractContextManager]] = {
    "a default device": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "matmuls in bfloat16": lambda: matmul_precision("medium"),
    "float64 by default": lambda: default_dtype(torch.float64),
    "float16 by default": lambda: default_dtype(torch.bfloat16),
    "no gradients": torch.no_grad,
    "inference": torch.inference_mode,
    "deterministic algorithms": deterministic,
    "anomaly detection": anomalies_detected,
}


def observed() -> tuple:
    return (
        torch.get_default_device(),
        torch.get_default_dtype(),
        torch.is_autocast_enabled("cpu"),
        torch.get_float32_matmul_precision(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(),
    )


@pytest.mark.parametrize("exercise", [each.id for each in EXERCISES])
@pytest.mark.parametrize("state", STATES)
def test_the_reference_passes_in_any_state(state: str, exercise: str) -> None:
    answer = Answer(exercise, f"the reference in {state}").load()
    with STATES[state]():
        before = observed()
        result, _ = run_check(getattr(tests, f"test_{exercise}"), answer, seed=0)
        assert observed() == before
    assert result.outcome == "passed", result.message


@pytest.mark.parametrize("state", STATES)
def test_a_mistake_is_named_in_any_state(state: str) -> None:
    answer = answer_named("vae: exp is forgotten").load()
    with STATES[state]():
        result, _ = run_check(tests.test_vae, answer, seed=0)
    assert (result.outcome, result.cause) == ("failed", "exp-forgotten"), result.message
