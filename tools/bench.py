"""Seconds per epoch: the textbook's way, the course's trainer, a hand-written loop, and what the machine allows.

    python -m tools.bench [--epochs 5] [--images 60000] [--parts]

Each way trains in a process of its own, since the allocator's settings hold for a whole process. They take turns,
one epoch each, so that whatever else the machine does meets them all; the table shows medians of the seconds, and
medians over the turns of the ratios. `--parts` adds the trainer without one of the things that make it quick.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import torch

from course.settings.device import get_device
from tools import bench_ways as ways

LABELS = {
    "textbook": "(1) the textbook pipeline: per-image transforms, plain layers, plain Adam",
    "trainer": "(2) the course's trainer, as the notebooks use it",
    "hand_written": "(3) a hand-written permutation loop, same model and optimiser",
    "bound": "(4) the step's arithmetic at the rate of a large matrix product",
    "plain_layers": "(2) with PyTorch's own layers",
    "default_allocator": "(2) with the allocator as it comes",
}
RATIOS = {  # numerator, denominator, what we aim for
    "(2) / (1)": ("trainer", "textbook", "≤ 0.45"),
    "(2) / (3)": ("trainer", "hand_written", "≤ 1.05"),
    "(4) / (2)": ("bound", "trainer", "≥ 0.40"),
}
PART_RATIOS = {
    "(2) / (2) with PyTorch's own layers": ("trainer", "plain_layers", ""),
    "(2) / (2) with the allocator as it comes": ("trainer", "default_allocator", ""),
}


def work(name: str, images: int) -> None:
    """A worker's whole life: one epoch for each line that comes in, answered with its seconds."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what an epoch prints is no answer
    epoch = (ways.WAYS | ways.PARTS)[name](images)
    for _line in sys.stdin:
        start = time.perf_counter()
        epoch()
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()
        print(time.perf_counter() - start, file=answers, flush=True)


def start_worker(name: str, images: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.bench", "--worker", name, "--images", str(images)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | ways.ENVIRONMENT.get(name, {}),
    )


def take_turns(names: list[str], epochs: int, images: int) -> dict[str, list[float]]:
    """Seconds of every epoch, by way. Raises RuntimeError when a worker ends early."""
    workers = {name: start_worker(name, images) for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    try:
        for turn in range(1, epochs + 1):
            for name, worker in workers.items():
                answer = ask(worker)
                if not answer:
                    raise RuntimeError(f"{name} ended early; see `echo | python -m tools.bench --worker {name}`.")
                seconds[name].append(float(answer))
                print(f"turn {turn}/{epochs}  {name:18s}{seconds[name][-1]:8.2f} s", file=sys.stderr, flush=True)
    finally:
        for worker in workers.values():
            worker.communicate()  # closes its input, which ends it
    return seconds


def ask(worker: subprocess.Popen) -> str:
    """What the worker answers after one epoch; nothing when it has ended."""
    with suppress(BrokenPipeError):
        print("go", file=worker.stdin, flush=True)
    return worker.stdout.readline() if worker.stdout else ""


def add_bound(seconds: dict[str, list[float]], images: int) -> float:
    """Turns the seconds of the matrix products into those of (4), the bound; returns the rate in GFLOP/s."""
    operations = ways.PRODUCTS * 2 * ways.MATRIX_SIZE**3  # a multiplication and an addition count as two
    rates = [operations / taken for taken in seconds.pop("matrix_product")]
    epoch = ways.step_operations() * images / ways.BATCH_SIZE
    seconds["bound"] = [epoch / rate for rate in rates]
    return median(rates) / 1e9


def table(seconds: dict[str, list[float]], ratios: dict[str, tuple[str, str, str]]) -> str:
    """Medians and ratios in Markdown."""
    lines = ["| | seconds per epoch |", "|---|---|"]
    lines += [f"| {label} | {median(seconds[name]):.1f} |" for name, label in LABELS.items() if name in seconds]
    lines += ["", "| ratio | measured | aim |", "|---|---|---|"]
    for label, (above, below, aim) in ratios.items():
        by_turns = [a / b for a, b in zip(seconds[above], seconds[below], strict=True)]
        lines.append(f"| {label} | {median(by_turns):.2f} | {aim} |")
    return "\n".join(lines)


def machine() -> str:
    """The machine, in words."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    device = f", training on {get_device()}" if get_device().type != "cpu" else ""
    threads = f"{os.cpu_count()} cores, {torch.get_num_threads()} threads"
    return f"{processor}, {threads}{device}, Python {platform.python_version()}, PyTorch {torch.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5, help="turns (5)")
    parser.add_argument("--images", type=int, default=60_000, help="images in an epoch (60000)")
    parser.add_argument("--parts", action="store_true", help="also the trainer without this or that")
    parser.add_argument("--worker", choices=[*ways.WAYS, *ways.PARTS], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.images)
        return
    seconds = take_turns([*ways.WAYS, *(ways.PARTS if options.parts else ())], options.epochs, options.images)
    rate = add_bound(seconds, options.images)
    print(f"{machine()}; medians of {options.epochs} epochs of {options.images:,} images in turns.\n")
    print(table(seconds, RATIOS | (PART_RATIOS if options.parts else {})))
    print(f"\nOne step is {ways.step_operations() / 1e9:.2f} GFLOP; a large product runs at {rate:.0f} GFLOP/s.")


if __name__ == "__main__":
    main()
