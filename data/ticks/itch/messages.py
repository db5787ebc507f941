"""Every message of an ITCH file, in named fields."""

import os
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.binary_reader import check_end
from lockstep.data.ticks.byte_source import STRETCH, ByteSource
from lockstep.data.ticks.findings import Findings
from lockstep.data.ticks.itch.layout import LENGTHS, TYPES, decode
from lockstep.data.ticks.itch.trouble import explain
from lockstep.errors import BadFileError
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.gather import gather
from lockstep.kernels.feeds.itch import ITCH_STATE, itch_frames


class Messages(NamedTuple):
    """Messages of one type from a stretch of a file, in their order."""

    letter: str
    name: str
    number: npt.NDArray[np.int64]
    """Which message of the file each is, from 0; of a file's troubles none is counted."""
    rows: npt.NDArray[np.void]
    """Structured array of `TYPES[letter].fields`."""


def messages(
    path: str | os.PathLike[str],
    types: Collection[str] = "",
    *,
    findings: Findings | None = None,
    stretch: int = STRETCH,
) -> Iterator[Messages]:
    """Decode a file (raw or gzip) of NASDAQ ITCH 5.0 messages into columns, a stretch of `stretch` bytes at a time.

    `types` are the letters wanted, all when empty. Messages of a stretch come grouped by type; `number` gives back
    their order. Without `findings` the first trouble raises its TickError; tolerant findings count and go on.
    Raises BadFileError when the file can't be opened or a letter stands for no type.
    """
    unknown = sorted(set(types) - set(TYPES))
    if unknown:
        raise BadFileError(f"no ITCH message has the type {unknown[0]!r}: choose from {''.join(TYPES)}")
    findings = findings or Findings(strict=True)
    source, state, counted = ByteSource(path, stretch), np.zeros(1, ITCH_STATE), 0
    try:
        while source.more(int(state["position"][0])):
            state["position"] = 0
            at, kinds = _frames(source, state, findings)
            yield from _decoded(source.data, at, kinds, types, counted)
            counted += len(at)
        check_end(source, findings, "message")
    finally:
        source.close()


def _frames(source: ByteSource, state: npt.NDArray[np.void], findings: Findings) -> tuple[Any, Any]:
    """Return the places in `source.data` and the types of all whole messages in it."""
    room = len(source.data) // (2 + int(LENGTHS[LENGTHS > 0].min())) + 1
    at, kinds = np.empty(room, np.int64), np.empty(room, np.uint8)
    state["rows"] = 0
    while True:
        stop = Stop(itch_frames(source.data, source.base, LENGTHS, state, at, kinds))
        if stop in (Stop.BYTES, Stop.ROWS):
            count = int(state["rows"][0])
            return at[:count], kinds[:count]
        explain(stop, source, int(state["at"][0]), findings)


def _decoded(data: Any, at: Any, kinds: Any, types: Collection[str], counted: int) -> Iterator[Messages]:
    for code in np.flatnonzero(np.bincount(kinds, minlength=256)).tolist():
        letter = chr(code)
        if types and letter not in types:
            continue
        number = np.flatnonzero(kinds == code)
        raw = np.empty((len(number), LENGTHS[code]), np.uint8)
        gather(data, at[number], raw)
        yield Messages(letter, TYPES[letter].name, number + counted, decode(letter, raw.reshape(-1)))
