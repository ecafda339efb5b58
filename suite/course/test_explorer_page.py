"""The latent explorer in a real browser: its numbers are torch's, and everything on it works, by pointer and by keys."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from course.explorer import page as explorer
from course.explorer.layers import run
from course.explorer.page import Choice, Panel, make_page
from course.explorer.reading import read_model
from suite.chromium import chromium
from suite.corpus import answer_named
from suite.course.test_explorer import built
from suite.course.test_page import contrast
from tools.overlay import execute, make_overlay
from tools.pages import page as tour_page

pytestmark = pytest.mark.slow

WIDTHS = {390: 844, 800: 1100, 1440: 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def course_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(explorer.course_page(), encoding="utf-8")
    return path


def opened(browser: Browser, path: Path, width: int = 1440, **context) -> Page:
    """The page from its file, ready. What it logs and what it asks the network for is kept in `troubles`."""
    page = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, **context).new_page()
    page.troubles = []
    page.on(
        "console", lambda message: page.troubles.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("request", lambda request: request.url.startswith("file:") or page.troubles.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("async () => { await window.explorer; }")
    return page


@pytest.fixture
def page(browser: Browser, course_file: Path) -> Iterator[Page]:
    page = opened(browser, course_file)
    yield page
    assert page.troubles == []
    page.context.close()


def asked(page: Page, script: str, argument=None):
    """What an expression of the page's own objects gives, once all is drawn: `page` is the explorer's, `a` the argument."""
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    return page.evaluate(
        f"async (a) => {{ const page = await window.explorer; await {drawn}; return {script}; }}", argument
    )


# The numbers


def decoded(page: Page, side: int, z: torch.Tensor) -> torch.Tensor:
    return torch.tensor(asked(page, f"a.map((z) => Array.from(page.sides[{side}].model.decode(z)))", z.tolist()))


def encoded(page: Page, side: int, images: torch.Tensor) -> torch.Tensor:
    """Means, and log sigmas beside them where there are any."""
    script = f"""a.map((image) => {{
        const {{ mean, sigma }} = page.sides[{side}].model.encode(Float32Array.from(image));
        return [...mean, ...(sigma ?? []).map(Math.log)];
    }})"""
    return torch.tensor(asked(page, script, images.flatten(1).tolist()))


STYLES = (
    "autoencoder: functions and parameters",
    "autoencoder: hand-made linear layers with the weight the other way round",
    "autoencoder: channels last when flattening",
    "vae: two heads, the spread's made first",
    "vae: odd and even rows, logsigma first",
)


@pytest.mark.parametrize("name", STYLES)
def test_the_numbers_of_a_learners_model_are_torchs(browser, tmp_path, name):
    """100 latents and 100 images, to 1e-3, from a page made of a model in its own style."""
    model = built(answer_named(name), latent=4, hidden=60)
    path = tmp_path / "page.html"
    path.write_text(make_page([Panel("Model", [Choice(read_model(model))])], "a test"), encoding="utf-8")
    page = opened(browser, path)
    z, images = torch.randn(100, 4), explorer.normalise(explorer.testset().data[:100])
    with torch.no_grad():
        code = model.encoder(images)
        code = torch.cat(list(code), dim=1) if code.ndim == 3 else code
        image = model.decoder(z).flatten(1)
        assert (decoded(page, 0, z) - image).abs().max() < 1e-3 * max(1, image.abs().max())
        assert (encoded(page, 0, images) - code).abs().max() < 1e-3 * max(1, code.abs().max())
    assert page.troubles == []


def test_the_numbers_of_the_shipped_models_are_torchs(page):
    z, images = 2 * torch.randn(100, 5), explorer.normalise(explorer.testset().data[1000:1100])
    names = ["autoencoder", *(f"vae_{beta}" for beta in explorer.BETAS)]
    for index, name in enumerate(names):
        side, chosen = min(index, 1), max(index - 1, 0)
        asked(page, f"page.choose(page.sides[{side}], {chosen})")
        model = explorer.shipped_model(name)
        assert (decoded(page, side, z) - run(model.decoder, z).flatten(1)).abs().max() < 1e-3, name
        assert (encoded(page, side, images) - run(model.encoder, images)).abs().max() < 1e-3, name
    seen = asked(
        page, "a.map((image) => page.read(Float32Array.from(image)).probabilities)", images.flatten(1).tolist()
    )
    assert (torch.tensor(seen) - run(explorer.judge(), images).softmax(1)).abs().max() < 1e-3


def test_the_likelihood_is_torchs_and_the_share_further_out_that_of_draws(page):
    z = torch.randn(20, 5) * torch.linspace(0.1, 3, 20)[:, None]
    normal = torch.distributions.Normal(0.0, 1.0)
    assert torch.allclose(
        torch.tensor(asked(page, "a.map(logNormal)", z.tolist())), normal.log_prob(z).sum(1), atol=1e-4
    )
    for latents in (2, 3, 4, 5, 8):
        z = torch.randn(20, latents) * torch.linspace(0.2, 2, 20)[:, None]
        draws = torch.randn(200_000, latents).square().sum(1)
        shares = torch.tensor([(draws > each).float().mean() for each in z.square().sum(1)])
        assert torch.allclose(torch.tensor(asked(page, "a.map(shareFurtherOut)", z.tolist())), shares, atol=0.01)


def test_the_nearest_digit_is_the_nearest(page):
    codes, _ = explorer.shipped_model("vae_0.1").encode(explorer.normalise(explorer.testset().data[:1000]))
    z = torch.randn(50, 5)
    distances = torch.cdist(z, codes)
    seen = asked(page, "a.map((z) => page.vae.model.nearest(z))", z.tolist())
    assert torch.allclose(torch.tensor([each["distance"] for each in seen]), distances.amin(1), atol=1e-3)


# Moving


def places(page: Page) -> np.ndarray:
    """Where the points are on their maps, as shares of the maps' reach: (sides, 2)."""
    return np.array(
        asked(page, "page.sides.map((side) => coordinates(side.plane, side.z).map((each) => each / side.plane.reach))")
    )


