"""What fills come to, by hand."""

import numpy as np
import pytest

from lockstep.data.instrument import Instrument
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.matching.tables import REPORT
from lockstep.vector.ticks.purse import purse

OIL = Instrument("OIL", kind="future", tick=0.25, lot=2.0, multiplier=10.0)


def test_position_money_and_fees_are_in_the_instruments_units() -> None:
    rows = [(ReportKind.FILL, 0, 1, 40, 3), (ReportKind.FILL, 1, 0, 44, 5), (ReportKind.FILL, 0, -1, 48, 1)]
    rows += [(ReportKind.ACCEPTED, 0, 0, 40, 99), (ReportKind.CANCELED, 1, 0, 40, 9)]
    reports = np.zeros(len(rows), REPORT)
    for report, row in zip(reports, rows, strict=True):
        for name, value in zip(("kind", "side", "maker", "tick", "lots"), row, strict=True):
            report[name] = value
    # A quarter a tick, two barrels a lot, ten dollars a barrel and dollar: bought 6 at 10 and, in an auction, 2 at 12;
    # sold 10 at 11.
    bought, sold, auction = 6 * 10.0 * 10, 10 * 11.0 * 10, 2 * 12.0 * 10
    fees = 0.001 * (bought + auction) + 0.002 * sold
    found = purse(reports, OIL, cash=100.0, maker_fee=0.001, taker_fee=0.002)
    assert found == pytest.approx((-2.0, 100.0 - bought - auction + sold - fees, fees))
    assert found.value(12.0, OIL.multiplier) == pytest.approx(found.cash - 2 * 12.0 * 10)
