"""Makes `notebooks/*.ipynb` from `lessons/*.md`: text and code cells, with the directives filled in.

`python -m tools.notebooks` writes the notebooks without outputs, and keeps an edited one in `saved/` first;
`--check` only compares. How a lesson is written stands in `docs/authors.md`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from tools.clean_notebook import METADATA
from tools.directives import DIRECTIVES
from tools.generated import ROOT, command
from tools.marks import SourceError

FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$")
DIRECTIVE = re.compile(r"^\{\{\s*(\w+)\s*(.*?)\s*\}\}\s*$")
DIRECTIVE_ASTRAY = re.compile(r"\{\{\s*(" + "|".join(DIRECTIVES) + r")\b|^\{\{")
IMAGE = re.compile(r"!\[(?P<text>[^\]]*)\]\((?P<file>[^)\s]+)")

FIRST_LINE = '<!-- Made from lessons/{name} by "python -m tools.notebooks"; your changes are kept safe. -->'
COMPARED = "nbval-check-output"


@dataclass(frozen=True)
class Block:
    """A fenced block and what follows its opening fence, or one line of text (`info` None)."""

    number: int
    info: str | None
    lines: list[str]


@dataclass
class Expanded:
    """A lesson in plain MyST Markdown, and what some of its code cells (counted from 0) print."""

    lines: list[str] = field(default_factory=list)
    expected: dict[int, str] = field(default_factory=dict)


def make_notebooks() -> dict[str, str]:
    """The notebook of each lesson as text, by its path. Raises SourceError where a lesson is wrong."""
    return {f"notebooks/{path.stem}.ipynb": to_text(make_notebook(path)) for path in lessons()}


def lessons() -> list[Path]:
    return sorted((ROOT / "lessons").glob("*.md"))


def make_notebook(lesson: Path, with_expected: bool = False) -> NotebookNode:
    """The notebook of one lesson; `with_expected` fills in the printed outputs that the lesson states."""
    expanded = expand(lesson.read_text(encoding="utf-8"), lesson)
    text = "\n".join([FIRST_LINE.format(name=lesson.name), "", *expanded.lines])
    notebook = jupytext.reads(text, fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    number_cells(notebook)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for index, printed in expanded.expected.items():
        cell = code_cells[index]
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), COMPARED]
        if with_expected:
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
            cell.execution_count = index + 1
    nbformat.validate(notebook)
    return notebook


def number_cells(notebook: NotebookNode) -> None:
    """Gives each cell an id that depends on its content only, so that a change touches no other cell."""
    seen: set[str] = set()
    for cell in notebook.cells:
        content = f"{cell.cell_type} {cell.source}"
        while (name := hashlib.sha256(content.encode()).hexdigest()[:8]) in seen:
            content += " again"
        seen.add(name)
        cell.id = name


def to_text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def expand(text: str, lesson: Path) -> Expanded:
    """Fills in the directives and takes out the expected outputs. Raises SourceError for what is wrong."""
    result = Expanded()
    code_cells, after_code_cell = 0, False
    for block in blocks(text, lesson):
        lines = block.lines
        if block.info == "{expected}":
            if not after_code_cell:
                raise SourceError(lesson, block.number, "an {expected} block stands right under its code cell")
            result.expected[code_cells - 1] = "".join(f"{line}\n" for line in lines[1:-1])
            continue
        if block.info is None:
            lines = framed(expand_line(lines[0], lesson, block.number))
        opening = FENCE.match(lines[0])
        is_code_cell = opening is not None and opening[2].strip().startswith("{code-cell}")
        code_cells += is_code_cell
        after_code_cell = is_code_cell or (after_code_cell and not any(lines))
        result.lines += lines
    return result


def blocks(text: str, lesson: Path) -> Iterator[Block]:
    """The lesson in order, as fenced blocks and the single lines between them."""
    lines = text.splitlines()
    first = 0
    while first < len(lines):
        last = first
        if opening := FENCE.match(lines[first]):
            closing = re.compile(rf"{opening[1]}{opening[1][0]}*\s*$")
            last = next((i for i in range(first + 1, len(lines)) if closing.match(lines[i])), len(lines))
            if last == len(lines):
                raise SourceError(lesson, first + 1, "a block begins here that never ends")
        yield Block(first + 1, opening and opening[2].strip(), lines[first : last + 1])
        first = last + 1


def expand_line(line: str, lesson: Path, number: int) -> list[str]:
    """A line of text as it is, or what its directive stands for."""
    if not (directive := DIRECTIVE.match(line)):
        check_line(line, lesson, number)
        return [line]
    name, arguments = directive.groups()
    if name not in DIRECTIVES:
        raise SourceError(lesson, number, f"unknown directive {name!r}; there are {', '.join(DIRECTIVES)}")
    try:
        return DIRECTIVES[name](arguments).splitlines()
    except ValueError as error:
        raise SourceError(lesson, number, str(error)) from None


def framed(lines: list[str]) -> list[str]:
    """The lines of text, with a rule beside what a fold hides and space below it, for as long as it is open.

    A quotation is the one thing that JupyterLab, VS Code, Colab and the code host all draw so. They have no style of
    their own for folds, and not all of them keep ours.
    """
    found = []
    for line in lines:
        found += ["</blockquote>", line] if line == "</details>" else [line]
        found += ["<blockquote>"] if line.endswith("</summary>") else []
    return found


def check_line(line: str, lesson: Path, number: int) -> None:
    """Refuses what would go wrong unseen: a directive that is not alone, a picture without words."""
    if DIRECTIVE_ASTRAY.search(line):
        raise SourceError(lesson, number, "a directive stands alone on its line: {{ name … }}")
    for image in IMAGE.finditer(line):
        if not image["text"].strip():
            raise SourceError(lesson, number, "a picture needs words for who cannot see it: ![words](…)")


if __name__ == "__main__":
    command("notebooks", make_notebooks, __doc__)
