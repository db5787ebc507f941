"""Orders by hand in a running session: who has which client id, for good, and what is asked of which lane.

Open orders and the latest that are over are remembered as they are; of others where the journal has them.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.errors import (
    CommandError,
    DuplicateOrderError,
    NoMarketError,
    NotTradedError,
    OrderNotOpenError,
    SessionError,
    UnknownOrderError,
)
from lockstep.live.session.kept_orders import Kept, KeptOrders
from lockstep.live.session.recent import KEPT, Name
from lockstep.live.session.view_types import OrderView
from lockstep.strategies.manual import Manual
from lockstep.strategies.over_ticks.by_hand import (
    CANCEL,
    LATE_NS,
    SUBMIT,
    Open,
    OrderRequest,
    changed,
    open_order,
    read_change,
    read_order,
)
from lockstep.strategies.registry import find

if TYPE_CHECKING:
    from lockstep.live.session.core import Core
    from lockstep.live.session.lane import Lane

_NAMES = ("orderId", "clientOrderId")


def is_by_hand(lane: LaneTerms) -> bool:
    """Are a lane's orders an operator's?"""
    return lane.bars is None and issubclass(find(lane.strategy), Manual)


class Given(msgspec.Struct):
    """An order that was given by hand."""

    row: int
    """Of the journal."""
    lane: str
    asked: OrderRequest
    order: int = 0
    """Its number in the lane; 0: it was not sent, as it came to hold too late."""
    ended: OrderView | None = None
    end: int = 0
    """Row of the journal that tells its end; 0: there is none."""

    def kept(self) -> Kept:
        """Return where the journal has it, once it is over."""
        if self.ended is None:
            return Kept(self.row, self.end, math.nan, 0.0)
        average = self.ended.average_price
        return Kept(self.row, self.end, math.nan if average is None else average, self.ended.fees)


class _State(msgspec.Struct):
    given: dict[str, Given]
    over: list[str]
    kept: dict[str, bytes]


def _unread(kept: Kept) -> Given:
    raise SessionError(f"row {kept.row} of the journal can't be read here: ask the session that writes it")


class ByHand:
    """All orders by hand of a session, by their client ids, which none of them ever shares with another.

    ``again`` reads one from the journal that was over long ago.
    """

    def __init__(self, terms: SessionTerms) -> None:
        self._lanes: dict[str, str] = {}
        self._numbers: list[str] = []
        self._given: dict[str, Given] = {}
        self._over: deque[str] = deque()
        """Of those the ones that are over, the first to end first."""
        self._kept = KeptOrders()
        """The others that are over."""
        self.again: Callable[[Kept], Given] = _unread
        for lane in terms.lanes:
            self.join(lane)

    def join(self, lane: LaneTerms) -> None:
        """Know one more lane, whose number is the next."""
        self._numbers.append(lane.name)
        if is_by_hand(lane):
            self._lanes[lane.instrument["symbol"]] = lane.name

    def takes(self, symbol: str) -> bool:
        """Is there a lane for orders by hand in a symbol?"""
        return symbol in self._lanes

    def has(self, lane: str) -> bool:
        """Are a lane's orders an operator's?"""
        return lane in self._lanes.values()

    def of_row(self, row: int) -> Given:
        """Return the order whose command is a row of the journal."""
        return next(given for given in reversed(self._given.values()) if given.row == row)

    def given(self, client_order_id: str) -> Given | None:
        """Return the order that was given with a client id; raises what ``again`` does."""
        found = self._given.get(client_order_id)
        if found is not None:
            return found
        read = (self.again(kept) for kept in self._kept.under(client_order_id))
        return next((given for given in read if given.asked.client_order_id == client_order_id), None)

    def repeated(self, content: Mapping[str, Any]) -> Given | None:
        """Return the order that was given before with the same client id and is the same, None where there is none.

        Raises ``DuplicateOrderError`` where the id is another order's.
        """
        asked = read_order(content)
        given = self.given(asked.client_order_id)
        if given is not None and given.asked != asked:
            raise DuplicateOrderError(
                f"clientOrderId {asked.client_order_id!r} is that of another order, row {given.row} of the journal:"
                " an id is used once, whatever becomes of its order"
            )
        return given

    def checked(self, core: "Core", kind: str, content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        """Return a command as it is to be written down and obeyed; raises ``CommandError`` for one that can't be."""
        if core.modes.mode == "backtest":
            raise CommandError("the session still lives through its history: give orders once it trades on paper")
        if kind == SUBMIT:
            return self._submitted(core, content, now_ns)
        lane, order = self.meant(core, content)
        asked = {key: value for key, value in content.items() if key not in _NAMES}
        found = open_order(lane.frame, order)
        if found is None:
            raise OrderNotOpenError(
                f"order {order} of {lane.name} is over, or never was: status shows those that are open"
            )
        return {"lane": lane.name, "order": order, **self._asked(kind, asked, lane, found)}

    def _asked(self, kind: str, asked: Mapping[str, Any], lane: "Lane", found: Open) -> dict[str, int]:
        if kind == CANCEL:
            if asked:
                raise CommandError(f"{kind} has no {next(iter(asked))!r}: it takes one of {', '.join(_NAMES)}")
            return {}
        if not self.has(lane.name):
            raise CommandError(f"{lane.name} sees to its orders itself: only orders by hand are replaced by hand")
        if found.answer_awaited:
            raise OrderNotOpenError(f"an answer about order {found.order} is awaited: ask again once it has come")
        return changed(read_change(asked), found, lane.instrument)

    def lane_of(self, core: "Core", symbol: str) -> "Lane":
        """Return the lane that has orders by hand in a symbol.

        Raises ``NotTradedError`` where there is none, and ``CommandError`` where there are no orders by hand at all.
        """
        if not self._lanes:
            raise CommandError(
                f"no strategy takes orders by hand in {symbol!r}: start the session with --strategy manual"
            )
        if symbol not in self._lanes:
            raise NotTradedError(f"orders by hand are for {', '.join(self._lanes)}, found {symbol!r}")
        name = self._lanes[symbol]
        if name not in core.lanes:
            raise NoMarketError(
                f"nothing was heard of {symbol} yet: its source is only just starting, is not connected, or has no such"
                " symbol"
            )
        if name in core.controls.disabled:
            raise CommandError(f"orders by hand in {symbol} are disabled: enable {name.partition(':')[0]} first")
        return core.lanes[name]

    def _submitted(self, core: "Core", content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        asked = read_order(content)
        if self.repeated(content) is not None:
            raise DuplicateOrderError(f"clientOrderId {asked.client_order_id!r} was used before")
        lane = self.lane_of(core, asked.symbol)
        if core.modes.live and asked.trail is not None:
            raise CommandError("the venue has no trailing stops: send a stop, and replace it as the market moves")
        wire = {name: int(value) for name, value in asked.wire(lane.instrument)._asdict().items()}
        return {"lane": lane.name, "order": msgspec.to_builtins(asked), "wire": wire, "given_ns": now_ns}

    def meant(self, core: "Core", content: Mapping[str, Any]) -> tuple["Lane", int]:
        """Return lane and number of the order that a command names; raises ``CommandError`` for none."""
        named = [content[name] for name in _NAMES if name in content]
        if len(named) != 1 or not isinstance(named[0], str):
            raise CommandError(f"name the order by one of {', '.join(_NAMES)}, found {dict(content)!r}")
        given = self.given(named[0]) if "clientOrderId" in content else None
        if given is not None:
            return core.lanes[given.lane], given.order
        number, dash, order = named[0].partition("-")
        if dash and number.isdecimal() and order.isdecimal() and int(number) < len(self._numbers):
            lane = core.lanes.get(self._numbers[int(number)])
            if lane is not None and "orderId" in content:
                return lane, int(order)
        raise UnknownOrderError(f"no order is known as {named[0]!r}: status shows those that are open")

    def obey(self, core: "Core", kind: str, content: Mapping[str, Any], seq: int, time_ns: int) -> None:
        """Take in a command that is about to have its effect."""
        if kind != SUBMIT:
            return
        asked, lane = msgspec.convert(content["order"], OrderRequest), core.lanes[content["lane"]]
        late = time_ns - content["given_ns"] > LATE_NS
        order = 0 if late else int(lane.frame.run["next_id"][0]) + 1
        self._given[asked.client_order_id] = Given(seq, lane.name, asked, order)
        if order:
            core.recent.name(lane.name, order, Name.of_row(content))
        else:
            self._put_aside(asked.client_order_id)

    def hear(self, ended: OrderView, row: int) -> None:
        """Keep what became of an order, whose end a row of the journal tells, for good."""
        given = self._given.get(ended.client_order_id)
        if given is not None:
            given.ended, given.end = ended, row
            self._put_aside(ended.client_order_id)

    def _put_aside(self, client_order_id: str) -> None:
        self._over.append(client_order_id)
        if len(self._over) > KEPT:
            name = self._over.popleft()
            self._kept.keep(name, self._given.pop(name).kept())

    def save_state(self) -> Any:
        """Return all that it knows, as plain values."""
        return msgspec.to_builtins(
            _State(self._given, list(self._over), self._kept.save_state()), builtin_types=(bytes,)
        )

    def load_state(self, values: Any) -> None:
        """Stand where ``values`` were given."""
        state = msgspec.convert(values, _State, builtin_types=(bytes,))
        self._given, self._over = state.given, deque(state.over)
        self._kept.load_state(state.kept)