def test_dragging_moves_both_points_to_the_same_place_of_their_maps(page):
    maps = page.get_by_role("application")
    assert places(page) == pytest.approx(np.zeros((2, 2)))
    before = page.locator(".picture").nth(1).evaluate("(canvas) => canvas.toDataURL()")
    box = maps.nth(0).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.4 * box["height"], steps=5)
    page.mouse.up()
    assert places(page) == pytest.approx(np.array([[0.5, 0.2]] * 2), abs=0.01)
    page.mouse.move(box["x"], box["y"])  # the button is up: nothing follows
    assert places(page) == pytest.approx(np.array([[0.5, 0.2]] * 2), abs=0.01)
    assert page.locator(".picture").nth(1).evaluate("(canvas) => canvas.toDataURL()") != before
    reaches = asked(page, "page.sides.map((side) => side.plane.reach)")
    assert reaches[0] > 2 * reaches[1]  # each on its own scale


def test_a_finger_moves_the_point(browser, course_file):
    page = opened(browser, course_file, 390, has_touch=True, is_mobile=True)
    box = page.get_by_role("application").nth(1).bounding_box()
    page.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    assert places(page) == pytest.approx(np.array([[-0.5, 0.5]] * 2), abs=0.02)
    assert page.troubles == []


def test_keys_move_the_point(page):
    for side in range(2):
        page.get_by_role("application").nth(side).focus()
        page.keyboard.press("Home")
        for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft", "ArrowDown", "ArrowDown"):
            page.keyboard.press(key)
        assert places(page) == pytest.approx(np.array([[-0.16, -0.02]] * 2), abs=1e-6)


def test_sliders_move_what_the_map_does_not_show(page):
    page.get_by_label("latent 3 of the VAE").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    z = np.array(asked(page, "page.sides.map((side) => Array.from(side.z, (value) => value / side.model.reach))"))
    assert z == pytest.approx(np.array([[0, 0, 0, 0.02, 0]] * 2), abs=1e-6)
    value = asked(page, "page.vae.z[3]")
    expect(page.get_by_label("latent 3 of the VAE")).to_have_attribute("aria-valuetext", f"{value:.1f}")


def test_other_planes(page):
    page.get_by_label("The map shows").select_option("latents 2 and 4")
    page.get_by_role("application").nth(0).focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    z = np.array(asked(page, "page.sides.map((side) => Array.from(side.z, (value) => value / side.model.reach))"))
    assert z == pytest.approx(np.array([[0, 0, -0.02, 0, 0.2]] * 2), abs=1e-6)

    page.get_by_label("The map shows").select_option("the two principal directions")
    before = np.array(asked(page, "page.sides.map((side) => Array.from(side.z))"))
    page.keyboard.press("Home")
    page.get_by_role("application").nth(0).focus()
    page.keyboard.press("Shift+ArrowRight")
    moved = np.array(asked(page, "page.sides.map((side) => Array.from(side.z))")) - before
    directions = np.array(asked(page, "page.sides.map((side) => side.model.directions)"))
    for along, (first, second) in zip(moved, directions, strict=True):
        inside = (along @ first) * first + (along @ second) * second
        assert inside == pytest.approx(along, abs=1e-4) and np.abs(along).max() > 0.1
    assert places(page) == pytest.approx(np.array([[0.2, before_y] for before_y in places(page)[:, 1]]), abs=1e-6)


