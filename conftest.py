"""pytest's side of the checks: `pytest tests.py [--grade FOLDER]` hands each check the class that it names."""

import pytest

from checks.exam import Graded
from checks.folder import Answers
from course.catalogue import EXERCISES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--grade",
        default="exercises",
        help="the folder whose answers `pytest tests.py` checks: exercises (default), solutions, or any with the same modules",
    )


@pytest.fixture(scope="session")
def answers(request: pytest.FixtureRequest) -> Answers:
    return Answers(request.config.getoption("--grade"))


def class_under_test(name: str, module: str):
    @pytest.fixture(name=name)
    def fixture(answers: Answers) -> Graded:
        return Graded(answers.hands(module, name))

    return fixture


for exercise in EXERCISES:
    for name in exercise.names:
        globals()[name] = class_under_test(name, exercise.module)
