"""Kernel → Interrupt, told in one line where a notebook would show the traceback of whatever ran just then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupted(KeyboardInterrupt):
    """An interruption with a sentence for the learner."""

    def _render_traceback_(self) -> list[str]:  # IPython shows these lines in the place of a traceback
        return [str(self)]


@contextmanager
def interruption_told(sentence: Callable[[], str]) -> Iterator[None]:
    """Turns a KeyboardInterrupt inside into Interrupted, with what `sentence()` says at that moment."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(sentence()) from None