def test_every_place_is_drawn(page):
    page.get_by_label("draw the digit of every place").check()
    while not asked(page, "page.sides.every((side) => side.whole)"):
        page.wait_for_timeout(50)
    shown = asked(page, "page.sides.map((side) => side.decoded.toDataURL())")
    for side, seen in enumerate(shown):
        reach = asked(page, f"page.sides[{side}].plane.reach")
        z = torch.zeros(1, 5)
        z[0, 0], z[0, 1] = ((7 / 15 - 1) * reach, -(9 / 15 - 1) * reach)  # column 3 to the right, row 4 downwards
        expected = decoded(page, side, z) * 0.3081 + 0.1307
        picture = Image.open(io.BytesIO(base64.b64decode(seen.partition(",")[2]))).convert("L")
        grey = torch.tensor(np.asarray(picture)[28 * 4 : 28 * 5, 28 * 3 : 28 * 4] / 255).flatten()
        assert (grey - expected[0].clamp(0, 1)).abs().max() < 0.01
    page.get_by_label("draw the digit of every place").uncheck()
    assert asked(page, "page.sides.map((side) => side.decoded)") == [None, None]


# Tools


def draw_seven(page: Page) -> None:
    page.get_by_role("tab", name="Draw a digit").click()
    box = page.locator("#pad").bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.move(*at(0.3, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.2), steps=5)
    page.mouse.move(*at(0.45, 0.85), steps=8)
    page.mouse.up()


def test_a_drawn_digit_has_a_point_a_cloud_and_comes_back(page):
    draw_seven(page)
    image = torch.tensor(asked(page, "Array.from(page.image)")).reshape(1, 1, 28, 28)
    assert run(explorer.judge(), image).argmax() == 7  # it looks as MNIST's digits do
    for side, name in enumerate(("autoencoder", "vae_0.1")):
        mean, _ = explorer.shipped_model(name).encode(image)
        z = torch.tensor(asked(page, f"Array.from(page.sides[{side}].z)"))
        assert (z - mean[0]).abs().max() < 1e-3
    mean, logsigma = explorer.shipped_model("vae_0.1").encode(image)
    sigma = torch.tensor(asked(page, "Array.from(page.vae.extras.cloud.sigma)"))
    assert (sigma - logsigma[0].exp()).abs().max() < 1e-3
    marks = torch.tensor(asked(page, "page.vae.extras.marks.map((z) => Array.from(z))"))
    assert marks.shape == (6, 5) and ((marks - mean).abs() < 6 * logsigma.exp()).all()
    slots = page.locator(".slot")
    expect(slots.nth(0).get_by_role("button", name="rebuilt: reads a 7")).to_be_visible()
    expect(slots.nth(1).get_by_role("button", name="from the cloud")).to_have_count(6)
    page.get_by_role("button", name="Clear").click()
    expect(slots.nth(0)).to_be_empty()


def test_a_test_digit_is_taken_by_keys_and_another_at_each_press(page):
    page.get_by_role("tab", name="Move").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Draw a digit")).to_be_focused()
    page.get_by_role("button", name="take a 3").focus()
    taken = []
    for _ in range(2):
        page.keyboard.press("Enter")
        taken.append(asked(page, "page.sides[0].nearest"))
    assert taken[0] != taken[1] and [int(explorer.testset().targets[index]) for index in taken] == [3, 3]


def test_beta_is_switched_and_the_digit_stays_in_hand(page):
    draw_seven(page)
    image = torch.tensor(asked(page, "Array.from(page.image)")).reshape(1, 1, 28, 28)
    page.get_by_label("0.01", exact=True).check(force=True)
    mean, logsigma = explorer.shipped_model("vae_0.01").encode(image)
    assert (torch.tensor(asked(page, "Array.from(page.vae.z)")) - mean[0]).abs().max() < 1e-3
    assert (torch.tensor(asked(page, "Array.from(page.vae.extras.cloud.sigma)")) - logsigma[0].exp()).abs().max() < 1e-3
    page.keyboard.press("ArrowRight")  # radios go on by keys
    assert asked(page, "page.vae.model.label") == "0.1"


