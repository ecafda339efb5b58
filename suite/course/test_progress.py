"""What checks leave behind, and the board made of it: an outcome counts for the code that was checked, and no other."""

import contextlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

import tests
from checks.core import keeping
from checks.core.result import CheckFailure, Result
from checks.core.run import Graded
from checks.core.runner import LocalRunner
from course.catalogue import EXERCISES
from course.learner import answers, progress, reloading
from course.learner.board import ago, markdown, what_is_next
from course.learner.progress import Entry, add, entries, parts
from solutions import autoencoder as reference
from tools.generated import ROOT
from tools.overlay import make_overlay
from tools.stubs import make_stubs

PARTS = sum(len(each.names) for each in EXERCISES)

SOLUTION = (ROOT / "solutions" / "autoencoder.py").read_text()
BETA = (ROOT / "solutions" / "beta_vae.py").read_text()
VAE = (ROOT / "solutions" / "vae.py").read_text()


@pytest.fixture
def exercises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder exercises/ with the stubs, and results/ beside it, instead of the project's own."""
    for name, text in make_stubs().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(answers, "FOLDER", tmp_path / "exercises")
    monkeypatch.setattr(progress, "FILE", tmp_path / "results" / "progress.jsonl")
    monkeypatch.setattr(reloading, "versions", {})
    keeping.say_once.cache_clear()
    return tmp_path / "exercises"


def save(exercises: Path, module: str, text: str) -> None:
    (exercises / f"{module}.py").write_text(text)


