"""What the page adds to the course's figures: words, a slider for the keyboard, the width there is, the dark theme."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from plotly.offline import get_plotlyjs

import utils
from course.figures import palette
from course.figures.images import data_figure
from course.figures.lessons import convolution_and_transpose, learning_curves, points_and_clouds
from course.figures.live import History
from course.figures.page import in_the_dark, page_html
from suite.chromium import chromium
from tools.pages import FIGURE, page

PAPER, DARK_PAPER = "#ffffff", "#111111"  # JupyterLab's, in its light and its dark theme


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 … 1."""
    srgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """WCAG's contrast, 1 … 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_in_both_themes_and_lines_can_be_seen():
    for text in (palette.INK, palette.TOTAL):
        assert contrast(text, PAPER) > 4.5 and contrast(palette.IN_THE_DARK[text], DARK_PAPER) > 4.5
    for line in (palette.BLUE, palette.VERMILION, palette.GREEN, palette.FAINT):
        assert contrast(palette.IN_THE_DARK.get(line, line), DARK_PAPER) > 4.5  # annotations have these colours too
        assert contrast(line, PAPER) > 3
    assert palette.ON_TINT not in palette.IN_THE_DARK


def test_every_colour_of_the_template_has_its_counterpart():
    used = set(re.findall(r"#[0-9a-f]{6}", str(palette.TEMPLATE.to_plotly_json())))
    assert used - set(palette.TEMPLATE.layout.colorway) <= set(palette.IN_THE_DARK)
    assert "fill: rgb(34, 34, 34)" in in_the_dark()


def figures() -> dict:
    history = History()
    for step in range(20):
        history.total.add(step, 1 / (step + 1))
        history.kl.add(step, 1.0)
        history.reconstruction.add(step, 1.0)
    return {
        "convolutions": convolution_and_transpose(),
        "clouds": points_and_clouds(),
        "digits": data_figure(utils.HOLDOUT_DATA, 2, "Ten digits"),
        "curves": learning_curves({"a": history}),
    }


def test_the_notebook_gets_it_once_and_the_tour_does_not_twice():
    nothing = new_output("display_data", data={"text/html": page_html(), "text/plain": ""})
    figure = new_output("display_data", data=mime(figures()["digits"]))
    notebook = new_notebook(
        cells=[new_code_cell("import utils", outputs=[nothing]), new_code_cell("f", outputs=[figure])]
    )
    assert page(notebook, "A title").count("window.courseFigures = {") == 1


def mime(figure) -> dict:
    return {FIGURE: figure.to_plotly_json(), "text/plain": palette.alternative_text(figure)}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """A page of the tour with four figures."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")
    cells = [
        new_code_cell(name, outputs=[new_output("display_data", data=mime(each))]) for name, each in figures().items()
    ]
    notebook = nbformat.from_dict(new_notebook(cells=cells))
    (folder / "page.html").write_text(page(notebook, "Figures"), encoding="utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture
def opened(browser, address):
    """Opens the page in a window of this width, and waits until its figures are looked after."""
    pages = []

    def open_page(width: int):
        view = browser.new_page(viewport={"width": width, "height": 900})
        pages.append(view)
        errors: list[str] = []
        view.on("pageerror", lambda error: errors.append(str(error)))
        view.goto(address)
        view.wait_for_function("document.querySelectorAll('[data-looked-after]').length === 4")
        view.wait_for_function("[...document.querySelectorAll('.js-plotly-plot')].every((f) => f.layout.width)")
        assert not errors
        return view

    yield open_page
    for view in pages:
        view.close()


@pytest.mark.slow
def test_a_screen_reader_gets_the_words(opened):
    view = opened(1200)
    for name, figure in figures().items():
        words = palette.alternative_text(figure)
        assert view.get_by_role("img", name=words, exact=True).count() == 1, name


@pytest.mark.slow
def test_the_keyboard_moves_a_slider_and_the_figure_follows(opened):
    view = opened(1200)
    slider = view.get_by_role("slider", name="Kernel at position")
    for _ in range(60):
        view.keyboard.press("Tab")
        if slider.evaluate("element => element === document.activeElement"):
            break
    view.keyboard.press("ArrowRight")
    assert slider.input_value() == "1"
    caption = figures()["convolutions"].frames[1].layout.annotations[0].text
    result = re.sub(r"<[^>]*>", "", caption.split("<br>")[1])
    assert result in slider.get_attribute("aria-valuetext")
    view.wait_for_function(
        "text => document.querySelector('.js-plotly-plot .infolayer').textContent.includes(text)", arg=result
    )
    view.keyboard.press("End")
    assert slider.input_value() == "3"
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "true", "JupyterLab would take the arrows"


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 800, 390])
def test_a_figure_is_as_wide_as_the_room_and_no_wider_than_it_was_made(opened, width):
    view = opened(width)
    for name, drawn, room, made in view.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].map((f) => [f.id,"
        " f.querySelector('.svg-container').getBoundingClientRect().width, f.clientWidth, f.layout.meta.size.width])"
    ):
        assert drawn <= min(room, made) + 1 and drawn >= 0.8 * min(room, made), name
    width_of, height_of = view.evaluate(
        "(() => { const image = document.querySelectorAll('.js-plotly-plot')[2].querySelector('.main-svg image')"
        ".getBoundingClientRect(); return [image.width, image.height]; })()"
    )
    assert width_of / height_of == pytest.approx(144 / 57, rel=0.02), "the digits keep their shape"
