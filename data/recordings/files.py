"""What lies in the folder of a session, and under which name."""

import re
from pathlib import Path

from lockstep.errors import JournalError

JOURNAL = "journal.db"
"""Rows and blocks, an SQLite file (``journal_base``)."""
TAPE_FILE = "tape.bin"
"""Records of 64 bytes (``tape_layout``)."""
HEAD = "head.bin"
"""The latest row and block, outside of the journal (``head``)."""
DESCRIPTION = "session.json"
"""What ran: mode, strategies, symbols, sources, hashes of code and parameters, versions, CPU."""
STARTED = "session_started"
"""Kind of the row that holds the hash of the description, as ``description``."""
ARCHIVE = "archive"
"""The folder of rows that were moved out of the journal, SQLite files named by their first and last row."""
TAPE_PARTS = "archive_tape"
"""The folder of records that were moved out of the tape, files named by their first and last record."""
TAPE_ARCHIVED = "tape_archived"
"""Kind of the row that says so, with the hash of the chain there."""
SNAPSHOTS = "snapshots"
"""The folder of snapshots, files named by the records they were taken at and their hash."""
SNAPSHOT = "snapshot"
"""Kind of the row that says that a snapshot is written: only then it counts."""
RESERVE = "reserve.bin"
"""Room in which cancels are kept when the journal has failed."""
RESERVED = "reserved"
"""Kind of the rows that were kept in the reserve: {"kind", "content"} as they would have been, "entry" names each."""
ADD = "add_strategy"
"""Kind of the row, a command, by which a strategy joins a session that runs (``additions``)."""
RING = "ring.bin"
"""The latest records of the tape in memory that other processes read (live/ring); there while the session runs."""
LOCK = ".lock"
"""Held by the process that owns the session."""


def segment_name(first: int, last: int) -> str:
    """Return the name of the archived segment that holds rows ``first`` to ``last``."""
    return f"{first:012d}-{last:012d}.db"


def part_name(first: int, last: int) -> str:
    """Return the name of the file that holds records ``first`` to ``last`` of the tape, which count from 1."""
    return f"{first:012d}-{last:012d}.bin"


def last_row(segment: Path) -> int:
    """Return the last row that an archived segment holds, by its name; raises ``JournalError`` for other names."""
    named = re.fullmatch(r"(\d+)-(\d+)\.db", segment.name)
    if named is None:
        raise JournalError(f"{segment} is no archived segment, which is named FIRST-LAST.db: move it elsewhere")
    return int(named[2])
