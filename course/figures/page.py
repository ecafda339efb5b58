"""What a page needs so that the course's figures can be read by everybody: a script, and colours for the dark theme.

A notebook gets it once, from whichever cell imports `utils`; the pages of `make tour` hold it too. Figures look as plotly
draws them, white and with plotly's own sliders, wherever it is not run, as in a notebook that is not trusted.

In JupyterLab the style also keeps words whole in what cells print, and drawings made of letters in one piece.
"""

from pathlib import Path
from typing import Any

from course.figures.palette import IN_THE_DARK

SCRIPT = Path(__file__).with_name("page.js")

# JupyterLab and Notebook, and VS Code.
DARK = ('[data-jp-theme-light="false"]', "body.vscode-dark", "body.vscode-high-contrast")

STYLE = """\
.js-plotly-plot[data-looked-after] > .plot-container { height: auto !important; }
.course-slider, .course-slider label { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75em; }
.course-slider { padding: 0 1em 0.5em; font: 14px/2 var(--jp-ui-font-family, sans-serif);
  color: var(--jp-ui-font-color1, inherit); }
.course-slider span { min-width: 2em; font-weight: bold; }
.course-slider input { width: 22em; max-width: 60vw; accent-color: #0072b2; }
.course-slider input:focus-visible { outline: 3px solid #e69f00; outline-offset: 3px; }
.jp-RenderedMarkdown details:not(:has(+ details)) { margin-bottom: 1em; }
.jp-OutputArea .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
.jp-RenderedMarkdown.jp-MarkdownOutput pre, .jp-RenderedMarkdown.jp-MarkdownOutput pre code { white-space: pre; overflow-x: auto; }
"""


def in_the_dark() -> str:
    """Rules that give each colour of a drawing its counterpart on dark paper; no text that lies on a tint is changed."""
    rules = [rule(".main-svg", "background: transparent")]
    for colour, counterpart in IN_THE_DARK.items():
        written = "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))
        for what in ("fill", "stroke"):
            # Neither what plotly writes under the mouse, nor white letters: they have a ground of their own.
            own = ":not(.hoverlayer *)" + ":not(text)" * (counterpart == "transparent")
            where = f'.main-svg [style*="{what}: {written}"]{own}'
            rules.append(rule(where, f"{what}: {counterpart}"))
    return "\n".join(rules)


def rule(element: str, declaration: str) -> str:
    selectors = ", ".join(f"{dark} .js-plotly-plot {element}" for dark in DARK)
    return f"{selectors} {{ {declaration} !important; }}"


def page_html() -> str:
    """The script and the style as HTML, 10 kB."""
    return f"<style>\n{STYLE}{in_the_dark()}\n</style>\n<script>\n{SCRIPT.read_text(encoding='utf-8')}</script>"


def prepare_page() -> None:
    """Puts it into the output of the running cell, and of each later one that imports `utils`, since running a cell
    again clears what it had shown. Nothing outside a notebook."""
    from course.figures.images import in_notebook

    if not in_notebook():
        return
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    first = shell.execution_count

    def show_again(result: Any) -> None:
        if "import utils" in str(result.info.raw_cell) and result.execution_count != first:
            display(bundle, raw=True)

    bundle = {"text/html": page_html(), "text/plain": ""}
    display(bundle, raw=True)
    shell.events.register("post_run_cell", show_again)
