"""One answer for many who ask the same at about the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Asks once for all who wait. What one is given was asked for after it came: nobody sees what was before it."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return what the answer is."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_looked_at)
        return await asyncio.shield(self._next)

    async def _after(self, before: "asyncio.Task[T] | None") -> T:
        if before is not None:
            await asyncio.wait({before})
        self._running, self._next = asyncio.current_task(), None
        return await self._ask()


def _looked_at(task: "asyncio.Task[Any]") -> None:
    """Take what went wrong for seen: where all who waited have gone nobody else does, and asyncio would log it."""
    if not task.cancelled():
        task.exception()
