"""What is exported is what was recorded."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.live.storage.sessions import T0, market, read, write

from lockstep.data.recordings import export as module
from lockstep.data.recordings.export import export
from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError
from lockstep.live.storage.storage import Storage


def test_rows_and_tape_come_back_from_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(module, "RECORDS_AT_ONCE", 7)
    write(tmp_path / "session", 10)
    rows, tape = read(tmp_path / "session")
    with Recording(tmp_path / "session") as recording:
        done = export(recording, tmp_path / "out")
    assert (done.row_count, done.record_count) == (10, 30)
    frame = pl.read_parquet(done.rows)
    assert frame["time"].dtype == pl.Datetime("ns", "UTC")
    assert frame["time"].to_physical().to_list() == [row.time_ns for row in rows]
    for name in ("seq", "kind", "strategy", "symbol", "tape"):
        assert frame[name].to_list() == [getattr(row, name) for row in rows]
    assert frame["body"].to_list() == [row.body.decode() for row in rows]
    assert frame["hash"].to_list() == [row.hash.hex() for row in rows]
    records = pl.read_parquet(done.tape)
    assert records["received"].to_physical().to_list() == tape["received_ns"].tolist()
    assert records["time"].to_list() == [None] * 30
    for name in ("tick", "lots", "input", "kind", "side", "symbol"):
        np.testing.assert_array_equal(records[name].to_numpy(), tape[name])


def test_common_fields_are_columns_where_they_have_their_type(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "session")
    told = market(1)
    told["time_ns"] = T0 - 5
    storage.tape.extend(told)
    bodies = [
        {"order": "a", "side": "buy", "quantity": 3, "price": 1.25, "reason": "signal"},
        {"order": 7, "side": None, "quantity": "many", "price": True},
        ["order"],
    ]
    for body in bodies:
        storage.journal.put("order", body, time_ns=T0)
    storage.close()
    with Recording(storage.folder) as recording:
        done = export(recording, tmp_path / "out")
    frame = pl.read_parquet(done.rows)
    assert frame["order"].to_list() == ["a", "7", None]
    assert frame["quantity"].to_list() == [3.0, None, None]
    assert frame["price"].to_list() == [1.25, None, None]
    assert frame["reason"].to_list() == ["signal", None, None]
    assert [json.loads(body) for body in frame["body"]] == bodies
    assert pl.read_parquet(done.tape)["time"].to_physical().to_list() == [T0 - 5]


def test_an_empty_session_has_empty_files_and_a_bad_folder_is_told(tmp_path: Path) -> None:
    write(tmp_path / "session", 0)
    (tmp_path / "file").write_text("")
    with Recording(tmp_path / "session") as recording:
        done = export(recording, tmp_path / "out")
        assert (pl.read_parquet(done.rows).height, pl.read_parquet(done.tape).height) == (0, 0)
        with pytest.raises(JournalError, match="can't be written"):
            export(recording, tmp_path / "file" / "out")
