"""The course's own library: what `utils.py` offers, and what lessons and checks lean on.

Its rooms: `data`, `figures`, `given` (what a lesson is given), `learner` (their files and results), `settings`, `explorer`;
and `catalogue`, the one table of exercises.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""
