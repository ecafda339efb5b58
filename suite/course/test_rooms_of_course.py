"""The rooms of course/: imports only fall, no two files need each other, and one room alone knows the checks."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from course import ROOT
from suite.imports import imported

ROOMS = ("settings", "learner", "data", "figures", "given", "explorer")
BELOW_ALL = ("course", "course.catalogue")
FILES = sorted((ROOT / "course").rglob("*.py"))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(file): file for file in FILES}


def known(file: Path) -> set[str]:
    """What a file imports of this project, as modules where they are of course/: {"course.data.mnist", "checks.core.run"}."""
    names = {name if name in MODULES or "." not in name else name.rpartition(".")[0] for name in imported(file)}
    return {name for name in names if (ROOT / name.split(".")[0]).is_dir() or (ROOT / f"{name}.py").is_file()}


def height(module: str) -> int:
    return -1 if module in BELOW_ALL else ROOMS.index(module.split(".")[1])


@pytest.mark.parametrize("module", MODULES)
def test_imports_fall(module: str) -> None:
    inside = {name for name in known(MODULES[module]) if name.split(".")[0] == "course"}
    rising = {name for name in inside if height(name) > height(module)}
    assert not rising, f"{module} may import only from {', '.join(ROOMS[: height(module) + 1])}"


def test_no_two_files_need_each_other() -> None:
    TopologicalSorter({module: known(file) for module, file in MODULES.items()}).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_only_the_explorer_knows_the_checks(module: str) -> None:
    others = {name.split(".")[0] for name in known(MODULES[module])} - {"course"}
    assert others <= ({"checks"} if module == "course.explorer.reading" else set())


def test_no_file_lies_outside_of_the_rooms() -> None:
    here = {path.name for path in (ROOT / "course").iterdir() if not path.name.startswith("__pycache__")}
    assert here == {"__init__.py", "catalogue.py", *ROOMS}
