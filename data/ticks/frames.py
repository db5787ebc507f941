"""Ticks as a frame for people: names for kinds, prices and sizes in the instrument's units."""

from typing import TYPE_CHECKING

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.parts import Piece
from lockstep.kernels.book.events import EventKind

if TYPE_CHECKING:
    import polars as pl


def piece_frame(piece: Piece, instrument: Instrument) -> "pl.DataFrame":
    """Return one piece as a frame, copied; see `Ticks.frame`."""
    import polars as pl

    events, kinds = piece.events, pl.Enum([kind.name for kind in EventKind])
    sequence = piece.sequence if piece.sequence is not None else [None] * piece.rows
    raw = pl.DataFrame({name: pl.Series(name, column.copy()) for name, column in events._asdict().items()})
    return raw.select(
        pl.lit(instrument.symbol).alias("symbol"),
        pl.col("time_ns").cast(pl.Datetime("ns", "UTC")).alias("time"),
        pl.col("received_ns").cast(pl.Datetime("ns", "UTC")).alias("received"),
        pl.col("kind").cat.to(kinds),
        "side", "flags",
        (pl.col("tick") * instrument.tick).alias("price"),
        (pl.col("lots") * instrument.lot).alias("size"),
        "tick", "lots", "id", "slot",
        pl.Series("sequence", sequence, pl.Int64),
    )  # fmt: skip
