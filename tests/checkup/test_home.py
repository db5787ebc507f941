"""A home that others can look into, tokens that don't hold, full disks, sessions that died."""

import shutil
import socket
from collections import namedtuple
from datetime import UTC, datetime, timedelta

import pytest

from lockstep.checkup import home as looked
from lockstep.checkup.home import modes, room, sessions, tokens
from lockstep.live.control.address import SOCKET
from lockstep.live.gateway.security.tokens import Tokens
from lockstep.live.session.request import ASKED, ENDED
from lockstep.live.session.stage import Stage


@pytest.fixture
def home(tmp_path):
    Tokens(tmp_path / "home" / "gateway").first()
    return tmp_path / "home"


def test_a_home_of_ones_own(home, tmp_path):
    assert modes(tmp_path / "new").state == "well"
    assert (modes(home).state, tokens(home).state) == ("well", "well")
    (home / "gateway" / "tokens.json").chmod(0o644)
    found = modes(home)
    assert (found.state, "tokens.json (644)" in found.found, "chmod" in found.cure) == ("broken", True, True)
    assert tokens(home).state == "broken"
    (home / "gateway" / "tokens.json").chmod(0o600)
    (home / "sessions" / "desk").mkdir(parents=True)
    (home / "sessions" / "desk").chmod(0o755)
    assert "desk (755)" in modes(home).found


def test_tokens_that_have_ended(tmp_path):
    assert tokens(tmp_path).found.startswith("none yet")
    Tokens(tmp_path / "gateway").make("old", "read", datetime.now(UTC) - timedelta(days=1))
    assert tokens(tmp_path).state == "warning"


@pytest.mark.parametrize(("free", "state"), [(1 << 20, "broken"), (200 << 20, "warning"), (1 << 40, "well")])
def test_room_on_disks(tmp_path, monkeypatch, free, state):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free))
    assert room("disk", tmp_path / "not" / "there").state == state


def test_sessions_that_died(tmp_path):
    for name in ("dead", "ended", "closed", "runs"):
        folder = tmp_path / "sessions" / name
        folder.mkdir(parents=True)
        (folder / ASKED).write_text("{}")
    (tmp_path / "sessions" / "ended" / ENDED).write_text("{}")
    (tmp_path / "sessions" / "closed" / looked.CLOSED).touch()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "sessions" / "runs" / SOCKET))
        door.listen()
        found = sessions(tmp_path, served=False)
        assert (found.state, found.found) == ("warning", "dead died without a word")
        assert "lockstep serve" in found.cure
        assert "GET /ready" in sessions(tmp_path, served=True).cure
        (tmp_path / "sessions" / "dead" / ENDED).write_text("{}")
        assert sessions(tmp_path, served=False).found == "1 run, 2 ended in order"


def test_sessions_that_have_failed_and_that_begin_or_are_proven(tmp_path):
    folders = [tmp_path / "sessions" / name for name in ("refused", "differs", "compiles", "proves")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / ASKED).write_text("{}")
    (folders[0] / ENDED).write_text('{"error": {"type": "SessionError", "message": "made by other code"}}')
    (folders[1] / ENDED).write_text('{"parity": {"equal": false}}')
    stages = [Stage(folder) for folder in folders]
    stages[2].compiles()
    stages[3].proves()
    found = sessions(tmp_path, served=True)
    assert (found.state, bool(found.cure)) == ("warning", True)
    assert "refused has failed: made by other code" in found.found
    assert "differs has failed: the batch does not come to what it did" in found.found
    for folder in folders[:2]:
        (folder / ENDED).write_text('{"parity": {"equal": true}}')
    assert sessions(tmp_path, served=True).found == "0 run, 2 ended in order, 2 begin or are being proven"
    stages[2].works()
    assert sessions(tmp_path, served=True).found == "compiles died without a word"
    stages[3].works()
