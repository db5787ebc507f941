"""What fills at an exchange come to: the position, the money and the fees of one owner in one instrument."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.kernels.matching.codes import ReportKind


class Purse(NamedTuple):
    """Units held (negative: sold short), cash in the instrument's currency, and the fees that it has paid already."""

    position: float
    cash: float
    fees: float

    def value(self, price: float, multiplier: float = 1.0) -> float:
        """Return cash and position at a price."""
        return self.cash + self.position * price * multiplier


def purse(
    reports: npt.NDArray[Any], instrument: Instrument, *, cash: float = 0.0, maker_fee: float = 0.0,
    taker_fee: float = 0.0,
) -> Purse:  # fmt: skip
    """Add up the fills among REPORT[n] of one owner and instrument.

    Fees are shares of the traded value, ``taker_fee`` for orders that came in and traded at once, ``maker_fee`` for all
    others, those of an uncross included.
    """
    fills = reports[reports["kind"] == ReportKind.FILL]
    signed = fills["lots"] * np.where(fills["side"] == 0, 1, -1)
    scale = instrument.tick * instrument.lot * instrument.multiplier
    fees = fills["tick"] * fills["lots"] * scale * np.where(fills["maker"] == 0, taker_fee, maker_fee)
    paid = float((fills["tick"] * signed).sum()) * scale
    return Purse(float(signed.sum()) * instrument.lot, cash - paid - float(fees.sum()), float(fees.sum()))
