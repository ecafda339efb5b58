"""`utils.explore` in a notebook: in a real JupyterLab, where its server hands the page out, and in a page of `make tour`."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from suite.chromium import chromium
from tools.overlay import execute, make_overlay
from tools.pages import page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("explorer")]

CELL = """
import sys

sys.path.insert(0, "..")
import utils
from solutions.autoencoder import Autoencoder
from solutions.vae import VAE

utils.explore(Autoencoder(5, 128), VAE(5, 100))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one notebook, of one cell."""
    folder = make_overlay(tmp_path_factory.mktemp("project"), "solutions")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "notebooks" / "explorer.ipynb")
    return folder


@contextmanager
def jupyterlab(folder: Path, settings: Path) -> Iterator[str]:
    """JupyterLab on a folder, with nobody's own settings; gives its address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(settings / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--IdentityProvider.token=key",
        f"--ServerApp.root_dir={folder}",
    ]
    with open(settings / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | own | {"PYTHONPATH": ""},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/api?token=key")
                break
            except OSError:
                assert server.poll() is None, (settings / "log").read_text()
                time.sleep(0.5)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(30)


def test_jupyterlab_shows_the_page_in_its_frame(project, tmp_path):
    with chromium() as browser, jupyterlab(project, tmp_path) as address:
        lab = browser.new_page(viewport={"width": 1400, "height": 1000})
        lab.set_default_timeout(120_000)
        lab.goto(f"{address}/lab/tree/notebooks/explorer.ipynb?token=key")
        expect(lab.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached(
            timeout=120_000
        )
        lab.locator(".jp-CodeCell .cm-content").first.click()
        lab.keyboard.press("Shift+Enter")
        frame = lab.frame_locator(".jp-OutputArea-output iframe")
        vae = frame.get_by_role("application").nth(1)
        vae.focus(timeout=120_000)
        for _ in range(3):
            lab.keyboard.press("ArrowRight")
        expect(vae).to_have_attribute("aria-label", re.compile(r"latent 0 [^0]|latent 0 0\.[1-9]"))
        frame.get_by_role("tab", name="Invent").click()
        frame.get_by_role("button", name="Draw twelve from N(0, I)").click()
        expect(frame.locator(".slot").nth(1)).to_contain_text("of 12 can be read")
        expect(lab.locator(".jp-OutputArea-output").first).to_contain_text(
            "results/explorer_autoencoder_vae.html"
        )


def test_a_page_of_the_tour_holds_the_explorer_itself(project, tmp_path):
    """Also what VS Code and Colab show, where no server hands out files."""
    notebook = execute(project / "notebooks" / "explorer.ipynb", project)
    file = tmp_path / "tour.html"
    file.write_text(page(notebook, "A tour"), encoding="utf-8")
    with chromium() as browser:
        tour = browser.new_page()
        tour.goto(file.as_uri())
        frame = tour.frame_locator("iframe[title='The latent explorer']")
        expect(frame.get_by_role("application")).to_have_count(2, timeout=60_000)
        expect(frame.locator(".verdict").nth(1)).to_contain_text("sure")
