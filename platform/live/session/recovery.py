"""A session that was cut off comes back: its tape through its lanes again, compared with what the journal holds.

What lanes write again must be what was journaled, row for row. What goes beyond the journal was decided, but no one had
been told: it is journaled now.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.errors import SessionError
from lockstep.live.session.core import Core, Rows

DERIVED = ("intent", "risk", "fill", "order", "state", "event_refused", "strategy_halted")
"""Kinds of rows that follow from the tape."""
PIECE = 4096


class Compared:
    """Stands for the journal while a tape is taken again."""

    def __init__(self, rows: Iterator[Row], journal: Rows) -> None:
        self._rows, self._journal = rows, journal
        self.at = 0
        """Records of the tape that were taken again."""
        self.agreed = self.added = 0
        """Rows that were the same, and rows that the journal had not."""

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        """Compare a row with the next one of the journal; behind its end put it there."""
        row = next(self._rows, None)
        if row is None:
            self.added += 1
            return self._journal.put(kind, content, time_ns=time_ns, strategy=strategy, symbol=symbol, tape=self.at)
        found = (kind, strategy, symbol, time_ns, self.at if tape is None else tape)
        expected = (row.kind, row.strategy, row.symbol, row.time_ns, row.tape)
        if found != expected or content != row.content():
            raise SessionError(
                f"row {row.seq} of the journal can't be decided again: it holds {expected} {row.content()}, taking the"
                f" tape again gives {found} {content}: hand the session's positions over to a new one"
            )
        self.agreed += 1
        return row.seq

    def missing(self) -> list[Row]:
        """Return the rows that the tape no longer leads to."""
        return list(self._rows)


def recover(core: Core, recording: Recording, compared: Compared) -> list[int]:
    """Take a recorded tape again; raises ``SessionError`` where it leads elsewhere than it did.

    ``core.commands`` are all that were journaled. Returns the rows of those that are not on the tape: they are to be
    obeyed now.
    """
    tape = recording.tape
    for start in range(0, len(tape), PIECE):
        # Copied: what is mapped for reading is another type to compiled code, which would be compiled once more.
        piece = np.array(tape[start : start + PIECE])
        for k, moment in enumerate(piece["received_ns"].tolist()):
            core.clock.last_ns, compared.at = moment, start + k + 1
            core.happen(piece[k : k + 1])
    left = compared.missing()
    if left:
        raise SessionError(
            f"row {left[0].seq} of the journal ({left[0].kind}) and {len(left) - 1} after it don't follow from the tape"
        )
    obeyed = set(tape["id"][tape["input"] == Input.COMMAND].tolist())
    return [seq for seq in core.commands if seq not in obeyed]
