"""Reads back what an offline W&B run logged, from the `.wandb` file that it leaves.

The file is a log in LevelDB's format (github.com/google/leveldb, doc/log_format.md) behind a header of 7 bytes:
blocks of 32 KiB, filled with fragments of records; each record is a protocol buffer of W&B's own.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FILE_MARK = b":W&B\xe1\xbe"  # one byte follows it, the format's version
BLOCK_BYTES = 32 * 1024
FRAGMENT_HEADER = struct.Struct("<IHB")  # checksum, length, kind
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def read_offline_run(folder: str | Path) -> list[dict[str, Any]]:
    """The history of the run in `folder` (`…/offline-run-…`): one dict a step, in order, `_step` included.

    Values are what `wandb.log` was given. A list of images is a dict with `width` and `height` in pixels, `count`
    and `filenames`, relative to the run's `files/`. Of an unfinished run, the steps that were written so far.
    Raises FileNotFoundError without a `.wandb` file and ValueError when the file is damaged.
    """
    from wandb.proto.wandb_internal_pb2 import Record

    paths = sorted(Path(folder).glob("run-*.wandb"))
    if not paths:
        raise FileNotFoundError(f"no run-*.wandb in {folder}")
    steps = []
    for record in read_records(paths[0].read_bytes()):
        history = Record.FromString(record).history
        if history.item:
            steps.append(as_dict(history.item))
    return steps


def as_dict(items: Iterable[Any]) -> dict[str, Any]:
    """History items → one dict, nested where W&B gives a value's path (an image's width lies in its key)."""
    step: dict[str, Any] = {}
    for item in items:
        *outer, name = item.nested_key or [item.key]
        place = step
        for key in outer:
            place = place.setdefault(key, {})
        place[name] = json.loads(item.value_json)
    return step


def read_records(content: bytes) -> Iterator[bytes]:
    """The records of a `.wandb` file, whole. One that was cut off at the end is left out."""
    if not content.startswith(FILE_MARK):
        raise ValueError("This is no W&B run: the file does not begin with W&B's mark.")
    position = len(FILE_MARK) + 1
    parts: list[bytes] = []
    while position + FRAGMENT_HEADER.size <= len(content):
        left_in_block = BLOCK_BYTES - position % BLOCK_BYTES
        if left_in_block < FRAGMENT_HEADER.size:  # too short for a header: filled with zeros
            position += left_in_block
            continue
        checksum, length, kind = FRAGMENT_HEADER.unpack_from(content, position)
        start = position + FRAGMENT_HEADER.size
        fragment = content[start : start + length]
        if len(fragment) < length:
            return
        if zlib.crc32(fragment, zlib.crc32(bytes([kind]))) != checksum:
            raise ValueError(f"The W&B run is damaged at byte {position}.")
        if kind in (FULL, FIRST):
            parts = []
        parts.append(fragment)
        if kind in (FULL, LAST):
            yield b"".join(parts)
        position = start + length
