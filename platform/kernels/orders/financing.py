"""What holding costs or earns between trades: interest on cash, borrow fees, funding.

Each function returns the change of cash in currency: above zero is received, below is paid. Rates are shares a
year on 365 days (ACT/365), simple within one call: what is paid with each call compounds.
"""

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, where

YEAR_NS = 365.0 * 86_400e9
"""Nanoseconds of a year of 365 days."""


@kernel
def year_share(elapsed_ns: int) -> float:
    """Return nanoseconds as a share of a year of 365 days; nothing passes backwards."""
    return where(elapsed_ns > 0, elapsed_ns / YEAR_NS, 0.0)


@kernel
def interest_base(cash: float, shorts: float) -> float:
    """Return the cash that bears interest: all but what short sales brought in, which secures them.

    ``shorts`` is the value of all short positions, zero or more. Below zero, the difference was lent by the broker.
    """
    return cash - shorts


@kernel
def interest(cash: float, credit_rate: float, debit_rate: float, elapsed_ns: int) -> float:
    """Return the interest on cash: received at ``credit_rate``, paid at ``debit_rate`` where cash is below zero."""
    return cash * where(cash > 0.0, credit_rate, debit_rate) * year_share(elapsed_ns)


@kernel
def borrow_fee(value: float, rate: float, elapsed_ns: int) -> float:
    """Return the fee for borrowing what is sold short (zero or less); ``value`` is signed, a long one pays none."""
    return where(value < 0.0, value, 0.0) * rate * year_share(elapsed_ns)


@kernel
def funding(value: float, rate: float) -> float:
    """Return one funding payment of a perpetual contract on a position's signed value at the mark price.

    ``rate`` is the share of one interval, not of a year: above zero, longs pay shorts.
    """
    return where(absolute(value) > 0.0, -value * rate, 0.0)
