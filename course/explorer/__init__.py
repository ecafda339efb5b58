"""The latent explorer: a page in which one takes hold of a latent space, with the course's weights or one's own."""

import os
from html import escape
from pathlib import Path

from torch import nn

from course import ROOT
from course.data.files import write_whole
from course.figures.images import in_notebook

RESULTS = ROOT / "results"
UNTRAINED = 0.8  # an error above which a model has learned less than the average digit
HEIGHT = 920  # of the frame in a notebook, in pixels


def explore(*models: nn.Module) -> None:
    """Writes a page to explore one trained model, or two side by side, into results/, and shows it in a notebook.

    Takes an autoencoder of lesson 1 and a VAE of lesson 2, in whatever way they are written, with two latents or more:
    `explore(autoencoder)`, `explore(autoencoder, vae)`. The page holds their weights and needs neither network nor
    kernel. Raises `course.explorer.reading.CannotShow`, a ValueError, for what cannot be shown.
    """
    # Imported here, since the checks' networks and MNIST take a moment.
    from course.explorer.page import Choice, Panel, make_page
    from course.explorer.reading import CannotShow, read_model, rebuilding_error

    if not 1 <= len(models) <= 2:
        raise CannotShow(f"The page shows one model or two side by side; these are {len(models)}.")
    read = [read_model(model) for model in models]
    for model in read:
        if (error := rebuilding_error(model)) > UNTRAINED:
            print(
                f"This {model.kind} rebuilds digits with an error of {error:.2f}, and to draw the average digit always has 0.71: is it trained?"
            )
    kinds = [each.kind for each in read]
    names = [f"{kind[:1].upper()}{kind[1:]}" for kind in kinds]
    if len(set(kinds)) < len(kinds):
        names = [f"{name} {number}" for number, name in enumerate(names, 1)]
    panels = [Panel(name, [Choice(model)]) for name, model in zip(names, read, strict=True)]
    page = make_page(panels, "The weights are your own, as they were when this page was made.")
    path = RESULTS / f"explorer_{'_'.join(kinds).lower()}.html"
    write_whole(path, page.encode())
    show(path, page)


def show(path: Path, page: str) -> None:
    """Shows the page in a notebook, and says where it lies."""
    print(f"{path.relative_to(RESULTS.parent)}: a file of its own, which opens in any browser.")
    if in_notebook():
        from IPython.display import HTML, display

        # A Jupyter server hands the file out. Elsewhere (VS Code, Colab, the pages of `make tour`) the frame holds it.
        served = "JPY_SESSION_NAME" in os.environ
        source = f'src="{os.path.relpath(path)}"' if served else f'srcdoc="{escape(page)}"'
        frame = (
            f'<iframe {source} title="The latent explorer" width="100%" height="{HEIGHT}" style="border: 0"></iframe>'
        )
        display(HTML(f"<div>{frame}</div>"))
