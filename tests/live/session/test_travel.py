"""How a session stood at a row of its journal is how it stood when that row was put, with or without snapshots."""

import asyncio
import json
from typing import Any

import pytest
from tests.live.session.test_commands import rows_of
from tests.live.session.test_snapshots import host_of, ticks  # noqa: F401  (a fixture)

from lockstep.data.recordings.recording import Recording
from lockstep.errors import JournalError, SessionError
from lockstep.live.session import travel
from lockstep.live.session.travel import core_at, told_at, until


@pytest.fixture(scope="module", params=[1_000, 0])
def lived(request, ticks, tmp_path_factory):  # noqa: F811
    """A session's folder, and how it stood behind some of its batches, by the latest row."""
    folder = tmp_path_factory.mktemp("sessions") / "s"
    stood: dict[int, tuple[int, Any]] = {}

    def seen(core):
        if 2_000 <= core.taken <= 4_100:
            stood[host._storage.journal.given] = core.taken, told_at(core)

    host = host_of(folder, ticks, seen, snapshots=request.param)
    asyncio.run(host.run())
    return folder, stood


def test_it_is_as_it_was(lived):
    folder, stood = lived
    with Recording(folder) as recording:
        for seq, (records, told) in stood.items():
            # Behind its latest row a batch may go on without another.
            core = core_at(recording, seq)
            until(core, recording, records)
            assert told_at(core) == told
            json.dumps(told)
    assert any(orders for _, told in stood.values() for orders in told["atVenue"].values())


def test_other_code_and_unknown_rows_are_refused(lived, monkeypatch):
    with Recording(lived[0]) as recording:
        with pytest.raises(JournalError, match="has no row 10000000"):
            core_at(recording, 10_000_000)
        monkeypatch.setattr(travel, "identity_of", lambda _kinds: {"engine": "x"})
        with pytest.raises(SessionError, match="ran with other code"):
            core_at(recording, len(rows_of(lived[0])))
