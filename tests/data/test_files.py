"""Files as other programs write them, and files that are broken in every way we could think of."""

import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd  # noqa: TID253 - what a pandas user has loaded already
import polars as pl
import pytest

from lockstep.data import Store
from lockstep.data.importer import ImportReport
from lockstep.errors import BadFileError, BadRowsError, DataError

Importer = Callable[..., ImportReport]
HEADER = "Date,Open,High,Low,Close,Volume\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def take(tmp_path: Path, store: Store) -> Importer:
    """Write text or bytes to a file and import it."""

    def importer(name: str, content: str | bytes, **options: object) -> ImportReport:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return store.import_files(path, **options)  # type: ignore[arg-type]

    return importer


def rows(store: Store, symbol: str) -> list[tuple[object, ...]]:
    return (
        store.bars(symbol, adjust="none").frame().select("close_time", "open", "high", "low", "close", "volume").rows()
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


DAILY = [(utc(2020, 1, 2, 21), 1.0, 2.0, 0.5, 1.5, 100.0), (utc(2020, 1, 3, 21), 1.5, 3.0, 1.0, 2.5, 200.0)]
FRAME = pd.DataFrame(
    {"Open": [1.0, 1.5], "High": [2.0, 3.0], "Low": [0.5, 1.0], "Close": [1.5, 2.5], "Volume": [100, 200]},
    index=pd.to_datetime(["2020-01-02", "2020-01-03"]),
)

WRITTEN = {
    "pandas": FRAME.rename_axis("Date").to_csv(),
    "pandas without an index name": FRAME.to_csv(),
    "pandas with a numbered index": FRAME.rename_axis("date").reset_index().rename(columns=str.lower).to_csv(),
    "yahoo": "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2020-01-02,1,2,0.5,1.5,1.2,100\n2020-01-03,1.5,3,1,2.5,2.1,200\n",
    "yfinance": "Price,Close,High,Low,Open,Volume\nTicker,X,X,X,X,X\nDate,,,,,\n"
    "2020-01-02,1.5,2,.5,1,100\n2020-01-03,2.5,3,1,1.5,200\n",
    "semicolons": "time;open;high;low;close;vol\r\n2020/01/02;1;2;0.5;1.5;100\r\n2020/01/03;1.5;3;1;2.5;200\r\n",
    "byte order mark and blank lines": "\ufeff"
    + HEADER
    + "\n2020-01-02,1,2,0.5,1.5,100\n\n2020-01-03,1.5,3,1,2.5,200\n\n",
    "compact dates": HEADER + "20200102,1,2,0.5,1.5,100\n20200103,1.5,3,1,2.5,200\n",
    "midnights in New York": HEADER
    + "2020-01-02 00:00:00-05:00,1,2,0.5,1.5,100\n2020-01-03 00:00:00-05:00,1.5,3,1,2.5,200\n",
    "midnights in UTC as epochs": HEADER + "1577923200,1,2,0.5,1.5,100\n1578009600,1.5,3,1,2.5,200\n",
    "a symbol column": "Ticker," + HEADER + "X,2020-01-02,1,2,0.5,1.5,100\nX,2020-01-03,1.5,3,1,2.5,200\n",
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_daily_files_as_others_write_them(take: Importer, store: Store, kind: str) -> None:
    report = take("X.csv", WRITTEN[kind])
    assert (report.dataset, report.interval, report.rows) == ("local-1d", "1d", {"X": 2})
    assert rows(store, "X") == DAILY


KLINES_MS = (
    "1704067200000,1,2,0.5,1.5,10,1704067259999,15,4,5,7,0\n1704067260000,1.5,3,1,2.5,20,1704067319999,50,4,5,7,0\n"
)
KLINES = {
    "milliseconds, no header": KLINES_MS,
    "microseconds, no header": KLINES_MS.replace("00000,", "00000000,")
    .replace("9999,", "9999999,")
    .replace("60000,1.5", "60000000,1.5"),
    "as python-binance names them": "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,"
    "Number of trades,Taker buy base asset volume,Taker buy quote asset volume,Ignore\n" + KLINES_MS,
    "as the futures dumps name them": "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore\n" + KLINES_MS,
}


@pytest.mark.parametrize("kind", KLINES)
def test_binance_klines(take: Importer, store: Store, kind: str) -> None:
    """They never close, and their close time is the last moment inside the bar: 00:00:59.999 becomes 00:01."""
    report = take("BTCUSDT-1m-2024-01.csv", KLINES[kind])
    assert report == ImportReport("local-1m", "1m", {"BTCUSDT": 2}, ())
    assert rows(store, "BTCUSDT") == [
        (utc(2024, 1, 1, 0, 1), 1.0, 2.0, 0.5, 1.5, 10.0),
        (utc(2024, 1, 1, 0, 2), 1.5, 3.0, 1.0, 2.5, 20.0),
    ]
    assert store.instrument("BTCUSDT").calendar == "24/7"


def test_several_tickers_side_by_side_as_yfinance_writes_them(take: Importer, store: Store) -> None:
    """B did not trade on the second day."""
    text = (
        "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume\nTicker,A,B,A,B,A,B,A,B,A,B\nDate,,,,,,,,,,\n"
        "2020-01-02,1.5,15,2,20,.5,5,1,10,100,7\n2020-01-03,2.5,,3,,1,,1.5,,200,\n"
    )
    assert take("prices.csv", text).rows == {"A": 2, "B": 1}
    assert rows(store, "A") == DAILY
    assert rows(store, "B") == [(utc(2020, 1, 2, 21), 10.0, 20.0, 5.0, 15.0, 7.0)]


def test_packed_files(take: Importer, store: Store, tmp_path: Path) -> None:
    take("X.csv.gz", gzip.compress(WRITTEN["pandas"].encode()))
    with zipfile.ZipFile(tmp_path / "Y.zip", "w") as archive:
        archive.writestr("anything.csv", WRITTEN["yahoo"])
    store.import_files(tmp_path / "Y.zip")
    assert rows(store, "X") == rows(store, "Y") == DAILY


def test_parquet_and_arrow(store: Store, tmp_path: Path) -> None:
    frame = pl.from_pandas(FRAME.rename_axis("Date").reset_index())
    frame.write_parquet(tmp_path / "P.parquet")
    frame.write_ipc(tmp_path / "Q.arrow")
    FRAME.to_parquet(tmp_path / "R.parquet")  # the index has no name
    store.import_files([tmp_path / name for name in ("P.parquet", "Q.arrow", "R.parquet")])
    assert rows(store, "P") == rows(store, "Q") == rows(store, "R") == DAILY


def test_hourly_bars_end_with_their_session(take: Importer, store: Store) -> None:
    lines = "".join(f"2020-01-02 {clock}:00,1,2,0.5,1.5,100\n" for clock in ("09:30", "10:30", "15:30"))
    assert take("H.csv", HEADER + lines).interval == "1h"
    assert [row[0] for row in rows(store, "H")] == [
        utc(2020, 1, 2, 15, 30),
        utc(2020, 1, 2, 16, 30),
        utc(2020, 1, 2, 21),
    ]


def test_times_may_mark_the_close(take: Importer, store: Store) -> None:
    lines = "".join(f"2020-01-02 {clock}:00+00:00,1,2,0.5,1.5,100\n" for clock in ("14:31", "14:32"))
    take("M.csv", HEADER + lines, label="close")
    assert [row[0] for row in rows(store, "M")] == [utc(2020, 1, 2, 14, 31), utc(2020, 1, 2, 14, 32)]


def test_names_zones_and_formats_can_be_told(take: Importer, store: Store) -> None:
    text = "When;a;b;c;d\n31.01.2020 09:00;1;2;0.5;1.5\n31.01.2020 09:01;1.5;3;1;2.5\n"
    names = {"open_time": "When", "open": "a", "high": "b", "low": "c", "close": "d"}
    take("Z.csv", text, columns=names, time_format="%d.%m.%Y %H:%M", time_zone="Europe/Berlin", calendar="24/7")
    assert [row[0] for row in rows(store, "Z")] == [utc(2020, 1, 31, 8, 1), utc(2020, 1, 31, 8, 2)]
    assert [row[5] for row in rows(store, "Z")] == [0.0, 0.0]


def bad(line: str) -> str:
    return HEADER + "2020-01-02,1,2,0.5,1.5,100\n" + line + "\n2020-01-06,1,2,0.5,1.5,100\n"


BAD_ROWS = {
    "2020-01-03,nan,2,0.5,1.5,100": "open is nan, expected a finite number",
    "2020-01-03,1,inf,0.5,1.5,100": "high is inf, expected a finite number",
    "2020-01-03,1,2,-0.5,1.5,100": "low is -0.5, but prices must be above zero",
    "2020-01-03,1,2,0,1.5,100": "low is 0.0, but prices must be above zero",
    "2020-01-03,1,2,0.5,1.5,-1": "volume is -1.0, but can't be negative",
    "2020-01-03,1,0.4,0.5,1.5,100": "high 0.4 is below low 0.5",
    "2020-01-03,3,2,0.5,1.5,100": "open 3.0 lies outside low 0.5 to high 2.0",
    "2020-01-03,1,2,0.5,x,100": "'x' in column 'Close' is not a number",
    '2020-01-03,1,2,0.5,1.5,"1,000"': "'1,000' in column 'Volume' is not a number: write it like 1234.5",
    "2020-01-03,1,2,,1.5,100": "no value in column 'Low'",
    "2020-01-03,1,2": "no value in column 'Low'",
    ",1,2,0.5,1.5,100": "no time in column 'Date'",
    "03.01.2020,1,2,0.5,1.5,100": "'03.01.2020' in column 'Date' is not a time: expected e.g. 2020-01-31",
    "2020-13-01,1,2,0.5,1.5,100": "'2020-13-01' in column 'Date' is not a time",
    "2020-01-03 00:00Z,1,2,0.5,1.5,100": "2020-01-03 00:00Z in column 'Date' has a zone, other rows differ",
    "2020-01-02,1,2,0.5,1.5,100": "the time 2020-01-02 14:30:00Z appears twice",
    "2019-12-31,1,2,0.5,1.5,100": "the time 2019-12-31 14:30:00Z comes after 2020-01-02 14:30:00Z: "
    "rows must be in time order",
    "2020-01-04,1,2,0.5,1.5,100": "2020-01-04 is no session of XNYS",
}


@pytest.mark.parametrize("line", BAD_ROWS)
def test_a_bad_row_is_named_by_file_and_line_and_nothing_is_imported(take: Importer, store: Store, line: str) -> None:
    with pytest.raises(BadRowsError) as caught:
        take("X.csv", bad(line), calendar="XNYS")
    head, first, *_ = str(caught.value).splitlines()
    assert head == "X.csv: 1 of 3 rows is bad; nothing was imported. Correct and import again:"
    assert first.startswith(f"  1. X.csv, line 3: {BAD_ROWS[line]}")
    assert store.datasets() == []


def test_all_bad_rows_are_counted_and_the_first_three_of_each_fault_listed_in_order(take: Importer) -> None:
    lines = "".join(
        f"2020-01-{day:02},{'x' if day % 2 else 1},2,{'-1' if day % 4 == 0 else 0.5},1.5,1\n" for day in range(1, 32)
    )
    with pytest.raises(BadRowsError) as caught:
        take("X.csv", HEADER + lines, calendar="24/7")
    head, *listed = str(caught.value).splitlines()
    assert "23 of 31 rows are bad" in head
    assert [line.partition(":")[0] for line in listed[:-1]] == [
        f"  {number}. X.csv, line {line}" for number, line in enumerate((2, 4, 5, 6, 9, 13), 1)
    ]
    assert listed[0].startswith("  1. X.csv, line 2: 'x'")
    assert listed[2].startswith("  3. X.csv, line 5: low is -1.0")
    assert listed[-1] == "  ... and 17 more rows with the same faults"


def test_one_fault_in_many_rows_does_not_bury_another(take: Importer) -> None:
    days = [f"2020-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 29)]
    lines = "".join(f"{day},1,2,-0.5,1.5,1\n" for day in days[:-1])
    with pytest.raises(BadRowsError) as caught:
        take("X.csv", HEADER + lines + f"{days[-1]},1,2,0.5,1.5,-1\n", calendar="24/7")
    _, *listed = str(caught.value).splitlines()
    assert [line.partition(": ")[2] for line in listed] == [
        *["low is -0.5, but prices must be above zero"] * 3, "volume is -1.0, but can't be negative", "",
    ]  # fmt: skip
    assert listed[-1] == "  ... and 52 more rows"


def test_one_bad_file_of_several_stops_them_all(store: Store, tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text(WRITTEN["yahoo"])
    (tmp_path / "B.csv").write_text(bad("2020-01-03,1,0.4,0.5,1.5,100"))
    with pytest.raises(BadRowsError, match=r"B\.csv, line 3"):
        store.import_files([tmp_path / "A.csv", tmp_path / "B.csv"])
    assert store.datasets() == []


PARQUET = b"PAR1" + b"\0" * 100
BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "empty.csv": ("", "empty.csv is empty"),
    "blank.csv": ("\n\n", "blank.csv is empty"),
    "header.csv": (HEADER, "header.csv has no rows"),
    "columns.csv": (
        "Date,Open,High,Low\n2020-01-02,1,2,0.5\n",
        "no column for close. Found: 'Date', 'Open', 'High', 'Low'. Expected",
    ),
    "wide.csv": (bad("2020-01-03,1,2,0.5,1.5,100,7"), "wide.csv, line 3: 7 fields, expected 6"),
    "cut.parquet": (PARQUET, "cut.parquet is no complete Parquet file"),
    "text.parquet": (HEADER, "begins with b'Date,O', which no Parquet or Arrow file does"),
    "cut.arrow": (b"ARROW1\0\0" + b"\0" * 50, "cut.arrow is no complete Arrow IPC file"),
    "cut.csv.gz": (gzip.compress(WRITTEN["yahoo"].encode())[:-20], "can't be unpacked"),
    "cut.zip": (b"PK\x03\x04" + b"\0" * 40, "can't be unpacked"),
    "binary.csv": (bytes(range(256)), "is not UTF-8 text, Parquet or Arrow"),
    "zeros.csv": (b"\0" * 100, "is binary, but neither Parquet nor Arrow"),
    "quote.csv": (HEADER + '"2020-01-02,1,2,0.5,1.5,100\n', "can't be read as CSV"),
    "weekly.csv": (HEADER + "2020-01-03,1,2,.5,1,1\n2020-01-10,1,2,.5,1,1\n", "rows are 7 days apart"),
    "one.csv": (HEADER + "2020-01-03 09:30,1,2,.5,1,1\n", "one row does not tell its interval"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused(take: Importer, store: Store, name: str) -> None:
    content, words = BAD_FILES[name]
    with pytest.raises(DataError) as caught:
        take(name, content)
    assert words in str(caught.value)
    assert store.datasets() == []


def test_files_that_cannot_be_opened(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match=r"none\.csv can't be read \(No such file"):
        store.import_files(tmp_path / "none.csv")
    with pytest.raises(BadFileError, match="is a folder"):
        store.import_files(tmp_path)
    with pytest.raises(DataError, match="name at least one"):
        store.import_files([])


def test_files_must_agree(store: Store, tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text(WRITTEN["yahoo"])
    (tmp_path / "A.txt").write_text(WRITTEN["yahoo"])
    (tmp_path / "M.csv").write_text(HEADER + "2020-01-02 09:30,1,2,.5,1,1\n2020-01-02 09:31,1,2,.5,1,1\n")
    with pytest.raises(BadFileError, match="different intervals"):
        store.import_files([tmp_path / "A.csv", tmp_path / "M.csv"])
    with pytest.raises(BadFileError, match=r"A\.txt has rows of A, and so has another file"):
        store.import_files([tmp_path / "A.csv", tmp_path / "A.txt"])


def test_what_was_assumed_is_said_once_and_then_known(take: Importer, store: Store) -> None:
    first = take("X.csv", WRITTEN["yahoo"])
    assert first.notes == (
        "calendar XNYS assumed for X, which has bars on working days only: --calendar NAME says otherwise",
    )
    later = take("X.csv", HEADER + "2020-01-06,1,2,0.5,1.5,100\n")
    assert (later.rows, later.notes) == ({"X": 1}, ())
    weekend = take("W.csv", HEADER + "".join(f"2020-01-0{day},1,2,0.5,1.5,1\n" for day in range(1, 8)))
    assert weekend.notes[0].startswith("calendar 24/7 assumed for W, which has bars on both days of the weekend")
