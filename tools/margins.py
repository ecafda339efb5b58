"""How safe are the tests whose verdict a training or a random draw decides? Many seeds, on several processors.

    python -m tools.margins                       # 20 seeds on each: a long time, most of it the classifier's
    python -m tools.margins --only Face penalty --seeds 5

A table: each number that a test measures, its limit, the worst value found, and how far the mean is from the limit in
standard deviations (over the seeds, on the processor where that is least). The older processors are emulated: PyTorch
and oneDNN are told to use their instructions only. Ends with 1 where a value breaks its limit.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean, stdev

from suite.measured import MEASURED, Measured
from tools.generated import ROOT

PROCESSORS = {
    "default": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "own": {},
}
HEAD = "| measured in a test | limit | worst | mean ± standard deviation | spreads |"


def measuring_tests() -> list[Path]:
    """The suite's files that declare numbers in `MEASURED`."""
    files = sorted((ROOT / "suite").rglob("test_*.py"))
    return [file for file in files if "suite.measured" in file.read_text(encoding="utf-8")]


def load_tests() -> None:
    """Imports them, which fills `MEASURED`."""
    for file in measuring_tests():
        importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def chosen(words: list[str]) -> list[Measured]:
    return [quantity for name, quantity in MEASURED.items() if any(each in name for each in words)]


def work(words: list[str], seeds: int) -> None:
    """A worker's whole life: a line of JSON for each quantity, with what it is for each seed."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a training prints is no answer
    for quantity in chosen(words):
        print(quantity.name, file=sys.stderr, flush=True)
        print(json.dumps([quantity.measure(seed) for seed in range(seeds)]), file=answers, flush=True)


def measured_on(processor: str, words: list[str], seeds: int) -> list[list[float]]:
    """Each quantity there, seed by seed. Raises CalledProcessError where that fails."""
    clean = {key: value for key, value in os.environ.items() if key not in PROCESSORS["default"]}
    done = subprocess.run(
        [sys.executable, "-m", "tools.margins", "--worker", "--only", *words, "--seeds", str(seeds)],
        cwd=ROOT, env=clean | PROCESSORS[processor] | {"TQDM_DISABLE": "1"}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def row(quantity: Measured, values: dict[str, list[float]]) -> str:
    worst = min((each for some in values.values() for each in some), key=quantity.room)
    spreads = {processor: in_spreads(quantity, some) for processor, some in values.items()}
    least = min(spreads, key=lambda processor: spreads[processor])
    mean, spread = fmean(values[least]), spread_of(values[least])
    return (
        f"| {quantity.name} | {quantity.demand} | {worst:.4g} | {mean:.4g} ± {spread:.2g} on {least} "
        f"| {spreads[least]:.1f} |"
    )


def spread_of(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def in_spreads(quantity: Measured, values: list[float]) -> float:
    """From the mean to the limit, in standard deviations; without end where all values are the same."""
    spread, room = spread_of(values), quantity.room(fmean(values))
    return room / spread if spread else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.margins", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many, from 0 on (20)")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORDS", help="quantities with any of these in their name"
    )
    parser.add_argument("--on", nargs="+", choices=PROCESSORS, default=list(PROCESSORS), metavar="PROCESSOR")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    load_tests()
    if options.worker:
        work(options.only, options.seeds)
        return
    found = {processor: measured_on(processor, options.only, options.seeds) for processor in options.on}
    print(f"{options.seeds} seeds each, on {', '.join(found)}.\n\n{HEAD}\n{'|---' * HEAD.count(' | ')}|---|")
    broken = False
    for number, quantity in enumerate(chosen(options.only)):
        values = {processor: some[number] for processor, some in found.items()}
        print(row(quantity, values))
        broken |= any(quantity.room(each) <= 0 for some in values.values() for each in some)
    sys.exit(broken)


if __name__ == "__main__":
    main()
