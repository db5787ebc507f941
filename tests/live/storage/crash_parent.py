"""Fork a child that trades as fast as it can, kill it at a random moment, and again: run by test_crash.

Prints a line for each lap: the last row that the child said to be durable.
"""

import os
import random
import select
import signal
import struct
import sys
from pathlib import Path

from tests.live.storage.sessions import T0, content, market

from lockstep.live.storage.storage import Storage

WORD = struct.Struct("<q")


def trade(folder: Path, pipe: int, lap: int) -> None:
    """Put rows and records until killed; tell each number that is durable, before anything is done on it."""

    def told(seq: int) -> None:
        os.write(pipe, WORD.pack(seq))

    storage = Storage(folder, told=told)
    while True:
        storage.tape.extend(market(7, start=storage.tape.taken))
        for _ in range(3):
            number = storage.journal.given + 1
            storage.journal.put("order", {**content(number), "lap": lap}, time_ns=T0 + number)
        storage.journal.hand_over()
        if number - storage.journal.durable > 300:
            storage.journal.wait(number - 200)


def cycle(folder: Path, lap: int, milliseconds: float) -> int:
    """Let a child trade for a while, from its first durable row on; return the last that it said to be durable."""
    read, written = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            trade(folder, written, lap)
        finally:
            os._exit(1)
    os.close(written)
    said = os.read(read, WORD.size)
    select.select([], [], [], milliseconds / 1e3)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"the child ended by itself: {status}")
    while piece := os.read(read, 1 << 16):
        said += piece
    os.close(read)
    whole = len(said) // WORD.size * WORD.size
    return int(WORD.unpack(said[whole - WORD.size : whole])[0])


def main() -> None:
    """Run the cycles."""
    folder, cycles, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    draw = random.Random(seed)
    for lap in range(cycles):
        sys.stdout.write(f"{cycle(folder, lap, draw.uniform(0, 80))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
