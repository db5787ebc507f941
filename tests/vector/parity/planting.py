"""A copy of a recorded session with something changed in it, and what the batch says of that."""

import json
import shutil

import numpy as np

from lockstep.data.recordings.files import DESCRIPTION, TAPE_FILE
from lockstep.vector.parity.prove import prove


def planted(recorded, tmp_path, dtype, lane_change=None, tape_change=None):
    """Return the differences that are found, by lane; the changes take each lane's terms, and the tape in place."""
    folder = shutil.copytree(recorded, tmp_path / "copy")
    if lane_change is not None:
        described = json.loads((folder / DESCRIPTION).read_text())
        for lane in described["lanes"]:
            lane_change(lane)
        (folder / DESCRIPTION).write_text(json.dumps(described))
    if tape_change is not None:
        tape = np.memmap(folder / TAPE_FILE, dtype, mode="r+")
        tape_change(tape)
        tape.flush()
    return {difference.lane: difference for difference in prove(folder).differences}
