"""The two times of a DBN file's records."""

from collections.abc import Iterator

import numpy as np

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.clock import Int64Array
from lockstep.data.ticks.dbn.layout import record_types, sizes
from lockstep.data.ticks.dbn.metadata import read_metadata
from lockstep.kernels.feeds.codes import Stop
from lockstep.kernels.feeds.dbn_stamps import FIELDS, dbn_stamps
from lockstep.kernels.feeds.dbn_tables import DBN_STATE

_ROOM = 1 << 16


def stamps(source: ByteSource, publisher: int = -1) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Walk through (received, happened), int64[n] each, of the records that have both; of one publisher, or -1 for all.

    The arrays are used again for the next. What is wrong with a file ends the walk, and is told when it is read.
    """
    head, position = read_metadata(source)
    lengths, state = sizes(record_types(head.version, head.ts_out)), np.zeros(1, DBN_STATE)
    state["position"], state["publisher"] = position, publisher
    received, sent = np.empty(_ROOM, np.int64), np.empty(_ROOM, np.int64)
    while True:
        stop = Stop(dbn_stamps(source.data, source.base, lengths, state, FIELDS, received, sent))
        count, state["rows"] = int(state["rows"][0]), 0
        yield received[:count], sent[:count]
        if stop == Stop.ROWS:
            continue
        if stop != Stop.BYTES or not source.more(int(state["position"][0])):
            return
        state["position"] = 0
