"""Coroutines run one after another in one loop and thread, and what they raise ends it."""

import asyncio
import threading

import pytest

from lockstep._loop_thread import LoopThread


async def _where() -> tuple[asyncio.AbstractEventLoop, int]:
    return asyncio.get_running_loop(), threading.get_ident()


def test_all_run_in_one_loop_of_another_thread() -> None:
    thread = LoopThread()
    first, second = thread.wait(_where()), thread.wait(_where())
    thread.close()
    assert first == second
    assert first[1] != threading.get_ident()


def test_it_works_where_a_loop_is_running() -> None:
    async def notebook() -> bool:
        thread = LoopThread()
        loop, _ = thread.wait(_where())
        thread.close()
        return loop is not asyncio.get_running_loop()

    assert asyncio.run(notebook())


def test_what_is_raised_closes_the_loop() -> None:
    async def breaks() -> None:
        raise KeyError("broken")

    thread = LoopThread()
    loop, _ = thread.wait(_where())
    with pytest.raises(KeyError, match="broken"):
        thread.wait(breaks())
    assert loop.is_closed()
    assert not thread.close.alive
