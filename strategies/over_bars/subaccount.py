"""One strategy's account: its symbols, its cash, its instructions and its records."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.account import End, new_account, new_holdings
from lockstep.kernels.engine import open_trades, run_block
from lockstep.kernels.records import CASH_FLOW, FILL, ORDER, TRADE, OrderStatus
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.growing import longer, put

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]
_KINDS = {"order": 0, "fill": 1, "trade": 2}
BUFFER_ROWS = 262_144
"""Room for records of each kind at first: 88 MB of address space, of which only what is written becomes memory."""


class Decider(Protocol):
    """Gives the instructions of a block: a compiled strategy, a traced one, or a user's columns."""

    kind: Instruction

    def run(self, block: BarBlock, extra: Floats, targets: Floats) -> None:
        """Write float64[symbols, n] instructions, nan for none."""


class ColumnDecider:
    """Hands out a user's precomputed column, block by block."""

    def __init__(self, values: Floats, kind: Instruction) -> None:
        self._values = values
        self._row = 0
        self.kind = kind

    def run(self, block: BarBlock, extra: Floats, targets: Floats) -> None:
        """Write the next rows."""
        n = targets.shape[1]
        targets[:] = self._values[:, self._row : self._row + n]
        self._row += n


class Valuation(NamedTuple):
    """What a block of rows was worth: float64[rows done] each."""

    equity: Floats
    gross: Floats
    net: Floats


class Given(NamedTuple):
    """A market order that is given between two rows."""

    symbol: int
    """Row of the account's symbols."""
    units: float
    """Signed."""
    reduces: bool
    """Does it close, and never open or turn, a position?"""


def chosen(block: BarBlock, symbols: npt.NDArray[np.int64]) -> BarBlock:
    """Return the block of some of its symbols."""
    if len(symbols) == len(block.present):
        return block
    return block._replace(
        present=block.present[symbols], ohlcv=block.ohlcv[symbols],
        opening_ns=block.opening_ns[symbols], opening=block.opening[symbols],
    )  # fmt: skip


