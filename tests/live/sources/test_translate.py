"""Messages as records: whole, or refused with a word for it. Expected ticks are prices divided by the tick by hand."""

import itertools

import pytest
from tests.live.sources.speaker import Speaker
from tests.live.sources.virtual import START_NS

from lockstep.data.instrument import Instrument
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.sources.clocks import ClockRules
from lockstep.live.sources.collar import CONFIRMED, CONFIRMED_S
from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.rows import unpacked
from lockstep.live.sources.translate import Now, Translator
from lockstep.live.sources.wire import from_gateway

NOW = Now(0.0, START_NS)
ACME = Instrument("ACME", tick=0.01, lot=1.0)
QUOTE, TRADE, SET, CLEAR, PHASE = EventKind.QUOTE, EventKind.TRADE, EventKind.SET, EventKind.CLEAR, EventKind.PHASE
LAST, SNAPSHOT = EventFlag.LAST, EventFlag.SNAPSHOT


@pytest.fixture
def speaker():
    return Speaker()


@pytest.fixture
def translator():
    return Translator(ACME, 4)


def told(translator, text, now=NOW):
    rows, count = translator.rows(from_gateway(text), now)
    found = unpacked(rows)
    assert len(found) == count
    return [(r["kind"].item(), r["side"].item(), r["tick"].item(), r["lots"].item(), r["flags"].item()) for r in found]


def fault(translator, text, now=NOW):
    with pytest.raises(Refused) as refused:
        translator.rows(from_gateway(text), now)
    return refused.value.fault


def test_a_quote_is_both_sides_and_the_book_is_whole_after_the_second(translator, speaker):
    assert told(translator, speaker.quote("ACME", "10.00", "10.02")) == [
        (QUOTE, 0, 1000, 5, 0), (QUOTE, 1, 1002, 6, LAST),
    ]  # fmt: skip


def test_an_empty_side_of_a_quote(translator, speaker):
    assert told(translator, speaker.quote("ACME", None, "10.02"))[0] == (QUOTE, 0, 0, 0, 0)
    assert told(translator, speaker.quote("ACME", "10.00", None))[1] == (QUOTE, 1, 0, 0, LAST)
    assert told(translator, speaker.quote("ACME", None, None)) == [(QUOTE, 0, 0, 0, 0), (QUOTE, 1, 0, 0, LAST)]


@pytest.mark.parametrize(("taker", "side"), [("buy", 1), ("sell", 0), (None, -1)])
def test_a_trade_hits_the_other_side_than_the_takers(taker, side, translator, speaker):
    assert told(translator, speaker.trade("ACME", 10.01, 3, side=taker)) == [(TRADE, side, 1001, 3, LAST)]


def test_changes_of_levels(translator, speaker):
    text = speaker.book("ACME", [["10.00", 5], ["9.99", 0]], [["10.02", 7]])
    assert told(translator, text) == [(SET, 0, 1000, 5, 0), (SET, 0, 999, 0, 0), (SET, 1, 1002, 7, LAST)]
    assert told(translator, speaker.book("ACME")) == []


def test_a_picture_clears_the_book_and_says_where_it_lies(translator, speaker):
    assert told(translator, speaker.picture("ACME")) == [
        (CLEAR, -1, 1000, 0, SNAPSHOT), (SET, 0, 1000, 5, SNAPSHOT), (SET, 1, 1002, 7, SNAPSHOT | LAST),
    ]  # fmt: skip
    assert told(translator, speaker.picture("ACME", [], [])) == [(CLEAR, -1, 0, 0, SNAPSHOT | LAST)]


def test_phases(translator, speaker):
    text = speaker.say("phase", symbol="ACME", seq=1, phase="halt")
    assert told(translator, text) == [(PHASE, -1, 0, 3, LAST)]


def test_records_have_both_times_the_number_and_the_symbols_place(translator, speaker):
    (row,) = unpacked(translator.rows(from_gateway(speaker.trade("ACME", 10, ts_event=START_NS - 5, id=77)), NOW)[0])
    assert (row["received_ns"], row["time_ns"], row["sequence"], row["id"]) == (START_NS, START_NS - 5, 1, 77)
    assert (row["symbol"], row["slot"], row["input"]) == (4, -1, 0)


