"""`make bench`: its arithmetic by hand, and its workers for real."""

import pytest

from tools import bench, bench_ways


def test_the_operations_of_a_step_are_those_counted_by_hand() -> None:
    first = 14 * 14 * 16 * 4 * 4  # multiplications of a picture's first convolution; the last layer has as many
    second = 7 * 7 * 32 * 16 * 4 * 4  # the second convolution; and as many in the first transposed one
    linear = 2 * (1568 * 128 + 128 * 5)
    forward = 2 * first + 2 * second + linear
    backward = 2 * forward - first  # towards weights and towards inputs, but nobody needs the image's gradient
    assert bench_ways.step_operations() == 2 * 512 * (forward + backward)


def test_the_bound_is_the_arithmetic_of_an_epoch_at_the_measured_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_ways, "step_operations", lambda: 4e9)
    monkeypatch.setattr(bench_ways, "MATRIX_SIZE", 1000)
    monkeypatch.setattr(bench_ways, "PRODUCTS", 10)
    seconds = {"matrix_product": [0.2, 0.1, 0.4]}  # 20 GFLOP each
    assert bench.add_bound(seconds, images=51_200) == pytest.approx(100)
    assert seconds == {"bound": pytest.approx([4, 2, 8])}  # 100 steps


def test_the_table_shows_medians_and_ratios_of_the_same_turn() -> None:
    seconds = {"textbook": [10.0, 40.0, 20.0], "trainer": [5.0, 10.0, 8.0]}
    text = bench.table(seconds, {"(2) / (1)": ("trainer", "textbook", "≤ 0.45")})
    assert "| 20.0 |" in text
    assert "| 8.0 |" in text
    assert "| (2) / (1) | 0.40 | ≤ 0.45 |" in text  # the median of 0.5, 0.25 and 0.4


@pytest.mark.full
def test_workers_train_an_epoch_a_turn() -> None:
    ways = ["textbook", "trainer", "hand_written"]
    seconds = bench.take_turns(ways, epochs=2, images=600)
    assert list(seconds) == ways
    assert all(len(each) == 2 and min(each) > 0 for each in seconds.values())


@pytest.mark.slow
def test_a_worker_that_fails_is_named() -> None:
    with pytest.raises(RuntimeError, match="nonsense ended early"):
        bench.take_turns(["nonsense"], epochs=1, images=600)