class SubAccount:
    """Runs one decider on its own cash over the symbols it was given."""

    looks_ahead = False

    def __init__(
        self, name: str, symbols: npt.NDArray[np.int64], lots: Floats, cash: float, decider: Decider,
        execution: Execution, end_ns: int, rows: int,
    ) -> None:  # fmt: skip
        """Start with ``cash``; ``symbols`` int64 are rows of the blocks that this account trades, ``rows`` of them."""
        self.name = name
        self.cash = cash
        self._symbols = symbols
        self._decider = decider
        self._rules = execution.rules(decider.kind, end_ns)
        self._account = new_account(cash)
        self._holdings = new_holdings(np.zeros_like(lots) if execution.fractional else lots)
        self._end = self._account["end"]
        room = max(2 * len(symbols), min(BUFFER_ROWS, rows * len(symbols)))
        self._buffers = (np.zeros(room, ORDER), np.zeros(room, FILL), np.zeros(room, TRADE))
        self._counts = np.zeros(3, np.int64)
        self._last_ns = 0

    @property
    def ended(self) -> bool:
        """Has the run ended before its data?"""
        return bool(self._end[0])  # End.RUNNING is 0

    @property
    def equity(self) -> float:
        """Equity after the last row."""
        return float(self._account["equity"][0])

    @property
    def end_reason(self) -> End:
        """Why the run ended."""
        return End(int(self._account["end"][0]))

    def advance(self, block: BarBlock, _following: BarBlock | None, extra: Floats) -> Valuation:
        """Move through a block; fewer rows come back when the account is ruined on the way."""
        block = chosen(block, self._symbols)
        n = len(block.close_time_ns)
        targets = np.empty((len(self._symbols), n))
        self._decider.run(block, extra, targets)
        value = Valuation(np.empty(n), np.empty(n), np.empty(n))
        row = 0
        while row < n and not self.ended:
            row = run_block(
                self._account, self._holdings, self._rules, block.close_time_ns, block.present, block.ohlcv,
                block.opening_ns, block.opening, targets, row, n, *self._buffers, self._counts, *value,
            )  # fmt: skip
            self._make_room()
        self._last_ns = int(block.close_time_ns[row - 1])
        return Valuation(*(array[:row] for array in value))

    def cancel_all(self) -> None:
        """Drop what waits, between two rows: each instruction leaves the record of an order that was canceled."""
        dropped = self.working()
        dropped["status"] = OrderStatus.CANCELED
        count = int(self._counts[0])
        self._buffers[0][count : count + len(dropped)] = dropped
        self._counts[0] += len(dropped)
        self._account["orders"] += len(dropped)
        self._account["pending"] = 0
        self._holdings["pending"] = np.nan
        self._make_room()

    def give(self, orders: Sequence[Given], time_ns: int) -> None:
        """Take orders between two rows: each takes the place of what still waits for its symbol."""
        for order in orders:
            held = self._holdings[order.symbol]
            self._account["pending"] += int(np.isnan(held["pending"]))
            held["pending"], held["pending_kind"] = order.units, Instruction.AMOUNT
            held["pending_row"], held["pending_time_ns"] = self._account["row"][0], time_ns

    def begin_anew(self, cash: float) -> None:
        """Go on with ``cash`` alone, between two rows: what waits ends; prices and targets are as they were."""
        self.cancel_all()
        account, holdings = new_account(cash), new_holdings(self._holdings["lot"].copy())
        for name in ("row", "orders"):
            account[name] = self._account[name]
        for name in ("mark", "target"):
            holdings[name] = self._holdings[name]
        self._account[:], self._holdings[:] = account, holdings

    @property
    def units(self) -> Floats:
        """float64[symbols]: signed units held."""
        held: Floats = self._holdings["quantity"]
        return held

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that decide how the account goes on, to be copied before it moves."""
        return self.known()

    def values(self, *, told: bool = True) -> dict[str, Any]:
        """Return what else does; where its strategy is no longer ``told`` of anything, nothing of that."""
        return {"last_ns": self._last_ns}

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, npt.NDArray[Any]]) -> None:
        """Stand where ``values`` and ``parts`` were given: those of the same strategy and settings."""
        self._last_ns = values["last_ns"]
        for name, array in self.known().items():
            put(array, parts, name)

    def written(self, kind: str) -> Records:
        """Return the records of a kind, ``order``, ``fill``, ``trade`` or ``flow``, that were written so far."""
        place = _KINDS.get(kind)
        return np.zeros(0, CASH_FLOW) if place is None else self._buffers[place][: self._counts[place]]

    def known(self) -> dict[str, Records]:
        """Return the records that decide how the account goes on."""
        return {"account": self._account, "holdings": self._holdings}

    def _make_room(self) -> None:
        """Lengthen the record buffers, all of them alike, when the next row's records may not fit."""
        if self._counts.max() + len(self._symbols) > len(self._buffers[0]):
            size = 2 * len(self._buffers[0])
            orders, fills, trades = (
                longer(buffer, count, size) for buffer, count in zip(self._buffers, self._counts.tolist(), strict=True)
            )
            self._buffers = (orders, fills, trades)

    def finish(self) -> tuple[Records, Records, Records, Records]:
        """Return all orders, fills, trades and cash flows; what still waits or is still open is among them, marked so.

        To be called once: the records' symbols become rows of the bars.
        """
        last = int(self._account["row"][0]) - 1
        waiting = self.working()
        (orders, _, trades), (ordered, _, closed) = self._buffers, self._counts
        orders[ordered : ordered + len(waiting)] = waiting
        open_ = open_trades(self._holdings, trades[closed:], last, self._last_ns) if last >= 0 else 0
        counts = (ordered + len(waiting), self._counts[1], closed + open_)
        orders, fills, trades = (buffer[:count] for buffer, count in zip(self._buffers, counts, strict=True))
        for records in (orders, fills, trades):
            # The account numbers its own symbols.
            records["symbol"] = self._symbols[records["symbol"]]
        return orders, fills, trades, np.zeros(0, CASH_FLOW)

    def working(self) -> Records:
        """Return ORDER[n]: what waits, as it stands."""
        rows = np.flatnonzero(~np.isnan(self._holdings["pending"]))
        orders = np.zeros(len(rows), ORDER)
        held = self._holdings[rows]
        orders["id"] = int(self._account["orders"][0]) + np.arange(len(rows))
        orders["symbol"] = rows
        orders["row"], orders["time_ns"] = held["pending_row"], held["pending_time_ns"]
        orders["instruction"] = held["pending"]
        orders["wanted"] = np.nan
        orders["status"], orders["fill_row"] = OrderStatus.WAITING, -1
        return orders
