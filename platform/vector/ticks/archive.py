"""A saved tick result: one ``.npz`` file of its records and a JSON text, without the history itself. No pickles."""

import json
import zipfile
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.data.instrument import Instrument
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import ArchiveError, LockstepError
from lockstep.vector.archive import write_arrays
from lockstep.vector.ticks.result import TickResult

FORMAT = 2
_TABLES = tuple(each.name for each in fields(Latency) if each.name.startswith("recorded_"))
"""Latencies that were measured: arrays of the settings."""
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, LockstepError)


def save(result: TickResult, path: str | Path) -> Path:
    """Write a result; an existing file is replaced only once the new one is complete.

    Raises ``ArchiveError`` when it can't be written.
    """
    latency = result.execution.latency
    tables = {f"latency.{name}": getattr(latency, name) for name in _TABLES if getattr(latency, name) is not None}
    without: dict[str, Any] = dict.fromkeys(_TABLES)
    plain = replace(result.execution, latency=replace(latency, **without))
    about = {
        "format": FORMAT,
        "strategy": result.strategy,
        "parameters": result.parameters,
        "goal": result.goal,
        "instrument": result.instrument.to_dict(),
        "execution": plain.to_dict(),
        "counters": result.counters,
        "facts": asdict(result.facts),
        "convention": asdict(preset(result.convention)),
        "provenance": result.provenance,
        "digest": str(result.digest),
        "refusals": result.refusals,
    }
    arrays = {f"records.{name}": records for name, records in result.records.items()} | tables
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return write_arrays(path, arrays, "the result")


def load(path: str | Path, ticks: Ticks | None = None) -> TickResult:
    """Read a result.

    Raises ``ArchiveError`` for a file that is no saved tick result or is damaged, and for ticks of another hash.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays["about"].tobytes())
        found, ours = about["format"], "refusals" in about
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"expected a result written by TickResult.save in {path}, found none: {error}") from None
    if not ours:
        raise ArchiveError(f"{path} holds a result over bars, not over ticks: read it with Result.load")
    if found != FORMAT:
        raise ArchiveError(f"{path} is written in format {found}, this version reads {FORMAT}: run the backtest again")
    try:
        result = _result(about, arrays, ticks)
    except _BROKEN as error:
        raise ArchiveError(f"{path} is no whole result: {type(error).__name__} {error}; save it again") from error
    made_from = result.provenance["data_hash"]
    if ticks is not None and ticks.data_hash != made_from:
        raise ArchiveError(
            f"{path} was made from ticks with hash {made_from[:16]}, found {ticks.data_hash[:16]}: load the same"
            " symbol and span, or load without ticks"
        )
    return result


def _result(about: dict[str, Any], arrays: dict[str, Any], ticks: Ticks | None) -> TickResult:
    execution = TickExecution.from_dict(about["execution"])
    tables = {name: arrays[f"latency.{name}"] for name in _TABLES if f"latency.{name}" in arrays}
    execution = replace(execution, latency=replace(execution.latency, **tables))
    made_from = about["provenance"]
    return TickResult(
        ticks=ticks, instrument=Instrument.from_dict(about["instrument"]), strategy=about["strategy"],
        parameters=about["parameters"], goal=about["goal"], execution=execution,
        records={n.removeprefix("records."): a for n, a in arrays.items() if n.startswith("records.")},
        counters=about["counters"], facts=Facts(**about["facts"]), convention=Convention(**about["convention"]),
        provenance={**made_from, "span": tuple(made_from["span"])}, digest=int(about["digest"]),
        refusals=about["refusals"],
    )  # fmt: skip
