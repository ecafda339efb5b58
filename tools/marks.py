"""Solution marks: which lines of `solutions/*.py` a learner writes.

Either the lines between `### BEGIN SOLUTION` and `### END SOLUTION`, each alone on its line (as in nbgrader),
or one statement on one line that ends in `# SOLUTION` (as in otter). Marks do not nest.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from course.catalogue import EXERCISES, Exercise

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
SUFFIX = "# SOLUTION"
ALMOST_A_MARK = re.compile(r"\b(begin|end)\W*solution|^#+\s*solution\W*$", re.IGNORECASE)
NOT_SHOWN = re.compile(rf"^\s*({BEGIN}|{END}|# TODO: .*)$")


class SourceError(Exception):
    """Something an author must mend: says the file, the line and what is wrong there."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path.parent.name}/{path.name}, line {line}: {problem}")


@dataclass(frozen=True)
class Part:
    """Lines `first` to `last` (from 1, marks included) of a solution: what stands in for them, and where."""

    first: int
    last: int
    indent: int
    name: str
    exercise: Exercise


def parse(source: str, path: Path) -> ast.Module:
    """The syntax tree of a solution. Raises SourceError where it is not Python."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise SourceError(path, error.lineno or 1, f"this is not Python: {error.msg}") from None


def find_parts(source: str, path: Path) -> list[Part]:
    """The parts that a learner writes, in order. Raises SourceError for every mark that is out of place."""
    tree = parse(source, path)
    parts = []
    for first, last, indent in find_regions(source, path):
        name = enclosing_function(tree, first)
        if name is None:
            raise SourceError(path, first, "marks stand in a function, so that the stub can be imported")
        parts.append(Part(first, last, indent, name, find_exercise(path, first, name)))
    return parts


def find_regions(source: str, path: Path) -> list[tuple[int, int, int]]:
    """(first line, last line, indentation) of each region; neighbouring `# SOLUTION` lines make one."""
    lines = source.splitlines()
    statements: dict[int, ast.stmt] = {}
    for node in ast.walk(parse(source, path)):
        if isinstance(node, ast.stmt):
            statements.setdefault(node.lineno, node)  # the outermost comes first

    regions: list[tuple[int, int, int]] = []
    begin, indent, suffix_line = 0, 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        before = lines[line - 1][:column]
        alone = not before.strip()
        if token.string == BEGIN and alone:
            if begin:
                raise SourceError(path, line, f"a solution begins inside the one of line {begin}")
            begin, indent = line, column
        elif token.string == END and alone:
            if not begin:
                raise SourceError(path, line, "a solution ends here that never began")
            if column != indent:
                raise SourceError(path, line, f"this mark stands further in or out than that of line {begin}")
            if not any(statements.get(inside) for inside in range(begin + 1, line)):
                raise SourceError(path, line, f"nothing to write since line {begin}")
            regions.append((begin, line, indent))
            begin = 0
        elif token.string == SUFFIX and not alone:
            indent = len(before) - len(before.lstrip())
            statement = statements.get(line)
            if begin:
                raise SourceError(path, line, f"a mark inside the solution of line {begin}")
            if not statement or (statement.end_lineno, statement.col_offset) != (line, indent):
                raise SourceError(path, line, f"{SUFFIX} marks a statement of one line; use {BEGIN} for more")
            first = line
            if suffix_line == line - 1 and regions[-1][2] == indent:
                first = regions.pop()[0]
            regions.append((first, line, indent))
            suffix_line = line
        elif ALMOST_A_MARK.search(token.string):
            raise SourceError(path, line, f"almost a mark; the marks are {BEGIN}, {END} and {SUFFIX}")
    if begin:
        raise SourceError(path, begin, "a solution begins here that never ends")
    return regions


def enclosing_function(tree: ast.AST, line: int) -> str | None:
    """The function or `Class.method` that the line stands in; None outside of both."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.lineno < line <= (node.end_lineno or 0):
            if isinstance(node, ast.FunctionDef):
                return node.name
            inner = enclosing_function(node, line)
            return inner and f"{node.name}.{inner}"
    return None


def find_exercise(path: Path, line: int, name: str) -> Exercise:
    """The exercise that asks for `name`, from the table in `course/catalogue.py`."""
    outermost = name.split(".")[0]
    for exercise in EXERCISES:
        if exercise.module == path.stem and outermost in exercise.names:
            return exercise
    raise SourceError(path, line, f"no exercise in course/catalogue.py has {outermost} of module {path.stem}")


def without_marks(source: str) -> str:
    """The solution as it is shown: without marks, and without the TODO lines that it has done."""
    shown = [line.removesuffix(SUFFIX).rstrip() for line in source.splitlines() if not NOT_SHOWN.match(line)]
    return "\n".join(shown)
