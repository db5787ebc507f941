"""The worker's loop: a line of JSON asks for a piece of work, lines tell how far it is and what came of it.

    {"kind": "backtest", "body": {...}, "folder": "..."}    in
    {"progress": 0.4, "stage": "backtest"}                  out, any number
    {"result": {...}}  or  {"error": {"type": "NoDataError", "message": "..."}}

One piece of work at a time. It ends with its standard input: whoever started it may die. To cancel is to end it.
"""

import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

import msgspec

from lockstep.errors import LockstepError
from lockstep.work.desk import Desk
from lockstep.work.kinds import WORK

EVERY_SECONDS = 0.1
"""How often progress is told at most."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A piece of work."""

    kind: str
    body: dict[str, Any]
    folder: str
    """Where files that come of it belong."""


class Teller:
    """Says how far it is, not too often."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._next, self._stage = out, 0.0, ""

    def __call__(self, stage: str, share: float) -> None:
        """Say it, unless something was said just before."""
        now = time.monotonic()
        if now >= self._next or stage != self._stage:
            self._next, self._stage = now + EVERY_SECONDS, stage
            self.say({"progress": min(max(share, 0.0), 1.0), "stage": stage})

    def say(self, value: Any) -> None:
        """Say something now."""
        self._out.write(msgspec.json.encode(value) + b"\n")
        self._out.flush()


def main() -> None:
    """Work until standard input ends."""
    # What a user's strategy or a library prints must not get among the answers.
    tell = Teller(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    while True:
        tell.say(done(lines.get(), tell))


def done(line: bytes, tell: Teller) -> dict[str, Any]:
    """Do what a line asks; return what is to be answered."""
    try:
        asked = msgspec.json.decode(line, type=Asked)
        return {"result": WORK[asked.kind](asked.body, Desk(Path(asked.folder), tell))}
    except LockstepError as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}
    except Exception as error:  # a user's strategy may raise anything: the worker goes on
        return {"error": {"type": "Exception", "message": f"{type(error).__name__}: {error}"}}


def _listen(lines: "queue.SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)  # nobody is left to be told, whatever is being done


if __name__ == "__main__":
    main()
