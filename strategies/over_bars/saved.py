"""A lane over bars at rest: what account, strategy and bars under way remember, and its going on from there.

What was written (orders that have ended, fills, flows) is not looked at again, but for fills that a strategy has not
heard of: only these are kept. Limits and records of risk are the controls', and kept with them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import ACCOUNT, HOLDING
from lockstep.kernels.builder import BUILDER
from lockstep.kernels.orders.tables import BOOKED_FILL, BROKER, INTENT, STAND, WORKING
from lockstep.kernels.orders.turnover import TURNOVER
from lockstep.strategies.over_bars.between import DUE
from lockstep.strategies.over_bars.gather import Gathering
from lockstep.strategies.over_bars.growing import put

Array = npt.NDArray[Any]
_FLOATS, _INTEGERS = np.dtype(np.float64), np.dtype(np.int64)
_STATES = {"state.floats": _FLOATS, "state.integers": _INTEGERS, "state.arena": _FLOATS, "state.seen": _INTEGERS}
_ROW = {
    "row.close_time_ns": _INTEGERS, "row.session": _INTEGERS, "row.present": np.dtype(np.bool_),
    "row.ohlcv": _FLOATS, "row.opening_ns": _INTEGERS, "row.opening": _FLOATS, "row.last": np.dtype(np.bool_),
    "row.opened": _FLOATS,
}  # fmt: skip
TYPES: dict[str, np.dtype[Any]] = {
    "account": ACCOUNT, "holdings": HOLDING, "broker": BROKER, "stands": STAND, "turnover": TURNOVER,
    "working": WORKING, "unheard": BOOKED_FILL, "early": INTENT, "due": DUE, "building": BUILDER, **_STATES, **_ROW,
}  # fmt: skip
"""Of each part."""


def states_parts(states: tuple[Array, ...]) -> dict[str, Array]:
    """Return the states of a compiled strategy (``NumbaSignals.known``)."""
    return {name: array.ravel() for name, array in zip(_STATES, states, strict=True)}


def resume_states(states: tuple[Array, ...], parts: Mapping[str, Array]) -> None:
    """Let a strategy that was just made stand where ``parts`` were given."""
    for name, array in zip(_STATES, states, strict=True):
        put(array, parts, name)


def gathering_parts(gathering: Gathering) -> dict[str, Array]:
    """Return the row under way of bars that are given."""
    block = gathering.row.block
    arrays = (block.close_time_ns, block.session, block.present, block.ohlcv, block.opening_ns, block.opening,
              gathering.row.last, gathering.opened)  # fmt: skip
    return {name: array.ravel() for name, array in zip(_ROW, arrays, strict=True)}


def resume_gathering(gathering: Gathering, parts: Mapping[str, Array], *, began: bool, last_ns: int) -> None:
    """Let a row under way stand where ``parts`` were given."""
    block = gathering.row.block
    arrays = (block.close_time_ns, block.session, block.present, block.ohlcv, block.opening_ns, block.opening,
              gathering.row.last, gathering.opened)  # fmt: skip
    for name, array in zip(_ROW, arrays, strict=True):
        put(array, parts, name)
    gathering.began, gathering.last_ns = began, last_ns
