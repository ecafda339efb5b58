"""How an outcome is shown: without control characters, wrapped at words, and in colour where colour is seen.

The results themselves stay plain: whoever reads them as data gets what `Result` and `CheckFailure` hold.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from typing import TextIO

WIDTH = 88
"""Columns of a line in a terminal, at most."""
NOTEBOOK_WIDTH = 56
"""Columns that a notebook has room for beside an editor and the list of files, in a window 1280 pixels wide."""

MARKS = {"✗": "38;5;196", "✓": "38;5;28", "○": "38;5;136"}
"""Each outcome's sign and its colour: red, green, amber of the 256, which every theme draws alike. Each has a contrast
of 3 and more against JupyterLab's light and dark backgrounds, and against its red ones behind errors."""

BOLD = "1"
LABEL = re.compile(r"  [A-Z][a-z ]*:(?= )")
TABLE_ROW = re.compile(r"\S {2,}\S")
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
UNBROKEN = re.compile(r"`[^`\n]{1,40}`|[(\[][^()\[\]\n]{1,20}[)\]]")  # a name or a shape is read in one piece


def displayed(text: str, colour: bool | None = None) -> str:
    """A result's line or one of its notes, as it is shown; where `colour` is None, standard output decides.

    A line of a result that begins with an outcome's sign is bold, with the sign in colour. A label such as "  Likely cause:" is bold, and what
    follows it hangs below. Code and tables, which are indented further or have columns, keep their shape.
    """
    colour = wants_colour(sys.stdout) if colour is None else colour
    width = room_on(sys.stdout)
    of_a_result = text[:1] in MARKS
    lines = []
    for line in clean(text).split("\n"):
        first, *rest = wrapped(line, width)
        if of_a_result and (sign := MARKS.get(line[:1])):
            lines += [painted(first[0], sign, colour) + painted(first[1:], BOLD, colour)]
            lines += [painted(line, BOLD, colour) for line in rest]
            continue
        label = LABEL.match(first)
        lines += [painted(label[0], BOLD, colour) + first[label.end() :] if label else first, *rest]
    return "\n".join(lines)


def painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def clean(text: str) -> str:
    """The text without what would move a cursor, change a colour or turn the writing round; tabs and lines stay."""
    text = text.encode(errors="replace").decode()  # a learner's string may hold what is no Unicode
    return CONTROLS.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def wrapped(line: str, width: int) -> list[str]:
    """The line, broken between words where it is too long; its continuations are indented by two more spaces."""
    indent = len(line) - len(line.lstrip())
    if len(line) <= width or indent > 2 or TABLE_ROW.search(line):
        return [line]
    whole = UNBROKEN.sub(lambda piece: piece[0].replace(" ", "\0"), line)
    pieces = textwrap.wrap(
        whole, width, subsequent_indent=" " * (indent + 2), break_long_words=False, break_on_hyphens=False
    )
    return [piece.replace("\0", " ") for piece in pieces]


def wants_colour(stream: TextIO) -> bool:
    """Whether what is written to the stream is seen in colour: in a notebook or a terminal, unless NO_COLOR is set."""
    return not os.environ.get("NO_COLOR") and (in_notebook(stream) or stream.isatty())


def in_notebook(stream: TextIO) -> bool:
    """Whether the stream leads into a notebook's cell."""
    return type(stream).__module__.startswith("ipykernel")


def room_on(stream: TextIO) -> int:
    """How many columns a line may take."""
    if in_notebook(stream):
        return NOTEBOOK_WIDTH
    return min(WIDTH, shutil.get_terminal_size().columns) if stream.isatty() else WIDTH
