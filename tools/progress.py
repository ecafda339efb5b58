"""Shows where each exercise stands: `python -m tools.progress`; `make progress`.

Every check of `exercises/` counts, in a notebook, by `make check` and by `make watch`.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks.core.display import displayed
from course.learner.board import HEADINGS, STATES, closing, row
from course.learner.progress import Part, parts


def show_board(console: Console, board: list[Part]) -> None:
    """Prints the table and the sentences under it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading != "outcome")
    for part in board:
        lesson, name, outcome, when = row(part)
        table.add_row(lesson, name, Text(outcome, STATES[part.state][1]), when)
    console.print(table)
    for sentence in closing(board):
        print(f"\n{displayed(sentence)}")


if __name__ == "__main__":
    show_board(Console(), parts())
