"""What texts name is there: every command `python -m tools.…`, every file and module of the project."""

import re
from pathlib import Path

import pytest

from tools.generated import ROOT

PLACES = (
    "README.md", "CONTRIBUTING.md", "*.py", "Makefile", "pyproject.toml", ".ci/run", "docs/*.md", "lessons/*.md",
    *(f"{folder}/**/*.py" for folder in ("checks", "course", "solutions", "tools")),
)  # fmt: skip
TEXTS: dict[Path, str] = {
    path: path.read_text(encoding="utf-8") for place in PLACES for path in sorted(ROOT.glob(place))
}
COMMAND = re.compile(r"-m (tools(?:\.\w+)+)")
FILE = re.compile(
    r"(?<![\w./-])(?:checks|course|docs|lessons|solutions|suite|tools)(?:/(?!NN_)\w+)+\.(?:py|md|js|css|cfg|json|html)\b"
)
MODULE = re.compile(r"`((?:checks|course|solutions|suite|tools)(?:\.\w+)+)(?<!\.js)`")


def named(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """Each name that the texts say, with the first file that says it."""
    found: dict[str, str] = {}
    for path, text in TEXTS.items():
        for name in pattern.findall(text):
            found.setdefault(name, str(path.relative_to(ROOT)))
    return sorted(found.items())


@pytest.mark.parametrize(("command", "where"), named(COMMAND))
def test_commands_can_be_run(command: str, where: str) -> None:
    path = ROOT.joinpath(*command.split(".")).with_suffix(".py")
    assert path.is_file() and '__name__ == "__main__"' in path.read_text(encoding="utf-8"), where


@pytest.mark.parametrize(("name", "where"), named(FILE))
def test_files_are_there(name: str, where: str) -> None:
    assert (ROOT / name).is_file(), where


@pytest.mark.parametrize(("name", "where"), named(MODULE))
def test_modules_are_there_and_hold_what_is_named(name: str, where: str) -> None:
    words = name.split(".")
    while words and not (path := ROOT.joinpath(*words)).with_suffix(".py").is_file() and not path.is_dir():
        words.pop()
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = file.read_text(encoding="utf-8")
    assert all(re.search(rf"\b{word}\b", text) for word in name.split(".")[len(words) :]), where
