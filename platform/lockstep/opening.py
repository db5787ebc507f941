"""A session opened as it is asked for, by a command line or by a file: one way for both."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lockstep.data.instrument import Instrument
    from lockstep.data.recordings.terms import LaneTerms
    from lockstep.live.session.core import Core
    from lockstep.live.session.host import Host
    from lockstep.live.session.request import SessionRequest, StrategyRequest
    from lockstep.live.sources.source import MarketDataSource


def open_paper(folder: Path, asked: "SessionRequest", seen: "Callable[[Core], None] | None" = None) -> "Host":
    """Return the host of a paper session, begun or gone on with, which is to be run."""
    from lockstep.data.store import Store
    from lockstep.live.session.announced import announce
    from lockstep.live.session.host import Host
    from lockstep.live.session.new_terms import session_terms
    from lockstep.live.session.taking_over import hand_over, inherited
    from lockstep.live.session.warm import warm_up
    from lockstep.live.session.watch import Watch
    from lockstep.live.sources.histories import history_named
    from lockstep.live.sources.named import source_named
    from lockstep.live.sources.replay import Replay
    from lockstep.live.sources.warmed import Warmed
    from lockstep.live.storage.watermark import Watermark

    store = Store(asked.store)
    feed = source_named(asked.source, asked.symbols, store, prices=asked.prices, known=traded_before(folder))
    played = feed if isinstance(feed, Replay) else None
    if asked.warm is not None:
        feed = Warmed(history_named(asked.warm, asked.symbols, store, feed), feed)
    begun, limits = asked_lanes(feed, asked), asked.limits
    heir = str(folder.resolve())  # folders in two places may have one name
    left = None if asked.take_over is None else inherited(Path(asked.take_over), heir)
    lanes = begun
    if left is not None:
        lanes, limits = left.given_to(begun), limits or left.limits
    terms = session_terms(
        "paper", feed, lanes, now_ns=time.time_ns(), id=asked.id or folder.name, limits=limits,
        taken_over=left.of if left else None, journal=asked.journal,
    )  # fmt: skip
    warm_up(terms)
    if asked.take_over is not None:
        hand_over(Path(asked.take_over), heir)
    host = Host(
        folder, terms, feed, seen=seen, snapshots=asked.snapshots, position=asked.position,
        watch=Watch(Watermark(folder), flatten=asked.flatten_on_loss),
    )  # fmt: skip
    host.additions.make = partial(added_lanes, feed, asked, begun)
    if left is not None and not host.recovered:
        left.give(host.command, [lane.name for lane in lanes])
    if played is not None:
        announce(host, folder, played, store)
    return host


def asked_lanes(feed: "MarketDataSource", asked: "SessionRequest") -> "tuple[LaneTerms, ...]":
    """Return the lanes of all strategies that are asked for; raises ``SessionError`` for those that can't be."""
    from lockstep.errors import SessionError
    from lockstep.live.session.allocations import allocated

    lanes = tuple(lane for each in asked.strategies for lane in _lanes(feed, asked, each))
    names = [lane.name for lane in lanes]
    if len(set(names)) < len(names):
        raise SessionError(f"each strategy can be named once, found {', '.join(names)}: give each an id of its own")
    return allocated(lanes, asked.allocations)


def added_lanes(
    feed: "MarketDataSource", asked: "SessionRequest", begun: "Sequence[LaneTerms]", content: "Mapping[str, Any]"
) -> "tuple[LaneTerms, ...]":  # fmt: skip
    """Return the lanes of a strategy that is to join the session that was asked for, and began with ``begun``.

    Its cash comes on top of what the session has: as much for each lane as those have one with another that began with
    cash, or ``allocation``, a share of what all began with. ``bars`` is how long bars are that are built for it.

    Raises ``SessionError`` for what can't be.
    """
    import msgspec
    from msgspec.structs import replace

    from lockstep.errors import SessionError
    from lockstep.live.session.allocations import allocated
    from lockstep.live.session.by_hand import is_by_hand
    from lockstep.live.session.request import StrategyRequest

    if content.get("bars"):
        asked = replace(asked, bars=str(content["bars"]))
    named = {name: content[name] for name in ("strategy", "id", "parameters", "symbols") if name in content}
    try:
        one, share = msgspec.convert(named, StrategyRequest), msgspec.convert(content.get("allocation"), float | None)
    except msgspec.ValidationError as error:
        raise SessionError(f"this asks for no strategy: {error}") from error
    lanes = tuple(_lanes(feed, asked, one))
    capital = math.fsum(lane.cash for lane in begun)
    if share is not None:
        return allocated(lanes, {lanes[0].name.partition(":")[0]: share * capital})
    each = capital / max(sum(lane.cash > 0 for lane in begun), 1)
    return tuple(replace(lane, cash=0.0 if is_by_hand(lane) else each) for lane in lanes)


def _lanes(feed: "MarketDataSource", asked: "SessionRequest", one: "StrategyRequest") -> "list[LaneTerms]":
    from msgspec.structs import replace

    from lockstep.errors import SessionError
    from lockstep.live.session.asked import lanes_of

    if ":" in one.id or "/" in one.id:
        raise SessionError(f"{one.id!r} is no id of a strategy: one has neither colons nor slashes")
    unknown = [symbol for symbol in one.symbols if symbol not in feed.instruments]
    if unknown:
        raise SessionError(f"{one.strategy} is to trade {unknown[0]}: the session has {', '.join(feed.instruments)}")
    found = []
    for lane in lanes_of(feed, [one.strategy], one.parameters, asked.settings, asked.cash, asked.bars):
        if one.symbols and lane.bars is not None:
            kept = tuple(each for each in lane.bars.instruments if each["symbol"] in one.symbols)
            lane = replace(lane, instrument=kept[0], bars=replace(lane.bars, instruments=kept))
        elif one.symbols and lane.instrument["symbol"] not in one.symbols:
            continue
        _, colon, symbol = lane.name.partition(":")
        found.append(replace(lane, name=f"{one.id}{colon}{symbol}") if one.id else lane)
    return found


def traded_before(folder: Path) -> "Mapping[str, Instrument]":
    """Return what the session in a folder has traded, by symbol: it goes on with that, whatever is stored since."""
    from lockstep.data.recordings.additions import terms_in
    from lockstep.data.recordings.files import DESCRIPTION, JOURNAL
    from lockstep.data.recordings.recording import Recording

    if not (folder / DESCRIPTION).is_file() or not (folder / JOURNAL).is_file():
        return {}
    with Recording(folder) as recording:
        terms = terms_in(recording)
    return {lane.instrument["symbol"]: lane.traded() for lane in terms.lanes}
