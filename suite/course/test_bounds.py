"""The deep dive's figures draw what they are given, in words and to scale."""

import json

import torch

from course.figures.lessons.bounds import bands, bounds, gap, jensen
from course.figures.palette import alternative_text


def traces(figure) -> dict:
    return {trace.name: trace for trace in figure.data if trace.name}


def test_a_band_encloses_the_middle_of_the_estimates():
    values = torch.arange(101, dtype=torch.float64)
    figure = bands("Estimates", [1, 10], {"from the prior": [values, values / 10]}, exact=40.0)
    band, line = figure.data
    assert line.x == (1, 10) and line.y == (50, 5)
    assert band.y == (95, 9.5, 0.5, 5)  # to the right along the upper edge, back along the lower one
    assert "from the prior" in alternative_text(figure) and "40.00" in alternative_text(figure)


def test_bounds_are_drawn_one_line_a_name():
    figure = bounds("Bounds", [1, 10, 100], {"wide": [-3, -2, -1.5], "narrow": [-2, -1.8, -1.7]}, exact=-1)
    assert {name: trace.y for name, trace in traces(figure).items()} == {
        "wide": (-3, -2, -1.5),
        "narrow": (-2, -1.8, -1.7),
    }
    assert figure.layout.shapes[0].y0 == -1


def test_jensen_puts_the_mean_of_the_logs_below_the_log_of_the_mean():
    figure = jensen(torch.tensor([1.0, 2.0, 4.0, 9.0], dtype=torch.float64))
    (log_of_mean,), (mean_of_logs,) = (trace.y for trace in figure.data[-2:])
    assert mean_of_logs < log_of_mean
    curve, tangent, points = figure.data[:3]
    assert all(above >= below - 1e-9 for above, below in zip(tangent.y, curve.y, strict=True))
    torch.testing.assert_close(torch.tensor(points.y).exp(), torch.tensor(points.x))


def test_the_gap_is_between_the_two_lines():
    scales = torch.tensor([0.5, 1.0, 2.0])
    figure = gap("Gap", scales, torch.tensor([-7.0, -6.0, -8.0]), exact=-6.0)
    evidence, elbo = figure.data
    assert set(evidence.y) == {-6.0} and elbo.y == (-7.0, -6.0, -8.0) and elbo.fill == "tonexty"


def test_figures_are_small():
    many = [torch.randn(200) for _ in range(5)]
    figure = bands("Estimates", [1, 10, 100, 1000, 10_000], {"a": many, "b": many, "c": many}, exact=0.0)
    assert len(json.dumps(figure.to_plotly_json(), default=str)) < 30_000
