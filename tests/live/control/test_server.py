"""The socket of a session: who may open it, what becomes of bad lines, and folders with long names."""

import asyncio
import json
import os
import socket
import stat
from pathlib import Path

import pytest
from tests.live.control.controlled import Told

from lockstep.data.recordings.files import DESCRIPTION
from lockstep.errors import CommandError, NotRunningError, SessionError
from lockstep.live.control import client
from lockstep.live.control.address import SOCKET, address_of
from lockstep.live.control.client import ask
from lockstep.live.control.handler import Handler
from lockstep.live.control.lines import MOST, Request
from lockstep.live.control.server import serving


def asked(folder, *work, session=None):
    """Run functions in threads while a session's socket is served; return what they return."""
    session = session or Told()
    (folder / DESCRIPTION).write_text("{}")

    async def running():
        async with serving(folder, Handler(session, os.geteuid())):
            return [await asyncio.to_thread(each) for each in work]

    return asyncio.run(running()), session


def said(folder, line):
    with socket.socket(socket.AF_UNIX) as connection, address_of(folder) as address:
        connection.connect(address)
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(1 << 16)


def test_a_command_comes_with_the_process_that_sent_it(tmp_path):
    (reply, status), session = asked(
        tmp_path, lambda: ask(tmp_path, Request("command", "kill")), lambda: ask(tmp_path, Request("status"))
    )
    assert reply == {"row": 7, "journaled": True}
    assert status == {"status": {"id": "one", "profit": None}}
    assert session.commands == [("kill", {}, {"uid": os.geteuid(), "pid": os.getpid()})]


def test_the_socket_is_the_owners_alone_and_goes_with_the_session(tmp_path):
    ((mode,), _) = asked(tmp_path, lambda: stat.S_IMODE((tmp_path / SOCKET).stat().st_mode))
    assert mode == 0o600
    assert not (tmp_path / SOCKET).exists()
    with pytest.raises(NotRunningError, match="is not running"):
        ask(tmp_path, Request("status"))


def test_the_socket_of_a_killed_process_is_taken_over(tmp_path):
    with socket.socket(socket.AF_UNIX) as left, address_of(tmp_path) as address:
        left.bind(address)
    with pytest.raises(SessionError, match="there is no session"):
        ask(tmp_path, Request("status"))
    ((reply,), _) = asked(tmp_path, lambda: ask(tmp_path, Request("status")))
    assert reply["status"]["id"] == "one"


def test_a_folder_with_a_long_name_has_its_socket_inside_too(tmp_path):
    folder = tmp_path / ("deep" * 30) / ("er" * 30)
    folder.mkdir(parents=True)
    ((reply, there), _) = asked(
        folder, lambda: ask(folder, Request("status")), lambda: Path(folder / SOCKET).is_socket()
    )
    assert reply["status"]["id"] == "one"
    assert there


@pytest.mark.parametrize("line", [b"{}\n", b"\xff" * 1000, b"x" * (MOST + 1000), b'{"do": "stop"}'])
def test_bad_lines_are_refused_and_the_next_is_heard(line, tmp_path):
    (first, reply), session = asked(tmp_path, lambda: said(tmp_path, line), lambda: ask(tmp_path, Request("status")))
    assert b'"ok":false' in first
    assert len(session.refusals) == 1
    assert session.stops == []
    assert reply["status"]["id"] == "one"


def test_many_requests_on_one_connection_are_each_answered(tmp_path):
    lines = b"".join(b'{"do": "%b", "id": %d}\n' % (what, k) for k, what in enumerate([b"status", b"dance", b"stop"]))
    answers: list[dict[str, object]] = []

    def talk():
        with socket.socket(socket.AF_UNIX) as connection, address_of(tmp_path) as address:
            connection.connect(address)
            connection.sendall(lines[:20])
            connection.sendall(lines[20:])
            with connection.makefile("rb") as said:
                answers.extend(json.loads(said.readline()) for _ in range(3))
                connection.sendall(b'{"do": "status", "id": 3}\n')
                answers.append(json.loads(said.readline()))

    asked(tmp_path, talk)
    assert [(each.get("id"), each["ok"]) for each in answers] == [(0, True), (None, False), (2, True), (3, True)]


def test_what_is_awaited_is_said_though_the_socket_closes_meanwhile(tmp_path):
    session = Told()
    session.durable = None

    async def running():
        (tmp_path / DESCRIPTION).write_text("{}")
        async with serving(tmp_path, Handler(session, os.geteuid())):
            reply = asyncio.ensure_future(asyncio.to_thread(ask, tmp_path, Request("command", "kill")))
            while not session.awaited:
                await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(session.awaited[0][1], "")
        return await reply

    assert asyncio.run(running()) == {"row": 7, "journaled": True}


def test_nothing_said_is_nothing_asked(tmp_path):
    (first, _), session = asked(tmp_path, lambda: said(tmp_path, b""), lambda: ask(tmp_path, Request("status")))
    assert first == b""
    assert session.refusals == []


def test_a_refusal_is_raised_where_it_was_asked(tmp_path):
    def refused():
        with pytest.raises(CommandError, match="there is no command dance"):
            ask(tmp_path, Request("command", "dance"))

    asked(tmp_path, refused)


def test_who_finds_the_door_crowded_tries_again(monkeypatch, tmp_path):
    path, crowded = str(tmp_path / "s"), 3
    waits: list[float] = []
    monkeypatch.setattr("lockstep.live.control.client.time.sleep", waits.append)

    class Door:
        def connect(self, address):
            assert address == path
            if len(waits) < crowded:
                raise BlockingIOError(11, "Resource temporarily unavailable")

    client._connect(Door(), path)  # type: ignore[arg-type]
    assert len(waits) == crowded
    monkeypatch.setattr(client, "PATIENCE_SECONDS", -1.0)
    waits.clear()
    with pytest.raises(BlockingIOError):
        client._connect(Door(), path)  # type: ignore[arg-type]
