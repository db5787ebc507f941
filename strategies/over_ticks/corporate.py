"""Splits and cash dividends while lanes run: a command, checked when it is given, obeyed when it takes effect.

A split ends all that is ordered in old units, restates positions and prices, and pays a fraction of a lot in cash; a
dividend is paid on what is held. The same functions serve a session and the batch that proves it.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from lockstep.data.effective import effective_ns
from lockstep.data.instrument import Instrument
from lockstep.errors import CommandError, DataError
from lockstep.kernels.records import Flow
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.flows import pay
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.restate import end_all, hear_next, split

CORPORATE = "corporate_action"
SPLIT, DIVIDEND = "split", "dividend"
RATIO, AMOUNT = "ratio", "amount"
KEYS = ("symbol", "kind", RATIO, AMOUNT, "effective")
_MOST = 1_000_000
"""New or old lots of a ratio at most."""
_VALUES = {SPLIT: RATIO, DIVIDEND: AMOUNT}


def checked_action(content: Mapping[str, Any], instruments: Mapping[str, Instrument], now_ns: int) -> dict[str, Any]:
    """Return a corporate action as it is to be written down: symbol, kind, effective_ns, ratio [new, old] or amount.

    ``content`` has symbol, kind ("split", "dividend"), ``ratio`` (2, 0.1, "3:2") or ``amount`` per unit, and
    ``effective`` (see ``effective_ns``). Raises ``CommandError`` for what can't be.
    """
    symbol, kind = content.get("symbol"), content.get("kind")
    if not isinstance(symbol, str) or symbol not in instruments:
        raise CommandError(f"symbol must be one of {', '.join(instruments)}, found {symbol!r}")
    if kind not in _VALUES:
        raise CommandError(f"kind must be {SPLIT} or {DIVIDEND}, found {kind!r}")
    if (needed := _VALUES[kind]) not in content or len(content.keys() & {*_VALUES.values()}) > 1:
        raise CommandError(f"a {kind} has {needed}, and no other number: found {', '.join(map(str, content))}")
    try:
        moment = effective_ns(instruments[symbol], content.get("effective"), now_ns)
    except DataError as error:
        raise CommandError(str(error)) from error
    value: Any = list(_ratio(content[RATIO])) if kind == SPLIT else _amount(content[AMOUNT])
    return {"symbol": symbol, "kind": kind, needed: value, "effective_ns": moment}


def due_ns(kind: str, content: Mapping[str, Any]) -> int:
    """Return when a command is to be obeyed at the earliest; 0 for at once."""
    return int(content["effective_ns"]) if kind == CORPORATE else 0


def is_split(kind: str, content: Mapping[str, Any]) -> bool:
    """Is a command one that restates units?"""
    return kind == CORPORATE and bool(content["kind"] == SPLIT)


def ratio_of(content: Mapping[str, Any]) -> float:
    """Return how many units one becomes."""
    new, old = content[RATIO]
    return float(new / old)


def settle(frame: Frame, time_ns: int, heard: Callable[[], None] | None = None) -> None:
    """End all that is ordered, and let the strategy know all that is under way; ``heard`` is called after each report.

    At a moment up to which all is done.
    """
    while not end_all(frame.run, time_ns):
        frame.grow(Stop.RECORDS)
    while (left := hear_next(frame.run)) != 0:
        if left < 0:
            frame.grow(Stop.RECORDS)
        elif heard is not None:
            heard()


def take_effect(frame: Frame, content: Mapping[str, Any], time_ns: int) -> None:
    """Restate a frame that is settled, or pay a dividend on what it holds."""
    done = False
    while not done:
        if content["kind"] == SPLIT:
            done = split(frame.run, *content[RATIO])
        else:
            done = pay(frame.run, Flow.DIVIDEND, content[AMOUNT], time_ns)
        if not done:
            frame.grow(Stop.RECORDS)


def _ratio(value: Any) -> tuple[int, int]:
    """Return new and old of a ratio, without common parts."""
    try:
        if isinstance(value, bool):
            raise ValueError
        new, colon, old = str(value).partition(":")
        found = Fraction(new) / Fraction(old) if colon else Fraction(str(value))
        if found <= 0 or max(found.numerator, found.denominator) > _MOST:
            raise ValueError
    except (ValueError, ZeroDivisionError) as error:
        raise CommandError(
            f'ratio must be how many new units one becomes, as 2, 0.1 or "3:2", of whole numbers up to {_MOST:,},'
            f" found {value!r}"
        ) from error
    return found.numerator, found.denominator


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value <= 0:
        raise CommandError(f"amount must be currency for each unit, above zero, found {value!r}")
    return float(value)
