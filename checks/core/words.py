"""How what is ours reads where a learner meets it, in the text of an error."""

from collections.abc import Callable
from typing import TypeVar

AnyClass = TypeVar("AnyClass", bound=type)


def article(word: str) -> str:
    """The name of a type in a sentence: "an int", "a Tensor"."""
    if word == "NoneType":
        return "None"
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


class Refused(Exception):
    """Raised by what a check puts in the learner's way: its text is the check's own, and its name is never shown."""


def known_as(name: str) -> Callable[[AnyClass], AnyClass]:
    """Gives a class that stands in something's place the name of that: an error about it names its class."""

    def rename(kind: AnyClass) -> AnyClass:
        kind.__name__ = kind.__qualname__ = name
        kind.__module__ = "builtins"  # whose name Python leaves out
        return kind

    return rename
