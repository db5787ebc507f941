"""How values are written in a report, and the escaping of everything that is written."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from lockstep.analytics.view import RunView

DASH = "–"
"""Stands where there is no value: None, nan, or the word nan."""

_LONG = 1e13
_ABSENT = {"", "nan", "none", "nat", "+nan", "-nan"}


def shown(value: object) -> str:
    """Return a value as escaped text: numbers with six digits, lists joined, and a dash for no value."""
    if isinstance(value, float):
        return escape(_number(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(shown(part) for part in value) or DASH
    text = "" if value is None else str(value).strip()
    return DASH if text.lower().rstrip(" %") in _ABSENT else escape(text)


def _number(value: float) -> str:
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.6g}".replace("-", "−")


def amount(value: float | None, digits: int = 2) -> str:
    """Return money or a price with fixed decimals; what is too long for a table with six digits."""
    if value is None or not math.isfinite(value) or abs(value) >= _LONG:
        return shown(value)
    return f"{value:,.{digits}f}".replace("-", "−")


def percent(value: float | None, digits: int = 2) -> str:
    """Return a fraction in percent, with its sign."""
    if value is None or not math.isfinite(value):
        return shown(value)
    text = f"{value:+.{digits}%}".replace("-", "−").replace("%", " %")
    return text if any(digit in text for digit in "123456789") else text[1:]


def spelled(name: str) -> str:
    """Return a key in words: ``slippage_bps`` as slippage bps, ``maxOrderSize`` as max order size."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", name).replace("_", " ")


def moment(time: datetime | None, view: RunView) -> str:
    """Return a time on the sessions' clock: a date, and the time of day too when a day has several bars."""
    if time is None:
        return DASH
    return time.astimezone(ZoneInfo(view.zone)).strftime("%Y-%m-%d %H:%M" if view.intraday else "%Y-%m-%d")


def span(view: RunView) -> str:
    """Return the data's first and last date, on the sessions' clock."""
    first, last = (datetime.fromtimestamp(ns // 1_000_000_000, UTC).astimezone(ZoneInfo(view.zone)) for ns in view.span)
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def sign(value: float | None) -> str:
    """Return the class that colours a number: gain, loss, or nothing."""
    if value is None or not math.isfinite(value) or value == 0:
        return ""
    return "gain" if value > 0 else "loss"
