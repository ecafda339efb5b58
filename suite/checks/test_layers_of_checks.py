"""The layers of checks/: imports only fall, and an exercise knows no other one."""

from pathlib import Path

import pytest

from course import ROOT
from suite.imports import imported

LAYERS = ("core", "models", "functions", "trainers", "exercises")
FILES = sorted((ROOT / "checks").glob("*/**/*.py"))


def layer(parts: tuple[str, ...]) -> int:
    return LAYERS.index(parts[1])


def known(file: Path) -> set[tuple[str, ...]]:
    """What a file imports of checks/, in parts: ("checks", "core", "run", "probe")."""
    return {tuple(name.split(".")) for name in imported(file) if name.startswith("checks.")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_fall(file: Path) -> None:
    mine = file.relative_to(ROOT).with_suffix("").parts
    rising = {name for name in known(file) if layer(name) > layer(mine)}
    assert not rising, f"{'.'.join(mine)} may import only from {', '.join(LAYERS[: layer(mine) + 1])}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_an_exercise_knows_no_other(file: Path) -> None:
    mine = file.relative_to(ROOT).with_suffix("").parts
    others = {name for name in known(file) if name[1] == mine[1] == "exercises" and name[2:3] != mine[2:3]}
    assert not others, "what two exercises share belongs into a layer below"


def test_no_file_lies_outside_of_the_layers() -> None:
    here = {path.name for path in (ROOT / "checks").iterdir() if not path.name.startswith("__pycache__")}
    assert here == {"__init__.py", *LAYERS}
