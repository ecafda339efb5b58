"""Files that are whole or not there at all, and errors that say what to do."""

import errno
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from course import ROOT

DATA = ROOT / "data"

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


def why_not_written(error: BaseException, path: Path, n_bytes: int) -> str:
    """One sentence on what kept `n_bytes` bytes from `path`, and what to do about it."""
    if is_disk_full(error):
        size = f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.1f} kB"
        return f"The disk is full: {path.name} needs {size} in {path.parent}; make room and run this again."
    if is_forbidden(error):
        return (
            f"You may not write to {path.parent}, where {path.name} belongs: give yourself the right to, "
            "or work in a copy of the course that is your own."
        )
    return f"{path} could not be written ({error}): put that right and run this again."


def is_disk_full(error: BaseException) -> bool:
    """Whether a full disk, or a used-up quota, is behind `error`; some libraries say so in words only."""
    return any(
        getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or "No space left" in str(cause)
        or "Not enough disk space" in str(cause)
        for cause in causes(error)
    )


def is_forbidden(error: BaseException) -> bool:
    """Whether a lack of rights, or a file system that is read-only, is behind `error`."""
    return any(getattr(cause, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS) for cause in causes(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, the one that led to it, and so on back to the first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def remove_leftovers(folder: Path) -> None:
    """Removes what a killed process left half-written in `folder`, but nothing that may still be growing."""
    for partial in folder.glob("*.partial"):
        with suppress(OSError):  # gone by now, or not ours to remove: it does no harm
            if time.time() - partial.stat().st_mtime > LEFTOVER_SECONDS:
                partial.unlink()
