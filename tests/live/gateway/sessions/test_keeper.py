"""Sessions of a gateway, kept running: processes that are scripted here, and connections to none."""

import asyncio
import errno
import gc
from typing import Any

import msgspec
import pytest
from tests.live.gateway.sessions.scripted import keeper, over

from lockstep.errors import NotAnsweredError, NotRunningError
from lockstep.live.control.lines import Request
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.sessions.first import NAME, first_session, succeed
from lockstep.live.gateway.sessions.keeper import CLOSED, Keeper
from lockstep.live.gateway.sessions.running import COMPILES, RunningSession
from lockstep.live.gateway.sessions.shared import Shared
from lockstep.live.gateway.sessions.terminal import Terminal
from lockstep.live.session.request import ASKED, ENDED, read_request
from lockstep.live.session.stage import Stage

ASKS = first_session(None, "full")


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def soon(monkeypatch):
    """Nobody waits between two tries."""
    waits = []

    async def sleep(seconds, real=asyncio.sleep):
        waits.append(seconds)
        await real(0)

    monkeypatch.setattr("lockstep.live.gateway.sessions.running.asyncio.sleep", sleep)
    return waits


@pytest.mark.anyio
async def test_a_session_that_ended_by_itself_is_not_begun_again(tmp_path, soon):
    for name, says, state, trouble in (
        ("well", {"parity": {"equal": True}}, "ended", ""),
        ("refused", {"error": {"type": "SessionError", "message": "no such source"}}, "failed", "no such source"),
        ("differs", {"parity": {"equal": False}}, "failed", "the batch does not come to what it did"),
    ):
        begun: list[str] = []
        session = keeper(tmp_path, says, begun=begun).open(ASKS, name)
        found = await over(session)
        assert (found[0], found[1][: len(trouble)], begun) == (state, trouble, [name])


@pytest.mark.anyio
async def test_a_process_that_dies_is_begun_again_with_pauses_and_given_up_after_some_times(tmp_path, soon):
    begun: list[str] = []
    session = keeper(tmp_path, *[None] * 6, begun=begun).open(ASKS, "dies")
    state, trouble = await over(session)
    assert (state, len(begun)) == ("failed", 6)
    assert "died 6 times" in trouble
    assert [wait for wait in soon if wait >= 0.5] == sorted(wait for wait in soon if wait >= 0.5)
    with pytest.raises(Problem, match="open one by POST"):
        Keeper.of(keeper(tmp_path), None)


@pytest.mark.anyio
async def test_one_that_dies_and_then_ends_well_has_ended_well(tmp_path, soon):
    session = keeper(tmp_path, None, None, {"parity": {"equal": True}}).open(ASKS, "twice")
    assert await over(session) == ("ended", "")
    assert session.restarts == 2


@pytest.mark.anyio
async def test_sessions_are_found_again_but_for_those_that_were_closed(tmp_path, soon):
    first = keeper(tmp_path, *[{"parity": {"equal": True}}] * 2)
    for name in ("a", "b"):
        await over(first.open(ASKS, name))
    await first.close(first.sessions["b"], {})
    assert (tmp_path / "sessions" / "b" / CLOSED).exists()
    bad = tmp_path / "sessions" / "bad"
    bad.mkdir()
    (bad / ASKED).write_bytes(b'{"symbols": ["\xff"]}')  # neither JSON nor text
    again = keeper(tmp_path, {"parity": {"equal": True}})
    again.find()
    assert sorted(again.sessions) == ["a", "bad"]
    assert (again.sessions["bad"].state, again.sessions["bad"].live) == ("failed", True)  # it may have been
    assert await over(again.sessions["a"]) == ("ended", "")
    assert read_request(tmp_path / "sessions" / "a") == ASKS
    assert (tmp_path / "sessions" / "a").stat().st_mode & 0o777 == 0o700


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "code"), [("../up", "BAD_REQUEST"), ("", "BAD_REQUEST"), (NAME, "SESSION_EXISTS")])
async def test_ids_are_plain_and_used_once(tmp_path, soon, name, code):
    sessions = keeper(tmp_path, {"parity": {"equal": True}})
    await over(sessions.open(ASKS, NAME))
    with pytest.raises(Problem) as refused:
        sessions.open(ASKS, name)
    assert refused.value.code == code


