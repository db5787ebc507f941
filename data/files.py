"""CSV, Parquet and Arrow files as raw tables, with the way back from a row to its line."""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lockstep.data.instrument import ALWAYS_OPEN
from lockstep.data.names import BINANCE_KLINES, is_header_less_kline, is_kline
from lockstep.data.reading import Table
from lockstep.data.rules import LISTED
from lockstep.errors import BadFileError, BadRowsError

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = ",;\t|"
_ROW = "row of the file"


def read_file(path: Path, symbol: str | None = None) -> Table:
    """Read one file, told by its first bytes rather than by its name; nothing is interpreted yet.

    CSV may be packed as .gz or .zip (one member). Without `symbol` the rows are named by the file: 'AAPL.csv' is
    AAPL, 'BTCUSDT-1m-2024-01.csv' is BTCUSDT. Raises BadFileError for a file that is missing, empty, truncated or
    of another kind, BadRowsError for lines with too many fields.
    """
    content = _unpacked(path, _read(path))
    name = symbol or _symbol_of(path)
    if not content.strip():
        raise BadFileError(f"{path.name} is empty: expected a header and at least one bar")
    if content.startswith(b"PAR1"):
        return _columnar(path, content, name, "Parquet")
    if content.startswith(b"ARROW1"):
        return _columnar(path, content, name, "Arrow IPC")
    if path.suffix.lower() in (".parquet", ".pq", ".arrow", ".feather", ".ipc"):
        raise BadFileError(
            f"{path.name} begins with {content[:6]!r}, which no Parquet or Arrow file does: it is damaged or of"
            " another kind; save it again, or as CSV"
        )
    return _csv(path.name, content, name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise BadFileError(f"{path} is a folder: name the files in it") from error
    except OSError as error:
        raise BadFileError(f"{path} can't be read ({error.strerror})") from error


def _unpacked(path: Path, content: bytes) -> bytes:
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                (member,) = archive.namelist()
                return archive.read(member)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise BadFileError(
            f"{path.name} can't be unpacked ({error}): it is truncated or damaged; fetch it again"
        ) from error
    except ValueError as error:
        raise BadFileError(f"{path.name} holds several files: unpack it and import them by name") from error
    return content


def _symbol_of(path: Path) -> str:
    stem = path.name.split(".")[0]
    dump = re.fullmatch(r"([A-Z0-9]+)-\d+[a-zA-Z]+-\d{4}(-\d{2}){0,2}", stem)
    return dump[1] if dump else stem


def _columnar(path: Path, content: bytes, symbol: str, kind: str) -> Table:
    import polars as pl

    try:
        source = io.BytesIO(content)
        frame = pl.read_parquet(source) if kind == "Parquet" else pl.read_ipc(source)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadFileError(
            f"{path.name} is no complete {kind} file ({reason}): it is truncated or damaged; save it again"
        ) from error
    return Table(frame, path.name, lambda row: f"{path.name}, row {row}", symbol)


def _csv(where: str, content: bytes, symbol: str) -> Table:
    import polars as pl

    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        head = content[:65536].decode("utf-8", "strict" if len(content) <= 65536 else "ignore")
    except UnicodeDecodeError as error:
        raise BadFileError(f"{where} is not UTF-8 text, Parquet or Arrow: save it as CSV in UTF-8") from error
    if "\0" in head:
        raise BadFileError(f"{where} is binary, but neither Parquet nor Arrow: save it as CSV, Parquet or Arrow")
    lines = head.splitlines()
    separator = max(_SEPARATORS, key=lines[0].count)
    rows = list(csv.reader(lines[:3], delimiter=separator))
    if len(rows) == 3 and rows[1][:1] == ["Ticker"] and rows[2][:1] in (["Date"], ["Datetime"]):
        return _yfinance(where, content, separator, rows)
    header = 0 if is_header_less_kline(rows[0]) else 1
    names = _unique([name.strip() for name in rows[0]]) if header else BINANCE_KLINES
    frame = _parse(where, content, separator, header, len(names))
    frame = frame.rename(dict(zip(frame.columns, names, strict=True))).with_row_index(_ROW)
    table = _table(frame.filter(~pl.all_horizontal(pl.exclude(_ROW).is_null())), where, header, symbol)
    return table._replace(calendar=ALWAYS_OPEN) if is_kline(names) else table


def _table(frame: "pl.DataFrame", where: str, header: int, symbol: str) -> Table:
    """Blank lines count, but hold no bar: each row remembers where it stood."""
    rows = frame[_ROW].to_numpy()
    return Table(frame.drop(_ROW), where, lambda row: f"{where}, line {int(rows[row]) + header + 1}", symbol)


def _parse(where: str, content: bytes, separator: str, header: int, width: int) -> "pl.DataFrame":
    """All columns as text: our own reading names the value that can't be read, polars' would not."""
    import polars as pl

    names = [f"column_{number + 1}" for number in range(width)]
    try:
        return pl.read_csv(
            io.BytesIO(content), separator=separator, has_header=False, skip_rows=header,
            schema=dict.fromkeys(names, pl.String), missing_columns="insert", raise_if_empty=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError as error:
        raise _ragged(where, content, separator, width) or BadFileError(
            f"{where} can't be read as CSV ({str(error).splitlines()[0]}): save it again as plain CSV"
        ) from error


def _ragged(where: str, content: bytes, separator: str, width: int) -> BadRowsError | None:
    """The lines with more fields than the header."""
    text = io.StringIO(content.decode("utf-8", "replace"))
    wide = [
        f"line {number}: {len(fields)} fields, expected {width}"
        for number, fields in enumerate(csv.reader(text, delimiter=separator), 1)
        if len(fields) > width
    ]
    if not wide:
        return None
    listed = "\n".join(f"  {n}. {where}, {line}" for n, line in enumerate(wide[:LISTED], 1))
    return BadRowsError(
        f"{where}: {len(wide)} bad {'line' if len(wide) == 1 else 'lines'}; nothing was imported."
        f" Correct and import again:\n{listed}"
    )


def _yfinance(where: str, content: bytes, separator: str, header: Sequence[Sequence[str]]) -> Table:
    """Three header lines (field, ticker, index name) and one group of columns per ticker."""
    import polars as pl

    fields, tickers, _ = header
    wide = _parse(where, content, separator, 3, len(fields)).with_row_index(_ROW)
    parts = []
    for ticker in dict.fromkeys(tickers[1:]):
        chosen = [at for at, name in enumerate(tickers) if at and name == ticker]
        part = wide.select(
            _ROW, pl.col("column_1").alias("Date"), pl.lit(ticker).alias("Ticker"),
            *(pl.col(f"column_{at + 1}").alias(fields[at]) for at in chosen),
        )  # fmt: skip
        # A ticker without a bar on a date another one trades has an empty group there.
        parts.append(part.filter(~pl.all_horizontal(pl.col(fields[at]).is_null() for at in chosen)))
    return _table(pl.concat(parts, how="diagonal"), where, 3, "")


def _unique(names: Sequence[str]) -> list[str]:
    """Repeated column names get a number, as pandas does."""
    return [name if names.index(name) == at else f"{name}.{at}" for at, name in enumerate(names)]
