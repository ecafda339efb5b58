"""What a learner saves in `exercises/` counts from the next cell on, and nothing older is ever used in its place.

Before each cell, every exercise file whose text has changed, and every one that imports it, is executed afresh and
whole; the names that the notebook has imported from it are then bound to what it defines now. An object that exists
already keeps the class that it was made from, and an error in it shows the lines of that older version, under its name.

From a file that cannot be executed every name can be imported, as a `StandIn`: whoever uses it is told in one
sentence what is wrong with the file. So a file may be broken when a kernel starts, and be mended later.
"""

import ast
import importlib
import linecache
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import resolve_name
from itertools import count
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn

PACKAGE = "exercises"


@dataclass(frozen=True)
class Trouble:
    """Why a name has nothing to stand for: a sentence for the learner, and a slug as the checks use them."""

    sentence: str
    cause: str


@dataclass
class Version:
    """The text of an exercise file that was executed last, and what went wrong if it did."""

    path: Path
    text: bytes
    trouble: Trouble | None = None


versions: dict[str, Version] = {}
"""By the module's name; filled as exercises are imported."""

imported: dict[str, tuple[str, str]] = {}
"""A name of the notebook → the module and the attribute that it was imported as ("" for the module itself)."""

executed: dict[str, ModuleType] = {}
"""The module of each name before it was executed last: what the notebook's names may still be bound to."""

older_versions = count(1)
"""Numbers for the names under which the lines of older versions are kept."""

executing: list[str] = []
"""The exercise modules whose execution has begun and not ended, the outermost first."""


class Unusable(Exception):
    """Raised where a notebook uses something that its exercise file does not give now."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return textwrap.wrap(f"✗ {self}", 88, subsequent_indent="  ")


class StandIn:
    """What a notebook's name is bound to while its exercise file does not give it: any use raises `Unusable`."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble

    def _tell(self, *_: Any, **__: Any) -> NoReturn:
        raise Unusable(self._trouble.sentence)

    __call__ = __iter__ = __getitem__ = __mro_entries__ = _tell

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)  # Python and IPython ask objects for such names without using them
        self._tell()

    def __repr__(self) -> str:
        return f"✗ {self._trouble.sentence}"


class ExerciseLoader(SourceFileLoader):
    """Executes an exercise file as it is now, and remembers its text."""

    def get_code(self, fullname: str) -> Any:
        """Compiled anew each time: Python's cache takes a file of the same second and size for the same file."""
        text = self.get_data(self.path)
        versions[fullname] = Version(Path(self.path), text)
        return self.source_to_code(text, self.path)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        executing.append(name)
        try:
            super().exec_module(module)
        except (Exception, SystemExit) as error:
            versions[name].trouble = trouble = trouble_of(error, self.path)
            for each in [each for each in vars(module) if not each.startswith("__")]:
                delattr(module, each)
            vars(module)["__getattr__"] = partial(absent, trouble)
        finally:
            executing.pop()


