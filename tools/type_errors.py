"""mypy with a ratchet: `python -m tools.type_errors` fails where a package has more errors than it once had; `make lint`.

`tools/type_errors.json` holds how many each package still has; what it does not name must have none. `--update` lowers
the numbers to what is found, and never raises one.

(This file is not called types.py: whoever runs a script of this folder by its path would then import it as Python's own.)
"""

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tools.generated import ROOT

RECORD = Path(__file__).with_suffix(".json")
ERROR = re.compile(r"(.+?):\d+: error: ")


def package_of(path: str) -> str:
    """A layer of checks/, such as "checks/core", or the first folder, or a file beside them."""
    parts = Path(path).parts
    return "/".join(parts[:2]) if parts[0] == "checks" and len(parts) > 2 else parts[0]


def find_errors() -> dict[str, list[str]]:
    """Package → mypy's lines. Ends the process with mypy's words where it could not check."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = defaultdict(list)
    for line in done.stdout.splitlines():
        if error := ERROR.match(line):
            found[package_of(error[1])].append(line)
    if done.returncode not in (0, 1) or bool(found) != bool(done.returncode):
        sys.exit(f"mypy could not check:\n{done.stdout}{done.stderr}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.type_errors", description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="lower the record to what is found")
    update = parser.parse_args().update
    record: dict[str, int] = json.loads(RECORD.read_text(encoding="utf-8"))
    errors = find_errors()
    risen = sorted(package for package in errors if len(errors[package]) > record.get(package, 0))
    for package in risen:
        print(*errors[package], sep="\n")
        print(f"{package}: {len(errors[package])} type errors; it may have {record.get(package, 0)}.")
    counts = {package: min(most, len(errors[package])) for package, most in record.items()}
    lower = {package: count for package, count in counts.items() if count}
    if update:
        RECORD.write_text(json.dumps(lower, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    elif lower != record:
        print("Fewer type errors than recorded: `python -m tools.type_errors --update` holds on to that.")
    sys.exit(bool(risen))


if __name__ == "__main__":
    main()
