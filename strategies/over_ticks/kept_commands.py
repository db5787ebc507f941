"""The commands that a session's journal holds."""

from typing import Any

from lockstep.data.recordings.files import RESERVED
from lockstep.data.recordings.recording import Recording
from lockstep.strategies.over_ticks.controls import COMMANDS


def commands_of(recording: Recording, first: int = 1) -> dict[int, tuple[str, Any]]:
    """Return kind and content of each command by its row, from row ``first`` on.

    Those too that were kept while nothing could be journaled.
    """
    found = {}
    for row in recording.rows(first, kinds=(*COMMANDS, RESERVED)):
        kind, content = row.kind, row.content()
        if kind == RESERVED:
            kind, content = content["kind"], content["content"]
        if kind in COMMANDS:
            found[row.seq] = kind, content
    return found
