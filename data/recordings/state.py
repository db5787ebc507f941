"""What the rows of a journal alone tell of a session at one of them: open orders, positions and cash.

A plain fold over three kinds of rows; other kinds and other keys of a body say nothing here.

- ``session_started``: ``cash``, the amount of each strategy, {"S1": 100000.0}.
- ``order``: ``order``, its permanent id, ``state``, and what else the session says of it. Later rows of the same id
  replace what they name. An order whose state is final is no longer open.
- ``fill``: ``order``, ``side`` ("buy" or "sell"), ``quantity``, ``price`` and, if any, ``fee`` and ``multiplier``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lockstep.data.recordings.journal_rows import Row

STARTED, ORDER, FILL = "session_started", "order", "fill"
FINAL = frozenset({"FILLED", "CANCELED", "EXPIRED", "REJECTED"})
"""States after which nothing more happens to an order."""


@dataclass
class State:
    """What is known after row ``seq``."""

    seq: int = 0
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Open orders by their ids: what rows have said of them, the strategy and symbol among it."""
    positions: dict[tuple[str, str], float] = field(default_factory=dict)
    """Units held, by strategy and symbol; below zero short, nothing where none are held."""
    cash: dict[str, float] = field(default_factory=dict)
    """By strategy."""


def state_at(rows: Iterable[Row], seq: int | None = None) -> State:
    """Fold rows, from the first on, up to row ``seq`` (all where it is None)."""
    state = State()
    for row in rows:
        if seq is not None and row.seq > seq:
            break
        follow(state, row)
    return state


def follow(state: State, row: Row) -> None:
    """Take one more row. ``state`` is modified in place."""
    state.seq = row.seq
    if row.kind not in (STARTED, ORDER, FILL):
        return
    content = row.content()
    if row.kind == STARTED:
        state.cash.update({strategy: float(amount) for strategy, amount in content.get("cash", {}).items()})
    elif row.kind == ORDER:
        known = state.orders.setdefault(content["order"], {"strategy": row.strategy, "symbol": row.symbol})
        known.update(content)
        if content.get("state") in FINAL:
            del state.orders[content["order"]]
    else:
        _fill(state, row, content)


def _fill(state: State, row: Row, content: dict[str, Any]) -> None:
    bought = float(content["quantity"]) * (1.0 if content["side"] == "buy" else -1.0)
    where = (row.strategy, row.symbol)
    held = state.positions.get(where, 0.0) + bought
    state.positions[where] = held
    if held == 0.0:
        del state.positions[where]
    paid = bought * float(content["price"]) * float(content.get("multiplier", 1.0)) + float(content.get("fee", 0.0))
    state.cash[row.strategy] = state.cash.get(row.strategy, 0.0) - paid
