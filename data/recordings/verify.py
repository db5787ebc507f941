"""Whether a recording is what was written: every row and every record of the tape, against the chain of hashes.

What the chain can't show is a forger who computes all hashes anew from the row that was changed to the end: only a head
that the forger couldn't reach shows that, and a tail that was cut.
"""

import struct
from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from lockstep.data.recordings.files import DESCRIPTION, HEAD, STARTED, TAPE_ARCHIVED
from lockstep.data.recordings.head import read_head
from lockstep.data.recordings.journal_base import Choice, JournalBase
from lockstep.data.recordings.journal_rows import START, Flaw, Head, Row, link
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_chain import chained
from lockstep.errors import JournalError


def verify(recording: Recording, head: Head | None = None, *, archived_elsewhere: bool = False) -> list[Flaw]:
    """Return where a recording is not what was written, by row; empty where all of it is.

    ``head`` is one that was kept elsewhere (``Head.text``), looked at besides the one in the folder. Rows that were
    archived and are not in the folder are a flaw, unless they are ``archived_elsewhere``.
    """
    kept = _kept(recording)  # before the rows: the head never runs ahead of them
    checks = [_whole(recording, archived_elsewhere), _rows(recording), _tape(recording, archived_elsewhere),
              _description(recording)]  # fmt: skip
    checks += [_against(recording, one) for one in (kept, head) if one is not None]
    found: list[Flaw] = []
    if kept is None and head is None:
        found.append(Flaw(recording.start.seq + 1, f"{HEAD} is missing or damaged: a cut tail could not be seen"))
    try:
        with recording.frozen():
            for check in checks:
                found += check
    except JournalError as error:
        found.append(Flaw(recording.start.seq + 1, str(error)))
    return sorted(dict.fromkeys(found), key=lambda flaw: flaw.seq)


def _kept(recording: Recording) -> Head | None:
    try:
        return read_head(recording.folder / HEAD)
    except OSError:
        return None


def _whole(recording: Recording, archived_elsewhere: bool) -> Iterator[Flaw]:
    """The parts must join."""
    if not archived_elsewhere and recording.start != START:
        yield Flaw(1, f"rows 1 to {recording.start.seq} were archived and are not here")
    for part, following in zip(recording.parts, recording.parts[1:], strict=False):
        if part.end() != following.start:
            yield Flaw(following.start.seq + 1, f"{following.path.name} does not begin where {part.path.name} ends")


def _rows(recording: Recording) -> Iterator[Flaw]:
    records = recording.end().records
    for part, end in zip(recording.parts, recording.ends(), strict=True):
        yield from row_flaws(part, end, records)


def row_flaws(part: JournalBase, end: int | None, records: int) -> Iterator[Flaw]:
    """Check the rows of one file, up to ``end``, against the chain; name each row that does not fit once."""
    seq, previous, beyond = part.start.seq, part.start.hash, False
    try:
        for row in part.rows(Choice(last=end)):
            if row.seq != seq + 1:
                yield Flaw(seq + 1, f"row {seq + 1} should come after row {seq}, and row {row.seq} does")
            elif not _fits(previous, row):
                yield Flaw(row.seq, f"row {row.seq} ({row.kind}) or what is before it is not what was written")
            if row.tape > records and not beyond:
                what = f"row {row.seq} was decided at record {row.tape} of the tape, of which {records} are known"
                beyond = True
                yield Flaw(row.seq, what)
            seq, previous = row.seq, row.hash
    except JournalError as error:
        yield Flaw(seq + 1, str(error))


def _fits(previous: bytes, row: Row) -> bool:
    try:
        return link(previous, row) == row.hash
    except (AttributeError, TypeError, UnicodeError, struct.error):
        return False  # of another type than was ever written


def _tape(recording: Recording, archived_elsewhere: bool) -> Iterator[Flaw]:
    moved = list(moved_of(recording))
    yield from _moved_flaws(recording, moved, archived_elsewhere)
    for part in recording.parts:
        yield from block_flaws(recording, part, moved)


class Moved(NamedTuple):
    """Records that a row says were moved out of the tape."""

    seq: int
    first: int
    records: int
    """The last of them."""
    sha256: str
    block: str
    """Hash of the chain there, in hexadecimal."""


