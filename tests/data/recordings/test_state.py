"""Orders, positions and cash are folded from rows; the expected values are worked out by hand."""

from typing import Any

from lockstep.data.recordings.journal_rows import Row, encode
from lockstep.data.recordings.state import state_at


def rows(*bodies: tuple[str, dict[str, Any]]) -> list[Row]:
    return [Row(n, n, kind, "S1", "AAPL", 0, encode(body), b"") for n, (kind, body) in enumerate(bodies, 1)]


STORY = rows(
    ("session_started", {"cash": {"S1": 1000.0}}),
    ("order", {"order": "a", "state": "NEW", "side": "buy", "quantity": 10}),
    ("order", {"order": "b", "state": "NEW", "side": "sell", "quantity": 5}),
    ("fill", {"order": "a", "side": "buy", "quantity": 4, "price": 50.0, "fee": 1.0}),
    ("order", {"order": "a", "state": "PARTIALLY_FILLED", "filled": 4}),
    ("fill", {"order": "b", "side": "sell", "quantity": 5, "price": 51.0}),
    ("order", {"order": "b", "state": "FILLED"}),
    ("fill", {"order": "a", "side": "buy", "quantity": 1, "price": 50.0, "multiplier": 10}),
    ("limit_change", {"maxOrderSize": 5}),
    ("order", {"order": "a", "state": "CANCELED"}),
)


def test_the_state_as_of_each_row() -> None:
    assert state_at(STORY, 0).cash == {}
    begun = state_at(STORY, 3)
    assert list(begun.orders) == ["a", "b"]
    assert begun.orders["a"] == {
        "strategy": "S1", "symbol": "AAPL", "order": "a", "state": "NEW", "side": "buy", "quantity": 10,
    }  # fmt: skip
    assert state_at(STORY, 4).positions == {("S1", "AAPL"): 4.0}
    assert state_at(STORY, 4).cash == {"S1": 1000.0 - 4 * 50.0 - 1.0}
    assert state_at(STORY, 5).orders["a"]["filled"] == 4
    assert state_at(STORY, 6).positions == {("S1", "AAPL"): -1.0}
    assert state_at(STORY, 6).cash == {"S1": 799.0 + 5 * 51.0}
    assert list(state_at(STORY, 7).orders) == ["a"]
    end = state_at(STORY)
    assert (end.seq, end.orders, end.positions) == (10, {}, {})
    assert end.cash == {"S1": 1054.0 - 1 * 50.0 * 10}
