"""pytest's side of the checks: `pytest tests.py [--grade FOLDER]` hands each check the class that it names."""

from collections.abc import Generator

import pytest

from checks.core.display import displayed
from checks.core.result import CheckFailure
from checks.core.run import Graded
from checks.core.submission import Submission
from course import ROOT
from course.catalogue import EXERCISES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--grade",
        default="exercises",
        help="the folder whose answers `pytest tests.py` checks: exercises (default), solutions, or any with the same "
        "modules. They run in this process, with all that you may do: grade others' answers by `python -m tools.grade FOLDER`",
    )


@pytest.fixture(scope="session")
def answers(request: pytest.FixtureRequest) -> Submission:
    return Submission(request.config.getoption("--grade"))


def class_under_test(name: str, module: str):
    @pytest.fixture(name=name)
    def fixture(answers: Submission) -> Graded:
        return Graded(answers.runner(module, name))

    return fixture


for exercise in EXERCISES:
    for name in exercise.names:
        globals()[name] = class_under_test(name, exercise.module)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports what the checks of tests.py say in their own words, without the harness's lines."""
    report = yield
    if item.path == ROOT / "tests.py" and call.excinfo:
        if isinstance(failure := call.excinfo.value, CheckFailure):
            colour = item.config.get_terminal_writer().hasmarkup
            report.longrepr = displayed(failure.line(), colour)
        elif isinstance(report.longrepr, tuple):  # skipped: (file, line, reason)
            report.longrepr = ("tests.py", (item.location[1] or 0) + 1, report.longrepr[2])
    return report
