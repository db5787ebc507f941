"""A depth stream is checked by its update ids and spliced to snapshots that were asked for beside it.

The rules are the exchanges' own, "How to manage a local order book correctly":
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams and
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams,
https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
"""

from collections import deque

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.message import Message, Said
from lockstep.data.ticks.rows import UNTIMED

MOST_WAITING = 20_000
"""So many diffs wait for a snapshot; older ones are let go."""
RESTART = 10_000_000
"""Numbers that fall by so much are not repeated: they start anew, or one was garbled."""
LOOK_BACK_NS = 1_000_000_000
"""A book that becomes known late is so much older than the newest diff at most: other channels have gone on."""


class Splice:
    """One symbol's depth: diffs and snapshots in, an unbroken book out.

    Diffs before the first snapshot wait for it; those that it holds already are dropped by their update ids. A diff
    that does not follow the one before is a GAP: the book is LOST until a snapshot joins it to the stream again.
    Snapshots that come while the book is whole change nothing. ``after`` is the last update id of a book that is known
    from elsewhere and goes on with this stream: then no snapshot is needed.

    ``in_band``: snapshots are messages of the stream itself, each starts the book anew, and nothing waits.
    """

    def __init__(self, lines: Lines, findings: Findings, *, after: int | None = None, in_band: bool = False) -> None:
        self.last = after
        """Update id of the book, None while it is unknown."""
        self._lines = lines
        self._findings = findings
        self._in_band = in_band
        self._joining = False
        self._untimed: Message | None = None
        self._waiting: deque[Message] = deque()
        self._dropped: Message | None = None
        self._time_ns = UNTIMED
        self._had_book = after is not None

    def diff(self, message: Message) -> list[Message]:
        """Take a diff; return what happens to the book."""
        message = self._in_time(message)
        if self.last is None:
            return self._wait(message)
        if self._joining and _is_old(message, self.last):
            return []
        if self.last - RESTART < message.last <= self.last and not self._joining:
            self._found(message, f"update {message.last} comes after {self.last}: expected each once", Trouble.REPEATED)
            return []
        if not self._follows(message, self.last):
            return self._lose(message, self.last)
        self.last, self._joining = message.last, False
        snapshot, self._untimed = self._untimed, None
        return [snapshot._replace(time_ns=message.time_ns), message] if snapshot else [message]

    def snapshot(self, snapshot: Message) -> list[Message]:
        """Take a snapshot; return what happens to the book."""
        if self._in_band:
            self.last, self._had_book = snapshot.last, True
            return [self._in_time(snapshot)]
        if self.last is not None:
            return []
        while self._waiting and _is_old(self._waiting[0], snapshot.last):
            self._dropped = self._waiting.popleft()
        kept = list(self._waiting)
        self._joining = True
        if kept and not self._follows(kept[0], snapshot.last):
            self._found(snapshot, f"the snapshot of update {snapshot.last} is older than the first diff held, "
                                  f"{kept[0].first}: the book stays unknown until a newer one")  # fmt: skip
            return []
        return self._start(snapshot, kept)

    def rest(self) -> list[Message]:
        """End the stream; return what was held back."""
        if self._untimed is not None:
            return [self._untimed]
        if self.last is None and self._waiting and not self._in_band:
            self._found(
                self._waiting[0],
                f"no snapshot joins the {len(self._waiting)} diffs from here on, which are left out: give the file "
                "that this one goes on from too, in front of it",
            )
        return []

    def _start(self, snapshot: Message, kept: list[Message]) -> list[Message]:
        self._waiting.clear()
        self.last, self._had_book = kept[-1].last if kept else snapshot.last, True
        self._joining = not kept
        snapshot = snapshot._replace(time_ns=self._snapshot_time(snapshot, kept))
        if snapshot.time_ns == UNTIMED and not kept:
            self._untimed = snapshot
            return []
        return [snapshot, *(self._made_known(message, snapshot) for message in kept)]

    def _made_known(self, message: Message, snapshot: Message) -> Message:
        """What a diff says of the book could be known only when the snapshot had come."""
        return message._replace(
            time_ns=max(message.time_ns, self._time_ns - LOOK_BACK_NS),
            received_ns=max(message.received_ns, snapshot.received_ns),
        )

    def _snapshot_time(self, snapshot: Message, kept: list[Message]) -> int:
        """Not before the last diff that it holds, nor after the first that it does not."""
        floor = self._dropped.time_ns if self._dropped else UNTIMED
        time_ns = max(snapshot.time_ns, floor)
        if not kept:
            self._time_ns = max(self._time_ns, time_ns)
            return time_ns
        time_ns = min(time_ns, kept[0].time_ns) if time_ns != UNTIMED else kept[0].time_ns
        return max(time_ns, self._time_ns - LOOK_BACK_NS)

    def _wait(self, message: Message) -> list[Message]:
        if self._in_band:
            if not self._had_book:
                self._found(message, "a delta before any snapshot: it is left out")
            return []
        before = self._waiting[-1] if self._waiting else None
        if before is not None and not _is_next(message, before.last):
            self._found(message, _expected(message, before.last))
            self._waiting.clear()
        self._waiting.append(message)
        if len(self._waiting) > MOST_WAITING:
            gone = self._waiting.popleft()
            self._found(gone, f"{MOST_WAITING} later diffs and still no snapshot: it is left out")
        return []

    def _lose(self, message: Message, last: int) -> list[Message]:
        self._found(message, _expected(message, last) + "; the book is unknown until the next snapshot")
        self.last, self._dropped, held = None, None, self._untimed
        self._untimed = None
        if not self._in_band:
            self._waiting.append(message)
        return [] if held else [message._replace(kind=Said.LOST)]

    def _follows(self, message: Message, last: int) -> bool:
        if not self._joining:
            return _is_next(message, last)
        if message.previous is None:
            return message.first <= last + 1 <= message.last
        return message.previous == last or message.first <= last <= message.last

    def _in_time(self, message: Message) -> Message:
        if message.time_ns < self._time_ns:
            late = (self._time_ns - message.time_ns) / 1e6
            self._found(message, f"its time is {late:g} ms before that of the depth before", Trouble.BACKWARD)
            return message._replace(time_ns=self._time_ns)
        self._time_ns = message.time_ns
        return message

    def _found(self, message: Message, what: str, trouble: Trouble = Trouble.GAP) -> None:
        self._findings.add(trouble, self._lines.where(message.spot), what)


def _is_next(message: Message, last: int) -> bool:
    return message.first == last + 1 if message.previous is None else message.previous == last


def _is_old(message: Message, snapshot: int) -> bool:
    """Tell whether a snapshot holds a diff: futures say u < lastUpdateId, spot u <= lastUpdateId."""
    return message.last <= snapshot if message.previous is None else message.last < snapshot


def _expected(message: Message, last: int) -> str:
    if message.previous is None:
        return f"expected update {last + 1}, found {message.first}"
    return f"expected a diff that follows update {last}, found one that follows {message.previous}"
