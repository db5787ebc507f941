"""A stored history of bars played again: each bar's open when it opens, the rest of it when it closes."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.blocks import BarBlock
from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import BAR, TAPE, BarFlag, BarPart, Input
from lockstep.errors import SessionError
from lockstep.kernels.bar import NEVER
from lockstep.live.sources.pace import Pace, left
from lockstep.live.sources.source import News
from lockstep.strategies.over_bars.conversion import last_of_session

Records = npt.NDArray[np.void]
ROWS = 4096
_HIGH, _LOW, _CLOSE, _VOLUME = 1, 2, 3, 4


class BarReplay:
    """Plays the bars of several symbols together; of one moment opens come behind closes, the symbol named first first.

    ``speed`` is how many times as fast as it happened; inf waits for nothing. The session's clock is the history's.
    """

    own_clock = True

    def __init__(
        self, bars: Bars, speed: float = math.inf, *, name: str = "replay",
        monotonic: Callable[[], float] | None = None, sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        if bars.adjust == "total":
            raise SessionError("bars with dividends taken out of their prices can't be traded: read them with 'split'")
        self.name, self.bars = name, bars
        self.synthetic = bars.synthetic
        self._pace = Pace(speed, monotonic=monotonic, sleep=sleep)
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return {instrument.symbol: instrument for instrument in self.bars.instruments}

    @property
    def slots(self) -> dict[str, int]:
        """None: bars name no orders."""
        return dict.fromkeys(self.bars.symbols, 0)

    def go_on(self, taken: int) -> None:
        """Leave out so many records."""
        self._taken = taken

    def batches(self) -> AsyncGenerator[Records, None]:
        """Give the records when they are due."""
        return self._pace.given(left(self._records(), self._taken))

    def news(self) -> list[News]:
        """Nothing happens to a history."""
        return []

    def _records(self) -> Iterator[Records]:
        blocks = self.bars.blocks(ROWS)
        block = next(blocks, None)
        while block is not None:
            following = next(blocks, None)
            yield records_of(block, last_of_session(block, following))
            block = following


def records_of(block: BarBlock, last: npt.NDArray[np.bool_]) -> Records:
    """Return the rows of a block as TAPE[n] in order of time; ``last`` bool[symbols, rows] ends sessions."""
    opens = np.argwhere((block.opening_ns != NEVER).T)
    closes = np.argwhere(block.present.T)
    records = np.zeros(len(opens) + len(closes), BAR)
    _fill_opens(records[: len(opens)], block, *opens.T)
    _fill_closes(records[len(opens) :], block, last, *closes.T)
    # Opens of a row lie before its close and not before the close of the row before.
    rows = np.concatenate([opens[:, 0], closes[:, 0]])
    order = np.lexsort((records["symbol"], records["time_ns"], records["kind"], rows))
    records = records[order]
    records["received_ns"] = records["time_ns"]
    records["input"] = Input.BAR
    return records.view(TAPE)


def _fill_opens(records: Records, block: BarBlock, rows: Any, symbols: Any) -> None:
    records["time_ns"], records["price"] = block.opening_ns[symbols, rows], block.opening[symbols, rows]
    records["symbol"], records["kind"] = symbols, BarPart.OPEN
    records["session"] = block.session[rows]


def _fill_closes(records: Records, block: BarBlock, last: npt.NDArray[np.bool_], rows: Any, symbols: Any) -> None:
    records["time_ns"], records["session"] = block.close_time_ns[rows], block.session[rows]
    for name, place in (("price", _CLOSE), ("high", _HIGH), ("low", _LOW), ("volume", _VOLUME)):
        records[name] = block.ohlcv[symbols, place, rows]
    records["symbol"], records["kind"] = symbols, BarPart.CLOSE
    records["flags"] = np.where(last[symbols, rows], BarFlag.SESSION_END, 0)
    ends = np.append(rows[1:] != rows[:-1], True)[: len(rows)]
    records["flags"] += np.where(ends, np.uint8(BarFlag.LAST), np.uint8(0))
