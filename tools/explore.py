"""Opens the latent explorer with the course's own weights: `make explore`."""

import webbrowser

from course.explorer.page import course_page
from course.files import write_whole
from tools.generated import ROOT

PAGE = ROOT / "results" / "explorer.html"


def main() -> None:
    write_whole(PAGE, course_page().encode())
    print(
        f"Open {PAGE.relative_to(ROOT)} in a browser ({PAGE.stat().st_size / 1e6:.1f} MB, one file, no network needed)."
    )
    webbrowser.open(PAGE.as_uri())


if __name__ == "__main__":
    main()
