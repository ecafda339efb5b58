"""Markdown with formulas as HTML with drawings of them: no script and no font has to be loaded to see them."""

import html
import re
from functools import cache

import ziamath
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

INLINE, BLOCK = 17, 18  # font sizes in pixels, to go with the text of the page


@cache
def drawing(tex: str, inline: bool) -> str:
    """A TeX formula as an SVG image that stands on the line of the text; its alternative text is the TeX."""
    braced = re.sub(r"\\(math\w+)\s+(\w)", r"\\\1{\2}", tex)  # \mathbb E, which ziamath reads as \mathbb{}E
    formula = ziamath.Latex(braced, size=INLINE if inline else BLOCK, inline=inline)
    attributes = f'role="img" aria-label="{html.escape(tex.strip())}" style="vertical-align:{formula.getyofst():.1f}px"'
    return formula.svg().replace("<svg ", f"<svg {attributes} ", 1)


class FormulaRenderer(IPythonRenderer):
    """nbconvert's renderer, which would leave formulas to a script from the network."""

    def inline_math(self, body: str) -> str:
        return drawing(body, inline=True)

    def block_math(self, body: str) -> str:
        return f'<div class="formula">{drawing(body, inline=False)}</div>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_html(self, html: str) -> str:
        """HTML as it is, but for formulas in it, such as in the summary of a fold."""
        return super().block_html(re.sub(r"(?<!\\)\$([^$\n]+)\$", lambda found: drawing(found[1], True), html))


def markdown_to_html(source: str) -> str:
    return MarkdownWithMath(renderer=FormulaRenderer(escape=False)).render(source)
