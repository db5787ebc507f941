"""Does a session grow? An hour at 2,000 messages and 200 orders a second.

    python -m benchmarks.soak [--minutes 60] [--rate 2000] [--short]

A paper session in a folder listens to a gateway of another process over a WebSocket on loopback, and sends two orders
every ten milliseconds. By tenths of the time: its memory, what was written to the tape and the journal, and how long
from the socket until intents were queued. The first tenth holds what a session grows to by itself, records and caches;
after it memory must stand still.
"""

import tempfile
from typing import Any

from benchmarks.harness import heading, memory_mb, options

PARTS = 10
SHORT_MINUTES = 0.5


def job(minutes: float, rate: float, folder: str) -> dict[str, Any]:
    """Run, and say each tenth how it was; return all."""
    import asyncio
    from pathlib import Path

    from benchmarks.listening import Gateway, Times, session, warm

    times, place = Times(), Path(folder) / "session"

    async def listened(host: Any) -> list[dict[str, Any]]:
        running, parts = asyncio.create_task(host.run()), []
        for number in range(PARTS):
            times.begin()
            await asyncio.wait({running}, timeout=minutes * 60 / PARTS)
            if running.done():
                break
            parts.append({"part": number + 1, **memory_mb(), "files": files(place), **times.told()})
            print(shown(parts[-1], minutes * 60 / PARTS), flush=True)
        host.stop()
        await running
        return parts

    strategy = f"{Path(__file__).with_name('replacing.py')}:Replacer"
    warm(Path(folder) / "warm", strategy)
    with Gateway(rate) as address:
        parts = asyncio.run(listened(session(place, address, strategy, times)))
    return {"parts": parts}


def files(folder: Any) -> dict[str, float]:
    """Return the MB of a folder's files by name."""
    return {path.name: path.stat().st_size / 1e6 for path in sorted(folder.iterdir()) if path.is_file()}


def shown(part: dict[str, Any], seconds: float) -> str:
    """Return a tenth as a line."""
    rows, asked, kept = part["rows"], part["asked"], part["files"]
    orders = rows.get("order", 0) / seconds
    return (
        f"{part['part']:>2}  {part['VmRSS']:7.1f} MB ({part['RssAnon']:.1f} not files')  "
        f"{part['events'] / seconds:6,.0f} messages/s {orders:4.0f} orders/s  tape {kept.get('tape.bin', 0):6.1f} MB,"
        f" journal {sum(size for name, size in kept.items() if name.startswith('journal')):6.1f} MB  queued after p50"
        f" {asked['p50']:,.0f} us, p99 {asked['p99']:,.0f} us, at most {asked['most']:,.0f} us"
    )


def main() -> None:
    """Print the tenths, and how much memory came after the first."""
    chosen = options(__doc__, minutes=60, rate=2_000)
    minutes = SHORT_MINUTES if chosen.short else chosen.minutes
    heading(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        parts = job(minutes, chosen.rate, folder)["parts"]
    (first, *_, last) = (part["RssAnon"] for part in parts)
    print(f"after the first tenth {last - first:+.1f} MB of memory that is no file's")


if __name__ == "__main__":
    main()
