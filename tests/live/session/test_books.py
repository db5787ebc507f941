"""What a session shows of its market while it runs: the ring holds what the tape does, and books are the lanes'."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.live.session.played import SHARE, Played, lane, quotes, ran, rows_of

from lockstep.data.recordings.files import RING
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.gateway.monitoring.market import LONGEST_NS
from lockstep.live.ring.reader import RingReader
from lockstep.live.session.books import books_of, described
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.synthetic import Synthetic

TWAP = lane("twap", "one")


def test_the_ring_holds_the_markets_records_as_the_tape_does(tmp_path):
    seen, books = [], []

    def look(host):
        seen.append(RingReader(tmp_path / "one" / RING))
        books.append(host.books())

    ran(tmp_path / "one", [*quotes(1_000, 100, 102), *quotes(2_000, 101, 103), look], TWAP)
    with Recording(tmp_path / "one") as recording:
        tape = recording.tape[recording.tape["input"] == Input.MARKET]
        end = recording.end().seq
    assert len(tape) == 4
    assert seen[0].read().records.tobytes() == tape.tobytes()
    assert seen[0].numbers().durable == end
    assert seen[0].numbers().ended
    assert not (tmp_path / "one" / RING).exists()
    told = {"bids": [[101, 1000]], "asks": [[103, 1000]], "orders": [], "phase": "continuous"}
    assert books == [{"at": 4, "books": {"ACME": told}}]


def test_a_session_without_room_for_a_ring_trades_and_says_so(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lockstep.live.ring.writer._take_room", full)
    host = ran(tmp_path / "one", quotes(1_000, 100, 102), TWAP)
    assert host.core.market_taken == 2
    assert [row.content() for row in rows_of(tmp_path / "one", "ring_failed")] == [{"why": "No space left on device"}]
    assert host.books() == {"at": 0, "books": books_of(host.core)}


@pytest.mark.parametrize("level", ["L2", "L3"])
def test_books_are_those_of_the_lanes(tmp_path, level):
    ticks = synthetic_flow(3_000, level, seed=5)
    source = Replay([ticks])
    trader = replace(lane("twap", instrument=ticks.instrument), slots=4096 if level == "L3" else 0)
    terms = session_terms("paper", source, (trader,), now_ns=1, id="one")
    host = Host(tmp_path / "one", terms, source)
    asyncio.run(host.run())
    book = host.core.lanes["one"].frame.book
    told = books_of(host.core)[ticks.instrument.symbol]
    for side, name in enumerate(("bids", "asks")):
        assert told[name] == book.depth(side)[:, :2].tolist()
        assert len(told[name]) > 5
        levels: dict[int, int] = {}
        for _, of, tick, lots in told["orders"]:
            if of == side:
                levels[tick] = levels.get(tick, 0) + lots
        assert levels == (dict(told[name]) if level == "L3" else {})


def test_what_goes_on_in_the_middle_of_a_history_does_not_begin_afresh():
    source = Played([])
    terms = session_terms("paper", source, (TWAP,), now_ns=1, id="one")
    told = described(terms, source, fresh=False)
    assert [(each.symbol, each.tick, each.lot) for each in told.symbols] == [("ACME", 0.01, 1.0)]
    assert (told.session, told.source, told.synthetic, told.interval, told.fresh) == ("one", "played", True, "", False)


def test_of_a_generated_market_the_ring_tells_when_events_are_due(tmp_path):
    """At their own pace, for half a second: all but what a book begins with came after they were due."""
    source, late = Synthetic({"ACME": SHARE}, 1.0, seed=3, events=1200), []
    terms = session_terms("paper", source, (TWAP,), now_ns=1, id="one")
    readers: list[RingReader] = []

    def look(_):
        if not readers:
            readers.append(RingReader(tmp_path / "one" / RING))
        records = readers[0].read().records
        moments = readers[0].due_ns(records["time_ns"])
        if moments is not None:
            late.extend((records["received_ns"] - moments).tolist())

    asyncio.run(Host(tmp_path / "one", terms, source, seen=look).run())
    assert len(late) > 100
    assert min(late) > -1_000_000
    assert max(late) < LONGEST_NS