@pytest.mark.parametrize(
    ("price", "size", "expected"),
    [
        (0, 1, Fault.BAD_PRICE), (-10, 1, Fault.BAD_PRICE), ("NaN", 1, Fault.BAD_PRICE), ("1e400", 1, Fault.BAD_PRICE),
        ("10.005", 1, Fault.OFF_TICK), (10, 0, Fault.BAD_SIZE), (10, -1, Fault.BAD_SIZE), (10, 0.5, Fault.OFF_LOT),
        (100, 1, Fault.FAR_PRICE), (1, 1, Fault.FAR_PRICE),
    ],
)  # fmt: skip
def test_trades_that_can_not_be(price, size, expected, translator, speaker):
    told(translator, speaker.trade("ACME", 10))
    assert fault(translator, speaker.trade("ACME", price, size)) is expected
    told(translator, speaker.trade("ACME", 10))


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        ("10.02", "10.01", Fault.CROSSED), ("10.01", "10.01", Fault.CROSSED), ("0", "10", Fault.BAD_PRICE),
        ("100", "100.02", Fault.FAR_PRICE), ("10", "100.02", Fault.FAR_PRICE), ("1", "10.02", Fault.FAR_PRICE),
        ("10", "10.005", Fault.OFF_TICK),
    ],
)  # fmt: skip
def test_quotes_that_can_not_be(bid, ask, expected, translator, speaker):
    told(translator, speaker.quote("ACME", "10.00", "10.02"))
    assert fault(translator, speaker.quote("ACME", bid, ask)) is expected


def test_a_price_with_no_size_beside_it(translator, speaker):
    text = speaker.say("quote", symbol="ACME", seq=1, bid=10)
    assert fault(translator, text) is Fault.BAD_SIZE


def test_levels_far_away_pass_where_they_would_not_be_the_best(translator, speaker):
    told(translator, speaker.picture("ACME"))
    told(translator, speaker.book("ACME", [["0.01", 9]], [["5000.00", 9]]))
    told(translator, speaker.book("ACME", [["100.00", 0]], [["0.01", 0]]))  # levels that go are no prices
    assert fault(translator, speaker.book("ACME", [["100.00", 9]])) is Fault.FAR_PRICE
    assert fault(translator, speaker.book("ACME", [], [["1.00", 9]])) is Fault.FAR_PRICE


def test_a_crossed_picture(translator, speaker):
    assert fault(translator, speaker.picture("ACME", [["10.02", 1]], [["10.02", 1]])) is Fault.CROSSED


def test_a_market_that_has_moved_far_is_followed_in_the_end(translator, speaker):
    told(translator, speaker.trade("ACME", 10))
    refused = 0
    for k in itertools.count():
        now = Now(k * 1.0, START_NS)
        try:
            translator.rows(from_gateway(speaker.trade("ACME", 100)), now)
        except Refused:
            refused += 1
        else:
            break
    assert refused == max(CONFIRMED - 1, CONFIRMED_S)
    told(translator, speaker.trade("ACME", 101))


@pytest.mark.parametrize(("sent_s", "event_s"), [(-61, -61), (61, 0), (0, 1.5), (-59, -57)])
def test_times_that_can_not_be(sent_s, event_s, translator, speaker):
    times = {"ts_send": START_NS + int(sent_s * 1e9), "ts_event": START_NS + int(event_s * 1e9)}
    assert fault(translator, speaker.trade("ACME", 10, **times)) is Fault.FAR_TIME


@pytest.mark.parametrize(("sent_s", "event_s"), [(-59, -59), (59, 59.5), (0, -(10**8)), (0, 0.9)])
def test_times_that_can_be(sent_s, event_s, translator, speaker):
    times = {"ts_send": START_NS + int(sent_s * 1e9), "ts_event": START_NS + int(event_s * 1e9)}
    told(translator, speaker.trade("ACME", 10, **times))


def test_messages_without_times_are_held_against_our_clock_alone(speaker):
    translator = Translator(ACME, 0, clocks=ClockRules(apart_s=1.0, ahead_s=1.0))
    told(translator, speaker.trade("ACME", 10, ts_send=0))
    assert fault(translator, speaker.trade("ACME", 10, ts_send=0, ts_event=START_NS + 2 * 10**9)) is Fault.FAR_TIME
