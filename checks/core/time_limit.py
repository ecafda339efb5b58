"""Stops learner code that does not come back, so that the notebook lives on.

What counts is the processor time of the thread that runs it: on a busy machine innocent code may take long by the clock.
Code that waits (a sleep, a lock, a network) uses none, and has a limit by the clock as well.
"""

import contextlib
import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

SECONDS = 10.0
"""Of processor time that one call of the learner's code may take."""
PATIENCE = 60.0
"""Seconds by the clock."""


class TookTooLong(BaseException):
    """Raised inside the code that ran out of time. Not an Exception, so that `except Exception` lets it through."""

    @staticmethod
    def told(seconds: float, patience: float) -> str:
        """What to say of a call that these limits have stopped."""
        return f"was still computing after {seconds:.0f} s of processor time"


class WaitedTooLong(TookTooLong):
    """The same where the clock decided, and not the processor time."""

    @staticmethod
    def told(seconds: float, patience: float) -> str:
        return f"had not come back after {patience:.0f} s"


@contextlib.contextmanager
def time_limit(seconds: float = SECONDS, patience: float = PATIENCE) -> Iterator[None]:
    """Raises TookTooLong in this thread when the block has computed for `seconds` and has not ended, and WaitedTooLong
    when it has not ended after `patience` by the clock.

    Where the system has alarms (Linux and macOS, in the main thread) it interrupts sleeps too, and again each
    second in case a bare `except:` swallows it. Elsewhere it waits for the next Python instruction.
    """
    alarms = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    allowance = Allowance(seconds, patience, processor_time_of_this_thread())
    with _alarm(allowance) if alarms else _watcher(allowance):
        yield


def processor_time_of_this_thread() -> Callable[[], float]:
    """A clock that another thread can read, too; the whole process's where the system has none of a thread."""
    if hasattr(time, "pthread_getcpuclockid"):
        clock = time.pthread_getcpuclockid(threading.get_ident())
        return lambda: time.clock_gettime(clock)
    return time.process_time


class Allowance:
    """What is left of both limits."""

    def __init__(self, seconds: float, patience: float, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.computed, self.ended = clock() + seconds, time.monotonic() + patience

    def left(self) -> float:
        """The seconds after which it may be used up, at the earliest."""
        return max(0.01, min(self.computed - self.clock(), self.ended - time.monotonic()))

    def exceeded(self) -> type[TookTooLong] | None:
        if self.clock() >= self.computed:
            return TookTooLong
        return WaitedTooLong if time.monotonic() >= self.ended else None


@contextlib.contextmanager
def _alarm(allowance: Allowance) -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        if late := allowance.exceeded():
            raise late
        signal.setitimer(signal.ITIMER_REAL, allowance.left(), 1)

    before = signal.signal(signal.SIGALRM, ring)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, allowance.left(), 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, outer)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _watcher(allowance: Allowance) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(allowance.left()):
            if late := allowance.exceeded():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(late))
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
