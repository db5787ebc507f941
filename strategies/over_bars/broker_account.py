"""One strategy's account under the full order model: its orders, its money, its records."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.account import End
from lockstep.kernels.actions import ACTION
from lockstep.kernels.engine import open_trades
from lockstep.kernels.orders.activity import new_activity
from lockstep.kernels.orders.block import end_orders, run_orders, take_between, write_working
from lockstep.kernels.orders.tables import (
    BOOKED_FILL,
    BOOKED_ORDER,
    INTENT,
    keep_market,
    longer_working,
    new_broker,
    new_stands,
    new_working,
)
from lockstep.kernels.orders.terms import Ended, Flag, Life, Trail
from lockstep.kernels.orders.turnover import new_turnover
from lockstep.kernels.orders.world import WORLD, point
from lockstep.kernels.records import CASH_FLOW, TRADE
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.over_bars.conversion import Funding, Rates, last_of_session
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.facts import Facts
from lockstep.strategies.over_bars.growing import longer, put
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.order_model import OrderModel
from lockstep.strategies.over_bars.subaccount import Decider, Given, Valuation, chosen

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]
SLOTS = 64
RECORD_ROOM = 65_536
KINDS = ("order", "fill", "trade", "flow")
DTYPES = (BOOKED_ORDER, BOOKED_FILL, TRADE, CASH_FLOW)


class IntentDecider(Protocol):
    """Gives orders instead of targets: all of them before the run, or row by row."""

    intents: Records
    """INTENT[n]: those known so far, ascending by row."""


class BrokerAccount:
    """Runs one decider on its own cash over the symbols it was given."""

    looks_ahead = True

    def __init__(
        self, name: str, bars: Facts, symbols: npt.NDArray[np.int64], cash: float, decider: Decider | IntentDecider,
        execution: Execution, model: OrderModel, guards: BarGuards | None = None,
    ) -> None:  # fmt: skip
        """Start with ``cash``; ``symbols`` int64 are rows of the blocks that this account trades.

        ``guards`` are records of risk that others may change while the run goes on; without them it has its own.
        """
        self.name, self.cash = name, cash
        self._symbols = symbols
        instruments = [bars.instruments[s] for s in symbols]
        gives_targets = hasattr(decider, "run")
        given: dict[str, Any] = {"targets": decider if gives_targets else None, "orders": decider}
        self._targets, self._orders = given["targets"], given["orders"]
        kind = self._targets.kind if gives_targets else Instruction.AMOUNT
        self._world = np.zeros(1, WORLD)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._contracts = model.contracts(instruments, execution)
        self._broker, self._stands = new_broker(cash), new_stands(len(symbols))
        self._stands["activity"] = new_activity(len(symbols), model.market.activity_span, model.market.range_period)
        self._working = new_working(max(SLOTS, 16 * len(symbols)))
        self._buffers = {k: np.zeros(RECORD_ROOM, dtype) for k, dtype in zip(KINDS, DTYPES, strict=True)}
        currency = model.currency(bars.instruments)
        foreign = any(i.currency != currency for i in instruments)
        self._rates = Rates(model.rates or {}, currency, instruments) if foreign else None
        self._funding = Funding(model.funding, [i.symbol for i in instruments]) if model.funding else None
        self._scores, self._row = _scores(model.scores, symbols), 0
        self._last_ns = 0
        self._instructions = np.empty((0, 0))
        guards = guards or BarGuards(bars, self._contracts, cash, model.limits)
        policy = model.policy(bars, execution, kind, bars.span[1], self._may_trail_by_range())
        self._set(
            policy=policy, contracts=self._contracts, broker=self._broker, stands=self._stands,
            tiers=model.brokerage.fee_tiers(execution.commission), turnover=new_turnover(),
            limits=guards.limits, guard=guards.account, exposures=guards.symbols,
            actions=_actions(bars, symbols) if model.actions else _actions(None),
            turn=np.zeros(len(symbols), np.int64), trading=np.zeros(len(symbols), np.bool_),
        )  # fmt: skip
        self._size(
            symbols=len(symbols), tier_count=len(self._arrays["tiers"]), action_count=len(self._arrays["actions"]),
            instructed=self._targets is not None, scored=self._scores is not None, converted=self._rates is not None,
            funded=self._funding is not None,
        )  # fmt: skip

    def _may_trail_by_range(self) -> bool:
        return self._targets is None and bool((self._orders.intents["trail_kind"] == Trail.ATR).any())

    @property
    def ended(self) -> bool:
        """Has the run ended before its data?"""
        return bool(self._broker["end"][0])

    @property
    def equity(self) -> float:
        """Equity after the last row."""
        return float(self._broker["equity"][0])

    @property
    def end_reason(self) -> End:
        """Why the run ended."""
        return End(int(self._broker["end"][0]))

    def advance(
        self, block: BarBlock, following: BarBlock | None, extra: Floats, last: npt.NDArray[np.bool_] | None = None,
        value: Valuation | None = None,
    ) -> Valuation:  # fmt: skip
        """Move through a block; fewer rows come back when the account is ruined on the way.

        ``last`` bool[symbols, n] says which bars are the last of their session, where somebody knows; otherwise the
        block that follows tells. ``value`` is written to, where it is given.
        """
        block = chosen(block, self._symbols)
        following = chosen(following, self._symbols) if following is not None else None
        n = len(block.close_time_ns)
        value = value or Valuation(np.empty(n), np.empty(n), np.empty(n))
        if last is None:
            last = last_of_session(block, following)
        self._set(
            time_ns=block.close_time_ns, session=block.session, present=block.present, ohlcv=block.ohlcv,
            opening_ns=block.opening_ns, opening=block.opening, last_of_session=last,
            equity=value.equity, gross=value.gross, net=value.net,
        )  # fmt: skip
        self._size(rows=n)
        if self._targets is not None:
            if self._instructions.shape != (len(self._symbols), n):
                self._instructions = np.empty((len(self._symbols), n))
            self._targets.run(block, extra, self._instructions)
            self._set(instructions=self._instructions)
        for name, column in (("rates", self._rates), ("funding", self._funding)):
            if column is not None:
                self._set(**{name: column.at(block)})
        if self._scores is not None:
            self._set(scores=np.ascontiguousarray(self._scores[:, self._row : self._row + n]))
        self._row += n
        row = self._run(block, n)
        self._last_ns = int(block.close_time_ns[row - 1])
        return Valuation(*(array[:row] for array in value))

    def _run(self, _block: BarBlock, n: int) -> int:
        """Do the rows of a block; return how many."""
        row = 0
        self._take_intents(self._orders.intents if self._targets is None else _NO_INTENTS)
        while row < n and not self.ended:
            self._point_buffers()
            done = run_orders(self._world, row, n)
            if done == row:
                self._make_room()
            row = done
        return row

    def _set(self, **arrays: Any) -> None:
        """Point the world at arrays and keep them alive; finding out where one lies costs more than a row."""
        new = {name: array for name, array in arrays.items() if self._arrays.get(name) is not array}
        if new:
            self._arrays |= new
            point(self._world, **new)

    def _size(self, **sizes: Any) -> None:
        for name, size in sizes.items():
            self._world[name] = size

    def _take_intents(self, intents: Records) -> None:
        self._set(intents=intents)
        self._size(intent_count=len(intents))

    def _point_buffers(self) -> None:
        self._set(working=self._working, **{f"{kind}s": buffer for kind, buffer in self._buffers.items()})
        self._size(slots=len(self._working), **{f"{kind}_room": len(b) for kind, b in self._buffers.items()})

    def _make_room(self) -> None:
        """Lengthen what is short: the record buffers, all alike, or the table of working orders."""
        counts = {kind: int(self._world[f"{kind}_count"][0]) for kind in KINDS}
        size = len(self._buffers["order"])
        # Most of what a row may leave depends on the table: while there is plenty of room, that is what is short.
        if 2 * max(counts.values()) < size and 8 * len(self._working) < size:
            self._working = longer_working(self._working, 2 * len(self._working), self._broker)
            return
        self._buffers = {kind: longer(buffer, counts[kind], 2 * size) for kind, buffer in self._buffers.items()}

    def cancel_all(self) -> None:
        """End all orders, between two rows."""
        self._point_buffers()
        while not end_orders(self._world, Ended.BY_RISK):
            self._make_room()
            self._point_buffers()

    def give(self, orders: Sequence[Given], time_ns: int) -> None:
        """Take orders between two rows, through the risk check."""
        given, taken = self._arrays.get("intents", _NO_INTENTS), int(self._broker["intents"][0])
        self._take_intents(_market_orders(orders, int(self._broker["row"][0])))
        self._broker["intents"] = 0
        self._point_buffers()
        while not take_between(self._world, time_ns):
            self._make_room()
            self._point_buffers()
        self._take_intents(given)
        self._broker["intents"] = taken

    def begin_anew(self, cash: float) -> None:
        """Go on with ``cash`` alone, between two rows: what works ends; prices and targets are as they were."""
        self.cancel_all()
        broker, stands, turnover = new_broker(cash), new_stands(len(self._stands)), new_turnover()
        for name in ("row", "orders", "sessions", "time_ns", "free", "groups", "intents", "actions"):
            broker[name] = self._broker[name]
        keep_market(stands, self._stands)
        turnover["session"] = self._arrays["turnover"]["session"]
        self._broker[:], self._stands[:], self._arrays["turnover"][:] = broker, stands, turnover

    @property
    def units(self) -> Floats:
        """float64[symbols]: signed units held."""
        held: Floats = self._stands["quantity"]
        return held

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that decide how the account goes on, to be copied before it moves."""
        return {name: self._arrays[name] for name in _OWN} | {"working": self._working}

    def values(self, *, told: bool = True) -> dict[str, Any]:
        """Return what else does; where its strategy is no longer ``told`` of anything, nothing of that."""
        return {"row": self._row, "last_ns": self._last_ns}

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, npt.NDArray[Any]]) -> None:
        """Stand where ``values`` and ``parts`` were given: those of the same strategy and settings."""
        self._row, self._last_ns = values["row"], values["last_ns"]
        for name in _OWN:
            put(self._arrays[name], parts, name)
        self._working = parts["working"].copy()

    def written(self, kind: str) -> Records:
        """Return the records of a kind, ``order``, ``fill``, ``trade`` or ``flow``, that were written so far."""
        return self._buffers[kind][: self._world[f"{kind}_count"][0]]

    def working(self) -> Records:
        """Return WORKING[n]: the orders that wait or rest, by id."""
        return np.sort(self._working[self._working["life"] != Life.FREE], order="id")

    def known(self) -> dict[str, Records]:
        """Return the records that decide how the account goes on, beside its working orders."""
        return {name: self._arrays[name] for name in _KNOWN}

    def finish(self) -> tuple[Records, Records, Records, Records]:
        """Return all orders, fills, trades and cash flows; what still works or is open is among them, marked so.

        To be called once: the records' symbols become rows of the bars.
        """
        written = {kind: buffer[: self._world[f"{kind}_count"][0]] for kind, buffer in self._buffers.items()}
        waiting = np.zeros(len(self._working), BOOKED_ORDER)
        waiting = waiting[: write_working(self._working, waiting)]
        orders = np.sort(np.concatenate([written["order"], waiting]), order="id")
        open_ = np.zeros(len(self._stands), TRADE)
        last = int(self._broker["row"][0]) - 1
        open_ = open_[: open_trades(self._stands, open_, last, self._last_ns) if last >= 0 else 0]
        for price in ("entry_price", "exit_price"):  # in account currency, like those that are closed
            open_[price] /= self._contracts["multiplier"][open_["symbol"]]
        trades = np.concatenate([written["trade"], open_])
        fills, flows = written["fill"], written["flow"]
        for records in (orders, fills, trades):
            records["symbol"] = self._symbols[records["symbol"]]
        own = flows["symbol"] >= 0
        flows["symbol"][own] = self._symbols[flows["symbol"][own]]
        return orders, fills, trades, flows


