"""Every field of every record and of the head is what Databento's own package reads."""

from pathlib import Path
from typing import Any

import databento
import databento_dbn
import numpy as np
import pytest
from tests.data.ticks.dbn.files import MESSAGES, RTYPES, START, head, layout, table, write

from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.dbn import metadata, record_types, records
from lockstep.data.ticks.dbn.metadata import SCHEMAS, SYMBOL_TYPES
from lockstep.errors import BadFileError, TruncatedTicksError, UnreadableTicksError

VERSIONS = (1, 2, 3)


def all_rows(path: Path, **options: Any) -> Any:
    return np.concatenate([part.rows for part in records(path, **options)])


def same(ours: Any, theirs: Any) -> None:
    assert ours.dtype.names == theirs.dtype.names
    for name in theirs.dtype.names:
        assert ours.dtype[name] == theirs.dtype[name]
        assert np.array_equal(ours[name], theirs[name]), name


def noise(schema: str, version: int, count: int = 200) -> Any:
    """Records with random bytes behind their heads."""
    kind = layout(schema, version)
    raw = np.random.default_rng(version).integers(0, 256, (count, kind.itemsize), np.uint8)
    found = raw.reshape(-1).view(kind).copy()
    plain = table(schema, count, version)
    for name in ("length", "rtype", "publisher_id", "instrument_id", "ts_event"):
        found[name] = plain[name]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("schema", MESSAGES)
def test_records_of_every_schema_and_version_are_what_databento_reads(
    schema: str, version: int, tmp_path: Path
) -> None:
    path = write(tmp_path / "some.dbn.zst", schema, noise(schema, version), version)
    theirs = databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray(schema)
    assert len(theirs) == 200
    if schema == "tcbbo":
        # databento 0.87.0 names its fields as a CBBO's here; its own decoder has a CMBP-1's, as the format says.
        theirs = theirs.view(databento_dbn.CMBP1Msg._dtypes)
    same(all_rows(path), theirs)
    same(all_rows(path, stretch=1_000), theirs)


@pytest.mark.parametrize("version", VERSIONS)
def test_layouts_that_no_schema_has_are_those_of_databento(version: int) -> None:
    module = {1: databento_dbn.v1, 2: databento_dbn.v2, 3: databento_dbn}[version]
    types = record_types(version)
    for rtype, name in ((0x15, "ErrorMsg"), (0x16, "SymbolMappingMsg"), (0x17, "SystemMsg")):
        theirs = np.dtype(getattr(module, name)._dtypes)
        assert types[rtype].fields == theirs
    assert set(RTYPES.values()) <= set(types)


def _their_head(path: Path) -> Any:
    policy: Any = databento_dbn.VersionUpgradePolicy.AS_IS  # their stubs have the enum's members as whole numbers
    return databento_dbn.Metadata.decode(path.read_bytes(), upgrade_policy=policy)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("schema", ["mbo", "trades"])
def test_heads_are_what_databento_reads(version: int, schema: str, tmp_path: Path) -> None:
    path = write(tmp_path / "some.dbn", schema, b"", version)
    ours, theirs = metadata(path), _their_head(path)
    assert (ours.version, ours.dataset, ours.schema) == (theirs.version, theirs.dataset, theirs.schema)
    assert (ours.start_ns, ours.end_ns, ours.limit) == (theirs.start, theirs.end, theirs.limit)
    assert (ours.stype_in, ours.stype_out, ours.ts_out) == (theirs.stype_in, theirs.stype_out, theirs.ts_out)
    assert list(ours.symbols) == theirs.symbols == ["ABC", "XYZ"]
    assert list(ours.partial) == theirs.partial == ["PART"]
    assert list(ours.not_found) == theirs.not_found == ["GONE", "LOST"]
    assert {name: [one._asdict() for one in periods] for name, periods in ours.mappings.items()} == {
        name: [
            {"start": one["start_date"], "end": one["end_date"], "symbol": one["symbol"]} for one in periods
        ]
        for name, periods in theirs.mappings.items()
    }  # fmt: skip


def test_schemas_and_kinds_of_symbols_are_those_of_databento() -> None:
    assert [str(one) for one in databento_dbn.Schema.variants()] == list(SCHEMAS)
    assert [str(one) for one in databento_dbn.SType.variants()] == list(SYMBOL_TYPES)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_time_of_sending_behind_each_record_is_a_field(version: int, tmp_path: Path) -> None:
    plain = noise("mbo", version, 10)
    longer = np.zeros(10, np.dtype([*plain.dtype.descr, ("ts_out", "<u8")]))
    for name in plain.dtype.names:
        longer[name] = plain[name]
    longer["length"] += 2
    longer["ts_out"] = START + np.arange(10)
    path = write(tmp_path / "live.dbn", "mbo", longer, version, ts_out=True)
    same(all_rows(path), longer)
    # Databento's decoder reads it as an attribute beside the record.
    decoder = databento_dbn.DBNDecoder()
    decoder.write(path.read_bytes())
    assert [record.ts_out for record in decoder.decode()[1:]] == longer["ts_out"].tolist()


