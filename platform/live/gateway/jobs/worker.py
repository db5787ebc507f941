"""A worker process, from the side of whoever has work for it."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

MOST = 1 << 28
"""Bytes of an answer."""
NICE = 10
"""How much a worker stands back behind sessions and the gateway."""


class WorkerError(Exception):
    """A piece of work failed: the kind of error and what it says."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


class Worker:
    """One process, one piece of work at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, environment: Mapping[str, str]) -> "Worker":
        """Start one; where this is cancelled none is left."""
        starting = asyncio.ensure_future(asyncio.create_subprocess_exec(
            sys.executable, "-m", "lockstep.work", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **environment}, limit=MOST, start_new_session=True,
        ))  # fmt: skip
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(OSError):  # it could not be started
                await cls(await starting).end()
            raise
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        return cls(process)

    @property
    def alive(self) -> bool:
        """Can it be given work?"""
        return self._process.returncode is None

    async def do(
        self, kind: str, body: Mapping[str, Any], folder: Path, tell: Callable[[str, float], None]
    ) -> dict[str, Any]:  # fmt: skip
        """Return what comes of a piece of work; raises ``WorkerError``. Whoever cancels this is to end the worker."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = msgspec.json.encode({"kind": kind, "body": body, "folder": str(folder)}) + b"\n"
        with suppress(ConnectionError):  # it has ended: so will its answers
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        while said := await self._process.stdout.readline():
            answer = msgspec.json.decode(said, type=dict[str, Any])
            if "progress" in answer:
                tell(answer["stage"], answer["progress"])
            elif "error" in answer:
                raise WorkerError(answer["error"]["type"], answer["error"]["message"])
            else:
                found: dict[str, Any] = answer["result"]
                return found
        code = await self._process.wait()
        raise WorkerError("WorkerEnded", f"its process ended with {code}: too little memory, or somebody ended it")

    async def end(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        # The transport of the pipes goes with the process's own.
        self._process._transport.close()  # type: ignore[attr-defined]
