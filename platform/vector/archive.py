"""A saved result: one ``.npz`` file of plain arrays and a JSON text, readable without this package.

No pickles: loading a file from elsewhere runs no code. The file is written whole or not at all.
"""

import json
import os
import zipfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts
from lockstep.data.bars import Bars
from lockstep.data.disk import plain_target
from lockstep.errors import ArchiveError
from lockstep.kernels.account import End
from lockstep.kernels.layout import Packed
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.result import Ledger, Provenance, Result, Settings
from lockstep.vector.run import Finished

FORMAT = 2
ROWS = ("time_ns", "session", "equity", "gross", "net", "benchmark")
RECORDS = ("orders", "fills", "trades", "flows")


def save(result: Result, path: str | Path) -> Path:
    """Write a result; an existing file is replaced only once the new one is complete.

    Raises ``ArchiveError`` when it can't be written.
    """
    arrays: dict[str, Any] = {}
    ledgers = [result.total, *result.accounts]
    about = {
        "format": FORMAT,
        "execution": result.settings.execution.to_dict(),
        "convention": asdict(result.settings.convention),
        "facts": asdict(result.settings.facts),
        "backends": dict(result.settings.backends),
        "order_model": result.settings.order_model,
        "provenance": asdict(result.provenance),
        "ledgers": [_describe(ledger) for ledger in ledgers],
    }
    for i, ledger in enumerate(ledgers):
        arrays |= {f"{i}.{name}": array for name, array in _arrays(ledger).items()}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return write_arrays(path, arrays, "the result")


def write_arrays(path: str | Path, arrays: dict[str, Any], what: str) -> Path:
    """Write arrays to one ``.npz`` file, whole or not at all, and return its path.

    Raises ``ArchiveError`` when it can't be written.
    """
    try:
        return _write(Path(path).expanduser(), arrays)
    except OSError as error:
        raise ArchiveError(
            f"expected to write {what} to {path}, found: {error.strerror or error}; choose a file name in a folder "
            "you may write to, on a disk with room"
        ) from error


def _write(path: Path, arrays: dict[str, Any]) -> Path:
    path = plain_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(fresh, "wb") as file:
            np.savez_compressed(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return path


def load(path: str | Path, bars: Bars | None = None) -> Result:
    """Read a result.

    Raises ``ArchiveError`` for a file that is no saved result or is damaged, and for bars of another hash.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays["about"].tobytes())
        found = about["format"]
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"expected a result written by Result.save in {path}, found none: {error}") from None
    if found != FORMAT:
        raise ArchiveError(f"{path} is written in format {found}, this version reads {FORMAT}: run the backtest again")
    try:
        result = _result(about, arrays, bars)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ArchiveError(f"{path} is no whole result: {type(error).__name__} {error}; save it again") from error
    found = result.provenance.data_hash
    if bars is not None and bars.data_hash != found:
        raise ArchiveError(
            f"{path} was made from bars with hash {found[:16]}, found {bars.data_hash[:16]}: "
            f"load the same symbols, span and adjustment, or load without bars"
        )
    return result


def _result(about: dict[str, Any], arrays: dict[str, Any], bars: Bars | None) -> Result:
    settings = Settings(
        Execution(**about["execution"]), Convention(**about["convention"]), Facts(**about["facts"]), about["backends"],
        about["order_model"],
    )  # fmt: skip
    made_from = Provenance(**{**about["provenance"], "span": tuple(about["provenance"]["span"])})
    total, *accounts = (_ledger(i, text, arrays) for i, text in enumerate(about["ledgers"]))
    return Result(total, tuple(accounts), settings, made_from, bars)


def _describe(ledger: Ledger) -> dict[str, Any]:
    return {
        "id": ledger.id,
        "title": ledger.title,
        "symbols": list(ledger.symbols),
        "facts": asdict(ledger.facts),
        "end": int(ledger.end),
        "parameters": dict(ledger.parameters),
    }


def _arrays(ledger: Ledger) -> dict[str, Any]:
    finished = ledger.finished
    statistics, trades = STATISTICS.pack(finished.statistics), TRADE_STATISTICS.pack(finished.trade_statistics)
    return {
        **{name: getattr(ledger, name) for name in RECORDS},
        **{f"rows.{name}": array for name, array in zip(ROWS, finished.rows, strict=True)},
        "periods": finished.periods,
        "statistics.floats": statistics.floats,
        "statistics.integers": statistics.integers,
        "trade_statistics.floats": trades.floats,
        "trade_statistics.integers": trades.integers,
    }


def _ledger(i: int, text: dict[str, Any], arrays: dict[str, Any]) -> Ledger:
    def array(name: str) -> Any:
        return arrays[f"{i}.{name}"]

    empty = (np.empty(0), np.empty((0, 3), np.int64))
    finished = Finished(
        STATISTICS.unpack(Packed(array("statistics.floats"), array("statistics.integers"), *empty)),
        TRADE_STATISTICS.unpack(Packed(array("trade_statistics.floats"), array("trade_statistics.integers"), *empty)),
        array("periods"),
        tuple(array(f"rows.{name}") for name in ROWS),
    )
    orders, fills, trades, flows = (array(name) for name in RECORDS)
    return Ledger(
        text["id"], text["title"], tuple(text["symbols"]), finished, orders, fills, trades, flows,
        Facts(**text["facts"]), End(text["end"]), text["parameters"],
    )  # fmt: skip
