"""A part of a history that keeps the prices of the whole."""

from collections.abc import Sequence

from lockstep.data.history import History
from lockstep.data.rules import show_time
from lockstep.errors import NoDataError


def cut(histories: Sequence[History], start_ns: int, end_ns: int) -> tuple[History, ...]:
    """Return the bars that close after `start_ns` and not after `end_ns`; see `Bars.between`."""
    if end_ns <= start_ns:
        raise NoDataError(f"a part ends after it starts, found {show_time(start_ns)} to {show_time(end_ns)}: swap them")
    parts = [_cut(history, start_ns, end_ns) for history in histories]
    if not any(part.rows for part in parts):
        first, last = min(h.first_open_ns for h in histories), max(h.last_close_ns for h in histories)
        raise NoDataError(
            f"no bar closes from {show_time(start_ns)} to {show_time(end_ns)}: the bars reach from {show_time(first)} "
            f"to {show_time(last)}"
        )
    # A symbol without a bar stays, so that symbols keep their places; it must not lengthen the span.
    now = max(part.last_close_ns for part in parts if part.rows)
    return tuple(part if part.rows else part._replace(first_open_ns=now, last_close_ns=now) for part in parts)


def _cut(history: History, start_ns: int, end_ns: int) -> History:
    if start_ns < history.first_open_ns and history.last_close_ns <= end_ns:
        return history
    chunks = [chunk.between(start_ns, end_ns) for chunk in history.chunks]
    kept = tuple(chunk for chunk in chunks if chunk.rows) or tuple(chunks[:1])
    part = history._replace(chunks=kept)
    if not part.rows:
        return part._replace(actions=())
    opened, closed = kept[0].open().columns.open_time, kept[-1].open().columns.close_time
    return _until(part._replace(first_open_ns=int(opened[0]), last_close_ns=int(closed[-1])), history, end_ns)


def _until(part: History, whole: History, end_ns: int) -> History:
    """Leave out a delisting that lies after the part: nobody could know of it, and no position ends by it."""
    if part.last_close_ns == whole.last_close_ns:
        known = [a for a in whole.actions if part.instrument.day_start_ns(a.day) <= end_ns]
    else:
        known = [a for a in whole.actions if a.kind != "delist"]
    return part._replace(actions=tuple(known))
