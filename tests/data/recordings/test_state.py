"""Orders, positions and cash are folded from rows; the expected values are worked out by hand."""

from pathlib import Path
from typing import Any

from tests.live.storage.sessions import T0

from lockstep.data.recordings.journal_rows import Row, encode
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.state import state_at, state_of
from lockstep.live.storage.storage import Storage

STORY: list[tuple[str, dict[str, Any]]] = [
    ("session_started", {}),
    ("intent", {"order": 1, "action": "submit", "side": "buy", "quantity": 10, "price": 50.0}),
    ("intent", {"order": 2, "action": "submit", "side": "sell", "quantity": 5, "price": 51.0}),
    ("fill", {"order": 1, "side": "buy", "quantity": 4, "price": 50.0, "fee": 1.0}),
    ("intent", {"order": 1, "action": "replace", "side": "buy", "quantity": 10, "price": 49.0}),
    ("fill", {"order": 2, "side": "sell", "quantity": 5, "price": 51.0}),
    ("order", {"order": 2, "state": "FILLED"}),
    ("fill", {"order": 1, "side": "buy", "quantity": 1, "price": 49.0, "multiplier": 10}),
    ("limit_change", {"maxOrderSize": 5}),
    ("intent", {"order": 1, "action": "cancel"}),
    ("order", {"order": 1, "state": "canceled"}),
    ("fill", {"order": 3, "side": "buy", "quantity": 2, "price": 1.0, "position": 7.0, "cash": 5.0}),
    ("mode_change", {"lanes": {"S1": {"symbol": "AAPL", "units": -3.0, "cash": 300.0}}}),
    ("mode_change", {"lanes": {"S1": {"symbol": "AAPL", "units": 0.0, "cash": 1000.0}}}),
]
CASH = {"S1": 1000.0}


def rows(count: int) -> list[Row]:
    return [Row(n, n, kind, "S1", "AAPL", 0, encode(body), b"") for n, (kind, body) in enumerate(STORY[:count], 1)]


def test_the_state_as_of_each_row() -> None:
    first, second = ("S1", "AAPL", 1), ("S1", "AAPL", 2)
    assert state_at(rows(0), CASH).cash == CASH
    assert list(state_at(rows(3)).orders) == [first, second]
    assert state_at(rows(4)).positions == {("S1", "AAPL"): 4.0}
    assert state_at(rows(4), CASH).cash == {"S1": 1000.0 - 4 * 50.0 - 1.0}
    assert state_at(rows(4)).orders[first]["filled"] == 4.0
    assert state_at(rows(5)).orders[first]["price"] == 49.0
    assert state_at(rows(6)).positions == {("S1", "AAPL"): -1.0}
    assert state_at(rows(6), CASH).cash == {"S1": 799.0 + 5 * 51.0}
    assert list(state_at(rows(7)).orders) == [first]
    assert state_at(rows(8)).positions == {}
    assert state_at(rows(8), CASH).cash == {"S1": 1054.0 - 1 * 49.0 * 10}
    assert state_at(rows(10)).orders[first]["cancel_sent"]
    end = state_at(rows(11))
    assert (end.seq, end.orders) == (11, {})
    assert state_at(rows(12)).positions == {("S1", "AAPL"): 7.0}  # where the session says it, that counts
    assert state_at(rows(12)).cash == {"S1": 5.0}
    assert (state_at(rows(13)).positions, state_at(rows(13)).cash) == ({("S1", "AAPL"): -3.0}, {"S1": 300.0})
    assert (state_at(rows(14)).positions, state_at(rows(14)).cash) == ({}, {"S1": 1000.0})


def test_a_recorded_session_begins_with_the_cash_of_its_description(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    storage.describe({"lanes": [{"name": "S1", "cash": 1000.0}, {"name": "S2", "cash": 500.0}]})
    for number, (kind, body) in enumerate(STORY):
        storage.journal.put(kind, body, time_ns=T0 + number, strategy="S1", symbol="AAPL")
    storage.close()
    with Recording(tmp_path / "s") as recording:
        assert state_of(recording, 6).cash == {"S1": 1054.0, "S2": 500.0}
        assert state_of(recording).seq == len(STORY)