class ExerciseFinder:
    """Finds the modules of `exercises/` as Python does, and has them loaded by `ExerciseLoader`."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith(f"{PACKAGE}."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = ExerciseLoader(name, spec.loader.path)
        return spec


def absent(trouble: Trouble, attribute: str) -> StandIn:
    """A name of a module that could not be executed: a `StandIn` for a notebook. An exercise file that imports it
    cannot be executed either, for the same reason: Unusable. Raises AttributeError for what Python itself looks for."""
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    if executing:
        raise Unusable(trouble.sentence)
    return StandIn(trouble)


def trouble_of(error: BaseException, path: str) -> Trouble:
    """What went wrong as the file was executed: the line of it, and what Python says."""
    if isinstance(error, Unusable):  # in a file that this one imports
        return Trouble(str(error), "import-fails")
    if isinstance(error, SyntaxError) and error.filename and in_exercises(error.filename):
        line = f", line {error.lineno}," if error.lineno else ""
        return Trouble(f"{shown(error.filename)}{line} cannot be read: {closed(error.msg)}", "syntax-error")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if in_exercises(frame.filename)]
    where = f"{shown(frames[-1].filename)}, line {frames[-1].lineno}," if frames else shown(path)
    said = re.sub(r" \(\S*\.py\)$", "", f"{type(error).__name__}: {error}".rstrip(": "))
    cause = "import-fails" if isinstance(error, ImportError) else "file-fails"
    return Trouble(f"{where} stops the import: {closed(said)}", cause)


def in_exercises(file: str) -> bool:
    """Whether the file lies in a folder of the name exercises/, wherever that is."""
    return Path(file).parent.name == PACKAGE


def closed(sentence: str) -> str:
    """With a full stop, unless it ends in a mark of its own."""
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def shown(path: str | Path) -> str:
    """The file as a learner calls it: `exercises/vae.py`."""
    return f"{PACKAGE}/{Path(path).name}"


def renew(names: dict[str, Any]) -> None:
    """Executes what has changed in `exercises/`, and binds the imported ones of `names` to what is there now."""
    linecache.checkcache()
    stale = outdated_modules()
    if not stale:
        return
    importlib.invalidate_caches()  # a file may have come back
    for name in stale:
        if name in sys.modules:
            executed[name] = sys.modules.pop(name)
            call_older(executed[name], versions[name])
    for name in stale:
        execute(name)
    for name, module, attribute in list(bindings()):
        if module in stale:
            before = getattr(executed.get(module), attribute, None) if attribute else executed.get(module)
            if names.get(name) is before or isinstance(names.get(name), StandIn):
                names[name] = present(module, attribute)


def call_older(module: ModuleType, version: Version) -> None:
    """Has the module's code say that it is of an older version, so that an error in an object that was made with it
    shows the lines that ran, and not those that stand there in the file now."""
    name = f"{version.path} (older version {next(older_versions)})"
    lines = version.text.decode(errors="replace").splitlines(keepends=True)
    linecache.cache[name] = (len(version.text), None, lines, name)  # None: there is no file to compare with
    for function in functions_of(vars(module), module.__name__):
        function.__code__ = renamed(function.__code__, name)


def functions_of(namespace: Mapping[str, Any], module: str, prefix: str = "") -> Iterator[FunctionType]:
    """The functions that stand in the text of a module, in its classes too; `prefix` is the class with a dot."""
    for key, value in list(namespace.items()):
        parts = [value.fget, value.fset, value.fdel] if isinstance(value, property) else [value]
        for part in map(innermost, parts):
            if isinstance(part, type) and (part.__module__, part.__qualname__) == (module, prefix + key):
                yield from functions_of(vars(part), module, f"{part.__qualname__}.")
            elif isinstance(part, FunctionType) and part.__globals__.get("__name__") == module:
                yield part


def renamed(code: CodeType, name: str) -> CodeType:
    """The code under another file's name, and so the functions inside it."""
    inside = tuple(renamed(each, name) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_filename=name, co_consts=inside)


def bindings() -> Iterator[tuple[str, str, str]]:
    """The notebook's imports as (name, module, attribute), an `import *` as what it stands for now."""
    for name, (module, attribute) in imported.items():
        if attribute == "*":
            public = [each for each in vars(sys.modules.get(module, object)) if not each.startswith("_")]
            yield from ((each, module, each) for each in public)
        else:
            yield name, module, attribute


def outdated_modules() -> list[str]:
    """The exercises to execute: changed ones and those that import them, and those whose failure may have had a
    reason outside of their text."""
    stale = {name for name, version in versions.items() if text_of(version.path) != version.text}
    needs = {name: imports_of(name, version.text) for name, version in versions.items()} if stale else {}
    while more := {name for name in needs if needs[name] & stale} - stale:
        stale |= more
    for name, version in versions.items():
        if version.trouble.cause in ("import-fails", "file-fails") if version.trouble else name not in sys.modules:
            stale.add(name)
    return sorted(stale)


def text_of(path: Path) -> bytes | None:
    """The file's text; None where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def imports_of(name: str, text: bytes) -> set[str]:
    """The modules of `exercises/` that this one's text imports; none where it cannot be parsed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    return {module for _, module, _ in import_statements(tree, name.rpartition(".")[0])}


