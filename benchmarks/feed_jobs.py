"""Jobs of `feed_decoding`: files are made, then read, each way several times."""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from tests.data.ticks.dbn.files import table, write
from tests.data.ticks.itch.flow import STOCKS, Day, framed

from lockstep.data.ticks.dbn import DbnReader, records
from lockstep.data.ticks.itch import ItchReader, messages


def itch(orders: int, repeats: int) -> dict[str, Any]:
    """Read a day of some symbols: as events, one symbol of them, in named fields, and by two other libraries."""
    from itch.parser import MessageParser  # type: ignore[import-untyped]  # ships no types
    from meatpy.itch50 import ITCH50MessageReader  # type: ignore[import-untyped]  # ships no types

    day = Day(7, orders)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "20200130.itch"
        path.write_bytes(framed(day.messages))
        raw = path.read_bytes()
        ways: dict[str, Callable[[], object]] = {
            "events": lambda: _drain(ItchReader(path).blocks()),
            "one": lambda: _drain(ItchReader(path, symbols=["MSFT"]).blocks()),
            "fields": lambda: _drain(messages(path)),
        }
        found: dict[str, Any] = {name: _warm(call, repeats) for name, call in ways.items()}
        found["itchfeed"] = [_processor_time(lambda: _drain(MessageParser().parse_stream(raw)))]
        found["meatpy"] = [_processor_time(lambda: _drain(ITCH50MessageReader().read_file(path)))]
    return {**found, "messages": len(day.messages), "live": len(day.live), "symbols": len(STOCKS)}


def dbn(orders: int, repeats: int) -> dict[str, Any]:
    """Read records of MBO: as events, in named fields, and by Databento's own package."""
    import databento
    import databento_dbn

    rows = _orders(orders)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "some.dbn", "mbo", rows)
        packed = write(Path(folder) / "some.dbn.zst", "mbo", rows)
        raw, small = path.read_bytes(), packed.read_bytes()
        ways: dict[str, Callable[[], object]] = {
            "events": lambda: _drain(DbnReader(path).blocks()),
            "packed": lambda: _drain(DbnReader(packed).blocks()),
            "fields": lambda: _drain(records(packed)),
            "databento": lambda: databento.DBNStore.from_bytes(small).to_ndarray(),
        }
        found: dict[str, Any] = {name: _warm(call, repeats) for name, call in ways.items()}

        def decoded() -> object:
            decoder = databento_dbn.DBNDecoder()
            decoder.write(raw)
            return decoder.decode()

        found["decoder"] = [_processor_time(decoded)]
    return {**found, "messages": len(rows)}


def _orders(count: int) -> Any:
    """Each order comes, and some thousand orders later goes: every twentieth by a trade, the others canceled."""
    draw, lag = np.random.default_rng(3), 5_000
    ids = np.arange(1, count + 1)
    side, price = draw.integers(0, 2, count), 100_000 + draw.integers(1, 300, count)
    records = table("mbo", 2 * count)
    # Two records an order, in the order of when it comes and when it goes.
    place = np.argsort(np.concatenate([ids * 1.0, ids + lag + 0.5]), kind="stable")
    for name, values in {
        "order_id": ids, "side": np.where(side, b"A", b"B"), "size": 1 + ids % 9,
        "price": (price * np.where(side, 1, -1) + np.where(side, 0, 200_001)) * 10_000_000,
    }.items():  # fmt: skip
        records[name] = np.concatenate([values, values])[place]
    records["action"] = np.repeat([b"A", b"C"], count)[place]
    records["flags"] = 128
    return records


def _drain(parts: Iterable[object]) -> int:
    return sum(1 for _ in parts)


def _warm(call: Callable[[], object], repeats: int) -> list[float]:
    """Time a call that ran once before: compiled code is loaded, files are in memory."""
    call()
    return [_processor_time(call) for _ in range(repeats)]


def _processor_time(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