@pytest.mark.anyio
async def test_a_name_is_free_again_whose_session_could_not_be_written_down(tmp_path, soon, monkeypatch):
    sessions = keeper(tmp_path, {"parity": {"equal": True}})
    with monkeypatch.context() as full:
        full.setattr("lockstep.live.gateway.sessions.keeper.replace_file", _no_room)
        with pytest.raises(OSError, match="No space left"):
            sessions.open(ASKS, NAME)
    assert await over(sessions.open(ASKS, NAME)) == ("ended", "")


def _no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.anyio
async def test_a_first_session_that_can_not_go_on_is_taken_over_by_another_and_then_begun_anew(tmp_path, soon):
    refused = {"error": {"type": "SessionError", "message": "decisions were made by other code"}}
    sessions = keeper(tmp_path, *[refused] * 3)

    def changed(session):
        if session.state == "failed":
            succeed(sessions, session, ASKS)

    sessions._changed = changed
    await over(sessions.open(ASKS, NAME))
    await over(sessions.sessions["paper-2"])
    await over(sessions.sessions["paper-3"])
    assert [each.asked.take_over for each in sessions.sessions.values()] == [
        None,
        str(tmp_path / "sessions/paper"),
        None,
    ]
    assert list(sessions.sessions) == ["paper", "paper-2", "paper-3"]
    assert all((each.folder / CLOSED).exists() for each in sessions.sessions.values())


@pytest.mark.anyio
async def test_what_is_asked_at_the_same_time_is_asked_once_and_never_answered_with_what_was_before():
    asked: list[Any] = []
    answers: list[Any] = []
    going = asyncio.Event()

    async def ask():
        asked.append(len(answers))
        await going.wait()
        return len(asked)

    shared = Shared(ask)
    first = asyncio.create_task(shared.get())
    while not asked:
        await asyncio.sleep(0)
    later = [asyncio.create_task(shared.get()) for _ in range(5)]
    await asyncio.sleep(0)
    going.set()
    assert await first == 1
    assert [await each for each in later] == [2] * 5
    assert len(asked) == 2


@pytest.mark.anyio
async def test_what_goes_wrong_when_all_who_asked_have_gone_is_nobodys_to_log():
    lost: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    going = asyncio.Event()

    async def ask():
        await going.wait()
        raise NotAnsweredError("it did not answer")

    shared = Shared(ask)
    waiting = asyncio.create_task(shared.get())
    while shared._running is None:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    going.set()
    await asyncio.wait({shared._running})
    del shared
    gc.collect()
    assert lost == []


@pytest.mark.anyio
async def test_who_names_no_session_means_the_same_one_while_it_is_begun_again(tmp_path):
    sessions = keeper(tmp_path, {"parity": {"equal": True}}, {"parity": {"equal": True}})
    one, two = (sessions.open(ASKS, name) for name in ("one", "two"))
    two.state = "running"
    for state in ("starting", "running", "ending", "restarting", "failed"):
        one.state = state
        assert sessions.of(None) is one
    sessions.mark_closed(one)
    assert sessions.of(None) is two
    one.retire()
    assert one.state == "ended"
    two.state = "ended"
    with pytest.raises(Problem, match="no session runs"):
        sessions.of(None)
    await sessions.leave()


class Slow:
    """A session that compiles, then can be asked, then is proven: as the test says."""

    def __init__(self, monkeypatch):
        self.gone = asyncio.get_running_loop().create_future()
        self.asked = self.ended = False
        self.said: list[str] = []
        self.terminal = Terminal()
        self.terminal.say = self.said.append
        self.seen = []

        async def found(_):
            return self if self.asked else None

        monkeypatch.setattr(RunningSession, "_found", found)

    def changed(self, session):
        self.seen.append((session.state, session.trouble))
        self.terminal.hear(session)

    def poll(self):
        return 0 if self.ended else None

    def close(self):
        pass

    async def ask(self, request):
        assert request.do == "stop"
        self.gone.set_result(None)
        return {}

    async def come_to(self, session, state):
        async with asyncio.timeout(60):
            while session.state != state:
                await asyncio.sleep(0)


