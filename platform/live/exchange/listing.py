"""Instruments of the local exchange: decimal text at the border, whole ticks and lots inside."""

import re
from typing import NamedTuple

from lockstep.data.ticks.decimals import Scale
from lockstep.errors import ExchangeError, OrderRefusedError

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_SYMBOL = re.compile(r"[!-9;-~]{1,32}", re.ASCII)
_MIDDLE = 100_000
"""Tick about which an instrument trades where nothing is said."""
_TOO_MANY = 1 << 60
"""Steps, as text: beyond all that the matching takes, and within an int64."""
_MOST = 256
"""Instruments: a welcome names them all."""


class Steps:
    """Counts decimal text such as 10.01 in steps, and writes such text."""

    def __init__(self, step: str) -> None:
        scale = Scale(float(step))
        self.step: int = scale.step
        self.places = scale.places

    def count(self, text: str, reason: str, off: str) -> int:
        """Return how many steps a text is, of either sign; raises OrderRefusedError with one of the two reasons."""
        if not _DECIMAL.fullmatch(text):
            raise OrderRefusedError(reason, f"{text!r} is no plain decimal number such as 10.25")
        whole, _, fraction = text.removeprefix("-").partition(".")
        kept, lost = fraction[: self.places].ljust(self.places, "0"), fraction[self.places :]
        steps, rest = divmod(int(whole + kept), self.step)
        if rest or lost.strip("0"):
            raise OrderRefusedError(off, f"{text} is not a multiple of {self.text(1)}")
        if steps >= _TOO_MANY:
            raise OrderRefusedError(reason, f"{text} is too large: expected less than {self.text(_TOO_MANY)}")
        return -steps if text[0] == "-" else steps

    def text(self, steps: int) -> str:
        """Write so many steps."""
        sign, digits = "-" if steps < 0 else "", str(abs(steps) * self.step)
        if not self.places:
            return sign + digits
        digits = digits.rjust(self.places + 1, "0")
        return f"{sign}{digits[: -self.places]}.{digits[-self.places :]}"


class Listing(NamedTuple):
    """An instrument: its price step, its smallest quantity, and the tick about which it trades."""

    symbol: str
    prices: Steps
    sizes: Steps
    middle: int


def read_listings(text: str) -> list[Listing]:
    """Read SYMBOL:TICK:LOT,... or SYMBOL:TICK:LOT:PRICE, the price about which it trades. Raises ExchangeError."""
    listings = [_listing(part) for part in text.split(",")]
    symbols = [listing.symbol for listing in listings]
    if len(set(symbols)) < len(symbols) or len(symbols) > _MOST:
        raise ExchangeError(f"each instrument is listed once, at most {_MOST} of them; found {', '.join(symbols)}")
    return listings


def _listing(text: str) -> Listing:
    symbol, *numbers = text.strip().split(":")
    if not _SYMBOL.fullmatch(symbol) or len(numbers) not in (2, 3):
        raise ExchangeError(f"an instrument is SYMBOL:TICK:LOT or SYMBOL:TICK:LOT:PRICE, found {text!r}")
    try:
        prices, sizes = (Steps(_positive(number)) for number in numbers[:2])
        middle = prices.count(numbers[2], "price", "price") if len(numbers) == 3 else _MIDDLE
    except OrderRefusedError as error:
        raise ExchangeError(f"{text}: {error}") from error
    return Listing(symbol, prices, sizes, middle)


def _positive(text: str) -> str:
    if not _DECIMAL.fullmatch(text) or not float(text) > 0.0:
        raise OrderRefusedError("step", f"{text!r} is no step: expected a number above 0 such as 0.01")
    return text
