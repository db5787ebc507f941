"""Proofs: is a session what the batch makes of its tape?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockstep.work.desk import Desk

if TYPE_CHECKING:
    from lockstep.data.recordings.recording import Recording


def parity(body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Prove the session in the folder ``session``, of one that has not ended in order what is written by now.

    A difference is a result as well, which says up to which row of the journal it holds.
    """
    from lockstep.data.recordings.recording import Recording
    from lockstep.live.session.request import ENDED
    from lockstep.vector.parity.prove import prove

    folder = Path(body["session"])
    ended = (folder / ENDED).exists()
    with Recording(folder) as recording:
        row = recording.end().seq if ended else _whole(recording)
    desk.tell("running the tape through the batch", 0.0)
    proof = prove(folder, None if ended else row)
    return {"sessionId": body.get("sessionId", folder.name), "row": row, **proof.to_dict()}


def _whole(recording: "Recording") -> int:
    """Return the last row behind which all that came of its record is written: of the latest one more may come."""
    from lockstep.data.recordings.journal_base import Choice

    end = recording.row(recording.end().seq)
    before = (row.seq for row in recording.chosen(Choice(last=end.seq), backwards=True) if row.tape < end.tape)
    return next(before, end.seq)
