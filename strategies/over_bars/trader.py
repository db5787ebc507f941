"""A strategy over bars with its account, as sessions and the proofs of sessions run it."""

from collections.abc import Iterator, Mapping
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
from lockstep.strategies.orders import use_tags_after
from lockstep.strategies.over_bars.between import Between
from lockstep.strategies.over_bars.broker_account import BrokerAccount
from lockstep.strategies.over_bars.event_account import EventAccount
from lockstep.strategies.over_bars.facts import FeedFacts
from lockstep.strategies.over_bars.fingerprint import fingerprint
from lockstep.strategies.over_bars.growing import put
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.held import HeldDecider
from lockstep.strategies.over_bars.order_model import OrderModel
from lockstep.strategies.over_bars.rows import BarRowMaker, Content, Records, Times
from lockstep.strategies.over_bars.saved import resume_states, states_parts
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
        self, terms: LaneTerms, guards: BarGuards, limits: RiskLimits | None, *, patience_s: float | None = None,
        begins: bool = True,
    ) -> None:  # fmt: skip
        if terms.bars is None:
            raise SessionError(f"{terms.name} is not over bars")
        facts, strategy = facts_of(terms.bars), create(terms.strategy, terms.parameters)
        if strategy.columns:
            raise SessionError(f"{terms.name} reads columns ({', '.join(strategy.columns)}), which no session has yet")
        self.symbols, self._kind = facts.symbols, type(strategy)
        self.account: Any = _account(terms, facts, strategy, guards, limits, patience_s, begins)
        self._signals: NumbaSignals | None = None
        self._maker = BarRowMaker(facts.symbols)
        self._seen = dict.fromkeys(_SEEN, 0)
        self._orders = self._ended = 0
        # Of one row, which a session takes at a time: bound once.
        self._extra = np.empty((len(facts.symbols), 1, _NO_COLUMNS))
        self._value = Valuation(np.empty(1), np.empty(1), np.empty(1))
        self._ids: dict[int, int] = {}
        self._tag = 0
        """The highest that an order had."""
        self._asked: list[tuple[str, Content]] = []
        self._guards = guards
        fractional = settings_of(terms.execution).fractional
        if isinstance(self.account, EventAccount):
            self.account.after_row = self._hear
            self.account.gate = self._pass
        self._asks = limits is not None
        lots = np.array([0.0 if fractional else one.lot for one in facts.instruments])
        self.between = Between(self.account, facts.symbols, lots, guards, asked=self._asks)
        """Orders and changes of mode between two rows."""

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

    def act(self, time_ns: int) -> None:
        """Order what waits for a moment at which no bar is under way, which is now."""
        if self.between.waits and not self.account.ended:
            self.between.act(time_ns)
            self._hear_made()

    def renew(self, parameters: Mapping[str, Any]) -> None:
        """Let another instance of the strategy go on from here, between two rows; no order waits or rests."""
        strategy: Any = self._kind(**parameters)
        if isinstance(self.account, EventAccount):
            self.account.renew(strategy)
        else:
            self._held_decider().signals = NumbaSignals(strategy, len(self.symbols))

    def _held_decider(self) -> HeldDecider:
        found: HeldDecider = getattr(self.account, "_decider", None) or self.account._targets
        return found

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
        account, gone = self.account, self._hear_made()
        if isinstance(account, EventAccount) and len(account.intents):
            time_ns = int(account.known()["broker"]["time_ns"][0])
            changes = self._maker.changes(account.intents, self._ids, time_ns)
            self._asked.extend(("intent", content) for content in changes)
        for tag in gone:
            self._ids.pop(tag, None)

    def _hear_made(self) -> list[int]:
        """Note the orders that were made; return the tags of those that have ended since."""
        account = self.account
        if not isinstance(account, BrokerAccount):
            return []  # there an order is made when it trades
        broker, written = account.known()["broker"], account.written("order")
        ended = written[self._ended :]
        if int(broker["orders"][0]) > self._orders:
            self._made(account, ended)
            self._orders = int(broker["orders"][0])
        self._ended = len(written)
        tags: list[int] = ended["tag"].tolist()
        return tags

    def _made(self, account: BrokerAccount, ended: Records) -> None:
        new: dict[int, Content] = {}
        for records in (ended, account.working()):
            records = records[records["id"] >= self._orders]
            for record, content in zip(records, self._maker.intents(records), strict=True):
                new[content["order"]] = content
                if record["tag"] >= 0:
                    self._ids[int(record["tag"])] = content["order"]
                    self._tag = max(self._tag, int(record["tag"]))
        self._asked.extend(("intent", new[id]) for id in sorted(new))

    def _pass(self, intents: Records) -> Records:
        """Return what may leave: all, or cancels alone where nothing may be ordered and no risk check says so."""
        guards = self._guards
        if not (guards.closing or guards.disabled if self._asks else guards.held):
            return intents
        passes = intents["action"] == Action.CANCEL
        if guards.disabled:
            return intents[passes]
        why = RiskCode.KILL_SWITCH if guards.account["kill_switch"][0] else RiskCode.NO_ROOM
        why = RiskCode.TRADING_HALTED if guards.closing else why
        self._asked.extend(("risk", content) for content in self._maker.declines(intents[~passes], why))
        return intents[passes]

    def working(self) -> Records:
        """Return WORKING[n], or ORDER[n] of a plain account: the orders that wait or rest, by id."""
        found: Records = self.account.working()
        return found

    @property
    def fingerprint(self) -> str:
        """A hash over all that the account and a compiled strategy know."""
        account = self.account
        working = [account.working()] if isinstance(account, BrokerAccount) else []
        return fingerprint(*account.known().values(), *working, *(self._states() or ()), self.between.due)

    def _states(self) -> tuple[npt.NDArray[Any], ...] | None:
        """Return the states of a compiled strategy."""
        decider = getattr(self.account, "_decider", None) or getattr(self.account, "_targets", None)
        return decider.signals.known() if isinstance(decider, HeldDecider) else None

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that decide how it goes on, to be copied before it moves."""
        states = self._states()
        return self.account.parts() | {"due": self.between.due} | ({} if states is None else states_parts(states))

    def values(self, *, told: bool = True) -> dict[str, Any]:
        """Return what else does, of its strategy where that is still told of anything.

        Raises ``SnapshotError`` for one that can't tell its state.
        """
        return {
            "orders": self._orders, "ids": list(self._ids.items()), "tag": self._tag,
            "account": self.account.values(told=told),
        }  # fmt: skip

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, npt.NDArray[Any]]) -> None:
        """Stand where ``values`` and ``parts`` were given: those of the same strategy and settings."""
        self.account.resume(values["account"], parts)
        put(self.between.due, parts, "due")
        states = self._states()
        if states is not None:
            resume_states(states, parts)
        self._orders, self._tag = values["orders"], values["tag"]
        self._ids = dict(values["ids"])
        use_tags_after(self._tag)
        self._seen = {kind: len(self.account.written(kind)) for kind in _SEEN}

    def position(self, s: int) -> float:
        """Return signed units held."""
        known = self.account.known()
        return float(known["stands" if "stands" in known else "holdings"]["quantity"][s])

    def average_cost(self, s: int) -> float:
        """Return what a unit held has cost, in account currency."""
        known = self.account.known()
        return float(known["stands" if "stands" in known else "holdings"]["average_cost"][s])

    @property
    def cash(self) -> float:
        """In account currency."""
        return self._of_account("cash")

    @property
    def realised(self) -> float:
        """Profit of what was closed, fees left out."""
        return self._of_account("realised")

    @property
    def fees(self) -> float:
        """Paid so far."""
        return self._of_account("fees")

    def _of_account(self, field: str) -> float:
        known = self.account.known()
        return float(known["broker" if "broker" in known else "account"][field][0])

    @property
    def equity(self) -> float:
        """After the latest row."""
        return float(self.account.equity)

    @property
    def row(self) -> int:
        """How many rows the account has seen."""
        return int(self._of_account("row"))

    @property
    def counts(self) -> dict[str, int]:
        """How many orders were made, and how many still wait or rest."""
        known = self.account.known()
        if "broker" in known:
            made, waiting = known["broker"]["orders"], known["broker"]["working"]
        else:
            made, waiting = known["account"]["orders"], known["account"]["pending"]
        return {"made": int(made[0]), "waiting": int(waiting[0])}

    def close(self) -> None:
        """Tell a strategy that is not compiled that it is over."""
        if isinstance(self.account, EventAccount):
            self.account.stop()


def _account(
    terms: LaneTerms, facts: FeedFacts, strategy: Any, guards: BarGuards, limits: RiskLimits | None,
    patience_s: float | None, begins: bool,
) -> Any:  # fmt: skip
    settings, places = settings_of(terms.execution), np.arange(len(facts.symbols))
    execution, events = settings.execution(), isinstance(strategy, BaseStrategy)
    model = settings.model(facts, limits, orders=events)
    if model is not None and events:
        return EventAccount(
            terms.name, facts, places, terms.cash, strategy, execution, model, guards, patience_s,
            begins=begins,
        )  # fmt: skip
    check_strategy(strategy, len(places))
    decider = HeldDecider(NumbaSignals(strategy, len(places)), guards)
    if model is not None:
        return BrokerAccount(terms.name, facts, places, terms.cash, decider, execution, model, guards)
    lots = np.array([instrument.lot for instrument in facts.instruments])
    return SubAccount(terms.name, places, lots, terms.cash, decider, execution, -1, _ROOM)
