"""What becomes of orders at a venue when the journal or the tape of their session can't be written any more."""

import asyncio
import errno
import os
import time

import pytest
from tests.live.session.outside import ACCOUNT, Place, Waits, trade

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import JournalError
from lockstep.live.session.host import Host

MAKER = ("simple_market_maker", {"interval_ms": 20, "limit": 3})


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(4_000, "L2", seed=3)


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail_journal(host: Host) -> None:
    """Let rows find no room from now on, the next one at once."""
    host._storage.journal._file.commit = full  # type: ignore[method-assign]
    host._storage.journal.put("note", {}, time_ns=host.core.clock.last_ns)
    host._storage.journal.hand_over()


async def _silent(source: Waits) -> None:
    """Nothing more comes in until the session ends by itself."""
    until = time.monotonic() + 20
    while source.host.last_cancels is None:
        await asyncio.sleep(0.01)
        assert time.monotonic() < until, "the session does not find that its journal has failed"


def test_cancels_leave_at_once_when_the_journal_fails_while_nothing_comes_in(ticks, tmp_path, monkeypatch):
    place, working = Place(ticks.instrument, tmp_path), list[str]()

    def look(core):
        orders = [order.client_id for order in core.orders.orders.values() if order.accepted]
        if core.taken > 1000 and len(orders) == 2 and not working:
            working.extend(orders)
            monkeypatch.setattr(Waits, "_settled", _silent)
            fail_journal(host[0])

    async def both():
        port = await place.server.start()
        with pytest.raises(JournalError, match="No space left"):
            await trade(
                tmp_path / "s", ticks, place, MAKER, seen=look, made=host.append, cancel_on_disconnect=False, port=port
            )
        until = time.monotonic() + 10
        while place.epochs(tmp_path)[0].live(ACCOUNT) and time.monotonic() < until:
            await asyncio.sleep(0.01)
        await place.stop()

    host: list[Host] = []
    asyncio.run(both())
    assert working
    (epoch,) = place.epochs(tmp_path)
    assert epoch.live(ACCOUNT) == []


def test_a_tape_that_has_no_room_in_the_middle_of_a_batch_ends_the_session_with_its_cancels(
    ticks, tmp_path, monkeypatch
):  # fmt: skip
    place = Place(ticks.instrument, tmp_path)

    def filled(record):
        tape = host[0]._storage.tape
        if tape.taken > 1000:
            monkeypatch.setattr(os, "pwrite", full)
            tape._used = len(tape._buffer)
        tape.append(record)

    def made(one):
        host.append(one)
        one.core._tape = filled

    host: list[Host] = []
    with pytest.raises(JournalError, match="the tape can't be written"):
        asyncio.run(trade(tmp_path / "s", ticks, place, MAKER, made=made))
    assert host[0].last_cancels is not None
