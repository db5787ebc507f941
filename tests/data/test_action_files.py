"""Actions from files of several makes; a bad line refuses all of them and is named."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from lockstep.data import Action
from lockstep.data.action_files import actions_of_frame, read_actions_file
from lockstep.errors import BadFileError, BadRowsError

FOUND = {
    "AAPL": [Action(date(2020, 8, 31), "split", 4.0), Action(date(2020, 8, 7), "dividend", 0.82, date(2020, 8, 13))],
    "FB": [Action(date(2022, 6, 9), "rename", new_symbol="META")],
    "LEH": [Action(date(2008, 9, 17), "delist", 0.13), Action(date(2008, 9, 16), "delist")],
}
TEXT = """symbol,ex_date,kind,value,pay_date,new_symbol
AAPL,2020-08-31,split,4,,
AAPL,2020-08-07,dividend,0.82,2020-08-13,
FB,2022-06-09,rename,,,META
LEH,2008-09-17,delist,0.13,,
LEH,2008-09-16,delist,,,
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_csv(tmp_path: Path) -> None:
    assert read_actions_file(written(tmp_path / "a.csv", TEXT)) == FOUND
    spelled = TEXT.replace("symbol,ex_date,kind,value,pay_date", "Ticker;Ex Date;Type;Amount;Pay-Date", 1)
    assert read_actions_file(written(tmp_path / "b.csv", spelled.replace(",", ";").upper())) == FOUND


def test_parquet_and_arrow_with_dates_of_their_own(tmp_path: Path) -> None:
    frame = pl.read_csv(written(tmp_path / "a.csv", TEXT), try_parse_dates=True)
    assert frame.schema["ex_date"] == pl.Date
    frame.write_parquet(tmp_path / "a.parquet")
    frame.with_columns(pl.col("ex_date").cast(pl.Datetime("ns"))).write_ipc(tmp_path / "a.arrow")
    assert read_actions_file(tmp_path / "a.parquet") == FOUND
    assert read_actions_file(tmp_path / "a.arrow") == FOUND


def test_frames() -> None:
    import pandas as pd

    frame = pd.DataFrame({"symbol": ["A"], "date": pd.to_datetime(["2020-08-31"]), "kind": ["split"], "ratio": [4]})
    assert actions_of_frame(frame) == {"A": [Action(date(2020, 8, 31), "split", 4.0)]}


def test_a_file_of_one_symbol_is_named_by_it(tmp_path: Path) -> None:
    path = written(tmp_path / "AAPL.csv", "date,kind,value\n2020-08-31,split,4\n")
    assert read_actions_file(path) == {"AAPL": FOUND["AAPL"][:1]}


def test_all_bad_lines_are_named(tmp_path: Path) -> None:
    lines = (
        "AAPL,2020-08-31,split,4,,", "AAPL,2020-08-31,merger,4,,", "AAPL,31.8.2020,split,4,,", "AAPL,,split,4,,",
        "AAPL,2020-08-31,split,4:1,,", "AAPL,2020-08-31,split,4,,", "AAPL,2020-08-31,split,-1,,",
    )  # fmt: skip
    with pytest.raises(BadRowsError) as caught:
        read_actions_file(written(tmp_path / "a.csv", "\n".join([TEXT.splitlines()[0], *lines])))
    assert str(caught.value).splitlines() == [
        "a.csv: 6 of 7 rows are bad; nothing was imported. Correct and import again:",
        "  1. a.csv, line 3: action kind 'merger' is unknown: expected split, dividend, rename, delist",
        "  2. a.csv, line 4: ex_date is '31.8.2020', expected a date such as 2020-08-31",
        "  3. a.csv, line 5: no ex_date",
        "  4. a.csv, line 6: value is '4:1', expected a number",
        "  5. a.csv, line 7: the same as a.csv, line 2: leave one out",
        "  6. a.csv, line 8: split on 2020-08-31 has the value -1.0, but it must be above zero",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("symbol,date\nA,2020-08-31\n", r"no column for kind. Found: 'symbol', 'date'; expected symbol, ex_date, kind"),
        ("", "a.csv is empty"),
        ("Date,Dividends,Stock Splits\n2020-08-31,0,4\n", "no column for kind"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFileError, match=words):
        read_actions_file(written(tmp_path / "a.csv", text))


def test_a_frame_without_symbols_is_refused() -> None:
    with pytest.raises(BadFileError, match="the frame: no column for symbol"):
        actions_of_frame({"date": ["2020-08-31"], "kind": ["split"], "value": [2.0]})
    with pytest.raises(BadRowsError, match="row 0: no symbol"):
        actions_of_frame({"symbol": [""], "date": ["2020-08-31"], "kind": ["split"], "value": [2.0]})
