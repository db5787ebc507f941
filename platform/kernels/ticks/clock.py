"""Two clocks in one run: the exchange's, which the engine goes by, and the strategy's, which may run ahead of it.

A strategy that hears of everything ``feed_ns`` late needs a book of its own, kept that far behind the exchange's; half
of a run's time goes into it. Where nothing else could reach it sooner - no report comes back faster than the feed, and
the history was received when it happened - the engine does without: what the strategy does at a moment T is done at the
engine's T - ``lead_ns``, when the exchange's book is just what the strategy has heard of at T. Its requests then take
``lead_ns`` longer and reports ``lead_ns`` less. Nothing between can tell the difference: up to T no request of T has
arrived, and no report of what happens after T - ``lead_ns`` has come back.
"""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.ticks.tables import Run


@kernel
def local_ns(r: Run) -> int:
    """Return the time as the strategy's clock has it."""
    return int64(r.now_ns + r.lead_ns)
