"""Both times of records: those of Databento's fields, snapshots and samples left out."""

from pathlib import Path

import numpy as np
import pytest
from tests.data.ticks.dbn.files import table, write

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.dbn.stamps import stamps


def both(path: Path, publisher: int = -1, stretch: int = 1 << 20) -> tuple[list[int], list[int]]:
    source = ByteSource(path, stretch)
    parts = [(received.tolist(), sent.tolist()) for received, sent in stamps(source, publisher)]
    source.close()
    return [time for received, _ in parts for time in received], [time for _, sent in parts for time in sent]


@pytest.mark.parametrize(
    "schema", ["mbo", "mbp-1", "mbp-10", "trades", "cmbp-1", "tcbbo", "status", "bbo-1s", "cbbo-1s"]
)
@pytest.mark.parametrize("version", [1, 3])
def test_times_are_those_of_the_records(schema: str, version: int, tmp_path: Path) -> None:
    records = table(schema, 50, version, publisher_id=1 + np.arange(50) % 2)
    kept = np.ones(50, np.bool_)
    if "flags" in (records.dtype.names or ()):
        records["flags"] = np.where(np.arange(50) % 7 == 0, 32, 128)
        kept = records["flags"] == 128
    kept &= "bbo-" not in schema
    path = write(tmp_path / "some.dbn.zst", schema, records, version)
    wanted = records[kept]
    assert both(path) == both(path, stretch=100) == (wanted["ts_recv"].tolist(), wanted["ts_event"].tolist())
    assert both(path, 2)[1] == wanted["ts_event"][wanted["publisher_id"] == 2].tolist()


def test_more_records_than_there_is_room_for_and_broken_ones(tmp_path: Path) -> None:
    records = table("trades", 70_000)
    path = write(tmp_path / "some.dbn", "trades", records)
    assert both(path)[0] == records["ts_recv"].tolist()
    raw = path.read_bytes()
    path.write_bytes(raw[: -10 * records.itemsize] + bytes(99))  # a record of no length ends what can be read
    assert both(path)[1] == records["ts_event"][:-10].tolist()
