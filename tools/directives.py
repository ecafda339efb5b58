"""What the directives in a lesson become; `docs/authors.md` lists them."""

import ast
import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

from course.catalogue import EXERCISES, Exercise
from tools.generated import ROOT
from tools.marks import find_parts, parse, without_marks

SETUP = """\
```{{code-cell}}
import sys
from pathlib import Path

here = Path.cwd()
for folder in (here, *here.parents, *here.iterdir()):  # the course's folder, wherever this notebook runs
    if (folder / "exercises").is_dir() and (folder / "utils.py").is_file():
        sys.path.insert(0, str(folder))
        break
else:
    {otherwise}

from course.learner import reloading
from course.settings import colab

colab.prepare()  # on Colab: installs what is missing there
reloading.start()  # from here on, a file in exercises/ counts as you saved it last
```"""

LOST = """\
raise FileNotFoundError(
        "This notebook needs the course around it: open it in the course's own folder. "
        "On Colab, clone the course into this folder first (!git clone …), then run this cell again."
    )"""

CLONED = """\
if "google.colab" not in sys.modules:
        raise FileNotFoundError(
            "This notebook needs the course around it. Clone {repository} and open the notebook there."
        )
    !git clone --quiet --depth 1 {repository} course-of-this-notebook
    sys.path.insert(0, str(here / "course-of-this-notebook"))"""

CARD = """\
> **Exercise** `{exercise.id}` · difficulty {exercise.difficulty} of 5 · \
importance {exercise.importance} of 5 · {exercise.minutes} minutes
>
> Write {parts} in [the file exercises/{exercise.module}.py](../exercises/{exercise.module}.py), save it, and run
> the cell below that calls `tests.test_{exercise.id}`, as often as you like. To see the file beside this notebook,
> drag its tab to the right edge of the window, or next to the tab of another file there."""

FOLD = """\
<details>
<summary>Solution</summary>

```python
{code}
```

</details>"""


def setup(arguments: str) -> str:
    """The first code cell: imports work from anywhere, and what a learner saves counts at once."""
    if arguments:
        raise ValueError("{{ setup }} takes nothing more")
    return setup_cell(repository())


def setup_cell(address: str) -> str:
    """The cell, which on Colab clones the course from this address, or asks for it where there is none."""
    return SETUP.format(otherwise=CLONED.format(repository=address) if address else LOST)


def repository() -> str:
    """Where the course can be cloned from, as `pyproject.toml` says; "" while it is not published."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["course"]["repository"]


def exercise(arguments: str) -> str:
    """The card of an exercise: what it asks, of whom, and where to write it."""
    found = next((exercise for exercise in EXERCISES if exercise.id == arguments), None)
    if found is None:
        raise ValueError(f"course/catalogue.py has no exercise {arguments!r}")
    names = [f"`{name}`" for name in names_to_write(found)]
    return CARD.format(exercise=found, parts=" and ".join(filter(None, [", ".join(names[:-1]), names[-1]])))


def exercises(arguments: str) -> str:
    """The table of all exercises, a line each, with a link to the lesson."""
    if arguments:
        raise ValueError("{{ exercises }} takes nothing more")
    rows = ["| lesson | you write | difficulty | importance | minutes |", "|---|---|---|---|---|"]
    for each in EXERCISES:
        names = ", ".join(f"`{name}`" for name in each.names)
        rows.append(
            f"| [{lesson_title(each.notebook)}]({each.notebook}.ipynb) | {names} "
            f"| {each.difficulty} of 5 | {each.importance} of 5 | {each.minutes} |"
        )
    return "\n".join(rows)


def lesson_title(name: str) -> str:
    """The first line of `lessons/<name>.md`, its heading."""
    first_line = (ROOT / "lessons" / f"{name}.md").read_text(encoding="utf-8").partition("\n")[0]
    return first_line.removeprefix("# ")


def names_to_write(exercise: Exercise) -> list[str]:
    """The functions and methods marked in the exercise's solution, in the order of the file."""
    path, source = solution_source(exercise.module)
    parts = [part.name for part in find_parts(source, path) if part.exercise == exercise]
    if not parts:
        raise ValueError(f"solutions/{path.name} marks nothing for the exercise {exercise.id}")
    return list(dict.fromkeys(parts))


def solution(arguments: str) -> str:
    """The reference answers, folded: names such as `vae.VAE` or `vae.VAETrainer.training_step`."""
    if not arguments:
        raise ValueError("say which solution: {{ solution vae.VAE }}")
    return FOLD.format(code="\n\n\n".join(solution_of(name) for name in arguments.split()))


def solution_of(name: str) -> str:
    """The source of one class, function or method of `solutions/`, without marks."""
    module, *steps = name.split(".")
    path, source = solution_source(module)
    if not steps:
        raise ValueError(f"say which class or function of solutions/{path.name}")
    body = parse(source, path).body
    for step in steps:
        inside = [child for child in body if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name == step]
        if not inside:
            raise ValueError(f"solutions/{path.name} has no {'.'.join(steps)}")
        (node, *_) = inside
        body = node.body
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = source.splitlines()[first - 1 : node.end_lineno]
    return without_marks(dedent("\n".join(lines)))


def solution_source(module: str) -> tuple[Path, str]:
    path = ROOT / "solutions" / f"{module}.py"
    if not path.is_file():
        raise ValueError(f"there is no solutions/{path.name}")
    return path, path.read_text(encoding="utf-8")


DIRECTIVES: dict[str, Callable[[str], str]] = {
    "setup": setup,
    "exercise": exercise,
    "exercises": exercises,
    "solution": solution,
}
