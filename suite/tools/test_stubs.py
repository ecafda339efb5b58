"""The stubs follow from the solutions, and no command loses what a learner has written."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import generated
from tools.generated import ROOT, drift, fingerprint
from tools.marks import SourceError, find_regions, without_marks
from tools.overlay import make_overlay
from tools.stubs import make_stub, make_stubs

SOLUTION = '''\
"""A lesson."""

import torch

CONSTANT = 3


class VAE(torch.nn.Module):
    """A model."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.encoder = torch.nn.Linear(size, size)  # SOLUTION

    def forward(self, x):
        """Encodes x."""
        # TODO: Encode x.
        ### BEGIN SOLUTION
        y = self.encoder(x)
        return y
        ### END SOLUTION
'''


def stub_of(source: str) -> str | None:
    return make_stub(source, ROOT / "solutions" / "vae.py")


def test_stubs_follow_from_the_solutions():
    problems = drift("exercises", make_stubs(), strict=bool(os.environ.get("CI")))
    assert not problems, "\n".join([*problems, "Run `make sources`."])


def test_a_marked_region_becomes_one_raising_line():
    assert (
        stub_of(SOLUTION)
        == '''\
# Made from solutions/vae.py by "python -m tools.stubs": edit away, your changes are kept safe.
"""A lesson."""

import torch

from utils import NotWritten

CONSTANT = 3


class VAE(torch.nn.Module):
    """A model."""

    def __init__(self, size: int) -> None:
        super().__init__()
        raise NotWritten("vae: write VAE.__init__ in exercises/vae.py")

    def forward(self, x):
        """Encodes x."""
        # TODO: Encode x.
        raise NotWritten("vae: write VAE.forward in exercises/vae.py")
