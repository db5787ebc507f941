"""Many requests over one connection: whose answer is whose, and what becomes of those that are never answered."""

import asyncio
import os

import pytest
from tests.live.control.controlled import Told

from lockstep.data.recordings.files import DESCRIPTION
from lockstep.errors import CommandError, NotRunningError, SessionError
from lockstep.live.control.connection import connected
from lockstep.live.control.handler import Handler
from lockstep.live.control.lines import MOST, Request
from lockstep.live.control.server import serving


def test_answers_find_who_asked_whatever_their_order(tmp_path):
    (tmp_path / DESCRIPTION).write_text("{}")
    session = Told()
    session.durable = None

    async def talk():
        async with serving(tmp_path, Handler(session, os.geteuid())):
            connection = await connected(tmp_path)
            kills = [asyncio.ensure_future(connection.ask(Request("command", "kill"))) for _ in range(3)]
            status = await connection.ask(Request("status"))  # asked last, answered first
            with pytest.raises(CommandError, match="there is no command dance"):
                await connection.ask(Request("command", "dance"))
            assert not any(kill.done() for kill in kills)
            for _, then in reversed(session.awaited):
                then("")
            rows = [(await kill)["row"] for kill in kills]
            connection.close()
            return status, rows

    assert asyncio.run(talk()) == ({"status": {"id": "one", "profit": None}}, [7, 7, 7])


def test_what_is_more_than_a_session_reads_is_refused_at_once_and_cuts_nobody_off(tmp_path):
    """A longer line has no number that could be told, and one that is longer still ends the connection of all."""
    (tmp_path / DESCRIPTION).write_text("{}")
    session = Told()

    async def talk():
        async with serving(tmp_path, Handler(session, os.geteuid())):
            connection = await connected(tmp_path)
            beside = asyncio.ensure_future(connection.ask(Request("command", "kill")))
            for size in (MOST, 16 * MOST):
                with pytest.raises(CommandError, match="has at most 65,536 bytes"):
                    await connection.ask(Request("command", "kill", {"why": "x" * size}))
            assert await beside == {"row": 7, "journaled": True}
            assert (await connection.ask(Request("status")))["status"]["id"] == "one"
            connection.close()

    asyncio.run(talk())


def test_who_is_not_answered_is_told_that_nobody_knows(tmp_path):
    with pytest.raises(SessionError, match="there is no session"):
        asyncio.run(connected(tmp_path))
    (tmp_path / DESCRIPTION).write_text("{}")
    with pytest.raises(NotRunningError, match="is not running"):
        asyncio.run(connected(tmp_path))
    session = Told()
    session.durable = None

    async def talk():
        async with serving(tmp_path, Handler(session, os.geteuid())):
            connection = await connected(tmp_path)
            asked = asyncio.ensure_future(connection.ask(Request("command", "kill")))
            while not session.awaited:
                await asyncio.sleep(0)
            connection.close()
            with pytest.raises(SessionError, match="ended before it answered"):
                await asked
            with pytest.raises(NotRunningError, match="is not running"):
                await connection.ask(Request("status"))

    asyncio.run(talk())
