"""How much was in the market: gross and net position value as fractions of equity."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum, minimum, where


class Exposure(NamedTuple):
    """One pass over gross and net position values, each divided by the equity of its row."""

    rows_held: int
    """Rows at whose end a position was held."""
    rows_left: int
    """Rows in which the last position was closed."""
    held: bool
    """Was a position held at the end of the last row?"""
    gross_sum: float
    gross_maximum: float
    net_sum: float
    net_maximum: float
    net_minimum: float


def exposure_init() -> Exposure:
    """Return the state before the first row, in which nothing is held."""
    return Exposure(0, 0, False, 0.0, 0.0, 0.0, 0.0, 0.0)


@kernel
def observe_exposure(state: Exposure, equity: float, gross: float, net: float) -> Exposure:
    """Take one row: the sum of |position value| and of signed position value, in the equity's currency."""
    scale = where(equity > 0.0, 1.0 / equity, 0.0)
    gross_part = gross * scale
    net_part = net * scale
    held = gross > 0.0
    return Exposure(
        state.rows_held + where(held, 1, 0),
        state.rows_left + where(state.held & (gross <= 0.0), 1, 0),
        held,
        state.gross_sum + gross_part,
        maximum(gross_part, state.gross_maximum),
        state.net_sum + net_part,
        maximum(net_part, state.net_maximum),
        minimum(net_part, state.net_minimum),
    )
