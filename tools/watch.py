"""Checks an answer each time its file is saved: `python -m tools.watch`; `make watch`. Ctrl-C ends it.

What is checked after a save is what has changed: the answers in that file, and those in other files that rest on it.
Each exercise runs in a process of its own, so that no answer can stop the watcher.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from watchfiles import Change, watch

from checks.core.display import displayed
from course.learner.answers import FOLDER
from course.learner.board import what_is_next
from course.learner.progress import Part, parts, troubles
from tools.progress import show_board

if TYPE_CHECKING:
    from checks.core.sandbox import ForkServer


def main() -> None:
    console = Console(highlight=False)
    show_board(console, parts())
    server: list[ForkServer] = []
    try:
        for todo in rounds(console):
            check(todo, console, server)
            tell(what_is_next(parts()))
    except FileNotFoundError:
        raise SystemExit("There is no folder exercises/ to watch: `make sources` makes it anew.") from None
    except KeyboardInterrupt:
        tell("\nNo longer watching. The results are kept: `make progress` shows them.")
    finally:
        for each in server:
            each.close()


def tell(text: str) -> None:
    print(displayed(text), flush=True)


def rounds(console: Console) -> Iterator[list[Part]]:
    """What is to be checked: first all that was changed since its last check, then what each save asks for."""
    saves = watch(FOLDER, watch_filter=is_python, recursive=False, rust_timeout=500, yield_on_timeout=True)
    next(saves)  # from here on no save is missed, while something is being checked either
    tell("\nWatching exercises/: save a file there, and it is checked here. Ctrl-C ends it.")
    if left := [part for part in parts() if part.state in ("changed since", "not checked")]:
        yield left
    for changes in saves:
        if modules := sorted({Path(path).stem for _, path in changes}):
            files = ", ".join(f"exercises/{module}.py" for module in modules)
            console.print()
            console.rule(f"{time.strftime('%H:%M:%S')}  {files}", align="left", style="dim")
            yield due(modules)


def is_python(change: Change, path: str) -> bool:
    """Whether the file is a module, and none of those that editors keep beside one."""
    return Path(path).suffix == ".py" and Path(path).stem.isidentifier()


def due(modules: list[str]) -> list[Part]:
    """What to check now that these files were saved. Those that cannot be read are named, and wait."""
    board = parts()
    files = tuple(f"exercises/{module}.py" for module in modules)
    concerned = [part for part in board if part.exercise.module in modules or part.trouble.startswith(files)]
    for sentence in troubles(concerned):
        tell(f"✗ {sentence}")
    own = [part for part in board if part.exercise.module in modules and not part.trouble]
    # Without an entry, an answer is not checked as it stands. Where all are, a save asks to check them again.
    changed = [part for part in own if part.entry is None or part.state == "changed since"] or own
    return [part for part in board if part in changed or part.state == "changed since"]


def check(todo: list[Part], console: Console, server: list[ForkServer]) -> None:
    """Checks these answers and shows what came out. `server` holds the process of which those of the answers are forked,
    as soon as there is one: it imports torch once."""
    from checks.core.sandbox import ForkServer, Sandbox  # these import torch, and the board is to be seen before that
    from tools.grade import judge, show

    server += [] if server else [ForkServer()]
    unwritten = []
    for exercise, group in groupby(todo, key=lambda part: part.exercise):
        names = [part.name for part in group]
        sandbox = Sandbox(FOLDER, exercise.module, exercise.target, server=server[0])
        with console.status(f"checking {exercise.id} …"), sandbox:
            for result in judge(exercise, names, sandbox, "make watch"):
                if result.outcome == "not attempted":
                    unwritten.append(result)
                else:
                    show(result)
    if len(unwritten) == 1:
        tell(unwritten[0].line())
    elif unwritten:
        tell(f"○ not attempted yet: {', '.join(each.part or each.exercise for each in unwritten)}")
    server[0].start()  # so that it has imported torch by the next save, where each answer needs a new one


if __name__ == "__main__":
    main()
