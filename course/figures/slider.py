"""A slider that steps through precomputed frames, so that it works where no kernel runs."""

from collections.abc import Sequence

import plotly.graph_objects as go


def add_slider(
    figure: go.Figure, frames: Sequence[go.Frame], labels: Sequence[str], prefix: str, start: int = 0
) -> None:
    """Gives the figure its frames, and a slider below it with one label for each; it begins at frame `start`.

    The figure itself is drawn like that frame already, so that it is right where scripts are off.
    """
    names = [str(index) for index in range(len(frames))]
    figure.frames = [frame.update(name=name) for name, frame in zip(names, frames, strict=True)]
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [
        {"method": "animate", "label": label, "args": [[name], at_once]}
        for name, label in zip(names, labels, strict=True)
    ]
    figure.update_layout(
        sliders=[
            {
                "active": start,
                "steps": steps,
                "currentvalue": {"prefix": f"{prefix} ", "font": {"size": 14}},
                "pad": {"t": 55, "b": 10},
            }
        ]
    )
