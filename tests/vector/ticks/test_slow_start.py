"""Who waits for a compiler is told so, on a terminal alone."""

import io
import sys
from typing import Any

import pytest

from lockstep.vector.ticks import slow_start


class Terminal(io.StringIO):
    """Somebody reads it."""

    def isatty(self) -> bool:
        return True


class AtOnce:
    """A timer that waits for nothing."""

    def __init__(self, _seconds: float, function: Any) -> None:
        self.start = function

    def cancel(self) -> None:
        """Come too late."""


@pytest.mark.parametrize(("stream", "said"), [(Terminal(), "compiling: once, then kept\n"), (io.StringIO(), "")])
def test_a_late_start_is_told_on_a_terminal(stream: io.StringIO, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_start, "Timer", AtOnce)
    monkeypatch.setattr(sys, "stderr", stream)
    heard: list[int] = []
    with slow_start.slow_start(heard.append) as report:
        assert report is not None
        report(7)
    assert (stream.getvalue(), heard) == (said, [7])
