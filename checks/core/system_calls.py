"""Forbids this process the system calls with which it could reach others: a filter that the kernel runs (seccomp).

It forbids to start processes or programs, to open sockets, to send signals to others, to change the rights of files, and
the ways round these. Such a call raises PermissionError. A filter needs no root, works in containers, and stays for ever.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

from checks.core.landlock import NO_NEW_PRIVILEGES, checked, libc

SET_SECCOMP, FILTER = 22, 2

# The kernel's little machine: one register, and instructions (code, steps on if true, steps on if false, number).
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, NOT_THERE = 0x00050001, 0x00050026  # as EPERM and ENOSYS
NUMBER, PROCESSOR = 0, 4  # where in the call's data; its arguments follow from 16 on

Table = dict[str, tuple[int, int]]
FORBIDDEN: Table = {
    # name: (number on x86-64, on arm64), −1 where there is none
    "fork": (57, -1),
    "vfork": (58, -1),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    "io_uring_setup": (425, 425),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "truncate": (76, 45),
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "lchown": (94, -1),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}
ON_ITSELF_ALONE: Table = {  # the first argument is a process
    "kill": (62, 129),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}
SIGNALS_OF_FILES: Table = {"fcntl": (72, 25), "ioctl": (16, 29)}
SIGNALLING = (8, 10, 15, 0x8901, 0x8902, 0x5412)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP, TIOCSTI
CLONE, CLONE3, A_THREAD = (56, 220), (435, 435), 0x00010000

PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""For each processor that the tables know: its column, and how the kernel calls it."""


def offered() -> bool:
    """Whether there is a filter for this machine."""
    return sys.platform == "linux" and platform.machine() in PROCESSORS and sys.maxsize > 2**32


def forbid() -> bool:
    """Sets the filter for this thread and all that it starts; False where none is offered. Raises OSError."""
    if not offered():
        return False

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    program = instructions(*PROCESSORS[platform.machine()], os.getpid())
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    checked(libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(Program(len(program) // 8, program)), 0, 0))
    return True


def instructions(column: int, processor: int, process: int) -> bytes:
    """The filter's program for one column of the tables, and for this process's number."""
    steps = [(LOAD, 0, 0, PROCESSOR), (EQUAL, 1, 0, processor), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if not column:  # x86-64 knows each call by a second number too, which is larger
        steps += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE)]

    def where(call: tuple[int, int], *then: tuple[int, int, int, int]) -> None:
        if call[column] >= 0:
            steps.extend([(EQUAL, 0, len(then), call[column]), *then])

    def argument(number: int) -> tuple[int, int, int, int]:
        return (LOAD, 0, 0, 16 + 8 * number)

    allow, refuse = (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)
    for call in FORBIDDEN.values():
        where(call, refuse)
    for call in ON_ITSELF_ALONE.values():
        may_be_none = () if call in (ON_ITSELF_ALONE["kill"], ON_ITSELF_ALONE["tgkill"]) else (0,)
        own = (process, *may_be_none)
        tests = [(EQUAL, len(own) - i, 0, number) for i, number in enumerate(own)]
        where(call, argument(0), *tests, refuse, allow)
    for call in SIGNALS_OF_FILES.values():
        tests = [(EQUAL, len(SIGNALLING) - i, 0, number) for i, number in enumerate(SIGNALLING)]
        where(call, argument(1), *tests, allow, refuse)
    where(CLONE, argument(0), (ANY_BIT, 1, 0, A_THREAD), refuse, allow)
    where(CLONE3, (RETURN, 0, 0, NOT_THERE))  # its arguments cannot be seen: threads are then made by `clone`
    steps.append(allow)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
