"""The limits as people set them."""

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import numpy as np

from lockstep.errors import RiskLimitsError
from lockstep.kernels.risk.tables import RATE_RING, RISK_LIMITS, Rows

SECOND_NS = 1_000_000_000
LONGEST_NS = 2.0**62
COUNTS = ("max_order_rate", "max_session_orders", "max_open_orders", "max_symbol_open_orders")
SECONDS = {
    "max_mark_age": "max_mark_age_ns",
    "order_rate_window": "rate_window_ns",
    "duplicate_window": "duplicate_window_ns",
}
"""Seconds here, nanoseconds in the record."""


@dataclass(frozen=True, kw_only=True)
class RiskLimits:
    """Limits of an account; None is no limit, and a value that equals its limit is within it.

    Raises ``RiskLimitsError`` for what is no number, not finite or below zero.
    """

    max_position_size: float | None = None
    """Units of an instrument, long or short, working orders of the side included."""
    max_order_size: float | None = None
    """Units an order."""
    max_daily_loss: float | None = None
    """Account currency below the session's first equity."""
    max_gross_exposure: float | None = None
    """Account currency, working orders included."""
    max_symbol_exposure: float | None = None
    """Account currency, working orders of the side included."""
    max_order_notional: float | None = None
    """Account currency an order."""
    max_drawdown: float | None = None
    """Share of the highest equity."""
    max_concentration: float | None = None
    """A symbol's exposure as a share of equity."""
    max_leverage: float | None = None
    """Gross exposure as a multiple of equity."""
    price_collar: float | None = None
    """How much worse than the market a limit price may be, as a share of it."""
    max_mark_age: float | None = None
    """Seconds."""
    max_order_rate: int | None = None
    """Orders and replacements in any window."""
    order_rate_window: float = 1.0
    """Seconds."""
    max_session_orders: int | None = None
    max_open_orders: int | None = None
    max_symbol_open_orders: int | None = None
    duplicate_window: float | None = None
    """Seconds within which an order is not sent twice."""
    prevent_self_trade: bool = True
    allow_long: bool = True
    allow_short: bool = True
    allow_outside_hours: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name), field.type)
        if self.max_order_rate is not None and self.max_order_rate > RATE_RING:
            raise RiskLimitsError(
                f"maxOrderRate is at most {RATE_RING}, found {self.max_order_rate}: shorten orderRateWindow instead"
            )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "RiskLimits":
        """Read limits from a JSON object with camelCase keys; null is no limit.

        Raises ``RiskLimitsError`` for an unknown key, naming those that there are, and for bad values.
        """
        known = {_camel(field.name): field for field in fields(cls)}
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(_camel(str(key)), known, 1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise RiskLimitsError(f"there is no limit {key!r}: {hint}known are {', '.join(known)}")
        given = {known[key].name: value for key, value in values.items()}
        return cls(**{field.name: given.get(field.name, field.default) for field in fields(cls)})

    @classmethod
    def unset(cls) -> dict[str, Any]:
        """Return every key with what it is where nothing is said of it."""
        return {_camel(field.name): field.default for field in fields(cls)}

    def to_mapping(self) -> dict[str, Any]:
        """Return what is limited, with the keys that ``from_mapping`` reads."""
        values = {_camel(field.name): getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in values.items() if value is not None}

    def record(self) -> Rows:
        """Return the RISK_LIMITS row that the check reads."""
        row = np.zeros(1, RISK_LIMITS)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in SECONDS:
                row[SECONDS[field.name]] = -1 if value is None else int(min(value * SECOND_NS, LONGEST_NS) + 0.5)
            else:
                row[field.name] = -1 if value is None else value
        return row


def _check(name: str, value: Any, kind: Any) -> None:
    """Refuse a value that can't be what a limit of this type is."""
    where = _camel(name)
    if kind is bool:
        if not isinstance(value, (bool, np.bool_)):
            raise RiskLimitsError(f"{where} must be true or false, found {value!r}")
        return
    if value is None and name != "order_rate_window":
        return
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise RiskLimitsError(f"{where} must be a number, found {value!r}: leave it out for no limit")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0.0:
        raise RiskLimitsError(
            f"{where} must be a finite number, zero or more, found {value!r}: leave it out for no limit"
        )
    if name in COUNTS and (number != int(number) or number >= 2**53):
        raise RiskLimitsError(f"{where} must be a whole number, found {value!r}")
    if name == "order_rate_window" and number == 0.0:
        raise RiskLimitsError("orderRateWindow must be above zero, found 0: give seconds")


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
