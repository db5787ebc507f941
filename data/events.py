"""Corporate actions as events on a timeline: when each takes effect on bars, and by how much."""

from collections import deque
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
    if not (history.rows and history.actions):
        return
    first_day, last_day = _sessions(history)
    ends = [action for action in history.actions if action.kind == "delist"]
    others = [a for a in history.actions if a.kind != "delist" and first_day <= a.day <= last_day]
    begins = [history.instrument.day_start_ns(action.day) for action in others]
    yield from zip(_first_opens(history, begins), others, strict=True)
    for action in ends:
        # A symbol may rest before the day on which it is taken off; nobody can know its end any earlier.
        moment = history.last_close_ns
        if action.day > last_day:
            moment = max(moment, history.instrument.day_start_ns(action.day))
        yield min(moment, end_ns), action


def _sessions(history: History) -> tuple[int, int]:
    """Session days of the first and the last bar."""
    last_open = history.chunks[-1].open().columns.open_time[-1]
    opens = np.array([history.first_open_ns, last_open], np.int64)
    first, last = history.instrument.zone.session_days(opens, history.instrument.session_shift_ns).tolist()
    return first, last


def _first_opens(history: History, moments: Sequence[int]) -> Iterator[int]:
    """Open of the first bar at or after each of some ascending moments; no moment lies after the last open."""
    pending = deque(moments)
    for chunk in history.chunks:
        opens = chunk.open().columns.open_time
        while pending and pending[0] <= opens[-1]:
            yield int(opens[np.searchsorted(opens, pending.popleft(), side="left")])
