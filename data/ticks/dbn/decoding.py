"""The memory of a DBN file's decoding."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.interval import DAY_NS
from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.dbn.layout import RecordType, sizes
from lockstep.data.ticks.dbn.metadata import Metadata
from lockstep.data.ticks.live_table import LiveTable
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn import MAPPING, dbn_events
from lockstep.kernels.feeds.dbn_tables import DBN_BOOK, DBN_STATE, FILL, LEVELS
from lockstep.kernels.feeds.rows import ROW

GROUPED = ("mbo", "mbp-1", "mbp-10", "cmbp-1")
"""Schemas whose records say by a flag which of them is the last of those that belong together."""


_LATEST = int(np.iinfo(np.int64).max)


class Decoding:
    """What `dbn_events` works on; `symbols` are the names of its books."""

    def __init__(self, types: dict[int, RecordType], head: Metadata, publisher: int) -> None:
        self.types = types
        self.symbols: list[str] = []
        self.state = np.zeros(1, DBN_STATE)
        self.state["publisher"] = publisher
        self.state["instrument"] = -1
        self.state["alone"] = head.schema not in GROUPED
        self.state["least_ns"] = min(max(head.start_ns - DAY_NS, 0), _LATEST)
        self.state["most_ns"] = min((head.end_ns or _LATEST) + DAY_NS, _LATEST)
        self._sizes = sizes(types)
        self._ids = np.empty(0, np.int64)
        self._which = np.empty(0, np.int64)
        self._books = np.zeros(16, DBN_BOOK)
        self._levels = np.zeros(16, LEVELS)
        self._live = LiveTable()
        self._fills = np.zeros(256, FILL)
        self._counts = np.zeros(256, np.int64)
        self._out = np.empty(1 << 17, ROW)

    def go_on(self, source: ByteSource) -> Stop:
        """Decode until Python is needed."""
        return Stop(
            dbn_events(
                source.data, source.base, self._sizes, self.state, self._ids, self._which, self._books, self._levels,
                self._live.entries, self._fills, self._counts, self._out,
            )
        )  # fmt: skip

    def take(self) -> npt.NDArray[np.void]:
        """Return the events written so far; they are overwritten from now on."""
        rows = self._out[: int(self.state["rows"][0])]
        self.state["rows"] = 0
        return rows

    def take_counts(self) -> dict[str, int]:
        """Return the numbers of records by type since the last call."""
        counts = {kind.name: n for rtype, kind in self.types.items() if (n := int(self._counts[rtype]))}
        self._counts[:] = 0
        return counts

    def make_room(self, stop: Stop) -> None:
        """Make room for what a Stop says is lacking."""
        if stop == Stop.LIVE:
            self._live.grow()
        elif stop == Stop.FILLS:
            self._fills = np.concatenate([self._fills, np.zeros_like(self._fills)])
            # Each of them may become an event of its own at the end of its group.
            self._out = np.concatenate([self._out, np.empty_like(self._fills, ROW)])

    def add(self, number: int, symbol: str, unit: int) -> None:
        """Give an instrument a book; one with the unit 0 is passed over."""
        row = len(self.symbols)
        self.symbols.append(symbol)
        if row == len(self._books):
            self._books = np.concatenate([self._books, np.zeros_like(self._books)])
            self._levels = np.concatenate([self._levels, np.zeros_like(self._levels)])
        self._books[row]["unit"], self._books[row]["publisher"], self._books[row]["whole"] = unit, -1, 1
        place = int(np.searchsorted(self._ids, number))
        self._ids, self._which = np.insert(self._ids, place, number), np.insert(self._which, place, row)

    def unknown(self, source: ByteSource) -> tuple[int, int]:
        """Return the instrument and the time of the record that has no book."""
        head = self._record(source, int(self.state["position"][0]), 0xA0)
        return int(head["instrument_id"]), int(head["ts_event"]) & (1 << 63) - 1

    def mapping(self, source: ByteSource) -> tuple[int, str]:
        """Return the instrument and the symbol of the mapping just passed."""
        record = self._record(source, int(self.state["at"][0]) - source.base, MAPPING)
        return int(record["instrument_id"]), record["stype_out_symbol"].decode("utf-8", "replace")

    def _record(self, source: ByteSource, place: int, rtype: int) -> Any:
        fields = self.types[rtype].fields
        raw = np.zeros(fields.itemsize, np.uint8)
        found = source.data[place : place + fields.itemsize]
        raw[: len(found)] = found
        return raw.view(fields)[0]
