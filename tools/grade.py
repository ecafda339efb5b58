"""Grades a folder of answers: `python -m tools.grade [FOLDER] [--only vae …] [--json FILE]`; `make check`.

Each exercise runs in a process of its own. The results are printed and written as JSON; the exit status is 1 when
an answer is wrong, and 0 otherwise (what is not attempted yet is not wrong).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent

import tests
from checks.core.display import displayed
from checks.core.keeping import leave
from checks.core.protection import Protection
from checks.core.result import Result, whole
from checks.core.run import run_check
from checks.core.sandbox import ForkServer, Sandbox
from course import ROOT
from course.catalogue import EXERCISES, Exercise
from course.learner.answers import FOLDER, find_answer


def grade(folder: Path, exercises: list[Exercise], server: ForkServer) -> list[Result]:
    """One result for each exercise, printed as it comes."""
    results = []
    for exercise in exercises:
        with Sandbox(folder, exercise.module, exercise.target, server=server) as sandbox:
            parts = list(judge(exercise, exercise.names, sandbox, "make check"))
        result = parts[0] if exercise.target else whole(exercise.id, parts)
        show(result)
        results.append(result)
    return results


def show(result: Result) -> None:
    print(displayed(result.line()))
    if result.printed:
        print(displayed("  It printed:\n" + indent(result.printed.strip("\n"), "    ")))
    for note in result.notes:
        print(displayed(f"  Note: {note}"))


def judge(exercise: Exercise, names: Iterable[str], sandbox: Sandbox, by: str) -> Iterator[Result]:
    """A result for each of these answers to one exercise, in turn. Where the folder is the learner's own, the results are
    left for the board."""
    sandbox.start()
    for name in names:
        check = getattr(tests, f"test_{exercise.id if exercise.target else name}")
        result, _ = run_check(check, sandbox)
        if sandbox.folder == FOLDER:
            leave(result, name, find_answer(exercise.module, name, sandbox.text_of).fingerprint, by)
        yield result


def save(results: list[Result], path: Path, folder: Path, protection: Protection) -> None:
    """Writes the results of one run, and what held the answers back in it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "folder": folder.name,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "score": sum(result.score for result in results),
        "of": len(results),
        "protection": str(protection),
        "results": [result.as_data() for result in results],
    }
    unfinished = path.with_suffix(".unfinished")
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    unfinished.write_bytes(text.encode(errors="backslashreplace"))  # as JSON writes what is no Unicode
    unfinished.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", default="exercises", help="exercises (default), solutions, or another folder"
    )
    parser.add_argument("--only", nargs="+", choices=[exercise.id for exercise in EXERCISES], help="grade these alone")
    parser.add_argument("--json", type=Path, help="where the results go (default: results/<time>.json)")
    wanted = parser.parse_args()
    folder = Path(wanted.folder) if Path(wanted.folder).is_dir() else ROOT / wanted.folder
    if not folder.is_dir():
        parser.error(f"there is no folder {wanted.folder}")
    exercises = [exercise for exercise in EXERCISES if not wanted.only or exercise.id in wanted.only]
    with ForkServer() as server:
        results = grade(folder.resolve(), exercises, server)
    path = wanted.json or ROOT / "results" / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}.json"
    save(results, path, folder, server.protection)
    passed = sum(result.score for result in results)
    untouched = sum(result.outcome == "not attempted" for result in results)
    print(
        f"\n{passed} of {len(results)} passed, {len(results) - passed - untouched} wrong, {untouched} not attempted. Results: {path}"
    )
    if not folder.resolve().is_relative_to(ROOT):
        print(displayed(str(server.protection)))
    return int(any(result.outcome == "failed" for result in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: no results were saved.")
