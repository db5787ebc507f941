"""A recording as two Parquet files: rows, with the common fields of their bodies as columns, and the tape."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from lockstep.data.disk import FRESH, make_folder, plain_target, sync_folder
from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.recording import Recording, Records
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.errors import JournalError

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

ROWS_FILE, TAPE_FILE = "journal.parquet", "tape.parquet"
TEXTS = ("order", "action", "state", "side", "type", "why", "code", "reason")
NUMBERS = ("quantity", "price", "limit", "stop", "fee")
"""Keys of bodies that become columns, null where a body has none of that name or another type."""
AT_ONCE = 50_000
RECORDS_AT_ONCE = 1_000_000
_TIME = pl.Datetime("ns", "UTC")
_SCHEMA: "dict[str, PolarsDataType]" = {
    "seq": pl.Int64, "time": _TIME, "kind": pl.String, "strategy": pl.String, "symbol": pl.String, "tape": pl.Int64,
    **dict.fromkeys(TEXTS, pl.String), **dict.fromkeys(NUMBERS, pl.Float64), "body": pl.String, "hash": pl.String,
}  # fmt: skip


class Exported(NamedTuple):
    """What was written."""

    rows: Path
    tape: Path
    row_count: int
    record_count: int


def export(recording: Recording, folder: Path) -> Exported:
    """Write rows and tape into a folder; files of these names are replaced.

    Times are UTC with nanoseconds, ``hash`` is hexadecimal, ``body`` the JSON as it was journaled, ``tape`` the number
    of records that a row was decided at. The tape's columns are those of TAPE. Raises ``JournalError`` where the
    recording is damaged or the folder can't be written.
    """
    try:
        make_folder(folder)
        with recording.frozen():
            rows = _write(folder / ROWS_FILE, _row_frames(recording))
        records = _write(folder / TAPE_FILE, _tape_frames(recording))
    except OSError as error:
        raise JournalError(f"{folder} can't be written ({error.strerror or error}): name another by --out") from error
    return Exported(folder / ROWS_FILE, folder / TAPE_FILE, rows, records)


def rows_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """Return rows as a frame, a column for each common field."""
    return pl.DataFrame([_flat(row) for row in rows], schema=_SCHEMA, orient="row")


def tape_frame(records: Records) -> pl.DataFrame:
    """Return TAPE[n] as a frame; both times are UTC, null where an exchange's is not known."""
    names = [name for name in records.dtype.names or () if name != "spare"]
    frame = pl.DataFrame({name: records[name] for name in names})
    received, told = pl.col("received_ns").cast(_TIME), pl.col("time_ns")
    known = pl.when(told != 0).then(told).cast(_TIME)
    times = [received.alias("received"), known.alias("time")]
    return frame.select(*times, pl.exclude("received_ns", "time_ns"))


def _flat(row: Row) -> tuple[Any, ...]:
    content = row.content()
    fields = content if isinstance(content, dict) else {}
    texts = (_text(fields.get(name)) for name in TEXTS)
    numbers = (fields.get(name) for name in NUMBERS)
    floats = (float(n) if isinstance(n, (int, float)) and not isinstance(n, bool) else None for n in numbers)
    return (*row[:6], *texts, *floats, row.body.decode(), row.hash.hex())


def _text(value: Any) -> str | None:
    """Words as they are, whole numbers (the ids of orders) as text."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _row_frames(recording: Recording) -> Iterator[pl.DataFrame]:
    rows = recording.rows()
    while part := list(islice(rows, AT_ONCE)):
        yield rows_frame(part)


def _tape_frames(recording: Recording) -> Iterator[pl.DataFrame]:
    tape = recording.tape_from()
    for start in range(0, len(tape), RECORDS_AT_ONCE):
        yield tape_frame(tape[start : start + RECORDS_AT_ONCE])


def _write(path: Path, frames: Iterator[pl.DataFrame]) -> int:
    """Write frames one after the other as one file, in one step for those who look; return the number of rows."""
    import pyarrow.parquet as pq

    empty = rows_frame([]) if path.name == ROWS_FILE else tape_frame(np.zeros(0, TAPE))
    target = plain_target(path)
    fresh = target.with_name(target.name + FRESH)
    count = 0
    try:
        with pq.ParquetWriter(fresh, empty.to_arrow().schema, compression="zstd") as writer:
            for frame in frames:
                writer.write_table(frame.to_arrow())
                count += frame.height
        with open(fresh, "rb") as file:
            os.fsync(file.fileno())
        os.replace(fresh, target)
        sync_folder(target.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return count
