"""Files made from others: written safely, and told apart from files that a learner has edited.

`tools/generated.json` holds the fingerprint of each file as it was last made. Where the source now gives
another one, the source has changed since: that is drift, whatever anybody did to the file. Where only the
file is different, somebody has edited it: a learner at work, and no fault. Under CI (the environment
variable CI is set) there are no learners, and every file must be as its source gives it.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from tools.clean_notebook import cleaned
from tools.marks import SourceError

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = Path(__file__).with_name("generated.json")


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest() -> dict[str, str]:
    return json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}


def recorded_in(folder: str) -> dict[str, str]:
    """The fingerprints of what was made in one folder, by path."""
    return {name: mark for name, mark in read_manifest().items() if name.startswith(f"{folder}/")}


def drift(folder: str, made: Mapping[str, str], strict: bool) -> list[str]:
    """One line for each file of the folder that does not follow from its source; none when all is well.

    `made` maps a path such as "exercises/vae.py" to the text that its source gives now. With `strict`, a file
    that somebody edited is reported too.
    """
    recorded = recorded_in(folder)
    problems = [f"{name} has no source any more" for name in recorded if name not in made]
    for name, text in made.items():
        path = ROOT / name
        if not path.exists():
            problems.append(f"{name} is missing")
        elif recorded.get(name) != fingerprint(text):
            problems.append(f"{name} was made from an older source")
        elif strict and path.read_text(encoding="utf-8") != text:
            problems.append(f"{name} is not as its source gives it")
    return problems


def write(folder: str, made: Mapping[str, str]) -> None:
    """Brings the folder up to date. An edited file is copied into `saved/` first, and that is said."""
    recorded = recorded_in(folder)
    for name in sorted({*made, *recorded}):
        path, text = ROOT / name, made.get(name)
        if path.exists():
            old = path.read_text(encoding="utf-8")
            if text == cleaned(old):  # a notebook that was only run keeps its outputs
                continue
            if fingerprint(old) != recorded.get(name):
                print(f"{name} had changes: they are kept in {save_aside(name)}")
        if text is None:
            path.unlink(missing_ok=True)
            print(f"{name} removed: it has no source any more")
        else:
            write_whole(path, text)
            print(f"{name} made")
    others = {name: mark for name, mark in read_manifest().items() if name not in recorded}
    marks = others | {name: fingerprint(text) for name, text in made.items()}
    write_whole(MANIFEST, json.dumps(marks, indent=1, sort_keys=True) + "\n")


def save_aside(name: str) -> str:
    """Copies the file to a new place, `saved/<time>/<name>`, and returns that path."""
    moment = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    copy, count = Path("saved", moment, name), 1
    while (ROOT / copy).exists():
        count += 1
        copy = Path("saved", f"{moment}_{count}", name)
    (ROOT / copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / name, ROOT / copy)
    return copy.as_posix()


def write_whole(path: Path, text: str) -> None:
    """Writes the file in one go: whoever reads it sees the old text or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)


def command(folder: str, make: Callable[[], Mapping[str, str]], description: str) -> None:
    """The command line that both generators share: write the folder, or with `--check` only compare."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    arguments = parser.parse_args()
    try:
        made = make()
    except SourceError as error:
        sys.exit(str(error))
    if not arguments.check:
        write(folder, made)
    elif problems := drift(folder, made, strict=bool(os.environ.get("CI"))):
        sys.exit("\n".join([*problems, "Run `make sources` to bring it up to date."]))
