"""Prices and sizes as feeds write them, '61837.63000000', become whole ticks and lots: exactly, or with a finding."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.units import off_step
from lockstep.kernels.decimals import DecimalFault, read_decimals

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Steps(NamedTuple):
    """Numbers counted in steps: int64[n] `values`, 0 where the text is no number; uint8[n] `faults`, DecimalFault."""

    values: Int64Array
    faults: npt.NDArray[np.uint8]


class Scale:
    """A step such as 0.01 or 1e-8, to count numbers in."""

    def __init__(self, step: float) -> None:
        number = Decimal(str(step)).normalize()
        digits, exponent = number.as_tuple().digits, int(number.as_tuple().exponent)
        self.places = max(-exponent, 0)
        self.step = int("".join(map(str, digits))) * 10 ** max(exponent, 0)

    def count(self, texts: Sequence[str]) -> Steps:
        """Count texts in steps."""
        joined = "\n".join(texts)
        if joined.count("\n") >= max(len(texts), 1):  # a text with a line feed in it is none of ours
            joined = "\n".join(text.replace("\n", "?") for text in texts)
        return self.count_lines(joined.encode(), len(texts))

    def count_lines(self, text: bytes, rows: int) -> Steps:
        """Count `rows` numbers, one a line and no line feed at the end, in steps."""
        steps = Steps(np.zeros(rows, np.int64), np.zeros(rows, np.uint8))
        if rows:
            letters = np.frombuffer(text, np.uint8)
            ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))
            read_decimals(letters, ends, self.places, self.step, *steps)
        return steps


Said = Callable[[int], str]
"""Gives the text of a row."""


class Grid:
    """An instrument's ticks and lots."""

    def __init__(self, instrument: Instrument) -> None:
        self.symbol = instrument.symbol
        self.tick = instrument.tick
        self.lot = instrument.lot
        self.prices = Scale(instrument.tick)
        self.sizes = Scale(instrument.lot)

    def check(
        self, ticks: Steps, lots: Steps, place: Place, findings: Findings, price: Said, size: Said
    ) -> BoolArray:  # fmt: skip
        """Return bool[n] that marks what can't be kept, with a finding for each; `price` and `size` give a row's text.

        Prices between two ticks are OFF_TICK, sizes between two lots OFF_LOT, and what is no number UNREADABLE.
        """
        illegible = (ticks.faults == DecimalFault.NO_NUMBER) | (lots.faults == DecimalFault.NO_NUMBER)
        off_tick = ~illegible & (ticks.faults == DecimalFault.OFF_STEP)
        off_lot = ~illegible & ~off_tick & (lots.faults == DecimalFault.OFF_STEP)
        findings.add_rows(Trouble.UNREADABLE, illegible, place, lambda _row: "the price or the size is no number")
        findings.add_rows(
            Trouble.OFF_TICK, off_tick, place,
            lambda row: off_step("price", price(row).strip(), self.symbol, "tick", self.tick),
        )  # fmt: skip
        findings.add_rows(
            Trouble.OFF_LOT, off_lot, place,
            lambda row: off_step("size", size(row).strip(), self.symbol, "lot", self.lot),
        )  # fmt: skip
        bad: BoolArray = illegible | off_tick | off_lot
        return bad
