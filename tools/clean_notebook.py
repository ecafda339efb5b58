"""A notebook as git is to see it: without what opening and running it leaves behind.

`tools/git_notebooks.py` makes this git's clean filter for `notebooks/`: it reads a notebook from the standard input
and writes it to the output. What it changes is the copy that git compares and commits, never the file. It runs
at every `git status`, so it imports no more than JSON.
"""

import json
import sys
from typing import Any

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cleaned(text: str) -> str:
    """The notebook without outputs, execution counts, and what Jupyter or an editor notes about kernel and view.

    Cells, their ids, tags and attached pictures stay. A text that is no notebook (one half saved) stays as it is.
    """
    try:
        notebook = json.loads(text)
        notebook["metadata"] = METADATA
        notebook["cells"] = [clean_cell(cell) for cell in notebook["cells"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return text
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"  # as nbformat writes it


def clean_cell(cell: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in cell.items() if value or key != "attachments"}
    kept["metadata"] = {key: value for key, value in cell["metadata"].items() if key == "tags" and value}
    kept["source"] = "".join(cell["source"]).splitlines(keepends=True)
    return kept | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})


if __name__ == "__main__":
    sys.stdout.buffer.write(cleaned(sys.stdin.buffer.read().decode("utf-8")).encode("utf-8"))
