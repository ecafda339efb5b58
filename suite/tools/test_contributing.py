"""CONTRIBUTING.md's example is an exercise: written down block by block as the text says, it passes its own tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from course import ROOT
from tools.overlay import make_overlay

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, flags=re.DOTALL | re.MULTILINE)


def insert(file: Path, before: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, new + before), encoding="utf-8")


@pytest.mark.slow
def test_the_example_is_an_exercise(tmp_path: Path) -> None:
    solution, catalogue, check, specification, corpus = BLOCKS
    project = make_overlay(tmp_path, "solutions")
    (project / "conftest.py").write_bytes((ROOT / "conftest.py").read_bytes())
    (project / "solutions" / "squash.py").write_text(solution, encoding="utf-8")
    insert(project / "course" / "catalogue.py", '    Exercise("latent_pca"', f"    {catalogue.strip()},\n")
    (project / "checks" / "exercises" / "squash.py").write_text(check, encoding="utf-8")
    with (project / "tests.py").open("a", encoding="utf-8") as tests:
        tests.write(f"\n\n{specification}")
    (project / "suite" / "corpus" / "squash.py").write_text(corpus, encoding="utf-8")

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "1 passed" in run("pytest", "tests.py", "--grade", "solutions", "-k", "squash")
    assert "passed" in run("pytest", "suite/checks/test_corpus.py", "-k", "squash")
    assert "| squash | 5 of 5 | 5 (100%) | 1 of 1 |" in run("tools.proof", "--only", "squash")
    assert "passed" in run("pytest", "suite/checks/test_functions.py", "suite/checks/test_callables.py", "-k", "squash")
