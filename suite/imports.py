"""What a file of the project imports, for the tests of who may know whom."""

import ast
from pathlib import Path


def imported(file: Path) -> set[str]:
    """In full, also inside functions: {"course.data.mnist", "checks.core.run.probe"}; the names that follow a `from`
    included. Fails where a file imports by dots."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by dots: name the module in full"
            names |= {f"{node.module}.{each.name}" for each in node.names}
    return names
