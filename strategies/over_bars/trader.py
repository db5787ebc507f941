"""A strategy over bars with its account, as sessions and the proofs of sessions run it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.recordings.terms import BarTerms, LaneTerms
from lockstep.errors import SessionError
from lockstep.kernels.orders.terms import Action
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies.check import check_strategy
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_bars.broker_account import BrokerAccount
from lockstep.strategies.over_bars.event_account import EventAccount
from lockstep.strategies.over_bars.facts import FeedFacts
from lockstep.strategies.over_bars.fingerprint import fingerprint
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.held import HeldDecider
from lockstep.strategies.over_bars.order_model import OrderModel
from lockstep.strategies.over_bars.rows import BarRowMaker, Content, Records, Times
from lockstep.strategies.over_bars.settings import settings_of
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.strategies.over_bars.subaccount import SubAccount, Valuation
from lockstep.strategies.registry import create

_ROOM = 1024
"""Rows for whose records a plain account has room at first."""
_SEEN = ("order", "fill", "flow")
_NO_COLUMNS = 0


def facts_of(bars: BarTerms) -> FeedFacts:
    """Return what is known of the bars of a lane."""
    return FeedFacts(bars.traded(), bars.interval, bars.adjust)


def guards_of(terms: LaneTerms, limits: RiskLimits | None) -> BarGuards:
    """Return the records of risk of a lane over bars, which no account has begun."""
    if terms.bars is None:
        raise SessionError(f"{terms.name} is not over bars")
    facts = facts_of(terms.bars)
    contracts = OrderModel().contracts(facts.instruments, settings_of(terms.execution).execution())
    return BarGuards(facts, contracts, terms.cash, limits)


class Trader:
    """Trades all symbols of a lane in one account.

    As in a backtest, targets under plain settings go through the simple order model, everything else through the full
    one; ``limits`` are those that the guards hold, None for a session without any.
    """

    def __init__(
        self, terms: LaneTerms, guards: BarGuards, limits: RiskLimits | None, *, patience_s: float | None = None
    ) -> None:
        if terms.bars is None:
            raise SessionError(f"{terms.name} is not over bars")
        facts, strategy = facts_of(terms.bars), create(terms.strategy, terms.parameters)
        if strategy.columns:
            raise SessionError(f"{terms.name} reads columns ({', '.join(strategy.columns)}), which no session has yet")
        self.symbols = facts.symbols
        self.account: Any = _account(terms, facts, strategy, guards, limits, patience_s)
        self._signals: NumbaSignals | None = None
        self._maker = BarRowMaker(facts.symbols)
        self._seen = dict.fromkeys(_SEEN, 0)
        self._orders = self._ended = 0
        # Of one row, which a session takes at a time: bound once.
        self._extra = np.empty((len(facts.symbols), 1, _NO_COLUMNS))
        self._value = Valuation(np.empty(1), np.empty(1), np.empty(1))
        self._ids: dict[int, int] = {}
        self._asked: list[tuple[str, Content]] = []
        self._guards = guards
        if isinstance(self.account, EventAccount):
            self.account.after_row = self._hear
            self.account.gate = None if limits is not None else self._pass

    def advance(self, block: BarBlock, last: npt.NDArray[np.bool_]) -> None:
        """Move through a block of rows, as long as the account is not ruined."""
        if self.account.ended:
            return
        rows = len(block.close_time_ns)
        extra = self._extra if rows == 1 else np.empty((len(self.symbols), rows, _NO_COLUMNS))
        if isinstance(self.account, BrokerAccount):
            self.account.advance(block, None, extra, last, self._value if rows == 1 else None)
        else:
            self.account.advance(block, None, extra)

    def cancel_all(self) -> None:
        """End all that waits or rests, between two rows."""
        self.account.cancel_all()

    def rows(self, times: Times) -> Iterator[tuple[str, Content]]:
        """Give what was written since, as kinds and contents of rows of a journal; ``times`` tells when rows closed."""
        if not isinstance(self.account, EventAccount):
            self._hear()
        if not (self._asked or any(len(self.account.written(kind)) != seen for kind, seen in self._seen.items())):
            return
        yield from self._asked
        self._asked.clear()
        for content in self._maker.fills(self._new("fill")):
            yield "fill", content
        for content in self._maker.orders(self._new("order"), times):
            yield "order", content
        for content in self._maker.flows(self._new("flow")):
            yield "flow", content

    def _new(self, kind: str) -> Records:
        records = self.account.written(kind)
        new: Records = records[self._seen[kind] :]
        self._seen[kind] = len(records)
        return new

    def _hear(self) -> None:
        """Note the orders that were made, and what was asked about others."""
        account = self.account
        if not isinstance(account, BrokerAccount):
            return  # there an order is made when it trades
        broker, written = account.known()["broker"], account.written("order")
        ended = written[self._ended :]
        if int(broker["orders"][0]) > self._orders:
            self._made(account, ended)
            self._orders = int(broker["orders"][0])
        if isinstance(account, EventAccount) and len(account.intents):
            changes = self._maker.changes(account.intents, self._ids, int(broker["time_ns"][0]))
            self._asked.extend(("intent", content) for content in changes)
        for tag in ended["tag"].tolist():
            self._ids.pop(tag, None)
        self._ended = len(written)

    def _made(self, account: BrokerAccount, ended: Records) -> None:
        new: dict[int, Content] = {}
        for records in (ended, account.working()):
            records = records[records["id"] >= self._orders]
            for record, content in zip(records, self._maker.intents(records), strict=True):
                new[content["order"]] = content
                if record["tag"] >= 0:
                    self._ids[int(record["tag"])] = content["order"]
        self._asked.extend(("intent", new[id]) for id in sorted(new))

    def _pass(self, intents: Records) -> Records:
        """Return what may leave while nothing is asked about: all, or cancels alone where nothing may be ordered."""
        if not self._guards.held:
            return intents
        passes = intents["action"] == Action.CANCEL
        why = RiskCode.KILL_SWITCH if self._guards.account["kill_switch"][0] else RiskCode.NO_ROOM
        self._asked.extend(("risk", content) for content in self._maker.declines(intents[~passes], why))
        return intents[passes]

    @property
    def fingerprint(self) -> str:
        """A hash over all that the account and a compiled strategy know."""
        account = self.account
        working = [account.working()] if isinstance(account, BrokerAccount) else []
        decider = getattr(account, "_decider", None) or getattr(account, "_targets", None)
        states = decider.signals.known() if isinstance(decider, HeldDecider) else ()
        return fingerprint(*account.known().values(), *working, *states)

    def position(self, s: int) -> float:
        """Return signed units held."""
        known = self.account.known()
        return float(known["stands" if "stands" in known else "holdings"]["quantity"][s])

    @property
    def cash(self) -> float:
        """In account currency."""
        known = self.account.known()
        return float(known["broker" if "broker" in known else "account"]["cash"][0])

    @property
    def equity(self) -> float:
        """After the latest row."""
        return float(self.account.equity)

    @property
    def counts(self) -> dict[str, int]:
        """How many orders were made, how many still wait or rest, and how many fills there were."""
        known, fills = self.account.known(), len(self.account.written("fill"))
        if "broker" in known:
            made, waiting = known["broker"]["orders"], known["broker"]["working"]
        else:
            made, waiting = known["account"]["orders"], known["account"]["pending"]
        return {"made": int(made[0]), "waiting": int(waiting[0]), "fills": fills}

    def close(self) -> None:
        """Tell a strategy that is not compiled that it is over."""
        if isinstance(self.account, EventAccount):
            self.account.stop()


def _account(
    terms: LaneTerms, facts: FeedFacts, strategy: Any, guards: BarGuards, limits: RiskLimits | None,
    patience_s: float | None,
) -> Any:  # fmt: skip
    settings, places = settings_of(terms.execution), np.arange(len(facts.symbols))
    execution, events = settings.execution(), isinstance(strategy, BaseStrategy)
    model = settings.model(facts, limits, orders=events)
    if model is not None and events:
        return EventAccount(terms.name, facts, places, terms.cash, strategy, execution, model, guards, patience_s)
    check_strategy(strategy, len(places))
    decider = HeldDecider(NumbaSignals(strategy, len(places)), guards)
    if model is not None:
        return BrokerAccount(terms.name, facts, places, terms.cash, decider, execution, model, guards)
    lots = np.array([instrument.lot for instrument in facts.instruments])
    return SubAccount(terms.name, places, lots, terms.cash, decider, execution, -1, _ROOM)
