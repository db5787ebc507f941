"""What is traded: the facts about a symbol that turn numbers into sessions, orders and money."""

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from lockstep.data.interval import MINUTE_NS
from lockstep.data.terms import TERMS, check_terms
from lockstep.data.zone import Zone
from lockstep.errors import DataError

ALWAYS_OPEN = "24/7"


@dataclass(frozen=True)
class Instrument:
    """One tradable symbol.

    `kind` is equity (funds too), future, perpetual, forex or crypto; `calendar` an exchange calendar's name ('XNYS')
    or '24/7';
    `session_open` and `session_close` are wall-clock times in `time_zone` ('09:30', '16:00'; '24:00' is the end of
    the day; a close at or before the open belongs to the next day). `tick` is the price step, `lot` the smallest
    quantity, `multiplier` the money one unit moves when the price moves by one, `currency` the money's code.

    What accounts ask: `initial_margin` and `maintenance_margin` are shares of a position's value (0.25 for a quarter;
    None: what the account asks of all), `short_available` the units that can be borrowed (None: any number),
    `borrow_rate` what borrowing them costs in a year, as a share of their value.

    Raises DataError for facts that can't be.
    """

    symbol: str
    kind: str = "equity"
    calendar: str = ALWAYS_OPEN
    time_zone: str = "UTC"
    session_open: str = "00:00"
    session_close: str = "24:00"
    tick: float = 0.01
    lot: float = 1.0
    multiplier: float = 1.0
    currency: str = "USD"
    initial_margin: float | None = None
    maintenance_margin: float | None = None
    short_available: float | None = None
    borrow_rate: float = 0.0

    def __post_init__(self) -> None:
        if not self.symbol or self.symbol != self.symbol.strip():
            raise DataError(f"symbol {self.symbol!r} is empty or has blanks around it: write it as the venue does")
        check_terms(self.symbol, self.terms())
        _minutes(self.session_open), _minutes(self.session_close), Zone(self.time_zone)

    def terms(self) -> dict[str, Any]:
        """The facts that may change without another history: see TERMS."""
        return {name: getattr(self, name) for name in TERMS}

    @classmethod
    def us_equity(cls, symbol: str) -> "Instrument":
        """A share on the New York calendar, 09:30 to 16:00."""
        return cls(symbol, "equity", "XNYS", "America/New_York", "09:30", "16:00")

    @classmethod
    def crypto(cls, symbol: str) -> "Instrument":
        """A pair that trades around the clock; a day is a UTC day."""
        return cls(symbol, "crypto", lot=1e-8, currency="USDT")

    @cached_property
    def zone(self) -> Zone:
        """The time zone, with its tables."""
        return Zone(self.time_zone)

    @cached_property
    def session_shift_ns(self) -> int:
        """What to add to a local time so that an evening open counts as the next day's session."""
        opens, closes = _minutes(self.session_open), _minutes(self.session_close)
        return (24 * 60 - opens) * MINUTE_NS if closes <= opens and opens else 0

    def day_start_ns(self, day: int) -> int:
        """The UTC nanosecond at which a session day, counted from 1970-01-01, begins."""
        return self.zone.day_start_ns(day, self.session_shift_ns)

    @property
    def session_minutes(self) -> tuple[int, int]:
        """Local minutes after midnight of the session's open and close."""
        return _minutes(self.session_open), _minutes(self.session_close)

    def to_dict(self) -> dict[str, Any]:
        """Give the facts as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Instrument":
        """Read what `to_dict` wrote; raises DataError for fields this version does not know."""
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown or "symbol" not in values:
            raise DataError(
                f"an instrument with the fields {sorted(values)} can't be read: {unknown or 'symbol'}"
                " unknown or missing; a newer Lockstep may have written it"
            )
        return cls(**values)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) * 60 + int(minutes) <= 24 * 60 and int(minutes) < 60):
        raise DataError(f"session time {clock!r} is not a wall-clock time: write it as '09:30'")
    return int(hours) * 60 + int(minutes)