@pytest.mark.anyio
async def test_what_takes_long_is_told_with_the_state_and_on_the_terminal(tmp_path, soon, monkeypatch):
    slow = Slow(monkeypatch)

    stages = []

    def begin(folder):
        stages.append(Stage(folder))
        stages[0].compiles()
        return slow

    sessions = Keeper(tmp_path, begun=begin, changed=slow.changed)
    session = sessions.open(ASKS, "slow")
    async with asyncio.timeout(60):
        while not session.trouble:
            await asyncio.sleep(0)
    with pytest.raises(NotRunningError, match="only just starting, compiling kernels"):
        await session.ask(Request("status"))
    slow.asked = True
    await slow.come_to(session, "running")
    ending = asyncio.create_task(sessions.stop())
    stages[0].works()
    stages[0].proves()
    await slow.come_to(session, "proving")
    (session.folder / ENDED).write_bytes(msgspec.json.encode({"parity": {"equal": True}}))
    slow.ended = True
    await ending
    assert slow.seen == [
        ("starting", ""), ("starting", COMPILES), ("running", ""), ("ending", ""), ("proving", ""), ("ended", ""),
    ]  # fmt: skip
    assert slow.said == [f"Session slow: {COMPILES}", "Session slow runs"]


@pytest.mark.anyio
async def test_who_is_in_a_hurry_waits_for_no_proof(tmp_path, soon, monkeypatch):
    slow = Slow(monkeypatch)

    def begin(_):
        slow.asked = True
        return slow

    sessions = Keeper(tmp_path, begun=begin)
    session = sessions.open(ASKS, "long")
    await slow.come_to(session, "running")
    slow.terminal.ending([session])
    ending = asyncio.create_task(sessions.stop())
    stage = Stage(session.folder)
    stage.proves()
    await slow.come_to(session, "proving")
    sessions.hurry()
    await ending  # its process has not ended
    slow.terminal.ended([session])
    session.state = "ended"
    slow.terminal.ended([session])
    first, second, third = slow.said
    assert "Ending and proving long. Ctrl-C again leaves at once" in first
    assert f"is proving still, and goes on by itself; `lockstep parity {session.folder}`" in second
    assert third == "Session long has ended and is proven"


@pytest.mark.anyio
async def test_a_process_that_compiles_still_is_waited_for_and_no_other_is_begun_beside_it(tmp_path, soon, monkeypatch):
    """As after a kill -9 of the gateway while its first session compiles."""
    slow, begun = Slow(monkeypatch), []
    folder = tmp_path / "sessions" / "first"
    folder.mkdir(parents=True)
    (folder / ASKED).write_bytes(msgspec.json.encode(ASKS))
    stage = Stage(folder)
    stage.compiles()

    def begin(folder):
        begun.append(folder)
        return slow

    sessions = Keeper(tmp_path, begun=begin, changed=slow.changed)
    sessions.find()
    session = sessions.sessions["first"]
    async with asyncio.timeout(60):
        while not session.trouble:
            await asyncio.sleep(0)
    stage.works()
    slow.asked = True
    await slow.come_to(session, "running")
    assert begun == []
    await sessions.leave()


@pytest.mark.anyio
async def test_one_that_is_ended_while_its_dead_process_is_to_be_begun_again_is_not_begun(tmp_path, monkeypatch):
    begun: list[str] = []
    monkeypatch.setattr("lockstep.live.gateway.sessions.running.FIRST_SECONDS", 0.01)
    sessions = keeper(tmp_path, None, begun=begun)
    session = sessions.open(ASKS, "dies")
    async with asyncio.timeout(60):
        while session.state != "restarting":
            await asyncio.sleep(0)
        await sessions.close(session, {})
    assert (session.state, begun) == ("ended", ["dies"])


@pytest.mark.anyio
async def test_one_that_is_ended_before_it_can_be_asked_is_ended_as_soon_as_it_can(tmp_path, soon, monkeypatch):
    """As one that an earlier gateway began, whose process nobody here may end."""
    slow = Slow(monkeypatch)
    folder = tmp_path / "sessions" / "first"
    folder.mkdir(parents=True)
    (folder / ASKED).write_bytes(msgspec.json.encode(ASKS))
    stage = Stage(folder)
    stage.compiles()
    sessions = Keeper(tmp_path, changed=slow.changed)
    sessions.find()
    session = sessions.sessions["first"]
    async with asyncio.timeout(60):
        while not session.trouble:
            await asyncio.sleep(0)
        ending = asyncio.create_task(sessions.close(session, {}))
        await asyncio.sleep(0)
        (folder / ENDED).write_bytes(msgspec.json.encode({"parity": {"equal": True}}))
        slow.asked = True  # and is asked to stop at once, else it would be there for ever
        stage.works()
        await ending
    assert (session.state, slow.gone.done()) == ("ended", True)
