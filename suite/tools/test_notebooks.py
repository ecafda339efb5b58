"""The notebooks follow from the lessons, run from top to bottom, and are kind to whoever has written nothing yet.

One notebook alone: `pytest suite/tools/test_notebooks.py -k 01_autoencoders`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from course.settings.short_trainings import SWITCH
from tools.formulas import markdown_to_html
from tools.generated import ROOT, drift
from tools.marks import SourceError
from tools.notebooks import COMPARED, IMAGE, expand, lessons, make_notebook, make_notebooks, to_text
from tools.overlay import add_notebooks, execute, kernel_environment, make_overlay

pytestmark = pytest.mark.slow

CELL_TIMEOUT = 900  # seconds; ten epochs on two busy cores take a third of it
LESSONS = [lesson.stem for lesson in lessons()]


def run_nbval(notebook: Path, project: Path, short_trainings: bool = False) -> subprocess.CompletedProcess:
    """Runs the notebook's cells with nbval in a kernel of its own; compares where the lesson says so."""
    options = ["-p", "no:python", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env"]
    command = [
        *(
            sys.executable,
            str(ROOT / "suite" / "tools" / "nbval_runner.py"),
            str(notebook),
            "-q",
            "--color=no",
            *options,
        ),
        *("--rootdir", str(notebook.parent), "-c", os.devnull, f"--nbval-cell-timeout={CELL_TIMEOUT}"),
        *("--nbval-sanitize-with", str(ROOT / "suite" / "tools" / "nbval_sanitize.cfg")),
    ]
    environment = kernel_environment(project, short_trainings)
    return subprocess.run(command, env=environment, cwd=notebook.parent, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """The project with the reference in place of the stubs."""
    project = make_overlay(tmp_path_factory.mktemp("solved"), "solutions")
    add_notebooks(project)
    return project


@pytest.fixture(scope="module")
def unsolved(tmp_path_factory) -> Path:
    """The project as a learner gets it."""
    project = make_overlay(tmp_path_factory.mktemp("unsolved"), "stubs")
    add_notebooks(project)
    return project


def test_there_are_lessons():
    assert LESSONS, "lessons/ holds no lesson"


def test_notebooks_follow_from_the_lessons():
    problems = drift("notebooks", make_notebooks(), strict=bool(os.environ.get("CI")))
    assert not problems, "\n".join([*problems, "Run `make sources`."])


@pytest.mark.parametrize("trainings", ["short", pytest.param("full", marks=pytest.mark.full)])
@pytest.mark.parametrize("lesson", LESSONS)
def test_runs_with_the_reference(lesson, trainings, solved):
    notebook = solved / "notebooks" / f"{lesson}.ipynb"
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    compared = [cell for cell in cells if COMPARED in cell.metadata.get("tags", [])]
    assert compared, f"lessons/{lesson}.md states the output of no cell: put an {{expected}} block under one"
    done = run_nbval(notebook, solved, short_trainings=trainings == "short")
    closing_line = done.stdout.strip().splitlines()[-1]
    if done.returncode or not re.match(rf"{len(cells)} passed\b", closing_line):
        pytest.fail(f"{lesson}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}", pytrace=False)


@pytest.mark.parametrize("lesson", LESSONS)
def test_says_what_is_left_to_write(lesson, unsolved):
    """With the stubs each check says "not attempted", and other cells fail only since something is not written."""
    path = unsolved / "notebooks" / f"{lesson}.ipynb"
    notebook = execute(path, unsolved, allow_errors=True, short_trainings=True)
    assert f"{SWITCH} IS ON" in str(notebook.cells), "that trainings were cut short must stand in the notebook"
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        if re.search(r"^tests\.test_\w+\(", cell.source, re.MULTILINE) and cell.cell_type == "code":
            said = "".join(output.get("text", "") for output in outputs)
            assert "not attempted" in said, f"{cell.source}\nsaid: {said}{outputs}"
        for output in outputs:
            if output.output_type == "error":
                assert output.ename in ("NotWritten", "NameError"), f"{cell.source}\n{output.ename}: {output.evalue}"


# 32 MB in 2,500 messages: more than ZeroMQ and the system's buffers hold for a listener who does not listen.
CHATTY = """
import time

for _ in range(2500):
    display({"text/plain": "x" * 13000}, raw=True)
    time.sleep(0.001)
"""


def test_the_runner_hears_out_a_cell_that_says_much(tmp_path):
    notebook = tmp_path / "chatty.ipynb"
    cells = [nbformat.v4.new_code_cell(CHATTY)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    done = run_nbval(notebook, tmp_path)
    assert done.returncode == 0, done.stdout


LITTLE_LESSON = """# A lesson

```{code-cell}
print("one")
```

```{expected}
EXPECTED
```

```{code-cell}
LAST
```
"""


@pytest.mark.parametrize(
    ("expected", "last", "passes"),
    [("one", "assert True", True), ("two", "assert True", False), ("one", "assert False", False)],
)
def test_the_runner_sees_wrong_output_and_errors(expected, last, passes, tmp_path):
    lesson = tmp_path / "little.md"
    lesson.write_text(LITTLE_LESSON.replace("EXPECTED", expected).replace("LAST", last))
    notebook = tmp_path / "little.ipynb"
    notebook.write_text(to_text(make_notebook(lesson, with_expected=True)))
    assert (run_nbval(notebook, tmp_path).returncode == 0) == passes


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_clean(lesson):
    notebook = make_notebooks()[f"notebooks/{lesson}.ipynb"]
    for step in (["check", "--ignore", "E402"], ["format", "--diff"]):  # a lesson imports where it needs
        ruff = [sys.executable, "-m", "ruff", *step, "--quiet", "--stdin-filename", f"solutions/{lesson}.ipynb", "-"]
        done = subprocess.run(ruff, input=notebook, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("lesson", lessons(), ids=LESSONS)
def test_every_picture_is_there(lesson):
    for image in IMAGE.finditer(lesson.read_text(encoding="utf-8")):
        assert "://" in image["file"] or (ROOT / "notebooks" / image["file"]).is_file(), image["file"]


def test_notebooks_are_made_the_same_every_time_and_without_outputs():
    notebooks = make_notebooks()
    assert notebooks == make_notebooks()
    for name, text in notebooks.items():
        cells = json.loads(text)["cells"]
        assert len({cell["id"] for cell in cells}) == len(cells), name
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), name


def test_a_fold_holds_the_solution_and_no_marks():
    expanded = "\n".join(expand("{{ solution vae.VAE.forward }}", Path("lesson.md")).lines)
    assert "<summary>Solution</summary>\n<blockquote>\n\n```python\ndef forward" in expanded
    assert expanded.endswith("```\n\n</blockquote>\n</details>")
    assert "self.sample_latent_vector(x)" in expanded
    assert "SOLUTION" not in expanded and "TODO" not in expanded


@pytest.mark.parametrize("render", [MarkdownIt().render, markdown_to_html], ids=["CommonMark", "page"])
@pytest.mark.parametrize("lesson", lessons(), ids=LESSONS)
def test_a_fold_has_a_frame_and_what_is_in_it_is_rendered(lesson, render):
    texts = [cell.source for cell in make_notebook(lesson).cells if cell.cell_type == "markdown"]
    folds = BeautifulSoup("\n".join(map(render, texts)), "html.parser").find_all("details")
    assert len(folds) == sum(text.count("<details>") for text in texts)
    for fold in folds:
        summary, frame = fold.find_all(recursive=False)
        assert (summary.name, frame.name) == ("summary", "blockquote")
        shown = frame.find_all(["p", "pre", "ul", "ol", "table", "div"], recursive=False)
        assert shown == frame.find_all(recursive=False), fold
        for code in frame.find_all(["code", "pre"]):
            code.decompose()
        assert not re.search(r"`|\*\*|!\[|\]\(", frame.get_text()), fold


def test_a_card_links_its_file_in_words():
    card = MarkdownIt().render("\n".join(expand("{{ exercise vae }}", Path("lesson.md")).lines))
    link = BeautifulSoup(card, "html.parser").a
    assert (ROOT / "notebooks" / link["href"]).resolve() == ROOT / "exercises" / "vae.py"
    assert link.get_text() == "the file exercises/vae.py" and not link.code  # code hides that it is a link


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one\n{{ soluton vae.VAE }}", "line 2: unknown directive 'soluton'"),
        ("{{ solution vae.VEA }}", "line 1: solutions/vae.py has no VEA"),
        ("{{ solution vea.VAE }}", "line 1: there is no solutions/vea.py"),
        ("{{ solution vae }}", "line 1: say which class or function"),
        ("{{ solution }}", "line 1: say which solution"),
        ("{{ exercise vea }}", "line 1: course/catalogue.py has no exercise 'vea'"),
        ("{{ setup now }}", "line 1: {{ setup }} takes nothing more"),
        ("here: {{ setup }}", "line 1: a directive stands alone on its line"),
        ("\n```python\nx", "line 2: a block begins here that never ends"),
        ("```{expected}\n1\n```", "line 1: an {expected} block stands right under its code cell"),
        ("```{code-cell}\n1\n```\ntext\n```{expected}\n1\n```", "line 5: an {expected} block stands"),
        ("![](https://example.org/x.png)", "line 1: a picture needs words"),
    ],
)
def test_a_mistake_in_a_lesson_is_named_with_its_line(text, problem):
    with pytest.raises(SourceError, match=re.escape(problem)):
        expand(text, Path("lessons/lesson.md"))