def _market_orders(orders: Sequence[Given], row: int) -> Records:
    made = np.zeros(len(orders), INTENT)
    for name in ("limit", "stop", "trail", "stop_loss", "take_profit"):
        made[name] = np.nan
    made["row"], made["kind"], made["tag"], made["parent"], made["group"] = row, Instruction.AMOUNT, -1, -1, -1
    made["symbol"], made["value"] = [order.symbol for order in orders], [order.units for order in orders]
    made["flags"] = [Flag.REDUCE_ONLY if order.reduces else Flag.NONE for order in orders]
    return made


_NO_INTENTS = np.zeros(0, INTENT)
_OWN = ("broker", "stands", "turnover")
_KNOWN = (*_OWN, "limits", "guard", "exposures")


def _actions(bars: Facts | None, symbols: npt.NDArray[np.int64] | None = None) -> Records:
    """Return the corporate actions of an account's symbols, numbered as the account numbers them."""
    if bars is None or symbols is None:
        return np.zeros(0, ACTION)
    found = bars.actions()
    found = found[np.isin(found["symbol"], symbols)]
    found["symbol"] = [int(np.flatnonzero(symbols == s)[0]) for s in found["symbol"]]
    return found


def _scores(given: Any, symbols: npt.NDArray[np.int64]) -> Floats | None:
    return None if given is None else np.asarray(given)[symbols]
