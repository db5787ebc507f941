"""Every type of ITCH message, beside two libraries that read them too: itchfeed and meatpy."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from itch.parser import MessageParser  # type: ignore[import-untyped]  # ships no types
from meatpy.itch50 import ITCH50MessageReader  # type: ignore[import-untyped]  # ships no types
from tests.data.ticks.itch.flow import OWN, framed, message, of_every_type

from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.itch import TYPES, Messages, messages
from lockstep.errors import BadFileError, TruncatedTicksError, UnreadableTicksError

ITCHFEED = {
    "R": {"financial_status": "financial_status_indicator", "short_sale_threshold": "short_sale_threshold_indicator",
          "luld_tier": "luld_ref"},
    "L": {"participant_state": "market_participant_state"},
    "V": {"level_1": "level1_price", "level_2": "level2_price", "level_3": "level3_price"},
    "K": {"release_time": "ipo_release_time", "release_qualifier": "ipo_release_qualifier", "price": "ipo_price"},
    "J": {"reference_price": "auction_collar_reference_price", "upper_price": "upper_auction_collar_price",
          "lower_price": "lower_auction_collar_price", "extension": "auction_collar_extention"},
    "h": {"market": "market_code", "action": "operational_halt_action"},
    "F": {"mpid": "attribution"},
    "E": {"shares": "executed_shares"},
    "C": {"shares": "executed_shares", "price": "execution_price"},
    "X": {"shares": "cancelled_shares"},
    "U": {"new_order_reference": "new_order_reference_number"},
    "Q": {"price": "cross_price"},
    "I": {"price_variation": "variation_indicator", "reference_price": "current_reference_price"},
    "N": {"interest": "interest_flag"},
    "O": {"open_eligibility": "open_eligibility_status", "minimum_price": "minimum_allowable_price",
          "maximum_price": "maximum_allowable_price", "near_price": "near_execution_price",
          "near_time_ns": "near_execution_time", "lower_collar": "lower_price_range_collar",
          "upper_collar": "upper_price_range_collar"},
}  # fmt: skip
"""Our fields' names -> theirs, where they differ."""
COMMON = {"timestamp_ns": "timestamp", "order_reference": "order_reference_number", "side": "buy_sell_indicator"}


def in_order(parts: Iterator[Messages]) -> list[tuple[str, Any]]:
    """All messages as (type, row), in the order of the file."""
    rows = [(int(n), part.letter, row) for part in parts for n, row in zip(part.number, part.rows, strict=True)]
    return [(letter, row) for _, letter, row in sorted(rows, key=lambda one: one[0])]


def plain(value: Any) -> Any:
    return value.rstrip() if isinstance(value, bytes) else value.item() if isinstance(value, np.generic) else value


@pytest.fixture(scope="module")
def raw() -> list[bytes]:
    return of_every_type(seed=5, count=60)


