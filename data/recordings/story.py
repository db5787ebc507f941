"""The story of one order: why it was sent, refused, filled at its price, or ended, from the journal and the tape."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lockstep.data.recordings.journal_base import Choice
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.errors import JournalError
from lockstep.kernels.book.kinds import EventKind
from lockstep.kernels.risk.codes import explain

_SIDES = {0: "bid", 1: "ask"}
_CAUSES = frozenset((EventKind.TRADE, EventKind.HIDDEN, EventKind.EXECUTE))


class Step(NamedTuple):
    """One thing that happened to an order."""

    seq: int
    """The journal's row."""
    time_ns: int
    """When it happened, by the session's clock."""
    what: str
    """A sentence."""
    kind: str
    """Of the row."""
    content: dict[str, Any]
    """Of the row, as it was written."""


def story_of(recording: Recording, strategy: str, order: int) -> list[Step]:
    """Return what happened to an order, first to last; raises ``JournalError`` for one that no row names."""
    told = recording.chosen(Choice(strategy=strategy, order=order))
    rows = [row for row in told if row.strategy == strategy]
    if not rows:
        named = sorted({row.strategy for row in recording.rows() if row.strategy})
        raise JournalError(
            f"no order {order} of {strategy!r} is in the journal: its strategies are {', '.join(named) or 'none'}"
        )
    symbols = list(recording.description()["symbols"])
    return [
        Step(row.seq, moment, what, row.kind, row.content())
        for row in rows for moment, what in _told(recording, symbols, row)
    ]  # fmt: skip


def _told(recording: Recording, symbols: list[str], row: Row) -> Iterator[tuple[int, str]]:
    content: dict[str, Any] = row.content()
    if row.kind == "intent":
        yield content["sent_ns"], _intent(content)
    elif row.kind == "fill":
        reason = "" if "reason" in content else _market(recording, symbols.index(row.symbol), content)
        yield content["time_ns"], _fill(content) + reason
    elif row.kind == "order":
        yield content["ended_ns"], _end(content)
    elif row.kind == "risk":
        yield row.time_ns, _refusal(content)
    else:
        yield row.time_ns, f"{row.kind.replace('_', ' ')}: {', '.join(_words(content))}"


def _intent(content: dict[str, Any]) -> str:
    if content["action"] == "cancel":
        return "asked to cancel it"
    if "side" not in content:
        return _over_bars(content)
    what = "asked to replace it by" if content["action"] == "replace" else f"sent: {content['side']}"
    size = f"{content['quantity']:g}{_prices(content)}"
    return " ".join((what, size, content["type"], content["force"], *content["flags"]))


def _prices(content: dict[str, Any]) -> str:
    """Say at which prices an order trades: its limit, from where on a stop does, how far behind one trails."""
    said = f" at {content['price']:.10g}" if "limit" in content["type"] else ""
    if content.get("stop") is not None:
        said += f" from {content['stop']:.10g} on"
    if trail := content.get("trail"):
        said += (
            f" {trail['amount']:.10g} behind" if "amount" in trail else f" {trail['percent']:.10g} of the price behind"
        )
    return said


def _over_bars(content: dict[str, Any]) -> str:
    """There an order says what it asks for in the strategy's own terms: units, or a share of the account."""
    price = "" if content["price"] is None else f" at {content['price']:.10g}"
    if content["action"] == "replace":
        size = "" if content["quantity"] is None else f" {content['quantity']:g}"
        return f"asked to replace it by{size}{price}"
    words = f"{content['instruction']:g}{price}", content["type"], content["force"], *content["flags"]
    return " ".join(("sent:", *words))


def _refusal(content: dict[str, Any]) -> str:
    what = "its replacement was refused" if content["action"] == "replace" else "refused"
    numbers = (math.nan if content.get(name) is None else content[name] for name in ("limit", "current", "attempted"))
    return f"{what}: {explain(content['code'], *numbers)}"


def _words(content: dict[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        if value is not None and not isinstance(value, dict | list):
            yield (
                f"{name.replace('_', ' ')} {value:.10g}"
                if isinstance(value, float)
                else f"{name.replace('_', ' ')} {value}"
            )


def _end(content: dict[str, Any]) -> str:
    why = "" if content["why"] == "none" else f", {content['why'].replace('_', ' ')}"
    heard = f", heard {(content['heard_ns'] - content['ended_ns']) / 1e6:g} ms later" if "heard_ns" in content else ""
    asked = "" if content["quantity"] is None else f": {content['filled']:g} of {content['quantity']:g} filled"
    return f"{content['state']}{why}{asked}{heard}"


def _fill(content: dict[str, Any]) -> str:
    way = "as maker" if content["maker"] else "as taker"
    if "reason" in content:
        way += f", {content['reason'].replace('_', ' ')}"
    elif content["maker"]:
        ahead = "nobody knows how much" if content["ahead"] is None else f"{content['ahead']:g}"
        way += f", {ahead} ahead of it"
    return (
        f"traded: {content['quantity']:g} at {content['price']:.10g} {way}, fee {content['fee']:.6g},"
        f" position {content['position']:g}"
    )


def _market(recording: Recording, symbol: int, content: dict[str, Any]) -> str:
    """Say which event of the market came at the moment of a fill: the reason for its price."""
    tape = recording.tape
    at = int(np.searchsorted(tape["received_ns"], content["time_ns"]))
    if at == len(tape) or tape["received_ns"][at] != content["time_ns"]:
        return "; it met the book as it stood"
    record = tape[at]
    if record["symbol"] != symbol or record["input"] != Input.MARKET:
        return "; it met the book as it stood"
    kind, side = EventKind(int(record["kind"])), _SIDES.get(int(record["side"]), "no side")
    what = "a trade of others" if kind in _CAUSES else f"a change of the book ({kind.name.lower()})"
    said = f"{int(record['lots'])} lots on the {side}, {int(record['tick'])} ticks"
    return f"; record {at + 1} of the tape: {what}, {said}"
