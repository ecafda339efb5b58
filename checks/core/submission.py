"""Answers from a folder with the same modules as `exercises/`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from checks.core.runner import LocalRunner, MissingAnswer
from course import ROOT

PACKAGE = "your_answers"


class Submission:
    """The modules of one folder, imported when they are asked for, under a package name of their own.

    Raises FileNotFoundError when there is no such folder.
    """

    def __init__(self, folder: str | Path) -> None:
        path = Path(folder)
        self.folder = path if path.is_absolute() or path.is_dir() else ROOT / path
        if not self.folder.is_dir():
            raise FileNotFoundError(f"There is no folder {folder} to grade.")
        package = ModuleType(PACKAGE)
        package.__path__ = [str(self.folder.resolve())]
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
        sys.modules[PACKAGE] = package

    def runner(self, module: str, name: str) -> LocalRunner:
        """A runner that imports `name` from the module as its first act, so that a failing import is a failed answer.

        Without a name its target is the whole module.
        """
        return LazyRunner(module, name)


class LazyRunner(LocalRunner):
    """A runner whose target is still to be imported; an import that raises is evidence like any other."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(None)
        self.module, self.name = module, name

    def find_target(self) -> Any:
        """What the module holds. An import that has failed once is not tried again."""
        if self.trouble:
            raise self.trouble
        try:
            module = importlib.import_module(f"{PACKAGE}.{self.module}")
        except BaseException as trouble:
            self.trouble = trouble
            raise
        if not self.name:
            return module
        if not hasattr(module, self.name):
            raise MissingAnswer(f"{self.module}.py has no `{self.name}`")
        return getattr(module, self.name)
