"""What stands in exercises/ for one answer, read and never run: whether it is written, and a fingerprint of its code.

The fingerprint covers what a check of the answer would meet: all that runs when the file is imported, and the bodies
of those functions that the answer can reach, in the folder's other files too. Comments and layout do not count, and
neither does the body of another exercise's answer: who goes on to the next function has not changed the last one.
"""

import ast
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

from course import ROOT
from course.learner.reloading import PACKAGE, import_statements

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
EVERYTHING = "*"
FOLDER = ROOT / PACKAGE

Read = Callable[[str], bytes | None]
"""What gives the text of a module such as "vae", None where there is none."""


def saved(module: str) -> bytes | None:
    """The text of `exercises/<module>.py` as it is now."""
    try:
        return (FOLDER / f"{module}.py").read_bytes()
    except OSError:
        return None


@dataclass(frozen=True)
class Answer:
    """One class or function as it stands in its file.

    `written` is False while a NotWritten is left in it. `trouble` is a sentence if Python cannot read its file, or
    one that it imports, and "" otherwise.
    """

    fingerprint: str
    written: bool
    trouble: str


@dataclass
class Source:
    """One file, parsed. `imported` says which name comes from where in exercises/: {name: (module, name there)}.

    `trouble` goes on after the file's name: in which line, and why, Python cannot read it; "" where it can.
    """

    text: bytes | None
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    others: list[ast.stmt] = field(default_factory=list)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    trouble: str = ""


def find_answer(module: str, name: str, read: Read = saved) -> Answer:
    """The answer `name` of one module. `read` gives the texts of this and other modules, as saved or as imported."""
    read = cache(read)  # one text of each file, though somebody saves it meanwhile
    reached: dict[str, set[str]] = {}
    todo = [(module, name)]
    while todo:
        where, what = todo.pop()
        if where != module and read(where) is None:
            continue  # no file of its own: a folder, or nothing, and then the import fails
        source = parse(read(where))
        if where not in reached:
            reached[where] = set()
            todo += [(where, each) for statement in source.others for each in names_in(statement)]
            # An imported file runs whole; of what is imported as a whole, everything may be called.
            todo += [(there, each if each == EVERYTHING else "") for there, each in source.imported.values()]
        if what == EVERYTHING:
            todo += [(where, each) for each in source.definitions]
        elif what in source.imported:
            todo.append(source.imported[what])
        elif what in source.definitions and what not in reached[where]:
            reached[where].add(what)
            todo += [(where, each) for each in names_in(source.definitions[what])]
    sources = {each: parse(read(each)) for each in sorted(reached)}
    code = [(each, code_of(source, reached[each])) for each, source in sources.items()]
    definition = sources[module].definitions.get(name)
    return Answer(
        hashlib.sha256(repr(code).encode()).hexdigest()[:16],
        written=definition is None or "NotWritten" not in names_in(definition),
        trouble=next(
            (f"{PACKAGE}/{each}.py{source.trouble}" for each, source in sources.items() if source.trouble), ""
        ),
    )


def code_of(source: Source, reached: set[str]) -> list[str] | bytes | None:
    """What of a file the fingerprint covers, `reached` with their bodies; its whole text where it cannot be parsed."""
    if source.trouble:
        return source.text
    whole = [ast.dump(node if name in reached else at_import(node)) for name, node in source.definitions.items()]
    return [*map(ast.dump, source.others), *whole]


def at_import(node: ast.stmt) -> ast.stmt:
    """What runs of a definition when the file is imported: all of it, but for the bodies of functions."""
    if isinstance(node, FUNCTION):
        body = []
    elif isinstance(node, ast.ClassDef):
        body = [at_import(each) for each in node.body]
    else:
        return node
    return type(node)(**{**dict(ast.iter_fields(node)), "body": body})


def names_in(node: ast.AST) -> set[str]:
    """Every name that the code says, as a variable, an attribute or (for `getattr`) a string."""
    return {
        name
        for each in ast.walk(node)
        for name in (getattr(each, "id", None), getattr(each, "attr", None), getattr(each, "value", None))
        if isinstance(name, str)
    }


@lru_cache(maxsize=64)
def parse(text: bytes | None) -> Source:
    """The file of this text, taken apart; what keeps it from that is its `trouble`."""
    source = Source(text)
    if text is None:
        source.trouble = " is not there."
        return source
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        number = getattr(error, "lineno", None)
        line = f", line {number}," if number else ""
        source.trouble = f"{line} cannot be read: {getattr(error, 'msg', error)}."
        return source
    for name, where, what in import_statements(tree, PACKAGE):
        source.imported[name or where] = (where.split(".")[1], what or EVERYTHING)
    for node in tree.body:
        if isinstance(node, (*FUNCTION, ast.ClassDef)):
            source.others += [source.definitions[node.name]] if node.name in source.definitions else []
            source.definitions[node.name] = node
        else:
            source.others.append(node)
    return source
