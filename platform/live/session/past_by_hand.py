"""Orders by hand that were over long ago, as the journal of their session tells of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.errors import SessionError
from lockstep.live.session.by_hand import Given
from lockstep.live.session.kept_orders import Kept
from lockstep.live.session.recent import Name, Recent
from lockstep.live.session.view_types import OrderView
from lockstep.live.storage.journal import Journal
from lockstep.strategies.over_ticks.by_hand import OrderRequest


class Rows(Protocol):
    """A journal that is read."""

    def row(self, seq: int) -> Row:
        """Return a row."""

    def rows(self, first: int, last: int, *, kinds: Sequence[str]) -> Iterator[Row]:
        """Return rows of some kinds, both ends included."""


class PastByHand:
    """Reads orders by hand that are over, from the journal that the session in ``folder`` writes.

    ``numbers`` are those of its lanes, by name.
    """

    def __init__(self, journal: Journal, folder: Path, numbers: Mapping[str, int]) -> None:
        self._journal, self._folder, self._numbers = journal, folder, numbers

    def __call__(self, kept: Kept) -> Given:
        """Return an order.

        Raises ``SessionError`` where its rows lie elsewhere, and ``JournalError`` where they can't be read.
        """
        last = max(kept.row, kept.end)
        if self._journal.durable < last:
            self._journal.wait(last)
        with Recording(self._folder) as recording:
            if kept.row <= recording.start.seq:
                raise SessionError(
                    f"the order of that client id is row {kept.row} of the journal, and rows up to"
                    f" {recording.start.seq} were archived and lie elsewhere: put them back into {self._folder}"
                )
            return given_in(recording, kept, self._numbers)


def given_in(journal: Rows, kept: Kept, numbers: Mapping[str, int]) -> Given:
    """Return the order that lies there."""
    content = journal.row(kept.row).content()
    asked, lane = msgspec.convert(content["order"], OrderRequest), content["lane"]
    if not kept.end:
        return Given(kept.row, lane, asked)
    end = journal.row(kept.end)
    order = end.content()["order"]
    recent = Recent(numbers)
    recent.name(lane, order, Name.of_row(content))
    if end.kind == "order":
        _hear_of(recent, journal.rows(kept.row, kept.end, kinds=("intent",)), lane, order)
    ended = recent.hear(end.kind, end.content(), end.seq, lane, end.symbol, end.time_ns)
    assert ended is not None
    return Given(kept.row, lane, asked, order, _with_fills(ended, kept), kept.end)


def _hear_of(recent: Recent, intents: Iterator[Row], lane: str, order: int) -> None:
    """Let it hear how the order left: that comes right behind its command, and is not looked for any further."""
    for row in intents:
        if row.strategy == lane and row.content()["order"] == order:
            recent.hear(row.kind, row.content(), row.seq, lane, row.symbol, row.time_ns)
            return


def _with_fills(ended: OrderView, kept: Kept) -> OrderView:
    average = None if math.isnan(kept.average) else kept.average
    return msgspec.structs.replace(ended, average_price=average, fees=kept.fees)
