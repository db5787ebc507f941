"""Whatever is done to a recording, verify names the first row that is concerned."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.live.storage.sessions import T0, read, write

from lockstep.data.recordings.files import ARCHIVE, DESCRIPTION, HEAD, JOURNAL, TAPE_FILE, segment_name
from lockstep.data.recordings.head import packed
from lockstep.data.recordings.journal_rows import Flaw, Row, link
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import JournalError
from lockstep.live.storage.compaction import compact
from lockstep.live.storage.storage import Storage

ROWS = 24
"""Of the session: four a commit, three records of the tape before each row."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "session"
    write(folder, ROWS)
    return folder


@pytest.fixture
def session(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "session"))


@pytest.fixture(scope="module")
def archived(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows 1 to 9, 10 to 17 in segments, the rest in the journal."""
    folder = Path(shutil.copytree(pristine, tmp_path_factory.mktemp("archived") / "session"))
    compact(folder, ROWS - 9)
    compact(folder, ROWS - 17)
    return folder


def flaws(folder: Path) -> list[Flaw]:
    with Recording(folder) as recording:
        return verify(recording)


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        for statement in statements:
            base.execute(statement)
        base.commit()


def test_what_was_written_has_no_flaw(pristine: Path, archived: Path) -> None:
    assert flaws(pristine) == []
    assert flaws(archived) == []
    assert [row.seq for row in read(archived)[0]] == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    "change",
    [
        "body = x'7b7d'", "time_ns = time_ns + 1", "kind = 'kill'", "strategy = 'S2'", "symbol = ''",
        "tape = tape - 1", "hash = zeroblob(32)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seq", [1, 7, ROWS])
def test_a_changed_row_is_found_at_itself(session: Path, seq: int, change: str) -> None:
    tamper(session / JOURNAL, f"UPDATE journal SET {change} WHERE seq = {seq}")
    found = flaws(session)
    assert found[0].seq == seq
    assert f"row {seq}" in found[0].what


def test_a_changed_row_is_one_flaw(session: Path) -> None:
    tamper(session / JOURNAL, "UPDATE journal SET body = x'7b7d' WHERE seq = 7")
    assert flaws(session) == [Flaw(7, "row 7 (fill) or what is before it is not what was written")]


@pytest.mark.parametrize("seq", [1, 2, 7, ROWS - 1])
def test_a_removed_row_is_found_where_it_was(session: Path, seq: int) -> None:
    tamper(session / JOURNAL, f"DELETE FROM journal WHERE seq = {seq}")
    assert flaws(session)[0].seq == seq


def test_a_removed_row_is_found_when_the_rows_behind_it_were_numbered_anew(session: Path) -> None:
    tamper(
        session / JOURNAL,
        "DELETE FROM journal WHERE seq = 7",
        "UPDATE journal SET seq = -seq WHERE seq > 7",
        "UPDATE journal SET seq = -seq - 1 WHERE seq < 0",
    )
    assert flaws(session)[0].seq == 7


def test_rows_that_changed_places_are_found_at_the_first(session: Path) -> None:
    swap = "UPDATE journal SET seq = CASE seq WHEN -7 THEN 8 ELSE 7 END WHERE seq < 0"
    tamper(session / JOURNAL, "UPDATE journal SET seq = -seq WHERE seq IN (7, 8)", swap)
    assert flaws(session)[0].seq == 7


def test_a_row_that_was_slipped_in_is_found(session: Path) -> None:
    tamper(
        session / JOURNAL,
        "UPDATE journal SET seq = -seq WHERE seq >= 7",
        "UPDATE journal SET seq = -seq + 1 WHERE seq < 0",
        "INSERT INTO journal SELECT 7, time_ns, kind, strategy, symbol, tape, body, hash FROM journal WHERE seq = 6",
    )
    assert flaws(session)[0].seq == 7


def test_a_cut_tail_is_found_against_the_head(session: Path) -> None:
    """Rows, their blocks and their tape: all that is left fits together."""
    with Recording(session) as recording:
        records = [block.records for block in recording.blocks() if block.seq <= 20][-1]
    tamper(session / JOURNAL, "DELETE FROM journal WHERE seq > 20", "DELETE FROM blocks WHERE seq > 20")
    with open(session / TAPE_FILE, "r+b") as tape:
        tape.truncate(records * 64)
    assert flaws(session) == [
        Flaw(21, "the journal ends at row 20, but row 24 was written: its tail was cut"),
        Flaw(21, "60 records of the tape are known, but 72 were written: its tail was cut"),
    ]


def test_a_tail_that_was_written_anew_is_found_against_the_head(session: Path) -> None:
    """Who changes a row and computes all hashes behind it anew fools the chain, and not the head."""
    rows, _ = read(session)
    with Recording(session) as recording:
        head = recording.end()
    forge(session, rows)
    found = flaws(session)
    assert found[0] == Flaw(ROWS, f"row {ROWS} is not the one that the head names")
    with Recording(session) as recording:
        (session / HEAD).write_bytes(packed(recording.end()))
        assert verify(recording) == []  # this is what a head in the folder can't show
        assert [flaw.seq for flaw in verify(recording, head)] == [ROWS, ROWS]  # and one that was kept elsewhere does


def forge(session: Path, rows: list[Row]) -> None:
    from lockstep.data.recordings.journal_rows import ORIGIN
    from lockstep.data.recordings.tape_chain import chained

    hashes, previous = {0: ORIGIN}, rows[5].hash
    with Recording(session) as recording:
        blocks, tape = list(recording.blocks()), recording.tape.tobytes()
    with closing(sqlite3.connect(session / JOURNAL)) as base:
        for row in rows[:6]:
            hashes[row.seq] = row.hash
        for row in rows[6:]:
            row = row._replace(body=b"{}") if row.seq == 7 else row
            previous = hashes[row.seq] = link(previous, row)
            base.execute("UPDATE journal SET body = ?, hash = ? WHERE seq = ?", (row.body, previous, row.seq))
        start, before = 0, ORIGIN
        for block in blocks:
            made = chained(before, block.seq, hashes[block.seq], block.records, [tape[start * 64 : block.records * 64]])
            base.execute("UPDATE blocks SET hash = ? WHERE records = ?", (made.hash, made.records))
            start, before = made.records, made.hash
        base.commit()


def test_a_head_that_is_missing_or_damaged_is_told(session: Path) -> None:
    (session / HEAD).write_bytes(b"x" * 5000)
    assert "a cut tail could not be seen" in flaws(session)[0].what
    (session / HEAD).unlink()
    assert "a cut tail could not be seen" in flaws(session)[0].what
    with Recording(session) as recording:
        assert verify(recording, recording.end()) == []


@pytest.mark.parametrize("record", [0, 1, 35, ROWS * 3 - 1])
@pytest.mark.parametrize("byte", [0, 63])
def test_a_changed_record_of_the_tape_is_found_in_its_block(session: Path, record: int, byte: int) -> None:
    with open(session / TAPE_FILE, "r+b") as tape:
        tape.seek(record * 64 + byte)
        (was,) = tape.read(1)
        tape.seek(record * 64 + byte)
        tape.write(bytes([was ^ 1]))
    (flaw,) = flaws(session)
    first, last = (int(word) for word in flaw.what.split() if word.isdigit())
    assert first <= record + 1 <= last
    assert flaw.what.endswith("are not what was written")
    assert (flaw.seq - 1) * 3 <= last


def test_a_removed_record_and_a_cut_tape_are_found(session: Path) -> None:
    whole = (session / TAPE_FILE).read_bytes()
    (session / TAPE_FILE).write_bytes(whole[:640] + whole[704:])
    assert flaws(session)[0].what == "records 1 to 12 of the tape are not what was written"
    (session / TAPE_FILE).write_bytes(whole[:-1])
    assert flaws(session) == [
        Flaw(24, "records 61 to 72 of the tape were written, and the tape ends at 71: its tail was cut")
    ]
    (session / TAPE_FILE).unlink()
    assert flaws(session)[0].seq == 4


def test_blocks_that_were_removed_or_changed_are_found(session: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(session, tmp_path / "other"))
    tamper(session / JOURNAL, "DELETE FROM blocks WHERE records = 36")
    assert flaws(session)[0].what == "records 25 to 48 of the tape are not what was written"
    tamper(other / JOURNAL, "DELETE FROM blocks WHERE records > 36")
    found = flaws(other)
    assert found[0] == Flaw(13, "row 13 was decided at record 39 of the tape, of which 36 are known")


@pytest.mark.parametrize("part", [segment_name(1, 9), segment_name(10, 17)])
def test_what_is_done_to_an_archived_segment_is_found(archived: Path, tmp_path: Path, part: str) -> None:
    session = Path(shutil.copytree(archived, tmp_path / "session"))
    first = int(part.partition("-")[0])
    tamper(session / ARCHIVE / part, f"UPDATE journal SET body = x'7b7d' WHERE seq = {first + 2}")
    assert flaws(session)[0].seq == first + 2
    session = Path(shutil.copytree(archived, tmp_path / "cut"))
    last = int(part.partition("-")[2][:-3])
    tamper(session / ARCHIVE / part, f"DELETE FROM journal WHERE seq = {last}")
    assert flaws(session)[0].seq in (last, last + 1)
    session = Path(shutil.copytree(archived, tmp_path / "removed"))
    (session / ARCHIVE / part).unlink()
    assert flaws(session)[0].seq == (1 if first == 1 else last + 1)


def test_rows_that_were_archived_may_lie_elsewhere_if_one_says_so(archived: Path, tmp_path: Path) -> None:
    session = Path(shutil.copytree(archived, tmp_path / "session"))
    shutil.rmtree(session / ARCHIVE)
    assert flaws(session) == [Flaw(1, "rows 1 to 17 were archived and are not here")]
    with Recording(session) as recording:
        assert verify(recording, archived_elsewhere=True) == []
        assert [row.seq for row in recording.rows()] == list(range(18, ROWS + 1))
    tamper(session / JOURNAL, "UPDATE start SET hash = zeroblob(32)")
    with Recording(session) as recording:
        assert verify(recording, archived_elsewhere=True)[0].seq == 18


def test_another_description_is_found(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "s")
    storage.journal.put("login", {}, time_ns=T0)
    described = storage.describe({"mode": "paper"})
    storage.journal.put("session_started", {"description": described}, time_ns=T0)
    storage.close()
    path = tmp_path / "s" / DESCRIPTION
    assert flaws(tmp_path / "s") == []
    path.write_text(path.read_text().replace("paper", "live"))
    expected = [Flaw(2, "session.json is missing or not what was written when row 2 was")]
    assert flaws(tmp_path / "s") == expected
    path.unlink()
    assert flaws(tmp_path / "s") == expected
    for body in ("x'ff'", "x'5b5d'"):
        tamper(tmp_path / "s" / JOURNAL, f"UPDATE journal SET body = {body} WHERE seq = 2")
        assert [flaw.seq for flaw in flaws(tmp_path / "s")] == [2]


def test_bytes_that_were_changed_anywhere_are_found_or_say_nothing(pristine: Path, tmp_path: Path) -> None:
    """If verify is content, rows and tape are those that were written: whatever byte of whatever file was hit."""
    rows, tape = read(pristine)
    draw = random.Random(5)
    files, found = [JOURNAL, TAPE_FILE, HEAD], 0
    session = Path(shutil.copytree(pristine, tmp_path / "session"))
    for _ in range(150):
        name = draw.choice(files)
        whole = (pristine / name).read_bytes()
        at = draw.randrange(len(whole))
        (session / name).write_bytes(whole[:at] + bytes([whole[at] ^ (1 << draw.randrange(8))]) + whole[at + 1 :])
        try:
            content = flaws(session) == []
        except JournalError:
            content = False
        if content:
            again, same = read(session)
            assert again == rows, (name, at)
            assert same.tobytes() == tape.tobytes(), (name, at)
        found += not content
        (session / name).write_bytes(whole)
    assert found > 50
