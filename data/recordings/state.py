"""What the rows of a journal alone tell of a session as of one of them: open orders, positions and cash.

A plain fold over some kinds of rows; other kinds, and other keys of a body, say nothing here. An order is known by its
row's strategy and symbol and by ``order``, its id.

- ``intent``: ``action`` "submit" opens an order, "replace" changes what it names, "cancel" marks it.
- ``order``: ``state`` and what else is said of the order; one whose state is final is no longer open.
- ``flow``: ``amount`` of cash that came or went without a trade; where the session says so, ``position`` and ``cash``
  as they are behind it, also after units were restated.
- ``add_strategy``: ``lanes`` that join, each with ``cash``.
- ``mode_change``: ``lanes`` says of each strategy the ``units`` and ``cash`` that are its from here on.
- ``fill``: ``side`` ("buy" or "sell"), ``quantity``, ``price``, ``fee`` and ``multiplier``, if any; or, where the
  session says so, ``position`` and ``cash`` as they are behind it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lockstep.data.recordings.files import ADD, ARCHIVE
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError

INTENT, ORDER, FILL, FLOW, MODE = "intent", "order", "fill", "flow", "mode_change"
FINAL = frozenset({"filled", "canceled", "expired", "rejected"})
"""States after which nothing more happens to an order, in small letters."""


@dataclass
class State:
    """What is known behind row ``seq``."""

    seq: int = 0
    orders: dict[tuple[str, str, int | str], dict[str, Any]] = field(default_factory=dict)
    """Open orders by strategy, symbol and id: what rows have said of them."""
    positions: dict[tuple[str, str], float] = field(default_factory=dict)
    """Units held, by strategy and symbol; below zero short, nothing where none are held."""
    cash: dict[str, float] = field(default_factory=dict)
    """By strategy."""


def state_of(recording: Recording, seq: int | None = None) -> State:
    """Return the state of a recorded session as of row ``seq`` (the latest where it is None).

    Raises ``JournalError`` where rows were archived and lie elsewhere.
    """
    if recording.start.seq:
        at = recording.end().seq if seq is None else seq
        raise JournalError(
            f"rows 1 to {recording.start.seq} were archived and lie elsewhere, and what is open at row {at} follows"
            f" from all before it: put them back into {recording.folder / ARCHIVE}, or give"
            f" `journal show ... --at {at}`, which begins with a snapshot"
        )
    lanes = recording.description().get("lanes", [])
    cash = {lane["name"]: float(lane["cash"]) for lane in lanes if isinstance(lane, dict) and "cash" in lane}
    return state_at(recording.rows(1, seq), cash)


def state_at(rows: Iterable[Row], cash: Mapping[str, float] | None = None) -> State:
    """Fold rows, from a session's first on; ``cash`` is what each strategy begins with."""
    state = State(cash=dict(cash or {}))
    for row in rows:
        follow(state, row)
    return state


def follow(state: State, row: Row) -> None:
    """Take one more row. ``state`` is modified in place."""
    state.seq = row.seq
    if row.kind == MODE:
        _begin_anew(state, row.content()["lanes"])
    if row.kind == ADD:
        state.cash |= {lane["name"]: float(lane["cash"]) for lane in row.content()["lanes"]}
    if row.kind not in (INTENT, ORDER, FILL, FLOW):
        return
    content = row.content()
    if row.kind == FLOW:
        _flow(state, row, content)
        return
    key = (row.strategy, row.symbol, content["order"])
    if row.kind == FILL:
        _fill(state, row, content)
        if key in state.orders:
            state.orders[key]["filled"] = state.orders[key].get("filled", 0.0) + float(content["quantity"])
    elif content.get("action") == "cancel":
        if key in state.orders:
            state.orders[key]["cancel_sent"] = True
    else:
        state.orders.setdefault(key, {}).update(content)
        if str(content.get("state", "")).lower() in FINAL:
            del state.orders[key]


def _flow(state: State, row: Row, content: dict[str, Any]) -> None:
    if "position" in content:
        _hold(state, (row.strategy, row.symbol), float(content["position"]))
    held = state.cash.get(row.strategy, 0.0) + float(content["amount"])
    state.cash[row.strategy] = float(content.get("cash", held))


def _begin_anew(state: State, lanes: Mapping[str, Mapping[str, Any]]) -> None:
    for name, real in lanes.items():
        for where in [where for where in state.positions if where[0] == name]:
            del state.positions[where]
        if real["units"] != 0.0:
            state.positions[name, real["symbol"]] = float(real["units"])
        state.cash[name] = float(real["cash"])


def _fill(state: State, row: Row, content: dict[str, Any]) -> None:
    where = (row.strategy, row.symbol)
    bought = float(content["quantity"]) * (1.0 if content["side"] == "buy" else -1.0)
    _hold(state, where, float(content.get("position", state.positions.get(where, 0.0) + bought)))
    paid = bought * float(content["price"]) * float(content.get("multiplier", 1.0)) + float(content.get("fee", 0.0))
    state.cash[row.strategy] = float(content.get("cash", state.cash.get(row.strategy, 0.0) - paid))


def _hold(state: State, where: tuple[str, str], held: float) -> None:
    state.positions[where] = held
    if held == 0.0:
        del state.positions[where]
