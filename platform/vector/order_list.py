"""Orders that are known before the run: each at the row at whose close it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.kernels.orders.tables import INTENT
from lockstep.strategies.intents import encode
from lockstep.strategies.orders import Cancel, Order, Replace, Request


@dataclass(frozen=True, eq=False)
class OrderList:
    """Orders, cancels and replacements with the moment at which each is given.

    ``requests`` are (moment, request) pairs. A moment is the number of a row of the bars, or a time: then the order is
    given at the last close up to it. Requests of one moment are taken in the order in which they are listed.
    """

    requests: Sequence[tuple[Any, Request]]

    def resolve(self, times: npt.NDArray[np.int64], symbols: tuple[str, ...]) -> npt.NDArray[np.void]:
        """Return INTENT[n] for bars that close at these times.

        Raises ``BacktestError`` for a moment outside the bars, ``OrderError`` for a symbol they don't hold.
        """
        if not isinstance(self.requests, (list, tuple)):
            raise BacktestError(
                f"OrderList takes a list of (row or time, request), found {type(self.requests).__name__}"
            )
        if not len(self.requests):
            return np.zeros(0, INTENT)
        pairs = [self._placed(i, pair, times) for i, pair in enumerate(self.requests)]
        return encode(pairs, {symbol: i for i, symbol in enumerate(symbols)})

    def _placed(self, index: int, pair: Any, times: npt.NDArray[np.int64]) -> tuple[int, Request]:
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[1], (Order, Cancel, Replace))):
            raise BacktestError(
                f"request {index} must be a pair (row or time, Order, Cancel or Replace), found {pair!r}"
            )
        return _row(index, pair[0], times), pair[1]


def _row(index: int, moment: Any, times: npt.NDArray[np.int64]) -> int:
    if isinstance(moment, (int, np.integer)) and not isinstance(moment, bool):
        row = int(moment)
        if not 0 <= row < len(times):
            raise BacktestError(f"request {index} is given at row {row}, but the bars have rows 0 to {len(times) - 1}")
        return row
    row = int(np.searchsorted(times, _nanoseconds(index, moment), side="right")) - 1
    if row < 0:
        raise BacktestError(f"request {index} is given at {moment}, before the first bar closes")
    return row


def _nanoseconds(index: int, moment: Any) -> int:
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise BacktestError(f"request {index}: {moment!r} is no time: write it like 2024-01-31T16:00") from None
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[ns]").astype(np.int64))
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, 23, 59, 59, 999_999, UTC)
    if not isinstance(moment, datetime):
        raise BacktestError(f"request {index}: a moment is a row or a time, found {moment!r}")
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(known.timestamp() * 1_000_000) * 1000


class KnownIntents:
    """A decider whose orders are all known before the run."""

    def __init__(self, intents: npt.NDArray[np.void]) -> None:
        self.intents = intents
