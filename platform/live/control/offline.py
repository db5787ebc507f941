"""The kill switch of a session that no process runs: it holds when the session starts again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockstep.data.recordings.recording import Recording
from lockstep.live.storage.storage import Storage
from lockstep.strategies.over_ticks.controls import KILL


def kill_offline(folder: Path, content: Mapping[str, Any], by: Mapping[str, Any]) -> int:
    """Journal a kill in a folder that is owned meanwhile; return its row, which is durable.

    Raises ``SessionOwnedError`` where a process owns the folder after all, and ``JournalError`` where it can't be
    written.
    """
    with Recording(folder) as recording:
        time_ns = recording.row(recording.end().seq).time_ns
    storage = Storage(folder)
    try:
        seq = storage.journal.put(KILL, {**content, "by": dict(by)}, time_ns=time_ns)
        storage.journal.hand_over()
        storage.journal.wait(seq)
    finally:
        storage.close()
    return seq
