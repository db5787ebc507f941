"""Workers and processes of sessions that are played: they answer at once, or have died already."""

import random
from pathlib import Path
from typing import Any

import msgspec

from lockstep.live.gateway.jobs.worker import WorkerError
from lockstep.live.session.request import ENDED

_FAILURES = ("NoDataError", "RequestError", "StrategyError", "WorkerEnded")
_ENDS: tuple[dict[str, Any] | None, ...] = (
    None, {"parity": {"equal": True}}, {"error": {"type": "SessionError", "message": "it can't be run as asked"}},
)  # fmt: skip


class PlayedWorker:
    """Answers each piece of work at once: done, failed, or gone."""

    alive = True

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def do(self, kind: str, *_: Any) -> dict[str, Any]:
        """Return what comes of a piece of work."""
        if self._chance.random() < 0.5:
            raise WorkerError(self._chance.choice(_FAILURES), f"{kind} can't be done")
        return {"source": "synthetic"}

    async def end(self) -> None:
        """Go."""


class PlayedProcess:
    """A session's process that has ended as soon as it was begun: well, refused, or without a word."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        says = chance.choice(_ENDS)
        if says is not None:
            (folder / ENDED).write_bytes(msgspec.json.encode(says))

    def poll(self) -> int:
        """Return its exit code."""
        return 1

    def terminate(self) -> None:
        """End."""
