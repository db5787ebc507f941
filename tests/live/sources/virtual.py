"""An event loop whose clock jumps to the next thing that is due: hours pass in no time, and always the same way."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

START_NS = 1_700_000_000_000_000_000


class _Jump(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits for something that can't happen any more")
            self.passed += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0 s."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.passed


def now_ns() -> int:
    """The machine's clock, as it were."""
    return START_NS + round(asyncio.get_running_loop().time() * 1e9)


def run(test: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a test under a clock of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(test())
