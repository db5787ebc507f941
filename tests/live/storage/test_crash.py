"""kill -9 of a session that writes as fast as it can: what was told to be durable is there, and the chain goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live.storage.sessions import content, market, read

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.live.storage.storage import Storage

CYCLES = 20


def test_twenty_kills_under_load_lose_nothing_that_was_told(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("killed") / "s"
    command = [sys.executable, "-m", "tests.live.storage.crash_parent", str(folder), str(CYCLES), "11"]
    surroundings = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen(command, cwd=root, env=surroundings, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        told = [int(line) for line in parent.stdout]
    assert parent.returncode == 0
    assert len(told) == CYCLES
    assert told == sorted(told)
    Storage(folder).close()
    rows, tape = read(folder)
    assert len(rows) >= told[-1]
    bodies = [row.content() for row in rows]
    laps = [body.pop("lap") for body in bodies]
    assert bodies == [content(number) for number in range(1, len(rows) + 1)]
    # A row that was told in one lap and lost would have been written again in a later one.
    assert laps == sorted(laps)
    assert [laps[last - 1] for last in told] == list(range(CYCLES))
    # Records count on over the kills: none that a row was decided at is missing, none is there twice.
    assert (tape == market(len(tape))).all()
    assert len(tape) >= rows[-1].tape
    with Recording(folder) as recording:
        assert verify(recording) == []
    assert told[-1] > CYCLES * 10
