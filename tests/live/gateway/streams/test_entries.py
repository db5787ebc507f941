"""The gateway's own log on the topic ``logs``: bounded, without secrets, and never fed by itself."""

import pytest
from tests.live.gateway.streams.listening import NOW_NS, Desk, played
from tests.live.gateway.streams.sessions import run

from lockstep.live.gateway.monitoring.tail import Tail
from lockstep.live.gateway.security.redaction import redact
from lockstep.live.gateway.streams.entries import FIELDS, LONGEST, MOST, STREAMS
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.streams.requests import NO_TOKEN


class Logged(Desk):
    """A hub over a log of its own."""

    def __init__(self, session=None):
        super().__init__()
        self.tail = Tail()
        self.hub = Hub(now_ns=lambda: NOW_NS, log=self.tail)
        if session is not None:
            self.hub.add(session)

    def log(self, event, level="info", logger="lockstep.gateway", **more):
        entry = {"event": event, "level": level, "logger": logger, "timestamp": "2026-01-01T00:00:00Z", **more}
        self.tail.take(None, "", redact(None, "", entry))


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one") as made:
        yield made


def test_entries_come_beside_the_sessions_rows_and_also_where_there_is_no_session(session):
    async def test():
        for desk in (Logged(), Logged(session)):
            desk.log("before anybody listened")
            desk.turn()
            ear, _ = await desk.listening("logs")
            assert ear.take("subscribed")[0]["refused"] == {}
            desk.log("too little", level="debug")
            desk.log("it began", session="one", password="abc", took=0.5)
            desk.turn()
            (entry,) = ear.take("entry")
            assert entry == {
                "type": "entry", "seq": 3, "time": "2026-01-01T00:00:00Z", "level": "info",
                "logger": "lockstep.gateway", "message": "it began",
                "fields": {"session": "one", "password": "[redacted]", "took": 0.5},
            }  # fmt: skip
            assert ear.take("entry") == []
        session.row("feed_finding", {"code": "x"})
        desk.turn()
        (row,) = ear.take("log")
        assert row["content"] == {"code": "x"}

    run(test)


def test_a_flood_is_cut_and_told_by_its_numbers(session):
    async def test():
        desk = Logged(session)
        ear, _ = await desk.listening("logs")
        desk.turn()
        for number in range(3 * MOST):
            desk.log(f"{number} " + "x" * 5000, **{f"field{k}": [1] * 500 for k in range(40)})
        desk.turn()
        found = ear.take("entry")
        assert [each["seq"] for each in found] == list(range(2 * MOST + 1, 3 * MOST + 1))
        assert {len(each["message"]) for each in found} == {LONGEST}
        assert {len(each["fields"]) for each in found} == {FIELDS}
        assert max(len(value) for value in found[0]["fields"].values()) == LONGEST
        desk.log("soon after")
        desk.turn(0.01)  # not at each turn
        assert ear.take("entry") == []
        desk.turn()
        assert [each["message"] for each in ear.take("entry")] == ["soon after"]

    run(test)


def test_what_telling_leads_to_is_not_told(session):
    async def test():
        desk = Logged(session)
        ear, _ = await desk.listening("logs")
        for logger in (STREAMS, "uvicorn.error", "websockets.server"):
            desk.log("a frame was sent", logger=logger)
        desk.log("well")
        desk.turn()
        assert [each["message"] for each in ear.take("entry")] == ["well"]

    run(test)


def test_who_may_not_hear_a_live_session_hears_no_log(session):
    async def test():
        desk = Logged(session)
        session.live = True
        ear, client = desk.join(asker=type("Nobody", (), {"name": ""})())
        await desk.ask(client, topics=["logs"])
        assert ear.take("subscribed")[0]["refused"] == {"logs": NO_TOKEN}

    run(test)
