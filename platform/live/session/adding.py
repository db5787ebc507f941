"""A strategy joins a session that runs: whether it may, what the command says, and that it holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lockstep.data.recordings.additions import extended, lanes_added
from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import CommandError, DuplicateStrategyError, StrategiesFixedError
from lockstep.live.session.books import books_of
from lockstep.live.session.by_hand import is_by_hand
from lockstep.live.session.identity import identity_of
from lockstep.strategies.over_ticks.corporate import CORPORATE
from lockstep.strategies.over_ticks.joining import UNHEARD
from lockstep.strategies.registry import find

if TYPE_CHECKING:
    from lockstep.live.session.core import Core

MOST_LANES = 1000
Lanes = tuple[LaneTerms, ...]


def checked(core: "Core", content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the command as it is to be written down and obeyed; raises ``CommandError`` where it can't be now."""
    lanes = lanes_added(content)
    check_may_join(core, lanes)
    over_bars = any(lane.bars is not None for lane in lanes)
    code = identity_of([find(lane.strategy) for lane in lanes], bars=over_bars)
    known, books = core.terms.identity, books_of(core)
    other = [name for name, value in code.items() if known.get(name, value) != value]
    if other:
        raise CommandError(f"the session runs other code under the name {other[0]}: give this class one of its own")
    traded = dict.fromkeys(lane.instrument["symbol"] for lane in lanes if lane.bars is None)
    books |= {symbol: UNHEARD for symbol in traded if core.waiting.unheard(symbol)}
    return {
        **content,
        "code": {name: value for name, value in code.items() if name not in known},
        "books": {symbol: books[symbol] for symbol in traded if symbol in books},
    }


def check_may_join(core: "Core", lanes: Lanes) -> None:
    """Raise ``CommandError`` where lanes can't join a session now."""
    if core.terms.venue is not None:
        raise StrategiesFixedError(
            "a session with a venue keeps the strategies that its certificates are for: prove another on paper, and"
            " start a session with it that takes over (takeOver)"
        )
    if core.modes.mode == "backtest":
        raise CommandError("the session still lives through its history: add strategies once it trades on paper")
    controls = core.controls
    if controls.killed or controls.flattening or controls.state != "active" or not controls.has_room:
        raise CommandError("nothing new is sent now: release the kill switch and let trading be active first")
    names = [lane.name for lane in core.terms.lanes]
    taken = [lane.name for lane in lanes if lane.name in names]
    strategy = lanes[0].name.partition(":")[0]
    if taken or strategy in {name.partition(":")[0] for name in names}:
        raise DuplicateStrategyError(f"the session has a strategy {strategy!r} already: give this one an id of its own")
    if len(names) + len(lanes) > MOST_LANES:
        raise CommandError(f"a session has at most {MOST_LANES} lanes, one for each strategy on each symbol")
    if any(lane.bars is not None for lane in lanes) and any(kind == CORPORATE for kind, _ in core.commands.values()):
        raise CommandError(
            "a corporate action is still to take effect, and strategies over bars know none: add it once that is past"
        )
    for lane in lanes:
        symbol = lane.instrument["symbol"]
        if is_by_hand(lane) and core.by_hand.takes(symbol):
            raise CommandError(f"orders by hand in {symbol} have a strategy already")


def add(core: "Core", content: Mapping[str, Any]) -> None:
    """Let the lanes of a command join, which begin with the next event of their symbols."""
    core.terms = extended(core.terms, [content])
    core.added.append(content)
    books = content["books"]
    for lane in lanes_added(content):
        core.join(lane, books.get(lane.instrument["symbol"]))