def imported(exercises: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The exercise as a notebook has it after its import."""
    path = exercises / f"{name}.py"
    module = ModuleType(f"exercises.{name}")
    exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    reloading.versions[module.__name__] = reloading.Version(path, path.read_bytes())
    return module


def states() -> dict[str, str]:
    return {part.name: part.state for part in parts()}


def passed(name: str) -> None:
    """As if a check of this answer, as it stands now, had passed."""
    exercise = next(each for each in EXERCISES if name in each.names)
    add(Entry(exercise.id, name, "passed", answers.find_answer(exercise.module, name).fingerprint))


def test_at_first_nothing_is_attempted(exercises):
    assert set(states().values()) == {"not attempted"}
    assert list(states()) == [name for exercise in EXERCISES for name in exercise.names]
    assert "Next: write Autoencoder in exercises/autoencoder.py" in what_is_next(parts())


def test_a_check_in_a_notebook_counts(exercises, monkeypatch, capsys):
    save(exercises, "autoencoder", SOLUTION)
    assert states()["Autoencoder"] == "not checked"
    tests.test_autoencoder(imported(exercises, "autoencoder", monkeypatch).Autoencoder)
    assert states()["Autoencoder"] == "passed"
    assert f"1 of {PARTS} passed. Next: check AutoencoderTrainer" in what_is_next(parts())

    save(exercises, "autoencoder", SOLUTION.replace("self.decoder(self.encoder(x))", "self.encoder(x)"))
    assert states()["Autoencoder"] == "changed since"
    with pytest.raises(CheckFailure) as caught:
        tests.test_autoencoder(imported(exercises, "autoencoder", monkeypatch).Autoencoder)
    (failed,) = [part for part in parts() if part.state == "failed"]
    assert failed.name == "Autoencoder" and failed.entry.cause == caught.value.cause
    assert failed.entry.why and failed.entry.why in " ".join(caught.value.message.split())

    save(exercises, "autoencoder", SOLUTION)  # what passed before is back, to the letter
    assert states()["Autoencoder"] == "passed"


def test_what_was_imported_counts_and_not_what_was_saved_meanwhile(exercises, monkeypatch, capsys):
    save(exercises, "autoencoder", SOLUTION)
    module = imported(exercises, "autoencoder", monkeypatch)
    save(exercises, "autoencoder", SOLUTION.replace("self.decoder(self.encoder(x))", "x"))
    tests.test_autoencoder(module.Autoencoder)
    assert states()["Autoencoder"] == "changed since"


def test_what_is_no_exercise_file_leaves_nothing(exercises, monkeypatch, capsys):
    save(exercises, "autoencoder", SOLUTION)
    older = imported(exercises, "autoencoder", monkeypatch).Autoencoder
    imported(exercises, "autoencoder", monkeypatch)

    class Autoencoder(reference.Autoencoder):
        """Written in the notebook."""

    for answer in (older, Autoencoder, reference.Autoencoder, Graded(LocalRunner(reference.Autoencoder))):
        with contextlib.suppress(CheckFailure):  # of the older one
            tests.test_autoencoder(answer)
    assert not progress.FILE.exists()


def test_a_file_that_fails_at_import_has_failed(exercises, monkeypatch):
    save(exercises, "autoencoder", f"{SOLUTION}\nundefined\n")
    trouble = reloading.Trouble("exercises/autoencoder.py stops the import: no `undefined`.", "file-fails")
    text = (exercises / "autoencoder.py").read_bytes()
    reloading.versions["exercises.autoencoder"] = reloading.Version(exercises / "autoencoder.py", text, trouble)
    with pytest.raises(CheckFailure):
        tests.test_autoencoder(reloading.StandIn(trouble))
    (failed,) = [part for part in parts() if part.state == "failed"]
    assert (failed.name, failed.entry.why) == ("Autoencoder", trouble.sentence)


def test_parts_count_alone_and_a_right_module_for_each_of_them(exercises, monkeypatch, capsys):
    save(exercises, "beta_vae", BETA)
    module = imported(exercises, "beta_vae", monkeypatch)
    tests.test_active_units(module.active_units)
    assert [name for name, state in states().items() if state == "passed"] == ["active_units"]
    tests.test_beta_vae(module)
    assert {states()[name] for name in ("kl_per_latent", "aggregate_moments", "effective_beta")} == {"passed"}


def test_a_check_of_a_module_counts_for_each_part(exercises, monkeypatch):
    save(exercises, "beta_vae", BETA.replace("return mu.var(", "return -mu.var("))
    with pytest.raises(CheckFailure) as caught:
        tests.test_beta_vae(imported(exercises, "beta_vae", monkeypatch))
    said = {name: states()[name] for name in ("kl_per_latent", "active_units", "aggregate_moments", "effective_beta")}
    assert said == {part.part: part.outcome for part in caught.value.parts}
    assert list(said.values()) == ["passed", "failed", "passed", "passed"]


HELPED = SOLUTION.replace("self.decoder(self.encoder(x))", "doubled(self.decoder(self.encoder(x)))") + (
    "\n\ndef doubled(x):\n    return x * 2\n"
)
MODEL, TRAINERS = {"Autoencoder"}, {"AutoencoderTrainer", "VAETrainer"}  # these hold what makes their model
CHANGES = {
    "a comment": ("autoencoder", "self.step = 0\n", "self.step = 0  # none yet\n", set()),
    "the body of another answer": ("autoencoder", ".backward()", ".backward(None)", TRAINERS),
    "its own body": ("autoencoder", "self.encoder(x)", "x", MODEL | TRAINERS),
    "a function that it calls": ("autoencoder", "return x * 2", "return x * 3", MODEL | TRAINERS),
    "what runs at import": ("autoencoder", "size: int = 512", "size: int = 51", MODEL | TRAINERS | {"VAE"}),
    "another file": ("vae", "torch.randn_like(mu)", "torch.rand_like(mu)", {"VAE", "VAETrainer"}),
}


@pytest.mark.parametrize(("module", "old", "new", "changed"), CHANGES.values(), ids=CHANGES)
def test_only_code_that_an_answer_rests_on_changes_it(exercises, module, old, new, changed):
    texts = {"autoencoder": HELPED, "vae": VAE}
    for name, text in texts.items():
        save(exercises, name, text)
    names = ("Autoencoder", "AutoencoderTrainer", "VAE", "VAETrainer")
    for name in names:
        passed(name)
    assert old in texts[module]
    save(exercises, module, texts[module].replace(old, new))
    assert {name: states()[name] for name in names} == {
        name: "changed since" if name in changed else "passed" for name in names
    }


def test_a_file_that_cannot_be_read_is_said_and_never_passes(exercises):
    save(exercises, "autoencoder", SOLUTION)
    save(exercises, "vae", VAE)
    for name in ("Autoencoder", "VAE"):
        passed(name)
    save(exercises, "autoencoder", SOLUTION.replace("def forward(self, x: Tensor)", "def forward(self, x: Tensor"))
    assert states()["Autoencoder"] == states()["VAE"] == "cannot be read"  # vae.py imports from it
    line = SOLUTION[: SOLUTION.index("def forward(self, x: Tensor)")].count("\n") + 1
    (sentence,) = progress.troubles(parts())
    assert sentence.startswith(f"exercises/autoencoder.py, line {line}, cannot be read: ")
    (exercises / "autoencoder.py").unlink()
    assert progress.troubles(parts()) == ["exercises/autoencoder.py is not there."]


def test_an_import_from_outside_of_the_folder_stops_neither_the_board_nor_reloading(exercises):
    text = f"from ..outside import something\nfrom .vae import VAE\n{SOLUTION}"
    save(exercises, "autoencoder", text)
    assert states()["Autoencoder"] == "not checked"
    assert reloading.imports_of("exercises.autoencoder", text.encode()) == {"exercises.vae"}


def test_an_odd_message_is_kept_as_a_short_sentence(exercises):
    message = "your code raised ValueError: \ud800" + " and so on" * 100
    keeping.leave(Result("vae", "failed", message=message), "VAE", "code", "notebook")
    (entry,) = entries()
    assert entry.why.startswith("your code raised ValueError: ? and so on") and len(entry.why) <= 300


def test_damaged_lines_are_left_out(exercises):
    passed("VAE")
    good = progress.FILE.read_bytes()
    damage = (b"\xff\xfe", good[:40], b"[1, 2]", b'{"exercise": "vae"}', good.replace(b"passed", b"prima"), b'"time"')
    for piece in damage:
        with open(progress.FILE, "ab") as file:
            file.write(piece)
        passed("VAE")
    assert len(list(entries())) == 1 + len(damage)


def test_processes_that_write_at_once_lose_nothing(exercises):
    program = (
        "import sys; from pathlib import Path; from course.learner import progress\n"
        "progress.FILE = Path(sys.argv[1])\n"
        "for number in range(300): progress.add(progress.Entry('vae', 'VAE', 'failed', str(number), 'why ' * 50))"
    )
    command = [sys.executable, "-c", program, str(progress.FILE)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert sorted(int(entry.fingerprint) for entry in entries()) == sorted([*range(300)] * 3)


def test_a_check_counts_where_results_cannot_be_written(exercises, monkeypatch, capsys):
    progress.FILE.parent.write_text("a file where the folder should be")
    save(exercises, "autoencoder", SOLUTION)
    module = imported(exercises, "autoencoder", monkeypatch)
    tests.test_autoencoder(module.Autoencoder)
    tests.test_autoencoder(module.Autoencoder)
    said = capsys.readouterr().out
    assert said.count("✓ autoencoder: passed") == 2
    assert said.count("results/ cannot be written") == 1
    assert states()["Autoencoder"] == "not checked"


def test_the_board_in_a_notebook_is_a_table_whose_links_hold(exercises):
    add(
        Entry(
            "vae",
            "VAE",
            "failed",
            answers.find_answer("vae", "VAE").fingerprint,
            "a * b_c | <d> is *not* [e] `f_g*` `h",
        )
    )
    text = markdown(parts())
    assert "| [2](02_variational_autoencoders.ipynb) | [VAE](../exercises/vae.py) | ✗ failed | just now |" in text
    assert r"a \* b\_c \| \<d\> is \*not\* \[e\] `f_g*` \`h" in text
    for part in parts():
        assert (ROOT / "notebooks" / f"{part.exercise.notebook}.ipynb").is_file()
        assert (ROOT / "exercises" / f"{part.exercise.module}.py").is_file()


def test_when_all_have_passed_nothing_is_left(exercises):
    board = [replace(part, state="passed") for part in parts()]
    assert what_is_next(board) == f"{PARTS} of {PARTS} passed. Nothing is left to write."


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(-5, "just now"), (0, "just now"), (1, "1 minute ago"), (59, "59 minutes ago"), (60, "1 hour ago"),
     (179, "2 hours ago"), (60 * 24, "04 Mar, 12:00"), (60 * 24 * 100, "25 Nov 2026")],
)  # fmt: skip
def test_times_in_words(minutes, words):
    now = datetime(2027, 3, 5, 12).astimezone()
    assert ago(now - timedelta(minutes=minutes), now) == words


def test_the_board_is_quick_for_it_needs_no_torch():
    program = "import sys, tools.progress; print(sorted({'torch', 'plotly', 'IPython'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_grading_leaves_each_part_of_ones_own_exercises_and_nothing_of_other_folders(tmp_path):
    project = make_overlay(tmp_path, "stubs")
    (project / "exercises" / "beta_vae.py").write_text(
        BETA + "\n\ndef active_units(mu, threshold=0.01):\n    return mu.mean(0) > threshold\n"
    )
    record = project / "results" / "progress.jsonl"
    for folder, status in (("solutions", 0), ("exercises", 1)):
        assert not record.exists()
        command = [sys.executable, "-m", "tools.grade", folder, "--only", "beta_vae"]
        graded = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert graded.returncode == status, graded.stdout + graded.stderr
    left = [json.loads(line) for line in record.read_text().splitlines() if line]
    assert {each["name"]: each["outcome"] for each in left} == {
        "kl_per_latent": "passed",
        "active_units": "failed",
        "aggregate_moments": "passed",
        "effective_beta": "passed",
    }
    shown = subprocess.run(
        [sys.executable, "-m", "tools.progress"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    assert f"3 of {PARTS} passed" in shown and "✗ active_units: " in shown
