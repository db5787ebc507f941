"""How much an account has traded lately, which decides its fee tier.

A session's tier goes by the value traded on the 30 days before it, today not counted: so it is known before the
session opens and does not change within it, whatever is traded and in however many parts. Venues that rank their
customers once a day do the same. Days are counted by the calendar (the session's day number), traded on or not.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute

DAYS = 30
NO_SESSION = np.iinfo(np.int64).min

TURNOVER = np.dtype(
    [
        ("session", np.int64),  # day number of the session under way; NO_SESSION before the first
        ("before", np.float64),  # value traded on the 30 days before it: what selects the tier
        ("today", np.float64),  # value traded in it so far
        ("days", np.float64, (DAYS,)),  # value traded on the day with number n, at n modulo 30
    ],
    align=True,
)
"""What one account has traded: one row."""


def new_turnover(traded: float = 0.0) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return the row of an account; ``traded`` is what it traded in the 30 days before its first session.

    That value counts as traded on the day before the first session, and so for 30 days.
    """
    row = np.zeros(1, TURNOVER)
    row["session"] = NO_SESSION
    row["today"] = traded
    return row


@kernel
def turnover_session(row: Any, session: int) -> None:
    """Move a TURNOVER row to a session (day number); nothing happens in a session that is under way or over."""
    if session <= row.session:
        return
    days: npt.NDArray[np.float64] = row.days
    # What was there before the first session was traded the day before it.
    last = session - 1 if row.session == NO_SESSION else row.session
    for day in range(last, min(session, last + DAYS)):
        days[day % DAYS] = row.today if day == last else 0.0
    if session - last > DAYS:
        days[last % DAYS] = 0.0
    # Added up anew once a session: a running total would keep the rounding of all that ever left it.
    row.before = 0.0
    for i in range(DAYS):
        row.before += days[i]
    row.today = 0.0
    row.session = session


@kernel
def add_turnover(row: Any, value: float) -> None:
    """Add a fill's value (currency, either sign) to the session under way."""
    row.today += absolute(value)
