"""`python -m tools.margins` measures what the tests declare."""

import re
import subprocess
import sys

import pytest

from tools.generated import ROOT

LIST = "from tools import margins; margins.load_tests(); print(*margins.MEASURED, sep='\\n')"
DECLARED = re.compile(r"^@(?:below|above)\([\d.]+\)\ndef (\w+)", re.MULTILINE)


@pytest.mark.slow
def test_it_finds_every_quantity_of_the_suite():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "suite").rglob("test_*.py")]
    declared = {name.replace("_", " ") for text in sources for name in DECLARED.findall(text)}
    found = subprocess.run([sys.executable, "-c", LIST], cwd=ROOT, capture_output=True, text=True, check=True)
    assert declared and declared <= {*found.stdout.splitlines()}
