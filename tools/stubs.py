"""Makes `exercises/*.py` from `solutions/*.py`: what is between solution marks becomes a raising line.

`python -m tools.stubs` writes the stubs, and keeps an edited one in `saved/` first; `--check` only compares.
"""

import ast
import subprocess
import sys
from pathlib import Path

from tools.generated import ROOT, command
from tools.marks import SourceError, find_parts, parse

FIRST_LINE = '# Made from solutions/{name} by "python -m tools.stubs": edit away, your changes are kept safe.'


def make_stubs() -> dict[str, str]:
    """The stub of each solution that has marks, by its path. Raises SourceError for marks out of place."""
    paths = sorted((ROOT / "solutions").glob("*.py"))
    stubs = {f"exercises/{path.name}": make_stub(path.read_text(encoding="utf-8"), path) for path in paths}
    return {name: stub for name, stub in stubs.items() if stub is not None}


def make_stub(source: str, path: Path) -> str | None:
    """The stub of one solution, formatted; None where nothing is marked."""
    parts = find_parts(source, path)
    if not parts:
        return None
    lines = source.splitlines()
    for part in reversed(parts):
        message = f"{part.exercise.id}: write {part.name} in exercises/{path.name}"
        lines[part.first - 1 : part.last] = [f'{" " * part.indent}raise NotWritten("{message}")']
    tree = parse(source, path)
    first_import = next((node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)), None)
    if not first_import or first_import.lineno > parts[0].first:
        raise SourceError(path, 1, "a solution imports what it needs at the top")
    lines.insert(first_import.lineno - 1, "from utils import NotWritten")  # ruff moves it to its place
    stub = tidy("\n".join([FIRST_LINE.format(name=path.name), *lines]) + "\n", path.name)
    if outline(parse(stub, ROOT / "exercises" / path.name)) != outline(tree):
        raise SourceError(path, 1, "a mark takes away more than the inside of one function")
    return stub


def outline(tree: ast.Module | ast.ClassDef) -> list[object]:
    """Everything in a module or class but the insides of functions; of those the signature and docstring."""
    seen: list[object] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            seen.append((node.name, [ast.dump(base) for base in node.bases], outline(node)))
        elif isinstance(node, ast.FunctionDef):
            decorators = [ast.dump(decorator) for decorator in node.decorator_list]
            seen.append((node.name, ast.dump(node.args), decorators, ast.get_docstring(node)))
        elif isinstance(node, ast.ImportFrom):
            seen += [(node.module, ast.dump(name)) for name in node.names if name.name != "NotWritten"]
        else:
            seen.append(ast.dump(node))
    return seen


def tidy(stub: str, name: str) -> str:
    """The stub with sorted imports and formatted as the project's own files are."""
    for step in (["check", "--select", "I", "--fix-only"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *step, "--quiet", "--stdin-filename", f"solutions/{name}", "-"]
        done = subprocess.run(ruff, input=stub.encode(), capture_output=True, cwd=ROOT, check=False)
        if done.returncode:
            raise RuntimeError(f"ruff could not format the stub of {name}:\n{done.stderr.decode()}")
        stub = done.stdout.decode()
    return stub


if __name__ == "__main__":
    command("exercises", make_stubs, __doc__)
