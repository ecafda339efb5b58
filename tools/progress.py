"""Shows where each exercise stands: `python -m tools.progress`; `make progress`.

Every check of `exercises/` counts, in a notebook, by `make check` and by `make watch`.
"""

from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.board import HEADINGS, STATES, closing, row
from course.progress import Part, parts

WIDEST = 100  # columns: sentences of longer lines are hard to read


def show_board(console: Console, board: list[Part]) -> None:
    """Prints the table and the sentences under it, wrapped between words."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading != "outcome")
    for part in board:
        lesson, name, outcome, when = row(part)
        table.add_row(lesson, name, Text(outcome, STATES[part.state][1]), when)
    console.print(table)
    for sentence in closing(board):
        console.print()
        say(console, sentence)


def say(console: Console, text: str, style: str = "") -> None:
    """Prints a text as it is, marks such as [b] included, wrapped between words; the labels of a remark are bold."""
    for line in text.splitlines():
        hanging = "" if line[:1].isalnum() else " " * (len(line) - len(line.lstrip()) + 2)
        wrapped = fill(
            line,
            min(console.width, WIDEST),
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        shown = Text(wrapped, style, no_wrap=True, overflow="ignore")
        shown.highlight_regex(r"^  [A-Z][a-z ]+:", "bold")
        console.print(shown, crop=False)


if __name__ == "__main__":
    show_board(Console(), parts())