'''
    )


def test_a_module_without_marks_has_no_stub():
    assert stub_of("import torch\n") is None
    assert "exercises/layers.py" not in make_stubs()


def test_every_stub_has_the_names_of_its_solution():
    def names(path: Path, text: str) -> list[str]:
        defined = ast.FunctionDef | ast.ClassDef
        return [node.name for node in ast.walk(ast.parse(text, path)) if isinstance(node, defined)]

    for name, stub in make_stubs().items():
        solution = ROOT / "solutions" / Path(name).name
        assert names(solution, stub) == names(solution, solution.read_text())
        assert "SOLUTION" not in stub and "raise NotWritten(" in stub


def test_stubs_import_cleanly_and_raise_what_they_should(tmp_path):
    project = make_overlay(tmp_path, "stubs")
    program = "\n".join(
        [
            "import importlib, utils",
            f"modules = {sorted(Path(name).stem for name in make_stubs())}",
            "for name in modules: importlib.import_module(f'exercises.{name}')",
            "try: importlib.import_module('exercises.vae').VAE(latent_dim_size=3, hidden_dim_size=5)",
            "except utils.NotWritten as error: print(error)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False)
    assert done.stdout == "vae: write VAE.__init__ in exercises/vae.py\n", done.stderr


def test_neighbouring_suffixes_make_one_region():
    source = "def f(x):\n    y = x  # SOLUTION\n    return y  # SOLUTION\n"
    assert find_regions(source, Path("solutions/vae.py")) == [(2, 3, 4)]


def test_the_shown_solution_has_no_marks():
    shown = without_marks(SOLUTION)
    assert "SOLUTION" not in shown and "TODO" not in shown
    assert "self.encoder = torch.nn.Linear(size, size)\n" in shown and "        return y" in shown


BEGIN, END = "        ### BEGIN SOLUTION\n", "        ### END SOLUTION\n"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (END, "", "line 18: a solution begins here that never ends"),
        (BEGIN, "", "line 20: a solution ends here that never began"),
        (BEGIN, BEGIN + BEGIN, "line 19: a solution begins inside the one of line 18"),
        (END, END + END, "line 22: a solution ends here that never began"),
        (END, END[4:], "line 21: this mark stands further in or out than that of line 18"),
        ("        y = self.encoder(x)\n        return y\n", "        # y\n", "line 20: nothing to write since line 18"),
        ("### BEGIN SOLUTION", "# BEGIN SOLUTION", "line 18: almost a mark"),
        ("### END SOLUTION", "### end solution", "line 21: almost a mark"),
        ("return y\n", "return y  # SOLUTION\n", "line 20: a mark inside the solution of line 18"),
        ("CONSTANT = 3", "CONSTANT = 3  # SOLUTION", "line 5: marks stand in a function"),
        ("Linear(size, size)", "Linear(\n            size, size\n        )", "line 15: # SOLUTION marks a statement"),
        ("class VAE", "class VEA", "line 13: no exercise in course/catalogue.py has VEA of module vae"),
        ("import torch\n", "", "line 1: a solution imports what it needs"),
        (END, "\n    def lost(self): ...\n\n" + END, "line 1: a mark takes away more than the inside"),
        ("class VAE", "clas VAE", "line 8: this is not Python"),
    ],
)
def test_a_mark_out_of_place_is_named_with_file_and_line(old, new, problem):
    assert old in SOLUTION
    with pytest.raises(SourceError) as raised:
        stub_of(SOLUTION.replace(old, new))
    assert str(raised.value).startswith(f"solutions/vae.py, {problem}")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A small project in which one file has been made from "one"."""
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    monkeypatch.setattr(generated, "MANIFEST", tmp_path / "generated.json")
    generated.write("exercises", {"exercises/a.py": "one\n"})
    return tmp_path / "exercises" / "a.py"


def test_what_was_made_is_no_drift_and_is_made_once(made, capsys):
    assert drift("exercises", {"exercises/a.py": "one\n"}, strict=True) == []
    capsys.readouterr()
    generated.write("exercises", {"exercises/a.py": "one\n"})
    assert capsys.readouterr().out == ""
    assert not (made.parent.parent / "saved").exists()


def test_a_newer_source_is_drift_even_under_a_learners_edits(made):
    assert drift("exercises", {"exercises/a.py": "two\n"}, strict=False) == [
        "exercises/a.py was made from an older source"
    ]
    made.write_text("mine\n")
    assert drift("exercises", {"exercises/a.py": "two\n"}, strict=False)


def test_a_learners_edits_are_no_drift_but_for_ci(made):
    made.write_text("mine\n")
    assert drift("exercises", {"exercises/a.py": "one\n"}, strict=False) == []
    assert drift("exercises", {"exercises/a.py": "one\n"}, strict=True) == [
        "exercises/a.py is not as its source gives it"
    ]


def test_a_missing_file_and_one_without_a_source_are_drift(made):
    assert drift("exercises", {}, strict=False) == ["exercises/a.py has no source any more"]
    made.unlink()
    assert drift("exercises", {"exercises/a.py": "one\n"}, strict=False) == ["exercises/a.py is missing"]


def test_edits_are_saved_aside_before_they_are_overwritten(made, capsys):
    root = made.parent.parent
    for mine in ("mine\n", "mine again\n"):  # twice within a second
        made.write_text(mine)
        capsys.readouterr()
        generated.write("exercises", {"exercises/a.py": "two\n"})
        said = capsys.readouterr().out.splitlines()
        assert said[0].startswith("exercises/a.py had changes: they are kept in saved/")
        assert (root / said[0].split(" kept in ")[1]).read_text() == mine
        assert made.read_text() == "two\n"
    assert len(list(root.glob("saved/*/exercises/a.py"))) == 2


def test_an_untouched_file_is_made_anew_without_ado(made):
    generated.write("exercises", {"exercises/a.py": "two\n"})
    assert made.read_text() == "two\n"
    assert not (made.parent.parent / "saved").exists()


def test_a_file_without_a_source_goes_but_edits_stay(made):
    made.write_text("mine\n")
    generated.write("exercises", {})
    assert not made.exists()
    assert [path.read_text() for path in made.parent.parent.glob("saved/*/exercises/a.py")] == ["mine\n"]
    assert generated.read_manifest() == {}


def test_nothing_is_overwritten_when_it_cannot_be_saved(made, monkeypatch):
    made.write_text("mine\n")
    (made.parent.parent / "saved").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        generated.write("exercises", {"exercises/a.py": "two\n"})
    assert made.read_text() == "mine\n"
    assert generated.read_manifest() == {"exercises/a.py": fingerprint("one\n")}


def test_the_command_tells_edits_from_drift(tmp_path):
    """The whole way, as a learner and an author go it, in a copy of the project."""
    project = make_overlay(tmp_path, "stubs")
    outside_ci = {name: value for name, value in os.environ.items() if name != "CI"}

    def stubs(*arguments: str, **more: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "tools.stubs", *arguments]
        return subprocess.run(command, cwd=project, env=outside_ci | more, capture_output=True, text=True, check=False)

    stub, solution = project / "exercises" / "vae.py", project / "solutions" / "vae.py"
    as_made = stub.read_text()
    assert stubs().stdout == ""
    stub.write_text(as_made + "# my work\n")
    assert stubs("--check").returncode == 0
    assert "exercises/vae.py is not as its source gives it" in stubs("--check", CI="true").stderr
    assert "kept in saved/" in stubs().stdout
    assert stub.read_text() == as_made
    assert [path.read_text() for path in project.glob("saved/*/exercises/vae.py")] == [as_made + "# my work\n"]

    solution.write_text(solution.read_text().replace("# TODO: Encode x", "# TODO: First encode x"))
    checked = stubs("--check")
    assert checked.returncode and "exercises/vae.py was made from an older source" in checked.stderr
    assert stubs().stdout == "exercises/vae.py made\n"
    assert "# TODO: First encode x" in stub.read_text()
    assert stubs("--check").returncode == 0
