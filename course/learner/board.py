"""The board: where each answer stands, as a table for a notebook and for a terminal."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from course.learner.progress import Part, next_part, parts, troubles

# How a state reads, and its colour in a terminal, which every scheme of sixteen colours shows on its ground.
STATES = {
    "passed": ("✓ passed", "green"),
    "failed": ("✗ failed", "red"),
    "not attempted": ("○ not attempted", ""),
    "not checked": ("· not checked yet", "yellow"),
    "cannot be read": ("✗ cannot be read", "red"),
    "changed since": ("· changed since it {outcome}", "yellow"),
}
HEADINGS = ("lesson", "you write", "outcome", "when")


@dataclass(frozen=True)
class View:
    """How a page shows a text that leads to an address, seen from notebooks/, and a text that is to stand as it is."""

    link: Callable[[str, str], str]
    quote: Callable[[str], str]


PLAIN = View(lambda text, address: text, lambda text: text)
MARKDOWN: View = View(
    lambda text, address: f"[{MARKDOWN.quote(text)}]({address})",
    # What stands in backquotes is code in Markdown too; elsewhere no sign means anything.
    lambda text: re.sub(r"(`[^`]+`)|([\\`*_{}\[\]<>()#|$~&])", lambda found: found[1] or f"\\{found[2]}", text),
)


def display_progress() -> None:
    """Shows in a notebook what the checks have said so far of each exercise, and which one is next."""
    from IPython.display import display

    display({"text/markdown": markdown(parts()), "text/plain": "\n".join(closing(parts()))}, raw=True)


def markdown(board: list[Part]) -> str:
    """The board as a Markdown table, with the sentences under it; its links hold in `notebooks/`."""
    rows = [HEADINGS, (":---",) * len(HEADINGS), *(row(part, MARKDOWN) for part in board)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return "\n\n".join([table, *closing(board, MARKDOWN)])


def row(part: Part, view: View = PLAIN) -> tuple[str, ...]:
    """One line of the table, a cell for each of `HEADINGS`."""
    exercise, entry = part.exercise, part.entry
    words, _ = STATES[part.state]
    return (
        view.link(str(int(exercise.notebook[:2])), f"{exercise.notebook}.ipynb"),
        view.link(part.name, f"../exercises/{exercise.module}.py"),
        words.format(outcome=entry.outcome if entry else ""),
        ago(entry.when) if entry else "",
    )


def closing(board: list[Part], view: View = PLAIN) -> list[str]:
    """The sentences under the table: what is wrong, which files cannot be read, and what is next."""
    wrong = [f"✗ {part.name}: {part.entry.why}" for part in board if part.state == "failed" and part.entry]
    broken = [f"✗ {sentence}" for sentence in troubles(board)]
    return [*map(view.quote, [*wrong, *broken]), what_is_next(board, view)]


def what_is_next(board: list[Part], view: View = PLAIN) -> str:
    """How many answers are right, and the first one that is not known to be."""
    passed = f"{sum(part.state == 'passed' for part in board)} of {len(board)} passed."
    part = next_part(board)
    if part is None:
        return f"{passed} Nothing is left to write."
    module, notebook = part.exercise.module, part.exercise.notebook
    verb = {"not attempted": "write", "failed": "mend", "cannot be read": "mend"}.get(part.state, "check")
    file = view.link(f"exercises/{module}.py", f"../exercises/{module}.py")
    lesson = view.link(f"notebooks/{notebook}.ipynb", f"{notebook}.ipynb")
    return f"{passed} Next: {verb} {view.quote(part.name)} in {file}, with {lesson}."


def ago(then: datetime, now: datetime | None = None) -> str:
    """How long ago that was, in words; the date where it was not today or yesterday."""
    now = now or datetime.now().astimezone()
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    if minutes < 12 * 60:
        return f"{minutes // 60} hour{'s' * (minutes >= 120)} ago"
    return then.astimezone(now.tzinfo).strftime("%d %b, %H:%M" if now.year == then.year else "%d %b %Y")
