from pathlib import Path
from typing import Any

import pytest
from tests.live.gateway.sessions.scripted import keeper, over

from lockstep.data.store import Store
from lockstep.live.gateway.sessions.demo import NAME, demo_session, provide, renew
from lockstep.live.gateway.sessions.first import PRICES
from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.sources.named import source_named
from lockstep.opening import asked_lanes


def test_strategies_of_three_kinds_trade_beside_orders_by_hand(tmp_path: Path) -> None:
    asked = demo_session(None, "normal")
    feed = source_named(asked.source, asked.symbols, Store(tmp_path), prices=asked.prices)
    lanes = asked_lanes(feed, asked)
    assert [lane.name for lane in lanes] == [
        "maker:AAPL", "quoter:MSFT", "taker:GOOGL", *(f"manual:{symbol}" for symbol in PRICES),
    ]  # fmt: skip
    assert feed.synthetic
    assert asked.limits, "risk limits are a thing to see"


REFUSED = {"error": {"type": "SessionError", "message": "decisions were made by other code"}}
WELL = {"parity": {"equal": True}}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def asked(home: Path, *says: Any) -> Keeper:
    """What a gateway for a demonstration does at its start, with processes that say so."""
    asks, renewed = demo_session(None, "normal"), False
    sessions: Keeper = keeper(home, *says)

    def changed(session: RunningSession) -> None:
        nonlocal renewed
        if session.state == "failed" and not renewed:
            renewed = renew(sessions, session, asks)

    sessions._changed = changed
    sessions.find()
    provide(sessions, asks)
    return sessions


@pytest.mark.anyio
async def test_it_is_opened_once_and_found_again(tmp_path: Path) -> None:
    for _ in range(2):
        sessions = asked(tmp_path, WELL)
        assert await over(sessions.sessions[NAME]) == ("ended", "")
        assert list(sessions.sessions) == [NAME]


@pytest.mark.anyio
async def test_one_that_was_ended_for_good_is_followed_by_another(tmp_path: Path) -> None:
    sessions = asked(tmp_path, WELL)
    await over(sessions.sessions[NAME])
    await sessions.close(sessions.sessions[NAME], {})
    again = asked(tmp_path, WELL)
    await over(again.sessions["demo-2"])
    assert list(again.sessions) == ["demo-2"]


@pytest.mark.anyio
async def test_one_that_can_not_go_on_is_followed_by_another_once_and_again_at_the_next_start(tmp_path: Path) -> None:
    sessions = asked(tmp_path, REFUSED, REFUSED)
    await over(sessions.sessions[NAME])
    assert await over(sessions.sessions["demo-2"]) == ("failed", "decisions were made by other code")
    assert list(sessions.sessions) == [NAME, "demo-2"], "not for ever"
    again = asked(tmp_path, REFUSED, WELL)
    await over(again.sessions["demo-2"])
    await over(again.sessions["demo-3"])
    assert [each.state for each in again.sessions.values()] == ["ended", "ended"]
    assert again.sessions["demo-3"].asked.take_over is None


@pytest.mark.anyio
async def test_a_session_of_another_name_is_no_demonstration(tmp_path: Path) -> None:
    sessions = keeper(tmp_path, REFUSED)
    other = sessions.open(demo_session(None, "normal"), "demo-of-mine")
    await over(other)
    assert not renew(sessions, other, other.asked)
    assert other.state == "failed"
