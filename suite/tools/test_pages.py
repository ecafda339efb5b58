"""The tour's pages show everything without a network: figures, formulas, folds, progress bars."""

import re

import nbformat
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.pages import FIGURE, WIDGET, WIDGET_STATE, page

TEXT = r"""# A title

Inline $\mathbb E_q[z]$, and a display:

$$D_{KL}(q\,\|\,p) = \frac{\sigma^2 + \mu^2 - 1}{2} - \log\sigma$$

[next](01_autoencoders.ipynb)

<details>
<summary>What is $\sigma$?</summary>

**Bold** inside.

</details>
"""


@pytest.fixture(scope="module")
def html() -> str:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), frames=[go.Frame(data=[go.Scatter(y=[5, 6])])])
    widgets = {
        "box": {"state": {"children": ["IPY_MODEL_words", "IPY_MODEL_bar"]}},
        "words": {"state": {"value": "epoch 1/10: 100%"}},
        "bar": {"state": {"value": 118.0, "max": 118.0}},
    }
    shown = {FIGURE: figure.to_plotly_json(), "text/plain": "A line from 3 to 4"}
    training = {WIDGET: {"model_id": "box"}, "text/plain": "0%"}
    outputs = [new_output("display_data", data=data) for data in (shown, training)]
    notebook = new_notebook(
        cells=[new_markdown_cell(TEXT), new_code_cell("train()", outputs=outputs)],
        metadata={"widgets": {WIDGET_STATE: {"state": widgets}}},
    )
    nbformat.validate(notebook)
    return page(notebook, "A title")


def test_nothing_is_loaded_from_a_network(html):
    sources = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', html)
    assert sources == ["plotly.min.js"]
    assert not re.search(r"\bimport\b[^<]{0,80}https?://", html)


def test_formulas_are_drawings_that_can_be_read_aloud(html):
    soup = BeautifulSoup(html, "html.parser")
    labels = [drawing["aria-label"] for drawing in soup.select("svg[role=img]")]
    assert [label[:12] for label in labels] == [r"\mathbb E_q[", r"D_{KL}(q\,\|", r"\sigma"]
    assert "$" not in soup.main.get_text().replace(soup.main.script.get_text(), "")


def test_a_fold_holds_its_text_as_html(html):
    fold = re.search(r"(?s)<details>.*?</details>", html)[0]
    assert "<strong>Bold</strong> inside." in fold


def test_a_figure_is_drawn_with_its_frames_and_its_words(html):
    assert 'aria-label="A line from 3 to 4"' in html
    assert "Plotly.newPlot(" in html and "Plotly.addFrames(" in html


def test_a_progress_bar_is_shown_as_it_ended(html):
    bar = BeautifulSoup(html, "html.parser").progress
    assert bar.attrs == {"value": "118.0", "max": "118.0"}
    assert bar.previous_sibling.strip() == "epoch 1/10: 100%"


def test_links_lead_to_pages(html):
    assert 'href="01_autoencoders.html"' in html
