"""JupyterLab as a learner uses it, from `make lab`: edit, save, check again; move a slider; watch a training.

It takes a browser: Chromium, as the system's packages bring it. Without one these tests are skipped, but never in CI.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from suite.chromium import chromium
from tools.generated import ROOT
from tools.overlay import add_notebooks, make_overlay

SECONDS = 90.0  # for one step, on a busy machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a learner gets it."""
    folder = make_overlay(tmp_path_factory.mktemp("lab") / "project", "stubs")
    add_notebooks(folder)
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """Where JupyterLab listens, started as `make lab` does, without the settings of whoever runs this."""
    own = {f"JUPYTER_{name}_DIR": str(project.parent / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(project.parent / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    own |= {"IPYTHONDIR": str(project.parent / "ipython"), "PYTHONPATH": "", "PYTHONUNBUFFERED": "1"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tools.lab", "--no-browser", f"--ServerApp.port={port}"]
    server = subprocess.Popen(
        command, cwd=project, env=os.environ | own, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = ""
    for line in server.stdout:
        said += line
        if found := re.search(r"https?://\S+", line):
            break
    else:
        pytest.fail(f"JupyterLab did not start:\n{said}", pytrace=False)
    yield found[0]
    server.terminate()
    server.communicate(timeout=SECONDS)


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    """JupyterLab's window, with the first lesson beside the first exercise's file."""
    expect.set_options(timeout=SECONDS * 1000)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(SECONDS * 1000)
        page.goto(address)
        yield page


@contextlib.contextmanager
def pictured(page: Page) -> Iterator[None]:
    """Adds to a failure where a picture of the page lies."""
    try:
        yield
    except (AssertionError, Error) as error:
        with tempfile.NamedTemporaryFile(prefix="jupyterlab-", suffix=".png", delete=False) as picture:
            page.screenshot(path=picture.name)
        pytest.fail(f"{error}\nThe page at that moment: {picture.name}")


def wait_until(page: Page, condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {SECONDS:.0f} s"
        page.wait_for_timeout(50)


def open_from_the_list(page: Page, *names: str) -> None:
    files = page.get_by_role("region", name="File Browser Section")
    for name in names:
        files.get_by_role("listitem").filter(has_text=name).dblclick()


@dataclass
class Notebook:
    """The notebook in front, and what is done in it."""

    page: Page

    def cell(self, source: str) -> Locator:
        """The first code cell that holds these words."""
        cells = self.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
        return cells.filter(has=self.page.locator(".jp-InputArea-editor", has_text=source)).first

    def run(self, source: str, instead: str | None = None) -> Locator:
        """Runs a code cell to its end, with another text in it if told so, and returns what it shows."""
        cell = self.cell(source)
        cell.get_by_role("textbox").click()
        if instead is not None:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(instead)
            cell = self.cell(instead.splitlines()[-1])
        prompt = cell.locator(".jp-InputPrompt")
        before = re.escape(prompt.inner_text())
        self.page.keyboard.press("Control+Enter")
        expect(prompt).to_have_text(re.compile(rf"^(?!{before})\[\d+\]:$"))
        return cell.locator(".jp-OutputArea").first


@dataclass
class Editor:
    """The file in front on the right, and the hands at its keyboard."""

    page: Page
    path: Path

    def line(self, text: str) -> Locator:
        return self.page.locator(".jp-FileEditor:visible .cm-line", has_text=text).first

    def replace(self, line: str, text: str) -> None:
        """Types text in the place of the first line that holds these words."""
        self.line(line).click(click_count=3)
        if text:
            self.page.keyboard.insert_text(text)
        else:
            self.page.keyboard.press("Delete")

    def save(self) -> None:
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+S")
        wait_until(self.page, lambda: self.path.stat().st_mtime_ns != before, f"saving {self.path.name}")


@pytest.fixture(scope="module")
def lesson(page: Page) -> Notebook:
    """Lesson 1, opened from the list of files, with its first two cells run."""
    with pictured(page):
        open_from_the_list(page, "notebooks", "01_autoencoders.ipynb")
        notebook = Notebook(page)
        expect(page.locator(".jp-NotebookPanel:visible h1")).to_contain_text("Lesson 1")
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
        notebook.run("reloading.start()")
        notebook.run("from exercises.autoencoder import")
    return notebook


def body(method: str) -> str:
    """What the reference has in the place of a method's NotWritten, with its indentation."""
    source = (ROOT / "solutions" / "autoencoder.py").read_text(encoding="utf-8")
    return re.search(
        rf"(?s)class Autoencoder\(.*?def {method}\(.*?### BEGIN SOLUTION\n(.*?) *### END SOLUTION", source
    )[1]


def test_edit_save_check(page: Page, lesson: Notebook, project: Path) -> None:
    editor = Editor(page, project / "exercises" / "autoencoder.py")
    check = "tests.test_autoencoder(Autoencoder)"
    with pictured(page):
        expect(lesson.run(check)).to_contain_text("○ autoencoder: not attempted yet. Write Autoencoder.__init__")

        card = page.locator(".jp-NotebookPanel:visible blockquote", has_text="Exercise autoencoder").first
        card.get_by_role("link", name="the file exercises/autoencoder.py").click()
        editor.replace("write Autoencoder.forward", body("forward"))
        editor.replace("write Autoencoder.__init__", body("__init__"))
        editor.save()
        expect(lesson.run(check)).to_contain_text("✓ autoencoder: passed")

        editor.replace("ReLU(),", "")
        editor.save()
        shown = lesson.run(check)
        expect(shown).to_contain_text("✗ autoencoder: ")
        expect(shown).to_contain_text("Likely cause: the ReLU after the first convolution of the encoder is missing")
        expect(shown).not_to_contain_text("exam.py")
        expect(shown.locator("pre").first).to_have_css("word-break", "normal")

        editor.line("class Autoencoder").click()
        page.keyboard.press("Control+Z")
        editor.save()
        expect(lesson.run(check)).to_contain_text("✓ autoencoder: passed")


def test_a_file_can_be_put_beside_the_notebook_as_the_card_says(page: Page) -> None:
    with pictured(page):
        open_from_the_list(page, "02_variational_autoencoders.ipynb")
        card = page.locator(".jp-NotebookPanel:visible blockquote", has_text="Exercise vae ").first
        card.get_by_role("link", name="the file exercises/vae.py").click()
        tab = page.get_by_role("tab", name="vae.py")
        beside = page.get_by_role("tab", name="autoencoder.py")
        expect(page.locator(".jp-NotebookPanel:visible")).to_have_count(0)  # the file lies over it
        tab.hover()
        page.mouse.down()
        beside.hover(position={"x": 60, "y": 10})
        beside.hover(position={"x": 80, "y": 12})
        page.mouse.up()
        expect(page.locator(".jp-NotebookPanel:visible")).to_have_count(1)
        expect(Editor(page, Path()).line("class VAE(")).to_be_visible()


def test_a_slider_moves_by_keyboard_and_the_figure_follows(lesson: Notebook, page: Page) -> None:
    with pictured(page):
        open_from_the_list(page, "01_autoencoders.ipynb")
        shown = lesson.run("convolution_and_transpose()")
        slider, figure = shown.get_by_role("slider").first, shown.get_by_role("img").first
        before, value = figure.inner_html(), slider.input_value()
        slider.press("ArrowRight")
        assert slider.input_value() != value
        wait_until(page, lambda: figure.inner_html() != before, "a change in the figure")


SHORT_TRAINING = """\
trainer = AutoencoderTrainer(AutoencoderArgs(use_wandb=False, epochs=1, log_every_n_steps=2))
trainer.trainloader = DataLoader(torch.utils.data.Subset(trainset, range(3000)), batch_size=500, shuffle=True)
autoencoder = trainer.train()"""


def test_a_training_shows_one_figure_and_one_bar(lesson: Notebook, page: Page, project: Path) -> None:
    with pictured(page):
        shutil.copy(ROOT / "solutions" / "autoencoder.py", project / "exercises")
        shown = lesson.run("trainer = AutoencoderTrainer(AutoencoderArgs(", instead=SHORT_TRAINING)
        expect(shown.get_by_role("img", name=re.compile("^Training, step 6: "))).to_have_count(1)
        expect(shown.locator(".js-plotly-plot")).to_have_count(1)
        expect(shown.locator(".widget-hprogress")).to_have_count(1)


UNTRAINED = """\
from solutions.autoencoder import Autoencoder as Reference
utils.explore(Reference(5, 128))"""


def test_the_explorer_works_in_its_frame(lesson: Notebook, page: Page) -> None:
    with pictured(page):
        open_from_the_list(page, "01_autoencoders.ipynb")
        shown = lesson.run("utils.explore(autoencoder)", instead=UNTRAINED)
        expect(shown).to_contain_text("results/explorer_autoencoder.html: a file of its own")
        frame = shown.frame_locator("iframe")
        latent_map = frame.get_by_role("application")
        latent_map.press("Shift+ArrowRight")
        expect(latent_map).to_have_attribute("aria-label", re.compile(r"latent 0 \d"))
        frame.get_by_role("tab", name="Invent").click()
        frame.get_by_role("button", name="Draw twelve").last.click()
        expect(frame.get_by_text("of 12 can be read")).to_be_visible()
