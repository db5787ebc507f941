"""What a user asks of a session, as its terms."""

from pathlib import Path

import msgspec
import pytest

from lockstep.live.exchange.messages import ClientId
from lockstep.live.session.asked import live_id
from lockstep.live.venues.tracker import Tracker

NOW_NS = 1_795_000_000_000_000_000


@pytest.mark.parametrize("folder", ["runs/live", "a-b", "..", "with space", "\N{GREEK SMALL LETTER ALPHA}", "x" * 200])
def test_a_live_sessions_orders_have_names_that_venues_take_and_no_other_session_uses(folder: str) -> None:
    sessions = [Tracker(live_id(Path(folder), now_ns), lambda _: None, 100) for now_ns in (NOW_NS, NOW_NS + 1)]
    first, second = (each.client_id(99, 1 << 40) for each in sessions)
    assert msgspec.convert(first, ClientId) == first
    assert sessions[0].place(first) == (99, 1 << 40)
    assert sessions[0].place(second) is None
