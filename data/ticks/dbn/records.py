"""Every record of a DBN file, in named fields."""

import os
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.binary_reader import check_end
from lockstep.data.ticks.byte_source import STRETCH, ByteSource
from lockstep.data.ticks.dbn.layout import RecordType, record_types, sizes
from lockstep.data.ticks.dbn.metadata import Metadata, read_metadata
from lockstep.data.ticks.dbn.trouble import explain
from lockstep.data.ticks.findings import Findings
from lockstep.errors import BadFileError
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn import dbn_frames
from lockstep.kernels.feeds.dbn_tables import DBN_STATE
from lockstep.kernels.feeds.gather import gather


class Records(NamedTuple):
    """Records of one type from a stretch of a file, in their order."""

    rtype: int
    name: str
    number: npt.NDArray[np.int64]
    """Which record of the file each is, from 0; of a file's troubles none is counted."""
    rows: npt.NDArray[np.void]
    """Structured array of `record_types(version)[rtype].fields`."""


def metadata(path: str | os.PathLike[str]) -> Metadata:
    """Read the head of a DBN file, raw or zstd. Raises BadFileError."""
    source = ByteSource(path)
    try:
        return read_metadata(source)[0]
    finally:
        source.close()


def records(
    path: str | os.PathLike[str],
    names: Collection[str] = (),
    *,
    findings: Findings | None = None,
    stretch: int = STRETCH,
) -> Iterator[Records]:
    """Decode a DBN file (raw or zstd, versions 1 to 3) into columns, a stretch of `stretch` bytes at a time.

    `names` are the types wanted ('mbo', 'mbp_1', 'definition', ...), all when empty. Records of a stretch come grouped
    by type; `number` gives back their order. Without `findings` the first trouble raises its TickError; tolerant
    findings count and go on. Raises BadFileError for a file that is no DBN, or a name that stands for no type.
    """
    findings = findings or Findings(strict=True)
    source, counted = ByteSource(path, stretch), 0
    try:
        head, position = read_metadata(source)
        types = record_types(head.version, head.ts_out)
        _check_names(names, types)
        state = np.zeros(1, DBN_STATE)
        while True:
            state["position"] = position
            at, kinds, lost = _frames(source, state, types, findings)
            yield from _decoded(source.data, at, kinds, types, names, counted)
            counted += len(at)
            if lost:
                return
            if not source.more(int(state["position"][0])):
                break
            position = 0
        check_end(source, findings, "record")
    finally:
        source.close()


def _check_names(names: Collection[str], types: dict[int, RecordType]) -> None:
    known = [kind.name for kind in types.values()]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise BadFileError(f"no DBN record is called {unknown[0]!r}: choose from {', '.join(known)}")


def _frames(
    source: ByteSource, state: npt.NDArray[np.void], types: dict[int, RecordType], findings: Findings
) -> tuple[Any, Any, bool]:
    """Return the places in `source.data` and the types of all whole records in it, and whether the rest is lost."""
    lengths = sizes(types)
    room = len(source.data) // int(lengths[lengths > 0].min()) + 1
    at, kinds = np.empty(room, np.int64), np.empty(room, np.uint8)
    state["rows"] = 0
    while True:
        stop = Stop(dbn_frames(source.data, source.base, lengths, state, at, kinds))
        count = int(state["rows"][0])
        if stop in (Stop.BYTES, Stop.ROWS):
            return at[:count], kinds[:count], False
        explain(stop, source, int(state["at"][0]), types, findings)
        if stop == Stop.BROKEN_LENGTH:
            return at[:count], kinds[:count], True


def _decoded(
    data: Any, at: Any, kinds: Any, types: dict[int, RecordType], names: Collection[str], counted: int
) -> Iterator[Records]:
    for rtype in np.flatnonzero(np.bincount(kinds, minlength=256)).tolist():
        kind = types[rtype]
        if names and kind.name not in names:
            continue
        number = np.flatnonzero(kinds == rtype)
        raw = np.empty((len(number), kind.fields.itemsize), np.uint8)
        gather(data, at[number], raw)
        yield Records(rtype, kind.name, number + counted, raw.reshape(-1).view(kind.fields))
