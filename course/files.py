"""Files that are whole or not there at all, and errors that say what to do."""

import errno
import time
from pathlib import Path
from uuid import uuid4

DATA = Path(__file__).resolve().parent.parent / "data"

LEFTOVER_SECONDS = 3600  # a partial file that nobody has touched for so long belongs to nobody any more


class DataError(RuntimeError):
    """The images cannot be read, fetched or written; the message says why and what to do."""


def write_whole(path: Path, content: bytes) -> None:
    """Writes `content` to `path` so that nobody, at no time, sees a part of it there.

    The bytes go to a file of their own in the same folder, which then takes the name `path` in one step: two
    processes at once do no harm. What cannot be finished is removed. Raises DataError where that fails.
    """
    partial = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(partial, "wb") as file:
                file.write(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(why_not_written(error, path, len(content))) from error


def why_not_written(error: OSError, path: Path, n_bytes: int) -> str:
    """One sentence on what kept `n_bytes` bytes from `path`, and what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        size = f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.1f} kB"
        return f"The disk is full: {path.name} needs {size} in {path.parent}; make room and run this again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"You may not write to {path.parent}, where {path.name} belongs: give yourself the right to, "
            "or work in a copy of the course that is your own."
        )
    return f"{path} could not be written ({error}): put that right and run this again."


def remove_leftovers(folder: Path) -> None:
    """Removes what a killed process left half-written in `folder`, but nothing that may still be growing."""
    for partial in folder.glob("*.partial"):
        if time.time() - partial.stat().st_mtime > LEFTOVER_SECONDS:
            partial.unlink(missing_ok=True)
