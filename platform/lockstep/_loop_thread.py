"""A loop in a thread of its own for strategies' coroutines: the caller may stand in one already, as a notebook does."""

import asyncio
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any

from lockstep.errors import StalledError

_Work = SimpleQueue[tuple[Coroutine[Any, Any, Any], Future[Any]] | None]


class LoopThread:
    """Runs coroutines one after another, always in the same loop and thread."""

    def __init__(self) -> None:
        self._work: _Work = SimpleQueue()
        # A daemon: a strategy that never comes back must not keep the process from ending.
        thread = Thread(target=_run, args=(self._work,), name="lockstep-strategy", daemon=True)
        thread.start()
        self.close = weakref.finalize(self, _close, self._work, thread)
        """End the loop and the thread; happens by itself when a coroutine raises, or nobody needs them any more."""

    def wait(self, work: Coroutine[Any, Any, Any], seconds: float | None = None) -> Any:
        """Return what a coroutine returns; raise what it raises, or ``StalledError`` after so many seconds."""
        if not self.close.alive:
            work.close()
            raise RuntimeError("the loop has ended: make another")
        done: Future[Any] = Future()
        self._work.put((work, done))
        try:
            return done.result(seconds)
        except BaseException as error:
            if done.done() and done.exception() is error:
                self.close()
                raise
            # The thread is still at work, and ends when it comes back: nobody waits for it.
            self.close.detach()
            self._work.put(None)
            if isinstance(error, TimeoutError):
                raise StalledError(f"it did not come back within {seconds:g} s") from None
            raise


def _run(work: _Work) -> None:
    loop = asyncio.new_event_loop()
    try:
        while (item := work.get()) is not None:
            coroutine, done = item
            try:
                done.set_result(loop.run_until_complete(coroutine))
            except BaseException as error:
                done.set_exception(error)
            del item, coroutine, done
    finally:
        loop.close()


def _close(work: _Work, thread: Thread) -> None:
    work.put(None)
    thread.join()
