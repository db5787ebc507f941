"""Corporate actions as events on a timeline: when each takes effect on bars, and by how much."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from lockstep.data.actions import KINDS, Action
from lockstep.data.history import History
from lockstep.kernels.actions import ACTION, ActionKind

CODES = dict(zip(KINDS, (ActionKind.SPLIT, ActionKind.DIVIDEND, ActionKind.RENAME, ActionKind.DELIST), strict=True))


def action_events(histories: Sequence[History], end_ns: int) -> npt.NDArray[np.void]:
    """Give ACTION[k] by time; `end_ns` is the last close of all symbols. See `Bars.actions`."""
    found = [
        (time_ns, action.ex_date, int(CODES[action.kind]), symbol, np.nan if action.value is None else action.value)
        for symbol, history in enumerate(histories)
        for time_ns, action in _timed(history, end_ns)
    ]
    # By ex date within a moment: a dividend and a later split may both fall on days without a bar.
    rows = [(time_ns, symbol, kind, value) for time_ns, _, kind, symbol, value in sorted(found)]
    return np.array(rows, ACTION)


def _timed(history: History, end_ns: int) -> Iterator[tuple[int, Action]]:
    instrument = history.instrument
    if not (history.rows and history.actions):
        return
    first_day, last_day = _sessions(history)
    for action in history.actions:
        begins = instrument.day_start_ns(action.day)
        if action.kind == "delist":
            # A symbol may rest before the day on which it is taken off; nobody can know its end any earlier.
            moment = history.last_close_ns if action.day <= last_day else max(begins, history.last_close_ns)
            yield min(moment, end_ns), action
        elif first_day <= action.day <= last_day:
            yield _first_open(history, begins), action


def _sessions(history: History) -> tuple[int, int]:
    """Session days of the first and the last bar."""
    last_open = history.chunks[-1].open().columns.open_time[-1]
    opens = np.array([history.first_open_ns, last_open], np.int64)
    first, last = history.instrument.zone.session_days(opens, history.instrument.session_shift_ns).tolist()
    return first, last


def _first_open(history: History, from_ns: int) -> int:
    """Open of the first bar that opens at or after a moment, which is known to exist."""
    for chunk in history.chunks:
        opens = chunk.open().columns.open_time
        if opens[-1] >= from_ns:
            return int(opens[np.searchsorted(opens, from_ns, side="left")])
    raise ValueError(f"no bar of {history.instrument.symbol} opens after {from_ns}")
