"""Cancels reach the reserve when nothing else can be written, and the journal when the session starts again."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, content, market, numbers, read

from lockstep.data.recordings.files import RESERVE, RESERVED
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage.reserve import ROOM, Kept, Reserve
from lockstep.live.storage.storage import Storage


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let every write to a file behind `size` fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_its_room_is_taken_when_it_is_made(tmp_path: Path) -> None:
    Reserve(tmp_path / "r").close()
    stat = os.stat(tmp_path / "r")
    assert stat.st_size == ROOM
    assert stat.st_blocks * 512 >= ROOM
    assert stat.st_mode & 0o777 == 0o600


def test_what_was_kept_is_read_back_until_it_is_cleared(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r")
    assert reserve.keep("cancel", {"order": "a"}, time_ns=T0, strategy="S1", symbol="AAPL")
    assert reserve.keep("cancel", {"order": "b"}, time_ns=T0 + 1)
    reserve.close()
    expected = [Kept(T0, "cancel", "S1", "AAPL", {"order": "a"}), Kept(T0 + 1, "cancel", "", "", {"order": "b"})]
    reserve = Reserve(tmp_path / "r")
    assert (reserve.after, reserve.entries) == (0, expected)
    assert reserve.keep("cancel", {"order": "c"}, time_ns=T0 + 2)
    assert len(reserve.entries) == 3
    reserve.clear(17)
    assert reserve.keep("cancel", {"order": "d"}, time_ns=T0)
    reserve.close()
    reserve = Reserve(tmp_path / "r")
    # The entries of the earlier use still lie behind the new one.
    assert (reserve.after, reserve.entries) == (17, [Kept(T0, "cancel", "", "", {"order": "d"})])
    reserve.close()


def test_an_entry_that_was_cut_or_changed_is_none(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r")
    reserve.keep("cancel", {"order": "a"}, time_ns=T0)
    end = reserve._at
    reserve.keep("cancel", {"order": "b"}, time_ns=T0)
    last = reserve._at
    reserve.close()
    whole = (tmp_path / "r").read_bytes()
    for cut in range(end, last):
        (tmp_path / "r").write_bytes(whole[:cut] + bytes(ROOM - cut))
        reserve = Reserve(tmp_path / "r")
        assert [kept.content["order"] for kept in reserve.entries] == ["a"]
        assert reserve._at == end
        reserve.close()


def test_a_full_reserve_says_so(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r")
    kept = 0
    while reserve.keep("cancel", {"order": "a" * 10_000}, time_ns=T0):
        kept += 1
    entry = 8 + len(json.dumps([T0, "cancel", "", "", {"order": "a" * 10_000}], separators=(",", ":")))
    assert kept == (ROOM - 20 - 8) // entry
    reserve.close()


def test_a_damaged_reserve_and_one_without_room_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r").write_bytes(b"x" * ROOM)
    with pytest.raises(JournalError, match="is damaged: move it away"):
        Reserve(tmp_path / "r")
    with files_end_at(ROOM // 2), pytest.raises(JournalError, match="can't be given its 1048576 bytes"):
        Reserve(tmp_path / "new")
    # What came of it is filled when there is room.
    Reserve(tmp_path / "new").close()

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    reserve = Reserve(tmp_path / "new")
    monkeypatch.setattr(os, "fdatasync", broken)
    assert not reserve.keep("cancel", {}, time_ns=T0)
    reserve.close()


@pytest.mark.parametrize("size", [9_000, 20_000, 60_000, 200_000])
def test_on_a_full_disk_nothing_acknowledged_is_lost_and_cancels_are_kept(tmp_path: Path, size: int) -> None:
    """Whichever file meets the limit first: the log of the journal, or the tape."""
    heard: list[int] = []
    storage = Storage(tmp_path / "s", told=heard.append)
    put = kept = 0
    failure = ""
    with files_end_at(size):
        while not failure:
            storage.tape.extend(market(20 if size > 50_000 else 1, start=storage.tape.taken))
            try:
                put = storage.journal.put("order", content(put + 1), time_ns=T0)
                storage.journal.hand_over()
                storage.journal.wait(put)
            except JournalError as error:
                failure = str(error)
        acknowledged = storage.journal.durable
        for number in range(3):
            kept += storage.reserve.keep("cancel", {"order": f"S1-{number}"}, time_ns=T0, strategy="S1")
        with pytest.raises(JournalError, match="the journal can't be written"):
            storage.close()
        with suppress(JournalError):  # the disk is still full: a start that fails leaves the reserve as it is
            Storage(tmp_path / "s").close()
    assert kept == 3
    assert heard[-1] == acknowledged
    again = Storage(tmp_path / "s")
    assert again.reserve.entries == []
    again.close()
    rows, _ = read(tmp_path / "s")
    own = [row for row in rows if row.kind == "order"]
    assert acknowledged <= len(own) <= acknowledged + 1
    cancels = rows[len(own) :]
    assert [row.kind for row in cancels] == [RESERVED] * 3
    assert [row.strategy for row in cancels] == ["S1"] * 3
    assert cancels[1].content() == {"content": {"order": "S1-1"}, "entry": [0, 1], "kind": "cancel"}
    with Recording(tmp_path / "s") as recording:
        assert verify(recording) == []


def test_entries_are_journaled_once_though_the_start_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(tmp_path / "s")
    for order in "abc":
        storage.reserve.keep("cancel", {"order": order}, time_ns=T0)
    storage.close()

    def cut(self: Reserve, after: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Reserve, "clear", cut)
        for _ in range(2):
            with pytest.raises(JournalError, match="Input/output error"):
                Storage(tmp_path / "s")
    Storage(tmp_path / "s").close()
    rows, _ = read(tmp_path / "s")
    assert numbers(rows) == [1, 2, 3]
    assert [row.content()["content"]["order"] for row in rows] == ["a", "b", "c"]
    assert Reserve(tmp_path / "s" / RESERVE).after == 3


def test_entries_of_a_reserve_that_was_made_anew_are_not_taken_for_earlier_ones(tmp_path: Path) -> None:
    for order in "ab":
        storage = Storage(tmp_path / "s")
        storage.reserve.keep("cancel", {"order": order}, time_ns=T0)
        storage.close()
        Storage(tmp_path / "s").close()
        (tmp_path / "s" / RESERVE).unlink()
    rows, _ = read(tmp_path / "s")
    assert [row.content()["content"]["order"] for row in rows] == ["a", "b"]