@pytest.fixture(scope="module")
def file(raw: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("itch") / "01302020.itch"
    path.write_bytes(framed(raw))
    return path


def test_we_know_the_types_that_the_libraries_know(raw: list[bytes]) -> None:
    assert set(TYPES) == set(OWN) == {one[:1].decode() for one in raw}


def test_every_field_is_what_itchfeed_reads(file: Path, raw: list[bytes]) -> None:
    theirs = list(MessageParser().parse_stream(framed(raw)))
    ours = in_order(messages(file))
    assert len(ours) == len(theirs) == len(raw)
    for (letter, row), other in zip(ours, theirs, strict=True):
        names = {**COMMON, **ITCHFEED.get(letter, {})}
        for name in row.dtype.names:
            assert plain(row[name]) == plain(getattr(other, names.get(name, name))), (letter, name)


def test_every_field_is_what_meatpy_reads_in_its_order(raw: list[bytes], tmp_path: Path) -> None:
    # meatpy 0.5.0 has its own names, but keeps the order of the fields: their values are compared one by one. It
    # expects 52 bytes of O, where the specification and itchfeed have 48.
    file = tmp_path / "20200130.itch"
    file.write_bytes(framed([one for one in raw if one[:1] != b"O"]))
    theirs = list(ITCH50MessageReader().read_file(file))
    ours = in_order(messages(file))
    assert len(ours) == len(theirs)
    for (letter, row), other in zip(ours, theirs, strict=True):
        values = {name: plain(value) for name, value in vars(other).items() if name != "timestamp"}
        assert [plain(row[name]) for name in row.dtype.names if name != "timestamp_ns"] == list(values.values()), letter
        assert row["timestamp_ns"] == other.timestamp


def test_small_stretches_and_gzip_give_the_same_messages(file: Path, tmp_path: Path) -> None:
    packed = tmp_path / "01302020.itch.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    whole = in_order(messages(file))
    for path in (file, packed):
        again = in_order(messages(path, stretch=137))
        assert [letter for letter, _ in again] == [letter for letter, _ in whole]
        assert all(one[1] == other[1] for one, other in zip(again, whole, strict=True))


def test_only_the_types_asked_for_come_and_others_are_refused(file: Path) -> None:
    assert {part.letter for part in messages(file, "AD")} == {"A", "D"}
    with pytest.raises(BadFileError, match="type 'z'"):
        next(messages(file, "z"))


def test_a_file_cut_short_is_told_with_the_byte(tmp_path: Path) -> None:
    raw = framed([message("D", 7, 0, 1, 5), message("D", 7, 0, 2, 6)])
    path = tmp_path / "20200130.itch"
    path.write_bytes(raw[:-4])
    with pytest.raises(TruncatedTicksError, match=r"20200130\.itch, byte 21: the file ends 17 bytes into a message"):
        list(messages(path))
    findings = Findings()
    assert sum(len(part.rows) for part in messages(path, findings=findings)) == 1
    assert findings.counts == {Trouble.TRUNCATED: 1}


def test_a_packed_file_cut_short_is_told(tmp_path: Path, raw: list[bytes]) -> None:
    path = tmp_path / "20200130.itch.gz"
    path.write_bytes(gzip.compress(framed(raw))[:-2000])
    findings = Findings()
    found = sum(len(part.rows) for part in messages(path, findings=findings))
    assert found < len(raw)
    assert findings.counts == {Trouble.TRUNCATED: 1}
    assert "can't be unpacked any further" in findings.places[Trouble.TRUNCATED][0]


def test_unknown_types_and_wrong_lengths_are_told_with_the_byte_and_left_out(tmp_path: Path) -> None:
    good = message("D", 7, 0, 1, 5)
    path = tmp_path / "20200130.itch"
    path.write_bytes(framed([good, b"z" + good[1:], good + b"\0", good]))
    with pytest.raises(UnreadableTicksError, match=r"byte 21: no ITCH 5\.0 message has the type 'z'; 19 bytes"):
        list(messages(path))
    findings = Findings()
    assert sum(len(part.rows) for part in messages(path, findings=findings)) == 2
    assert findings.places[Trouble.UNREADABLE] == [
        "20200130.itch, byte 21: no ITCH 5.0 message has the type 'z'; 19 bytes left out",
        "20200130.itch, byte 42: message D must have 19 bytes, has 20; left out",
    ]


def test_a_length_of_zero_ends_a_session_and_is_no_message(tmp_path: Path) -> None:
    path = tmp_path / "20200130.itch"
    path.write_bytes(framed([message("D", 7, 0, 1, 5), b"", message("D", 7, 0, 2, 6)]))
    assert [part.number.tolist() for part in messages(path)] == [[0, 1]]


@pytest.mark.real_data
def test_a_real_file_is_what_both_libraries_read(shared_data: Path) -> None:
    path = shared_data / "itch" / "sample_bbekele.itch"
    ours = in_order(messages(path))
    first = list(MessageParser().parse_stream(path.read_bytes()))
    second = list(ITCH50MessageReader().read_file(path))
    assert len(ours) == len(first) == len(second) == 1_000
    for (letter, row), one, other in zip(ours, first, second, strict=True):
        names = {**COMMON, **ITCHFEED.get(letter, {})}
        assert {name: plain(row[name]) for name in row.dtype.names} == {
            name: plain(getattr(one, names.get(name, name))) for name in row.dtype.names
        }
        values = [plain(value) for name, value in vars(other).items() if name != "timestamp"]
        assert [plain(row[name]) for name in row.dtype.names if name != "timestamp_ns"] == values
