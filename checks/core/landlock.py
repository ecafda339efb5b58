"""Landlock: takes from this process what it need not do with files, sockets and signals (Linux 5.13 and newer).

Any process may give up its rights so, without root; it and all that it starts never get them back.
See https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, the same on every processor
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL = 1 << 14, 1 << 15
READ = READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL

FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights to files that there are from each version of Landlock on."""
TCP = 0b11  # bind and connect, from version 4
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # to processes outside, from version 6

libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version that the kernel offers; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def restrict(read: Iterable[Path], write: Iterable[Path]) -> int:
    """Leaves this thread, and all that it starts, only these files: to read, and to read and write. Neither TCP nor
    signals to other processes, where the version has them. A folder stands for all that it holds; paths that do not
    exist are passed over. Returns the version; 0 where nothing is restricted. Raises OSError where that fails.
    """
    if not (abi := version()):
        return 0
    rights = FILE_RIGHTS[max(since for since in FILE_RIGHTS if since <= abi)]
    fields = [rights, TCP if abi >= 4 else 0, ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0]
    attributes = struct.pack(f"{1 + (abi >= 4) + (abi >= 6)}Q", *fields[: 1 + (abi >= 4) + (abi >= 6)])
    ruleset = checked(libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    try:
        for paths, allowed in ((read, READ), (write, rights & ~EXECUTE)):
            for path in paths:
                allow(ruleset, path, allowed)
        checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        checked(libc.syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return abi


def allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(file).st_mode):
            rights &= OF_A_FILE
        checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, file), 0))
    finally:
        os.close(file)


def checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
