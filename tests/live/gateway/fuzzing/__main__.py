"""Made-up requests and frames by the hundred thousand: `make fuzz`. Each ten thousand have a session of their own."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.live.gateway.fuzzing.gateway import Fuzzing

LIFE = 10_000
"""Requests to one session: then it is ended, proven, and another one begun."""
FRAMES = 5_000
"""Messages to its streams beside them."""
_KINDS = ("submit_order", "replace_order", "cancel_order", "fill", "kill", "flatten", "limit_change")


def main() -> int:
    """Send requests until so many were sent; say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begun, faults, frames = time.monotonic(), 0, 0
    statuses: Counter[int] = Counter()
    trading: Counter[str] = Counter()
    for k in range(0, arguments.requests, LIFE):
        with tempfile.TemporaryDirectory() as home, Fuzzing(Path(home), arguments.seed + k) as fuzzing:
            fuzzing.run(min(LIFE, arguments.requests - k))
            fuzzing.send_frames(FRAMES)
            fuzzing.end()
        statuses += fuzzing.statuses
        trading += fuzzing.trading
        faults += len(fuzzing.faults)
        frames += fuzzing.frames
        sys.stdout.writelines(f"  FAULT {fault}\n" for fault in fuzzing.faults[:20])
        sys.stdout.write(f"{statuses.total():,} requests, {time.monotonic() - begun:.0f} s: {told(fuzzing)}\n")
        sys.stdout.flush()
    came = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items()))
    sys.stdout.write(f"{statuses.total():,} requests in {time.monotonic() - begun:.0f} s: {came}\n")
    how = ", ".join(f"{count:,} {what}" for what, count in trading.most_common())
    sys.stdout.write(f"of {trading.total():,} to operations of trading: {how}\n")
    sys.stdout.write(f"{frames:,} messages to streams\n{faults} faults\n")
    return bool(faults)


def told(fuzzing: Fuzzing) -> str:
    """Return what became of one session."""
    rows = ", ".join(
        f"{fuzzing.kinds[kind]:,} {kind}" for kind in ("submit_order", "replace_order", "cancel_order", "fill")
    )
    proof = fuzzing.proof
    return (
        f"{fuzzing.share():.0%} of trading answered by the session; {rows};"
        f" proven equal: {proof.get('equal')} ({proof.get('records', 0):,} records, {proof.get('rows', 0):,} rows)"
    )


if __name__ == "__main__":
    sys.exit(main())
