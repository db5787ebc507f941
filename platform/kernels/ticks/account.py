"""The account at one moment: cash and what the position is worth at the middle of the book."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.ticks.fills import middle_of
from lockstep.kernels.ticks.tables import Run, account_of, book_of, samples_of


@kernel(inline=False)
def write_sample(r: Run, time_ns: int) -> None:
    """Write the account down as it stands; room was checked before."""
    record = samples_of(r)[r.sample_count]
    r.sample_count += 1
    record.time_ns = time_ns
    middle = middle_of(book_of(r))
    if middle == middle:  # nan while the book is empty: a position keeps its last value
        r.last_middle = middle
    record.middle = r.last_middle
    held = int64(r.exchange_position)
    record.position = held
    value = held * r.lot_size * record.middle * r.tick_size * r.multiplier if held != 0 else 0.0
    record.equity = account_of(r).cash + value
