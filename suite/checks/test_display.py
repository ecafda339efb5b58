"""What a learner reads: wrapped at words, coloured where colour is seen, and free of control characters."""

import io
import re
import subprocess
import sys

import pytest
from ipykernel.iostream import OutStream
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import tests
from checks.core.display import MARKS, NOTEBOOK_WIDTH, WIDTH, clean, displayed, wants_colour
from checks.core.result import CheckFailure, Result
from checks.core.run import run_check
from course import ROOT
from course.catalogue import NotWritten
from solutions.autoencoder import Autoencoder

FAILURE = """\
✗ vae: the z that sample_latent_vector returns is no sample of N(mu, sigma²), sigma = exp(logsigma), for any image.
  Tried: 200 draws for each of 5 images
  Came out: mean 0.00 and spread 0.03 for mu = 0.01, sigma = 1.03; mean -0.15 and spread 0.00 for mu = -0.15 (7, 1, 28, 28)
yours                             expected
encoder.convolutions.0.weight  (16, 1, 4, 4)   encoder.conv1.weight (16, 1, 4, 4)       ← another shape and too long
  Where: exercises/vae.py, line 52, in sample_latent_vector:
      return self.encoder(x)[0] + self.encoder(x)[1].exp() * torch.randn_like(self.encoder(x)[0]), mu,   logsigma
  Hints: the exercise vae"""
SEQUENCE = re.compile(r"\x1b\[[\d;]*m")


def test_long_lines_break_between_words_and_hang():
    shown = displayed(FAILURE, colour=False).split("\n")
    assert shown[1].startswith("  ") and not shown[1].startswith("   ")
    came_out = next(i for i, line in enumerate(shown) if line.startswith("  Came out:"))
    assert shown[came_out + 1].startswith("    ")
    assert "(7, 1, 28, 28)" in "\n".join(shown)  # a shape is in one piece
    assert " ".join(" ".join(shown).split()) == " ".join(FAILURE.split())  # and nothing is lost
    kept = [line for line in shown if len(line) > WIDTH]
    assert len(kept) == 2 and all(line in FAILURE for line in kept)  # the table's row and the line of code


def test_colours_change_nothing_but_the_colour():
    coloured = displayed(FAILURE, colour=True)
    assert SEQUENCE.sub("", coloured) == displayed(FAILURE, colour=False)
    assert coloured.startswith(f"\x1b[{MARKS['✗']}m✗\x1b[0m\x1b[1m vae: ")
    for label in ("Tried:", "Came out:", "Where:", "Hints:"):
        assert f"\x1b[1m  {label}\x1b[0m " in coloured
    for line in coloured.split("\n"):
        assert len(re.findall(r"\x1b\[[^0]", line)) == line.count("\x1b[0m")  # no colour runs into the next line


