"""What is done of a sweep, on disk: an interrupted one goes on where it stopped.

A folder holds ``request.json``, which says what was asked, and one file for each portion that is done, written whole or
not at all. Whoever asks the same again with the same folder runs only what is missing.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from lockstep._version import __version__
from lockstep.strategies.code_version import code_version
from lockstep.vector.sweep.content import content_hash
from lockstep.vector.sweep.folder import claim, read_arrays, write_arrays
from lockstep.vector.sweep.plan import Plan, Portion
from lockstep.vector.sweep.portion import Found
from lockstep.vector.sweep.request import Request

FORMAT = 1


def identity_of(request: Request, plan: Plan, backend: str) -> dict[str, Any]:
    """Return what decides the numbers of a sweep, for JSON."""
    given = [request.benchmark, request.columns, dict(request.model)]
    return {
        "format": FORMAT,
        "lockstep": __version__,
        "strategy": code_version(request.space.strategy_class),
        "space": request.space.identity(),
        "data": request.bars.data_hash,
        "across": request.across,
        "metrics": list(request.metrics),
        "policies": {name: execution.to_dict() for name, execution in request.policies.items()},
        "cash": request.cash,
        "risk_free": request.risk_free,
        "convention": repr(request.rules),
        "given": content_hash(given),
        "backend": backend,
        "portion": plan.portion,
    }


class Checkpoint:
    """A folder of finished portions.

    ``portion`` is how many sets each has. One that was begun on another number of machines goes on with its own.
    """

    def __init__(self, folder: str | os.PathLike[str], identity: dict[str, Any]) -> None:
        """Open or make the folder. Raises ``SweepError`` for one that holds another sweep, or can't be written."""
        self.folder = Path(folder).expanduser()
        self.portion = int(claim(self.folder, identity, free=("portion",)).get("portion", identity["portion"]))

    def load(self, portion: Portion) -> Found | None:
        """Return what a portion came to; None where it is not done, or its file is damaged."""
        arrays = read_arrays(self._path(portion))
        try:
            found = None if arrays is None else Found.of(arrays)
        except (ValueError, KeyError):
            return None
        return found if found is not None and len(found.status) == portion.stop - portion.start else None

    def save(self, portion: Portion, found: Found) -> None:
        """Keep a portion; durable when it returns."""
        write_arrays(self._path(portion), found.arrays())

    def remove(self) -> None:
        """Remove the folder: all is done and handed over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, portion: Portion) -> Path:
        return self.folder / f"{portion.policy}-{portion.slice}-{portion.start}.npz"
