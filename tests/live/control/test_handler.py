"""Requests are done or refused, and each refusal is written down."""

import json

import pytest
from tests.live.control.controlled import Told

from lockstep.live.control.handler import Handler
from lockstep.live.control.lines import Peer

OWNER = Peer(1000, 42)


def answered(line, peer=OWNER, session=None):
    session = session or Told()
    return json.loads(Handler(session, 1000).answer(line, peer)), session


def test_a_command_is_done_and_its_row_told():
    reply, session = answered(b'{"do": "command", "kind": "kill", "content": {"why": "x"}}\n')
    assert reply == {"ok": True, "row": 7, "journaled": True}
    assert session.commands == [("kill", {"why": "x"}, {"uid": 1000, "pid": 42})]
    assert session.refusals == []


def test_a_kill_that_holds_without_the_journal_says_so():
    session = Told()
    session.command = lambda *_: 0  # type: ignore[method-assign]
    assert answered(b'{"do": "command", "kind": "kill"}\n', session=session)[0] == {
        "ok": True, "row": 0, "journaled": False,
    }  # fmt: skip


def test_status_and_stop():
    assert answered(b'{"do": "status"}\n')[0] == {"ok": True, "status": {"id": "one", "profit": None}}
    reply, session = answered(b'{"do": "stop"}\n')
    assert (reply, session.stops) == ({"ok": True}, [{"uid": 1000, "pid": 42}])


@pytest.mark.parametrize(
    ("line", "kind"), [(b"kill\n", "CommandError"), (b'{"do": "command", "kind": "dance"}\n', "CommandError")]
)
def test_what_is_refused_is_written_down(line, kind):
    reply, session = answered(line)
    assert (reply["ok"], reply["error"]["type"]) == (False, kind)
    asked, why, by = session.refusals[0]
    assert (asked, by) == (line.decode().strip(), {"uid": 1000, "pid": 42})
    assert kind in why


@pytest.mark.parametrize("peer", [Peer(0, 1), Peer(1001, 42), Peer()])
def test_nobody_but_the_owner_is_obeyed(peer):
    reply, session = answered(b'{"do": "command", "kind": "kill"}\n', peer)
    assert not reply["ok"]
    assert session.commands == []
    assert session.refusals[0][2]["uid"] == peer.uid


def test_a_session_that_fails_at_a_command_has_refused_it():
    session = Told()
    session.status = lambda: 1 / 0  # type: ignore[method-assign]
    reply, session = answered(b'{"do": "status"}\n', session=session)
    assert reply["error"] == {"type": "CommandError", "message": "division by zero"}
    assert "ZeroDivisionError" in session.refusals[0][1]
