"""The command that imports ticks: `lockstep data import --ticks FORMAT`."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lockstep.errors import DataError
from lockstep.terminal import progress

if TYPE_CHECKING:
    from lockstep.data.ticks.formats import Said
    from lockstep.data.ticks.importer import TickReport


CLEAN = "nothing wrong was found: no gap, no crossed book, nothing left out"


def import_ticks(
    files: list[Path], name: str, said: "Said", *, dataset: str | None, strict: bool, store: Path | None, as_json: bool
) -> None:
    """Import files of ticks and print what was done."""
    from lockstep.data import Store
    from lockstep.data.ticks.formats import reader_of

    reader = reader_of(name, files, said)
    with progress(as_json) as report:
        done = Store(store).import_ticks(reader, dataset, strict=strict, progress=report)
    if as_json:
        print(json.dumps(_body(done)))
        return
    for symbol, rows in done.rows.items():
        print(f"{symbol}: {rows:,} events imported" if rows else f"{symbol}: nothing new, all were stored already")
    for line in [*([] if done.findings.counts else [CLEAN]), *done.findings.lines(), *done.clocks]:
        print(line)
    print(f"dataset {done.dataset} ({done.level})")


def parse_day(text: str | None) -> date | None:
    """Read --day. Raises DataError for what is no day."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"--day is {text!r}: write it as 2012-06-21") from error


def _body(done: "TickReport") -> dict[str, object]:
    from lockstep.data.ticks.importer import told_of

    told = told_of(done, "")
    del told["source"]
    return {"dataset": done.dataset, "level": done.level, **told}
