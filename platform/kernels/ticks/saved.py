"""A tick run at rest: what it remembers as arrays that can be kept, and its going on from them.

What was written (intents, fills, ends of orders) is not looked at again by the run, but for fills whose reports are
under way: only the tail is kept, as in a run that has released what comes before it. No address is kept.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import ACCOUNT, HOLDING
from lockstep.kernels.book.saved import TYPES as BOOK_TYPES
from lockstep.kernels.book.saved import book_of_parts, book_parts
from lockstep.kernels.ticks.frame import RECORDS, ROOMS, Frame
from lockstep.kernels.ticks.tables import COLUMNS, TICK_RUN
from lockstep.kernels.ticks.written import unheard_fill

Array = npt.NDArray[Any]
_COUNTS = {"own": "own_used", "resting": "resting_count", "requests": "request_count", "reports": "report_count"}
_STATE = ("floats", "integers", "arena")
_BOOKS = ("book", "seen")
_PLACES = frozenset(("act", "guard"))
KEPT = tuple(
    name for name in TICK_RUN.names or () if not name.endswith(("_address", "_column")) and name not in _PLACES
)
"""Fields of a run that are no addresses."""
TYPES: dict[str, np.dtype[Any]] = {
    "run": TICK_RUN, "account": ACCOUNT, "holding": HOLDING, "refusals": np.dtype(np.int64),
    "day_ends": np.dtype(np.int64), "floats": np.dtype(np.float64), "integers": np.dtype(np.int64),
    "arena": np.dtype(np.float64),
    **{name: dtype for name, (dtype, _) in ROOMS.items()},
    **{f"column.{name}": np.dtype(dtype) for name, dtype in COLUMNS.items()},
    **{f"{book}.{name}": dtype for book in _BOOKS for name, dtype in BOOK_TYPES.items()},
}  # fmt: skip
"""Of each part."""


def frame_parts(frame: Frame, wanted: Mapping[str, int] | None = None) -> dict[str, Array]:
    """Return what a run that hears one event at a time (``Frame.listen``) remembers between two of them.

    Some of it is the run's own memory, to be copied before that moves. ``wanted`` says from which row on somebody
    still reads what was written, by name of ``Frame.written``.
    """
    run = frame.run[0]
    parts: dict[str, Array] = {"run": _nameless(frame), "account": frame.account, "holding": frame.holding}
    parts |= {"refusals": frame.refusals, **{name: getattr(frame.state, name) for name in _STATE}}
    parts |= {name: getattr(frame, name)[: int(run[count])] for name, count in _COUNTS.items()}
    unheard = unheard_fill(run, frame.reports)
    first = {"fills": unheard, **(wanted or {})}
    first["fills"] = min(first["fills"], unheard)
    parts |= {name: frame.written(name, first.get(name, frame.count(name))) for name in RECORDS}
    if frame.day_ends is not None:
        parts["day_ends"] = frame.day_ends
    parts |= {f"column.{name}": column for name, column in frame.under_way().items()}
    for name in _BOOKS:
        book = getattr(frame, name)
        if book is not None:
            parts |= {f"{name}.{part}": array for part, array in book_parts(book).items()}
    return parts


def resume(frame: Frame, parts: Mapping[str, Array]) -> None:
    """Let a run that has just been made, of the same strategy and settings, go on where the kept one stood.

    Its books lie in the very arrays that are given. Raises ``ValueError`` where the parts are another strategy's.
    """
    for name in _STATE:
        if len(parts[name]) != len(getattr(frame.state, name)):
            raise ValueError(f"the strategy's {name} are {len(parts[name])} numbers, not as many as they were")
    frame.listen()
    for name in KEPT:
        frame.run[name] = parts["run"][name]
    for name, column in frame.under_way().items():
        column[:] = parts[f"column.{name}"]
    frame.account, frame.holding, frame.refusals = (parts[n].copy() for n in ("account", "holding", "refusals"))
    frame.state = frame.state._replace(**{name: parts[name].copy() for name in _STATE})
    for name, (dtype, room) in ROOMS.items():
        if name in RECORDS:
            frame.hold(name, parts[name], int(parts["run"][room][0]))
        else:
            array = np.zeros(int(frame.run[room][0]), dtype)
            array[: len(parts[name])] = parts[name]
            setattr(frame, name, array)
    frame.book = _book(parts, "book")
    frame.seen = _book(parts, "seen") if "seen.row" in parts else None
    if "day_ends" in parts:
        frame.close_days(parts["day_ends"].copy())
    frame.name_arrays()


def _book(parts: Mapping[str, Array], which: str) -> Any:
    return book_of_parts({name: parts[f"{which}.{name}"] for name in BOOK_TYPES})


def _nameless(frame: Frame) -> Array:
    """Return a run without addresses; of its records it has the room that they take now."""
    kept = np.zeros(1, TICK_RUN)
    for name in KEPT:
        kept[name] = frame.run[name]
    for name in RECORDS:
        kept[ROOMS[name][1]] = len(getattr(frame, name))
    return kept