def test_records_of_several_types_come_grouped_with_their_numbers(tmp_path: Path) -> None:
    parts = [table("mbo", 2), table("trades", 1), table("mbo", 1), table("status", 1)]
    path = write(tmp_path / "mixed.dbn", "mbo", b"".join(part.tobytes() for part in parts))
    found = {part.name: part.number.tolist() for part in records(path)}
    assert found == {"trades": [2], "status": [4], "mbo": [0, 1, 3]}
    assert [part.name for part in records(path, ["status"])] == ["status"]
    with pytest.raises(BadFileError, match="no DBN record is called 'quotes'"):
        next(records(path, ["quotes"]))


def test_a_file_cut_short_is_told_with_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.dbn", "mbo", table("mbo", 3).tobytes()[:-6])
    at = len(head("mbo")) + 2 * 56
    with pytest.raises(TruncatedTicksError, match=rf"cut\.dbn, byte {at}: the file ends 50 bytes into a record"):
        list(records(path))
    findings = Findings()
    assert len(all_rows(path, findings=findings)) == 2
    assert findings.counts == {Trouble.TRUNCATED: 1}


def test_a_packed_file_cut_short_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.dbn.zst", "mbo", noise("mbo", 3, 5_000))
    path.write_bytes(path.read_bytes()[:-50_000])
    findings = Findings()
    assert len(all_rows(path, findings=findings)) < 5_000
    assert findings.counts == {Trouble.TRUNCATED: 1}
    assert "can't be unpacked any further" in findings.places[Trouble.TRUNCATED][0]


def test_unknown_types_wrong_and_broken_lengths_are_told_with_the_byte(tmp_path: Path) -> None:
    some = table("mbo", 6)
    some["rtype"][1] = 0x77
    some["rtype"][2] = 0
    some["length"][4] = 2
    path = write(tmp_path / "bad.dbn", "mbo", some)
    start = len(head("mbo"))
    with pytest.raises(UnreadableTicksError, match=rf"byte {start + 56}: no DBN record has the type 0x77; 56 bytes"):
        list(records(path))
    findings = Findings()
    # Behind a record without a length nothing can be found.
    assert len(all_rows(path, findings=findings)) == 2
    assert findings.places[Trouble.UNREADABLE] == [
        f"bad.dbn, byte {start + 56}: no DBN record has the type 0x77; 56 bytes left out",
        f"bad.dbn, byte {start + 112}: a record trades must have 48 bytes, has 56; left out",
        f"bad.dbn, byte {start + 224}: a record of 8 bytes is shorter than its head: the rest is left out",
    ]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "ends at byte 0 within its head of 8 bytes"),
        (b"PAR1" * 9, "begins with b'PAR', a DBN file with b'DBN'"),
        (b"DBN\x04" + bytes(200), "byte 3: DBN version 4 is not 1, 2 or 3"),
        (b"DBN\x00" + bytes(200), "byte 3: DBN version 0 is not 1, 2 or 3"),
        (head("mbo")[:150], "ends at byte 150 within its head of"),
        (b"DBN\x03" + (20).to_bytes(4, "little") + bytes(20), "the head of 20 bytes can't be read"),
        (b"DBN\x03" + (200).to_bytes(4, "little") + bytes(200), "can't be read: symbols of 0 bytes"),
    ],
)
def test_what_is_no_dbn_is_refused(raw: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "strange.dbn"
    path.write_bytes(raw)
    for read in (metadata, lambda path: list(records(path))):
        with pytest.raises(BadFileError) as caught:
            read(path)
        assert words in str(caught.value)
    with pytest.raises(BadFileError, match="can't be read: No such file"):
        metadata(tmp_path / "absent.dbn")


@pytest.mark.real_data
def test_real_files_are_what_databento_reads(shared_data: Path) -> None:
    paths = sorted((shared_data / "dbn").glob("*.dbn.zst"))
    assert len(paths) == 4
    for path in paths:
        store = databento.DBNStore.from_bytes(path.read_bytes())
        same(all_rows(path), store.to_ndarray())
        assert metadata(path).mappings.keys() == store.metadata.mappings.keys()
