"""Opens the latent explorer with the course's own weights: `make explore`."""

import os
import sys
import webbrowser

from course.data.files import write_whole
from course.explorer.page import course_page
from tools.generated import ROOT

PAGE = ROOT / "results" / "explorer.html"


def main() -> None:
    write_whole(PAGE, course_page().encode())
    size = PAGE.stat().st_size / 1e6
    print(f"{PAGE.relative_to(ROOT)}: one file of {size:.1f} MB that opens in any browser, without a network.")
    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(PAGE.as_uri())


if __name__ == "__main__":
    main()