def luminance(red: float, green: float, blue: float) -> float:
    """WCAG 2.1's relative luminance of a colour of sRGB, each part from 0 to 255."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (red / 255, green / 255, blue / 255)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


LIGHT, DARK = (255, 255, 255), (17, 17, 17)  # JupyterLab's grounds for what is printed
LIGHT_ERROR, DARK_ERROR = (255, 221, 221), (81, 31, 27)  # and for errors


@pytest.mark.parametrize(
    ("sign", "ground"),
    [(sign, ground) for sign in MARKS for ground in (LIGHT, DARK)] + [("✗", LIGHT_ERROR), ("✗", DARK_ERROR)],
)
def test_each_sign_stands_out_in_both_themes(sign, ground):
    number = int(MARKS[sign].rpartition(";")[2]) - 16  # in the cube of 6 by 6 by 6 colours
    levels = (0, 95, 135, 175, 215, 255)
    colour = [levels[number // 36], levels[number // 6 % 6], levels[number % 6]]
    dark, light = sorted((luminance(*colour), luminance(*ground)))
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 2.1, 1.4.11: for graphical signs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07here", "here"),
        ("\x1b]8;;http://x\x1b\\a link\x1b]8;;\x1b\\", "a link"),
        ("\x1b[2J\x1b[Hgone\x07\x08", "gone"),
        ("\x9b31mred", "31mred"),
        ("10%\r20%\r\nend", "10%\n20%\nend"),
        ("a\tb\n\n  c", "a\tb\n\n  c"),
        ("evil \u202etxet", "evil txet"),
        ("ends in \x1b", "ends in "),
        ("Größe µ → σ² 数", "Größe µ → σ² 数"),
    ],
)
def test_control_characters_are_not_shown(text, shown):
    assert clean(text) == shown


def test_a_notebook_has_less_room(monkeypatch):
    monkeypatch.setattr(sys, "stdout", OutStream.__new__(OutStream))
    shown = displayed(FAILURE, colour=False).split("\n")
    monkeypatch.undo()
    kept = [line for line in shown if len(line) > NOTEBOOK_WIDTH]
    assert len(kept) == 2 and all(line in FAILURE for line in kept)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_and_notebooks(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    notebook = OutStream.__new__(OutStream)
    assert wants_colour(Terminal()) and wants_colour(notebook) and not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal()) and not wants_colour(notebook)


class Shouting(Autoencoder):
    """Wrong, and its error is full of control characters."""

    def forward(self, x):
        print("\x1b[31mloud\x1b[0m\x07")
        raise ValueError("\x1b[2Jno")


def test_the_data_stay_as_they_are_and_what_is_shown_is_clean(capsys):
    result, failure = run_check(tests.test_autoencoder, Shouting)
    assert "\x1b[2Jno" in result.message and result.message == failure.message == str(failure)
    assert result.printed == "\x1b[31mloud\x1b[0m\x07\n"
    with pytest.raises(CheckFailure) as caught:
        tests.test_autoencoder(Shouting)
    shown = capsys.readouterr().out + "".join(caught.value._render_traceback_())
    assert "Your code printed:\nloud\n" in shown
    assert shown.count("✗ autoencoder: Shouting.forward(x)") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", shown)


def test_each_outcome_begins_with_its_sign_and_its_name():
    results = {
        "passed": Result("vae", "passed", checks=8, seconds=0.5),
        "failed": Result("beta_vae", "failed", message="it is off", part="active_units"),
        "not attempted": Result("vae", "not attempted", message="vae: write VAE.forward in exercises/vae.py"),
    }
    assert [result.line() for result in results.values()] == [
        "✓ vae: passed, 8 checks in 0.50 s",
        "✗ active_units: it is off",
        "○ vae: not attempted yet. Write VAE.forward in exercises/vae.py.",
    ]


def test_a_part_is_named_in_its_failure():
    _, failure = run_check(tests.test_active_units, lambda mu: mu)
    assert failure.line().startswith("✗ active_units: ")


def test_what_is_not_written_is_one_line_in_a_notebook():
    shell = InteractiveShell.instance()
    with capture_output() as shown:
        result = shell.run_cell("from exercises import vae\nraise vae.NotWritten('vae: write VAE.forward')")
    assert isinstance(result.error_in_exec, NotWritten)
    assert (shown.stdout + shown.stderr).strip() == "○ vae: write VAE.forward."


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    text = (ROOT / "solutions" / "autoencoder.py").read_text(encoding="utf-8")
    wrong = text.replace("return self.decoder(self.encoder(x))", "return self.decoder(self.encoder(x)) * 2")
    (folder / "autoencoder.py").write_text(wrong, encoding="utf-8")
    (folder / "vae.py").write_text("from utils import NotWritten\nraise NotWritten('vae: write VAE')\n")
    return folder


@pytest.mark.slow
def test_pytest_and_make_check_say_it_in_the_same_words(folder, tmp_path):
    options = ["-rs", "-k", "test_autoencoder or test_vae", "--deselect", "tests.py::test_autoencoder_trainer"]
    coloured = run("pytest", "tests.py", "--grade", str(folder), "--color=yes", *options)
    assert f"\x1b[{MARKS['✗']}m✗" in coloured
    graded = clean(coloured)
    made = run("tools.grade", str(folder), "--only", "autoencoder", "vae", "--json", str(tmp_path / "r.json"))
    for said in (graded, made):
        assert "\n✗ autoencoder: " in f"\n{said}"
        assert "\n  Hints: the exercise autoencoder in notebooks/01_autoencoders.ipynb\n" in said
        assert "○ vae: not attempted yet. Write VAE." in said
        assert "core/run.py" not in said and "unittest" not in said
    assert "\x1b" not in made
