"""A loop in a thread of its own for strategies' coroutines: the caller may stand in one already, as a notebook does."""

import asyncio
import weakref
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class LoopThread:
    """Runs coroutines one after another, always in the same loop and thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "lockstep-strategy")
        self._loop = asyncio.new_event_loop()
        self.close = weakref.finalize(self, _close, self._loop, self._thread)
        """End the loop and the thread; happens by itself when a coroutine raises, or nobody needs them any more."""

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine returns; raise what it raises."""
        try:
            return self._thread.submit(self._loop.run_until_complete, work).result()
        except BaseException:
            self.close()
            raise


def _close(loop: asyncio.AbstractEventLoop, thread: ThreadPoolExecutor) -> None:
    thread.shutdown()
    loop.close()
