"""The files that an answer's process gets: as data, so that it needs no folder of anybody's to read."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from course import ROOT
from course.catalogue import EXERCISES

LARGEST_SOURCE = 2**18
"""Bytes of one file; a larger one is not handed over."""
MOST = 200
"""Files of one submission."""
DEEPEST = 4
"""Folders in folders."""

Files = dict[str, str]
"""By the name in the folder, with slashes: the bytes, in base64."""


def answers(folder: Path) -> Files:
    """The modules in a folder of answers: regular files alone, no link is followed."""
    found = islice(modules_in(folder, DEEPEST), MOST)
    return {name: base64.b64encode(text).decode() for name, text in found}


def modules_in(folder: Path, depth: int, before: str = "") -> Iterator[tuple[str, bytes]]:
    """The folder's own first, so that a large one inside it costs none of them."""
    names: list[os.DirEntry[str]] = []
    with contextlib.suppress(OSError):  # one that may not be read holds no answer
        names = sorted((entry for entry in os.scandir(folder) if plain_name(entry.name)), key=lambda entry: entry.name)
    for entry in names:
        if entry.name.endswith(".py") and entry.is_file(follow_symlinks=False):
            text = read(folder / entry.name)
            if text is not None:
                yield before + entry.name, text
    for entry in names:
        if depth and entry.is_dir(follow_symlinks=False):
            yield from modules_in(folder / entry.name, depth - 1, f"{before}{entry.name}/")


def plain_name(name: str) -> bool:
    """Whether Python could import something of this name."""
    return name.removesuffix(".py").isidentifier() and name != "__pycache__"


def read(path: Path) -> bytes | None:
    """The file's bytes; None where it is too large, cannot be read, or has become a link meanwhile."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(file, "rb") as source:
        text = source.read(LARGEST_SOURCE + 1)
    return text if len(text) <= LARGEST_SOURCE else None


def solutions_before(module: str) -> Files:
    """What an answer in this module may import of `solutions/`: the modules of exercises that come before it in the
    catalogue, on which it may be built. Its own is not among them, and no later one."""
    modules = list(dict.fromkeys(each.module for each in EXERCISES))
    earlier = modules[: modules.index(module)] if module in modules else []
    texts = {f"{name}.py": read(ROOT / "solutions" / f"{name}.py") for name in ("__init__", "layers", *earlier)}
    return {name: base64.b64encode(text).decode() for name, text in texts.items() if text is not None}


def write(files: Files, folder: Path) -> None:
    """Puts the files into a folder, which is made."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(text))
