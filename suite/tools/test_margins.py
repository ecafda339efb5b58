"""`python -m tools.margins` sees every number that the suite declares as measured."""

import pytest

from tools import margins
from tools.generated import ROOT


def test_all_tests_with_measured_numbers_are_looked_at() -> None:
    declaring = {
        path
        for path in (ROOT / "suite").rglob("*.py")
        if any(line.startswith(("@below(", "@above(")) for line in path.read_text().splitlines())
    }
    assert declaring and declaring <= set(margins.measuring_tests())


@pytest.mark.slow
def test_a_row_is_printed_for_each_number(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["margins", "--seeds", "2", "--on", "own", "--only", "covariance of samples"])
    with pytest.raises(SystemExit) as ended:
        margins.main()
    assert ended.value.code == 0
    assert "error of the covariance of samples" in capsys.readouterr().out
