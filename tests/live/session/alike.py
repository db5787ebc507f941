"""A session that was cut off and came back, beside the same that was not."""

import asyncio

from tests.live.session.test_commands import rows_of

from lockstep.vector.parity.prove import prove


def check_ends_alike(again, whole):
    """Let a session that came back run to its end: it must be proven, and come to what ``whole`` came to uncut."""
    asyncio.run(again.run())
    folders = [host._storage.folder for host in (again, whole)]
    assert prove(folders[0]).equal
    for name, lane in whole.core.lanes.items():
        assert again.core.lanes[name].fingerprint == lane.fingerprint
    mine, others = ({row.body for row in rows_of(folder, "fill", "order")} for folder in folders)
    assert mine == others
