"""Runs the notebooks with the reference solutions and leaves them as pages, with all outputs, in `tour/`.

For somebody who wants to see before doing: open `tour/index.html`. No page needs a network.
"""

import html
import shutil
import sys
import tempfile
import time
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from tools.directives import lesson_title
from tools.generated import ROOT
from tools.overlay import add_notebooks, execute, make_overlay
from tools.pages import copy_scripts, page

INDEX = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A tour of the course</title>
<style>
body {{ max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 1.1rem/1.6 system-ui, sans-serif; }}
</style>
<h1>A tour of the course</h1>
<p>Every lesson, as it runs with the reference solutions. To do it yourself: <code>make lab</code>.</p>
<ol>
{items}
</ol>
</html>
"""


def main() -> None:
    tour = ROOT / "tour"
    shutil.rmtree(tour, ignore_errors=True)
    tour.mkdir()
    copy_scripts(tour)
    items = []
    with tempfile.TemporaryDirectory() as folder:
        project = make_overlay(Path(folder), "solutions")
        for path in add_notebooks(project):
            print(f"{path.stem} … ", end="", flush=True)
            start = time.monotonic()
            try:
                notebook = execute(path, project)
            except CellExecutionError as error:
                sys.exit(f"failed\n{error}")
            title = lesson_title(path.stem)
            (tour / f"{path.stem}.html").write_text(page(notebook, title), encoding="utf-8")
            items.append(f'<li value="{int(path.stem[:2])}"><a href="{path.stem}.html">{html.escape(title)}</a></li>')
            print(f"{time.monotonic() - start:.0f} s")
        if (project / "notebooks" / "images").is_dir():
            shutil.copytree(project / "notebooks" / "images", tour / "images")
    (tour / "index.html").write_text(INDEX.format(items="\n".join(items)), encoding="utf-8")
    print("Open tour/index.html in a browser.")


if __name__ == "__main__":
    main()