def moved_of(recording: Recording) -> Iterator[Moved]:
    """Return what rows say was moved out of the tape and is no longer in its file."""
    start = recording.tape_start
    if not start:
        return
    told = [Moved(row.seq, **row.content()) for row in recording.rows(kinds=[TAPE_ARCHIVED])]
    # A move that was cut short left its row, and was made anew from the same record on.
    yield from {one.first: one for one in told if one.records <= start}.values()


def _moved_flaws(recording: Recording, moved: list[Moved], archived_elsewhere: bool) -> Iterator[Flaw]:
    """What has left the tape must be what a row says, block by block with its hash, and here unless it may be away."""
    # Rows that lie elsewhere may tell of what lies before the first block that is here.
    start, at = recording.tape_start, recording.start.records if archived_elsewhere else 0
    for one in moved:
        path = recording.tape_part(one.first - 1, one.records)
        place = f"records {one.first} to {one.records} of the tape"
        if path is None and not archived_elsewhere:
            yield Flaw(one.seq, f"{place} were archived and are not here")
        elif path is not None and _file_hash(path) != one.sha256:
            yield Flaw(one.seq, f"{place}, which were archived, are not what was written")
        hashes = [_block_hash(part, one.records) for part in recording.parts]
        away = archived_elsewhere and one.records < recording.start.records  # with its blocks
        if one.first > at + 1 or not (away or bytes.fromhex(one.block) in hashes):
            yield Flaw(one.seq, f"{place} were archived, and the chain does not go on behind them")
        at = max(at, one.records)
    if at < start:
        yield Flaw(recording.start.seq + 1, f"records {at + 1} to {start} of the tape are gone, and no row says why")


def _file_hash(path: Path) -> str:
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def block_flaws(recording: Recording, part: JournalBase, moved: Sequence[Moved] = ()) -> Iterator[Flaw]:
    """Check the blocks of one file against the tape; of those ``moved`` out of it the hash of all stands for each."""
    there, gone = recording.records(), max((one.records for one in moved), default=0)
    records, previous = part.start.records, part.start.block
    for block in part.blocks():
        place = f"records {records + 1} to {block.records} of the tape"
        row = _row_hash(part, block.seq)
        if block.records <= gone:
            pass
        elif row is None:
            yield Flaw(block.seq, f"{place} follow row {block.seq}, which is missing")
        elif block.records > there:
            yield Flaw(block.seq, f"{place} were written, and the tape ends at {there}: its tail was cut")
        elif chained(previous, block.seq, row, block.records, recording.tape_bytes(records, block.records)) != block:
            yield Flaw(block.seq, f"{place} are not what was written")
        records, previous = block.records, block.hash


def _row_hash(part: JournalBase, seq: int) -> bytes | None:
    """The hash of a row of a part, or of what its first row follows."""
    if seq == part.start.seq:
        return part.start.hash
    row = part.row(seq)
    return row.hash if row else None


def _block_hash(part: JournalBase, records: int) -> bytes | None:
    if records == part.start.records:
        return part.start.block
    block = part.block(records)
    return block.hash if block else None


def _description(recording: Recording) -> Iterator[Flaw]:
    """What ran must be what the journal says of it."""
    path = recording.folder / DESCRIPTION
    there = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    for row in recording.rows(kinds=[STARTED]):
        try:
            told = row.content().get("description", there)
        except (msgspec.DecodeError, AttributeError):
            continue  # the row is not what was written, as was said of it
        if told != there:
            yield Flaw(row.seq, f"{DESCRIPTION} is missing or not what was written when row {row.seq} was")


def _against(recording: Recording, head: Head) -> Iterator[Flaw]:
    """How a recording differs from a head that was kept outside of it."""
    end, parts = recording.end(), recording.parts
    if head.seq > end.seq:
        what = f"the journal ends at row {end.seq}, but row {head.seq} was written: its tail was cut"
        yield Flaw(end.seq + 1, what)
    elif head.seq >= recording.start.seq and head.hash not in [_row_hash(part, head.seq) for part in parts]:
        yield Flaw(head.seq, f"row {head.seq} is not the one that the head names")
    if head.records > end.records:
        what = f"{end.records} records of the tape are known, but {head.records} were written: its tail was cut"
        yield Flaw(end.seq + 1, what)
    elif head.records >= recording.start.records and head.block not in [_block_hash(p, head.records) for p in parts]:
        yield Flaw(head.seq, f"the tape up to record {head.records} is not the one that the head names")
