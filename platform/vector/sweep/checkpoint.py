"""What is done of a sweep, on disk: an interrupted one goes on where it stopped.

A folder holds ``request.json``, which says what was asked, and one file for each portion that is done, written whole or
not at all. Whoever asks the same again with the same folder runs only what is missing.
"""

import json
import os
import shutil
import threading
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from lockstep._version import __version__
from lockstep.data.disk import make_folder, sync_folder, write_file
from lockstep.errors import SweepError
from lockstep.strategies.code_version import code_version
from lockstep.vector.sweep.content import content_hash
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
        self.portion = int(identity["portion"])
        asked = self.folder / "request.json"
        try:
            make_folder(self.folder)
            if asked.exists():
                found = json.loads(asked.read_text())
                self.portion = int(found.get("portion", self.portion))
                changed = [name for name in identity if name != "portion" and found.get(name) != identity[name]]
                if changed:
                    raise SweepError(
                        f"{self.folder} holds a sweep that was asked for with other {', '.join(changed)}: name another "
                        "folder, or remove this one"
                    )
            elif any(path.suffix != ".new" for path in self.folder.iterdir()):  # another may just write its request
                raise SweepError(f"{self.folder} holds files that are no sweep: name a new folder")
            else:
                _write(asked, json.dumps(identity, indent=1).encode())
        except (OSError, ValueError, TypeError, AttributeError) as error:  # it holds something else
            raise SweepError(f"the checkpoint {self.folder} can't be used ({error}): name another folder") from error

    def load(self, portion: Portion) -> Found | None:
        """Return what a portion came to; None where it is not done, or its file is damaged."""
        try:
            with open(self._path(portion), "rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = Found.of({name: file[name] for name in file.files})
        except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
            return None  # what zipfile raises for a damaged header depends on the byte
        return found if len(found.status) == portion.stop - portion.start else None

    def save(self, portion: Portion, found: Found) -> None:
        """Keep a portion; durable when it returns."""
        path = self._path(portion)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
        try:
            with open(fresh, "wb") as file:
                np.savez(file, **found.arrays())  # type: ignore[arg-type]  # the stubs take a name for allow_pickle
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
            sync_folder(self.folder)
        except OSError as error:
            raise SweepError(f"the checkpoint {self.folder} can't be written ({error}): make room there") from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder: all is done and handed over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, portion: Portion) -> Path:
        return self.folder / f"{portion.policy}-{portion.slice}-{portion.start}.npz"


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    write_file(fresh, content)
    os.replace(fresh, path)
    sync_folder(path.parent)
