"""Keeps freed memory in the process, so that a training step does not fetch it from the system each time."""

import ctypes
import os

# glibc hands large freed blocks back to the system at once, and fetches them again a moment later, page by
# page and filled with zeros. A training step frees and asks for the same 6 MB activations over and over: at
# batch 512 and two CPU cores that took about 7,600 page faults a step, and a seventh to a quarter of the time.
# With these settings it takes about 100. The numbers that come out are the same to the last bit.
MEBIBYTE = 2**20
SETTINGS = {
    # Parameter numbers: glibc's malloc.h. Meanings: `man 3 mallopt`.
    -3: 128 * MEBIBYTE,  # M_MMAP_THRESHOLD: only larger blocks are fetched from the system one by one
    -1: 512 * MEBIBYTE,  # M_TRIM_THRESHOLD: up to so much free memory is kept
}


def user_chose_an_allocator() -> bool:
    """Whether the environment already tunes glibc's malloc (`MALLOC_*`, `GLIBC_TUNABLES`) or replaces it."""
    return (
        any(name.startswith("MALLOC_") for name in os.environ)
        or "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", "")
        or "malloc" in os.environ.get("LD_PRELOAD", "")
    )


def keep_freed_memory() -> bool:
    """Sets the thresholds, once for the whole process; says whether it did.

    Does nothing where malloc is not glibc's (macOS, Windows, musl) or where the user chose other settings.
    """
    if user_chose_an_allocator():
        return False
    try:
        if not os.confstr("CS_GNU_LIBC_VERSION"):
            return False
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError, ValueError):  # each system lacks it in a way of its own
        return False
    # A list, so that each is set whatever became of the others.
    return all([mallopt(parameter, value) == 1 for parameter, value in SETTINGS.items()])  # noqa: C419
