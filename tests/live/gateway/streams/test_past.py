"""Bars of the time before a gateway: those of a builder that has heard every trade."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from tests.live.gateway.streams.listening import Desk, played
from tests.live.gateway.streams.sessions import TOLD, event, level, run, trade

from lockstep.data.recordings.tape_layout import BAR, BarPart, Input
from lockstep.errors import JournalError
from lockstep.kernels.book.kinds import EventFlag, EventKind
from lockstep.live.gateway.streams.bars import KEPT, SECOND_NS, BarBuilder, Built
from lockstep.live.gateway.streams.past import read_past

BEGAN_NS = 1_767_225_601 * SECOND_NS
"""One second behind a minute."""
MINUTE_NS = 60 * SECOND_NS
BUILT = ("15s", "1m")
OLD = replace(TOLD, fresh=False)
"""Of a session that has run before."""


def events(count, *, symbol=0, every_s=7):
    """Trades some seconds apart, with a seeded walk of prices, and what is no trade between them."""
    chance = np.random.default_rng(symbol + 1)
    prices = 1000 + np.cumsum(chance.integers(-3, 4, count))
    for k, (tick, lots) in enumerate(zip(prices.tolist(), chance.integers(1, 9, count).tolist(), strict=True)):
        at = BEGAN_NS + k * every_s * SECOND_NS
        yield trade(tick, lots, symbol=symbol, received_ns=at)
        yield level(0, tick - 1, lots, symbol=symbol, received_ns=at + 1)
        yield trade(tick + 500, lots, symbol=symbol, flags=EventFlag.UNPRINTED, received_ns=at + 2)


def built(records, interval, *, symbol=0, tick=0.01, lot=1.0):
    """What a builder makes of them, trade by trade."""
    found = BarBuilder(interval)
    for record in records:
        if record["symbol"] == symbol and record["kind"] == EventKind.TRADE and record["flags"] == EventFlag.LAST:
            found.trade(int(record["received_ns"][0]), int(record["tick"][0]) * tick, int(record["lots"][0]) * lot)
    return [*found.history, *filter(None, (found.bar,))]


def told(bars):
    return [pytest.approx(tuple(bar)) for bar in bars]


def taped(session, records):
    session.storage.tape.extend(np.concatenate(list(records)))
    session.storage.tape.flush()


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one", told=OLD, capacity=1 << 7) as made:
        yield made


@pytest.mark.parametrize("count", [1, 2, 600, 6000])  # 6,000 of them take 700 minutes: more than is kept
def test_bars_of_the_tape_are_those_of_a_builder_that_heard_all(session, count):
    first, second = list(events(count)), list(events(count // 2, symbol=1))
    records = sorted([*first, *second], key=lambda record: int(record["received_ns"][0]))
    taped(session, records)
    past = read_past(session.folder, OLD, BUILT)
    assert past.until_ns == int(records[-1]["received_ns"][0])
    for place, (tick, lot) in enumerate(((0.01, 1.0), (0.5, 0.1))):
        for interval in BUILT:
            known = built(records, interval, symbol=place, tick=tick, lot=lot)
            wanted = [bar for bar in known if bar.start >= (past.until_ns // MINUTE_NS - KEPT) * MINUTE_NS]
            assert past.symbols[place].bars[interval] == told(wanted)


def test_an_empty_tape_and_one_whose_beginning_was_moved_away(session):
    until_ns, symbols = read_past(session.folder, OLD, BUILT)
    assert (until_ns, [symbol.bars for symbol in symbols]) == (0, [{"15s": [], "1m": []}] * 2)
    records = list(events(40))
    gone = np.zeros(60, records[0].dtype)  # a hole in the file
    taped(session, [gone, *records[60:]])
    assert read_past(session.folder, OLD, BUILT).symbols[0].bars["1m"] == told(built(records[60:], "1m"))


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        read_past(tmp_path, OLD, BUILT)


def test_who_listens_to_another_gateway_is_told_the_bars_of_before_and_no_trade_counts_twice(session):
    async def test():
        records = list(events(300))
        taped(session, records[:870])
        session.say(*records[780:888])  # the ring reaches back before the tape's end, and beyond it
        desk = Desk(session)
        ear, _ = await desk.listening("bar:ACME:1m", "bar:ACME:5m")
        assert [each["bars"] for each in ear.take("bars")] == [[], []], "it has not read them yet"
        while session.asked == 0:
            await asyncio.sleep(0.001)
            desk.turn()
        for _ in range(4):
            await asyncio.sleep(0)
            desk.turn()
        of = {each["interval"]: [Built(*bar) for bar in each["bars"]] for each in ear.take("bars")}
        assert of["1m"] == told(built(records[:888], "1m"))
        assert of["5m"] == told(built(records[:888], "5m"))

    run(test)


def test_bars_of_a_source_of_bars_are_those_that_closed(session):
    closes = np.zeros(4, BAR)
    closes["input"], closes["kind"] = Input.BAR, [BarPart.OPEN, BarPart.CLOSE] * 2
    closes["time_ns"] = closes["received_ns"] = BEGAN_NS + np.array([0, 60, 60, 120]) * SECOND_NS
    closes["price"], closes["high"], closes["low"], closes["volume"] = [10, 11, 11, 12], 13.0, 9.0, 5.0
    taped(session, [closes.view(event(EventKind.NONE).dtype)])

    async def test():
        session._told = replace(OLD, interval="1m")
        session.begin()
        desk = Desk(session)
        while session.asked == 0:
            await asyncio.sleep(0.001)
            desk.turn()
        ear, _ = await desk.listening("bar:ACME:1m")
        assert ear.take("bars")[0]["bars"] == [
            [BEGAN_NS, 11.0, 13.0, 9.0, 11.0, 5.0],
            [BEGAN_NS + 60 * SECOND_NS, 11.0, 13.0, 9.0, 12.0, 5.0],
        ]

    run(test)
