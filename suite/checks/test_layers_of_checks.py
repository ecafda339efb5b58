"""The layers of checks/: imports only fall, and an exercise knows no other one."""

import ast
from pathlib import Path

import pytest

from course import ROOT

LAYERS = ("core", "models", "functions", "trainers", "exercises")
FILES = sorted((ROOT / "checks").glob("*/**/*.py"))


def layer(parts: tuple[str, ...]) -> int:
    return LAYERS.index(parts[1])


def imported(file: Path) -> set[tuple[str, ...]]:
    """The modules of checks/ that a file imports, in parts: ("checks", "core", "run")."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by dots: name the module in full"
            names |= {f"{node.module}.{each.name}" for each in node.names}
    return {tuple(name.split(".")) for name in names if name.startswith("checks.")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_fall(file: Path) -> None:
    mine = file.relative_to(ROOT).with_suffix("").parts
    rising = {name for name in imported(file) if layer(name) > layer(mine)}
    assert not rising, f"{'.'.join(mine)} may import only from {', '.join(LAYERS[: layer(mine) + 1])}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_an_exercise_knows_no_other(file: Path) -> None:
    mine = file.relative_to(ROOT).with_suffix("").parts
    others = {name for name in imported(file) if name[1] == mine[1] == "exercises" and name[2:3] != mine[2:3]}
    assert not others, "what two exercises share belongs into a layer below"


def test_no_file_lies_outside_of_the_layers() -> None:
    here = {path.name for path in (ROOT / "checks").iterdir() if not path.name.startswith("__pycache__")}
    assert here == {"__init__.py", *LAYERS}
