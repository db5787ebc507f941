"""Imports as jobs: two at a time wait for one another."""

from contextlib import ExitStack

from lockstep.data.disk import writer_lock
from lockstep.data.store import Store
from lockstep.work import stores
from lockstep.work.desk import Desk

BARS = "Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10.5,100\n2024-01-03,10,11,9,10,100\n"


def test_an_import_waits_while_somebody_else_writes_into_the_store(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(stores, "AGAIN_SECONDS", 0.0)
    (tmp_path / "ACME.csv").write_text(BARS)
    told = []
    with ExitStack() as other:
        other.enter_context(writer_lock(Store().path))

        def tell(stage, _):
            told.append(stage)
            if told.count("waiting for the store") == 2:
                other.close()

        asked = {"files": [str(tmp_path / "ACME.csv")], "time_zone": "UTC"}
        done = stores.import_files(asked, Desk(tmp_path, tell))
    assert done["rows"] == {"ACME": 2}
    assert told.count("waiting for the store") == 2
