"""Requests are done or refused, and each refusal is written down."""

import json

import pytest
from tests.live.control.controlled import Told

from lockstep.live.control.handler import Handler
from lockstep.live.control.lines import Peer

OWNER = Peer(1000, 42)


def answered(line, peer=OWNER, session=None):
    session = session or Told()
    return json.loads(Handler(session, 1000).answer(line, peer).line), session


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
    assert answered(b'{"do": "books"}\n')[0] == {"ok": True, "books": {"at": 3, "books": {}}}
    reply, session = answered(b'{"do": "stop"}\n')
    assert (reply, session.stops) == ({"ok": True}, [{"uid": 1000, "pid": 42}])


@pytest.mark.parametrize(("strategy", "ready"), [("known", True), ("new", False)])
def test_whether_a_strategy_is_compiled_is_told(strategy, ready):
    reply, session = answered(b'{"do": "prepare", "content": {"strategy": "%s"}}\n' % strategy.encode())
    assert reply == {"ok": True, "ready": ready}
    assert session.commands == session.refusals == []


def test_what_is_open_is_told_where_it_is_to_be_closed_or_left():
    session = Told()
    session.open = {"orders": 1, "positions": []}
    closes, not_asked, stop = (
        answered(line, session=session)[0]
        for line in (
            b'{"do": "command", "kind": "kill", "content": {"flatten": true}}\n',
            b'{"do": "command", "kind": "kill"}\n', b'{"do": "stop"}\n',
        )
    )  # fmt: skip
    assert closes["closing"] == stop["left"] == session.open
    assert "closing" not in not_asked


ASKED = b'{"do": "%s", "kind": "%s", "by": {"asker": "no token", "only": "paper"}}\n'


@pytest.mark.parametrize(
    "asked", [(b"command", b"kill"), (b"stop", b""), (b"command", b"order"), (b"preview", b""), (b"prepare", b"")]
)
def test_who_may_do_nothing_live_is_refused_by_a_session_that_has_gone_live_meanwhile(asked):
    session = Told()
    session.live = True
    reply, session = answered(ASKED % asked, session=session)
    assert (reply["ok"], reply["error"]["type"]) == (False, "TokenNeededError")
    assert (session.commands, session.stops) == ([], [])
    assert session.refusals[0][2]["asker"] == "no token"


def test_who_may_do_nothing_live_may_trade_on_paper_and_not_arm():
    assert answered(ASKED % (b"command", b"kill"))[0]["ok"]
    assert answered(ASKED % (b"command", b"arm"))[0]["error"]["type"] == "TokenNeededError"
    live = Told()
    live.live = True
    assert answered(b'{"do": "command", "kind": "kill", "by": {"asker": "desk"}}\n', session=live)[0]["ok"]
    assert answered(ASKED % (b"status", b""), session=live)[0]["error"]["type"] == "TokenNeededError"


@pytest.mark.parametrize(
    ("line", "kind"), [(b"kill\n", "CommandError"), (b'{"do": "command", "kind": "dance"}\n', "CommandError")]
)
def test_what_is_refused_is_written_down(line, kind):
    reply, session = answered(line)
    assert (reply["ok"], reply["error"]["type"]) == (False, kind)
    asked, why, by = session.refusals[0]
    assert (asked, by) == (line.decode().strip(), {"uid": 1000, "pid": 42})
    assert kind in why


@pytest.mark.parametrize("do", ["order", "preview"])
def test_who_looks_for_what_is_not_there_leaves_no_row(do):
    reply, session = answered(b'{"do": "%s", "content": {"orderId": "0-7"}}\n' % do.encode())
    assert (reply["ok"], reply["error"]["type"], session.refusals) == (False, "CommandError", [])


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


def test_the_number_of_a_request_and_for_whom_it_was_asked_come_along():
    line = b'{"do": "command", "kind": "kill", "id": 3, "by": {"token": "desk", "uid": "0"}}\n'
    reply, session = answered(line)
    assert reply == {"ok": True, "id": 3, "row": 7, "journaled": True}
    assert session.commands[0][2] == {"token": "desk", "uid": 1000, "pid": 42}
    reply, session = answered(b'{"do": "command", "kind": "dance", "id": 4, "by": {"token": "desk"}}\n')
    assert (reply["ok"], reply["id"]) == (False, 4)
    assert session.refusals[0][2]["token"] == "desk"


def test_an_answer_that_waits_for_a_row_is_not_said_before_it_is_durable():
    session = Told()
    said: list[bytes] = []
    session.durable = None
    handler = Handler(session, 1000)
    answer = handler.answer(b'{"do": "command", "kind": "kill", "id": 5}\n', OWNER)
    handler.later(answer, said.append)
    ((row, then),) = session.awaited
    assert (row, said) == (7, [])
    then("")
    assert said == [answer.line]
    then("the disk is full")
    assert json.loads(said[1]) == {
        "ok": False, "id": 5, "error": {"type": "JournalError", "message": "the disk is full"},
    }  # fmt: skip
