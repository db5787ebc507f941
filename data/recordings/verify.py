"""Whether a recording is what was written: every row and every record of the tape, against the chain of hashes.

What the chain can't show is a forger who computes all hashes anew from the row that was changed to the end: only a head
that the forger couldn't reach shows that, and a tail that was cut.
"""

import struct
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from lockstep.data.recordings.files import DESCRIPTION, HEAD, STARTED
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
    checks = [_whole(recording, archived_elsewhere), _rows(recording), _tape(recording), _description(recording)]
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


def _tape(recording: Recording) -> Iterator[Flaw]:
    for part in recording.parts:
        yield from block_flaws(recording, part)


def block_flaws(recording: Recording, part: JournalBase) -> Iterator[Flaw]:
    """Check the blocks of one file against the tape. A block that does not fit is named once."""
    there = recording.records()
    records, previous = part.start.records, part.start.block
    for block in part.blocks():
        place = f"records {records + 1} to {block.records} of the tape"
        row = _row_hash(part, block.seq)
        if row is None:
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