def import_statements(tree: ast.AST, package: str | None = None) -> list[tuple[str, str, str]]:
    """Each import of an exercise as (the name that it binds, the module, the attribute or "")."""
    found = []
    depth = len(package.split(".")) if package else 0  # more dots lead out of exercises/, and the import fails
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(each.asname or "", each.name, "") for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level <= depth:
            source = resolve_name("." * node.level + (node.module or ""), package)
            for each in node.names:
                if source == PACKAGE:
                    found.append((each.asname or each.name, f"{PACKAGE}.{each.name}", ""))
                else:
                    found.append((each.asname or each.name, source, each.name))
    return [each for each in found if each[1].startswith(f"{PACKAGE}.")]


def execute(name: str) -> None:
    """Imports a module whose file may be gone, or run without end."""
    if name in sys.modules:
        return  # another one has imported it
    version = versions[name]
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        sentence, text = f"{shown(version.path)} is not there any more.", b""
        versions[name] = Version(version.path, text, Trouble(sentence, "missing-answer"))
    except KeyboardInterrupt:
        sentence = f"{shown(version.path)} was interrupted as it was imported. Does something in it run for ever?"
        versions[name].trouble = Trouble(sentence, "takes-too-long")


def present(module: str, attribute: str) -> Any:
    """What a name stands for now."""
    there, trouble = sys.modules.get(module), versions[module].trouble
    if trouble:
        return StandIn(trouble)
    if attribute and not hasattr(there, attribute):
        sentence = f"{shown(versions[module].path)} defines no `{attribute}` any more."
        return StandIn(Trouble(sentence, "missing-answer"))
    return getattr(there, attribute) if attribute else there


def trouble_with(answer: Any) -> Trouble | None:
    """Why a check should not look at this answer: its file cannot be executed, or it is from an earlier version."""
    if isinstance(answer, StandIn):
        return answer._trouble
    if not versions:
        return None  # no notebook has imported an exercise: nothing can be older
    for part in answer.__mro__ if isinstance(answer, type) else (answer,):
        for namespace in namespaces(part):
            module = namespace.get("__name__")
            if module in versions and namespace is not vars(sys.modules.get(module, object)):
                return versions[module].trouble or Trouble(
                    f"this `{part.__name__}` is older than {shown(versions[module].path)} is now. "
                    "Run the cell again that made or imported it.",
                    "older-version",
                )
            if module in versions and versions[module].trouble:
                return versions[module].trouble
    return None


def namespaces(part: Any) -> list[dict[str, Any]]:
    """The modules, as dictionaries, in which the code of a module, class or function was executed."""
    if isinstance(part, ModuleType):
        return [vars(part)]
    functions = map(innermost, [part, *vars(part).values()] if isinstance(part, type) else [part])
    return [function.__globals__ for function in functions if isinstance(function, FunctionType)]


def innermost(function: Any) -> Any:
    """The function inside decorators that say what they wrap, `functools.partial` and the like."""
    for _ in range(20):  # an answer may be anything, a chain without end too
        if isinstance(function, partial):
            function = function.func
        elif isinstance(function, staticmethod | classmethod):
            function = function.__func__
        elif isinstance(function, type) or "__wrapped__" not in getattr(function, "__dict__", {}):
            break
        else:
            function = function.__dict__["__wrapped__"]
    return function


def start() -> None:
    """Begins to watch over this notebook; again is harmless. Does nothing outside of IPython."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or ExerciseFinder in sys.meta_path:
        return
    sys.meta_path.insert(0, ExerciseFinder)
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]  # executed when nobody remembered the text

    def before_cell(info: Any) -> None:
        try:
            renew(shell.user_ns)
        except KeyboardInterrupt:  # IPython would go on with the cell, on what was there before
            renew(shell.user_ns)
        note_imports(info.raw_cell, shell)

    shell.events.register("pre_run_cell", before_cell)


def note_imports(cell: str, shell: Any) -> None:
    """Remembers which names this cell imports from exercises."""
    try:
        tree = ast.parse(shell.transform_cell(re.sub(r"^%%.*", "", cell)))
    except Exception:  # the cell is not Python: IPython is about to say so
        return
    for name, module, attribute in import_statements(tree):
        if name:
            imported[f"{module}.*" if name == "*" else name] = (module, attribute)
