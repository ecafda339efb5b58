"""Makes the README's picture of the latent explorer: `python -m tools.pictures.explorer`, in the system's Chromium."""

import tempfile
from pathlib import Path

import torch
from PIL import Image

from course.explorer.page import course_page
from suite.chromium import chromium
from tools.generated import ROOT

PICTURE = ROOT / "notebooks" / "images" / "explorer.png"

INVENT = """async (noise) => {
  const page = await window.explorer;
  page.noise = noise.map((z) => Float32Array.from(z));
  useTool(page, "invent");
}"""


def main() -> None:
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file, screenshot = Path(folder, "explorer.html"), Path(folder, "screenshot.png")
        file.write_text(course_page(), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1280, "height": 1130})
        page.goto(file.as_uri())
        page.evaluate(INVENT, torch.randn(12, 5).tolist())
        page.wait_for_timeout(500)
        page.locator(".stage").screenshot(path=screenshot)
        Image.open(screenshot).convert("RGB").save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}  {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
