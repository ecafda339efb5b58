"""How quick the latent explorer is in this machine's Chromium.

    python -m tools.explorer_bench

Aims: 60 moves a second with both models shown, and a grid of 15 by 15 digits in under half a second.
"""

import tempfile
from pathlib import Path

from course.explorer.page import course_page
from suite.chromium import chromium

SECONDS = 3
REPEATS = 5

# Moves the points at every frame, along a circle; gives the moves a second, and the median milliseconds of work in one.
MOVES = """async (seconds) => {
  const page = await window.explorer;
  const start = performance.now();
  let moves = 0;
  for (; performance.now() - start < 1000 * seconds; moves++) {
    page.moveTo([0.6 * Math.cos(moves / 20), 0.6 * Math.sin(moves / 20)]);
    await new Promise((done) => requestAnimationFrame(done)); // by then it is drawn
  }
  const rate = (1000 * moves) / (performance.now() - start);
  const times = Array.from({ length: 101 }, () => {
    const begin = performance.now();
    for (const side of page.sides) showPoint(page, side);
    return performance.now() - begin;
  });
  return [rate, times.sort((a, b) => a - b)[50]];
}"""

# Decodes the plane of one model, as it is done when "draw the digit of every place" is on; gives milliseconds.
GRID = """async (models) => {
  const page = await window.explorer;
  const start = performance.now();
  await Promise.all(page.sides.slice(0, models).map((side) => new Promise((done) =>
    decodePlane(side.model, side.plane, side.z, page.normalisation, (_, whole) => whole && done()))));
  return performance.now() - start;
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder, "explorer.html")
        path.write_text(course_page(), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.as_uri())
        rate, milliseconds = page.evaluate(MOVES, SECONDS)
        print(f"{rate:.0f} moves a second, both models, their judge and their maps; {milliseconds:.1f} ms of work each")
        for models, name in ((1, "one model"), (2, "both models at once")):
            times = sorted(page.evaluate(GRID, models) for _ in range(REPEATS))
            print(
                f"{times[REPEATS // 2]:.0f} ms for a grid of 15 by 15 digits, {name} (median of {REPEATS}; best {times[0]:.0f})"
            )
        print(f"Chromium {browser.version}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