def test_inventions_are_the_same_draws_in_both_and_are_counted(page):
    page.get_by_role("tab", name="Invent").click()
    page.get_by_role("button", name="Draw twelve from N(0, I)").click()
    noise = torch.tensor(asked(page, "page.noise.map((z) => Array.from(z))"))
    assert noise.shape == (12, 5)
    counts = []
    for name, slot in zip(("autoencoder", "vae_0.1"), page.locator(".slot").all(), strict=True):
        probability = run(explorer.judge(), run(explorer.shipped_model(name).decoder, noise)).softmax(1).amax(1)
        counts.append(int((probability > 0.9).sum()))
        expect(slot.get_by_role("paragraph")).to_have_text(
            f"{counts[-1]} of 12 can be read. So far: {counts[-1]} of 12."
        )
        expect(slot.get_by_role("button")).to_have_count(12)
    page.get_by_label("1", exact=True).check(force=True)  # the same draws, collapsed: nothing can be read
    assert torch.equal(torch.tensor(asked(page, "page.noise.map((z) => Array.from(z))")), noise)
    expect(page.locator(".slot").nth(1).get_by_role("paragraph")).to_have_text("0 of 12 can be read. So far: 0 of 12.")
    page.get_by_role("button", name="Draw twelve from N(0, I)").click()
    expect(page.locator(".slot").nth(1).get_by_role("paragraph")).to_have_text("0 of 12 can be read. So far: 0 of 24.")
    page.locator(".slot").nth(0).get_by_role("button").first.click()
    point, mark = asked(page, "[Array.from(page.autoencoder.z), Array.from(page.noise[0])]")
    assert point == pytest.approx(mark)


def test_a_walk_goes_along_the_line_in_both_spaces(page):
    page.get_by_role("tab", name="Walk").click()
    page.get_by_label("from a").select_option("2")
    page.get_by_label("along the straight line").fill("0.25")
    ends = asked(page, "page.ends")
    assert [int(explorer.testset().targets[index]) for index in ends] == [2, 7]
    images = explorer.normalise(explorer.testset().data[ends])
    for side, name in enumerate(("autoencoder", "vae_0.1")):
        start, end = explorer.shipped_model(name).encode(images)[0]
        z = torch.tensor(asked(page, f"Array.from(page.sides[{side}].z)"))
        assert (z - (start + 0.25 * (end - start))).abs().max() < 1e-2
        expect(page.locator(".slot").nth(side).get_by_role("button")).to_have_count(9)


# The guide


def test_the_guide_asks_first_and_every_stop_can_be_done(page):
    titles = []
    while True:
        titles.append(page.locator("#guide-title").inner_text())
        expect(page.locator("#guide-answer")).to_be_hidden()
        assert page.locator("#guide-question").inner_text().strip()
        if page.locator("#guide-act").is_visible():
            page.locator("#guide-act").click()
        page.get_by_role("button", name="Answer").click()
        assert len(page.locator("#guide-answer").inner_text()) > 40
        expect(page.get_by_role("button", name="Answer")).to_be_hidden()
        if page.get_by_role("button", name="Next").is_disabled():
            break
        page.get_by_role("button", name="Next").click()
    assert len(titles) == 9 == len(set(titles))
    assert asked(page, "page.vae.model.label") == "0.1"


def test_the_guide_leaves_out_what_a_page_has_not(browser, tmp_path):
    for panels, words in (
        ([Panel("Autoencoder", [Choice(explorer.shipped_model("autoencoder"))])], ("VAE", "β")),
        ([Panel("VAE", [Choice(explorer.shipped_model("vae_0.1"))])], ("the autoencoder", "β =")),
    ):
        path = tmp_path / "page.html"
        path.write_text(make_page(panels, "a test"), encoding="utf-8")
        page = opened(browser, path)
        while not page.get_by_role("button", name="Next").is_disabled():
            page.get_by_role("button", name="Answer").click()
            text = page.locator("#guide").inner_text()
            assert not [word for word in words if word in text], text
            page.get_by_role("button", name="Next").click()
        assert page.locator(".panel").count() == 1 and page.troubles == []


# For everybody


def test_every_control_has_a_name_and_is_reached_by_tab(page):
    for tab in ("Move", "Draw a digit", "Walk", "Invent"):
        page.get_by_role("tab", name=tab).click()
        unnamed = [
            line
            for line in page.locator("body").aria_snapshot().splitlines()
            if re.search(r"- (button|slider|combobox|radio|checkbox|tab|application|img)(:|$| \[)", line)
        ]
        assert not unnamed, unnamed
    page.get_by_role("tab", name="Move").click()
    page.locator("body").click(position={"x": 2, "y": 2})
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.id || document.activeElement.className || document.activeElement.getAttribute('aria-label') || document.activeElement.tagName"
            )
        )
    for expected in (
        "theme",
        "guide-reveal",
        "guide-next",
        "map",
        "nearest",
        "tab-move",
        "plane",
        "middle",
        "decoded",
        "latent 4 of the VAE",
    ):
        assert expected in reached, reached


