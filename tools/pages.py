"""An executed notebook as a page that needs no network.

Beside the pages lie plotly.min.js, once for all of them, and images/; formulas are drawn inside the pages.
"""

import html
import re
from pathlib import Path

import plotly.io as pio
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from course.figures.page import page_html
from tools.formulas import markdown_to_html

FIGURE = "application/vnd.plotly.v1+json"
PREPARED = "window.courseFigures"
WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

# nbconvert's page, with its scripts from the network replaced by those beside the page.
TEMPLATE = r"""
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}<script src="plotly.min.js"></script>{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
details { margin: 1em 0; }
summary { cursor: pointer; }
.formula { text-align: center; margin: 1em 0; }
.formula svg, .jp-RenderedHTMLCommon img { max-width: 100%; }
</style>
{%- endblock -%}
"""


def copy_scripts(folder: Path) -> None:
    """Puts what every page loads into the folder: plotly's script, 5 MB."""
    (folder / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")


def page(notebook: NotebookNode, title: str) -> str:
    """The HTML page of an executed notebook. Changes the notebook."""
    widgets = notebook.metadata.pop("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for cell in notebook.cells:
        for number, output in enumerate(cell.get("outputs", [])):
            if PREPARED in output.get("data", {}).get("text/html", ""):
                output.data = {"text/plain": ""}  # the page holds it itself
            elif FIGURE in output.get("data", {}):
                output.data = {"text/html": figure_html(output.data, f"figure-{cell.id}-{number}")}
            elif WIDGET in output.get("data", {}):
                output.data = {"text/html": widget_html(output.data[WIDGET]["model_id"], widgets)}
    exporter = HTMLExporter(raw_template=TEMPLATE, filters={"markdown2html": markdown_to_html})
    text, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    text = text.replace("</body>", f"{page_html()}</body>")
    return re.sub(r'href="([\w-]+)\.ipynb', r'href="\1.html', text)


def figure_html(data: NotebookNode, name: str) -> str:
    """A plotly figure, drawn by the script that the page loads; its plain text tells what it shows."""
    figure = {key: value for key, value in data[FIGURE].items() if key in ("data", "layout", "frames")}
    drawn = pio.to_html(
        figure,
        config=data[FIGURE].get("config"),
        include_plotlyjs=False,
        full_html=False,
        auto_play=False,
        div_id=name,
        validate=False,
    )
    return f'<div role="figure" aria-label="{html.escape(data.get("text/plain", "a figure"))}">{drawn}</div>'


def widget_html(name: str, widgets: dict) -> str:
    """A widget as it looked at the end: a progress bar is a box of words, a bar, and words."""
    state = widgets.get(name, {}).get("state", {})
    if "children" in state:
        return " ".join(widget_html(child.removeprefix("IPY_MODEL_"), widgets) for child in state["children"])
    if "max" in state:
        return f'<progress value="{state["value"]}" max="{state["max"]}"></progress>'
    return str(state.get("value", ""))