def test_what_happens_is_said(page):
    page.get_by_role("application").nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text(
        re.compile(r"Autoencoder, latent 0 0\.\d, latent 1 0\.0: .*VAE, latent 0 0\.\d")
    )
    page.get_by_role("tab", name="Invent").click()
    page.get_by_role("button", name="Draw twelve from N(0, I)").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"of 12 can be read.*of 12 can be read"))


def test_light_and_dark(browser, course_file):
    for scheme in ("light", "dark"):
        page = opened(browser, course_file, color_scheme=scheme)
        paper = "getComputedStyle(document.body).backgroundColor"
        first = page.evaluate(paper)
        page.get_by_role("button", name="Light" if scheme == "dark" else "Dark").click()
        assert page.evaluate(paper) != first
        page.context.close()


def test_text_has_contrast_in_both_themes():
    style = (explorer.HERE / "explorer.css").read_text(encoding="utf-8")
    for block in re.findall(r":root[^{]*\{(.*?)\}", style, re.DOTALL)[:2]:
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
        for text, ground, least in (
            ("ink", "paper", 7), ("ink", "ground", 7), ("soft", "paper", 4.5), ("soft", "ground", 4.5),
            ("on-main", "main", 7), ("good", "paper", 4.5), ("focus", "paper", 3), ("focus", "ground", 3),
        ):  # fmt: skip
            assert contrast(colours[text], colours[ground]) >= least, (text, ground)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(browser, course_file, width):
    page = opened(browser, course_file, width)
    for tab in ("Move", "Draw a digit", "Walk", "Invent"):
        page.get_by_role("tab", name=tab).click()
        if tab == "Draw a digit":
            page.get_by_role("button", name="take a 8").click()
        if tab == "Invent":
            page.get_by_role("button", name="Draw twelve from N(0, I)").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            "[...document.querySelectorAll('main *, footer *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className || e.id)"
        )
        assert not wide, (tab, wide)
    panels = [panel.bounding_box() for panel in page.locator(".panel").all()]
    maps = [each.bounding_box() for each in page.locator(".map").all()]
    assert panels[0]["y"] == panels[1]["y"] and maps[0]["y"] == maps[1]["y"] and maps[0]["x"] < maps[1]["x"]
    page.context.close()


def test_the_page_works_in_a_sandbox(browser, course_file, tmp_path):
    """As a Jupyter server hands it out: scripts only, no origin of its own."""
    frame = tmp_path / "frame.html"
    frame.write_text(f'<iframe sandbox="allow-scripts" src="{course_file.as_uri()}" width="900" height="900"></iframe>')
    page = browser.new_page()
    page.goto(frame.as_uri())
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("application").nth(1)).to_be_visible(timeout=20_000)
    inside.get_by_role("tab", name="Invent").click()
    inside.get_by_role("button", name="Draw twelve from N(0, I)").click()
    expect(inside.locator(".slot").nth(1)).to_contain_text("of 12 can be read")


def test_a_broken_page_says_so(browser, course_file, tmp_path):
    broken = tmp_path / "broken.html"
    broken.write_text(
        re.sub(r'"images":"....', '"images":"AAAA', course_file.read_text(encoding="utf-8")), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(broken.as_uri())
    expect(page.get_by_role("alert")).to_contain_text("could not be opened")


IN_A_NOTEBOOK = """
import sys

sys.path.insert(0, "..")
import utils
from solutions.autoencoder import Autoencoder
from solutions.vae import VAE

utils.explore(Autoencoder(5, 128), VAE(5, 100))
"""


def test_a_page_of_the_tour_holds_the_explorer_itself(browser, tmp_path):
    """Also what VS Code and Colab show, where no server hands out files. In JupyterLab: `test_jupyterlab.py`."""
    project = make_overlay(tmp_path / "project", "solutions")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(IN_A_NOTEBOOK)])
    path = project / "notebooks" / "explorer.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    tour = tmp_path / "tour.html"
    tour.write_text(tour_page(execute(path, project), "A tour"), encoding="utf-8")
    page = browser.new_page()
    page.goto(tour.as_uri())
    frame = page.frame_locator("iframe[title='The latent explorer']")
    expect(frame.get_by_role("application")).to_have_count(2, timeout=60_000)
    expect(frame.locator(".verdict").nth(1)).to_contain_text("sure")
    assert (project / "results" / "explorer_autoencoder_vae.html").exists()
