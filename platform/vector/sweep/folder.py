"""A folder that keeps what is done of something long: it belongs to one request, and no file of it is half written."""

import json
import os
import threading
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from lockstep.data.disk import make_folder, sync_folder, write_file
from lockstep.errors import SweepError

REQUEST = "request.json"

WHAT = {"": "sweep", "validation": "validation"}
"""What a request calls its kind -> in words; one without a kind is a sweep."""

Arrays = dict[str, Any]


def claim(folder: Path, identity: dict[str, Any], free: tuple[str, ...] = ()) -> dict[str, Any]:
    """Open or make a folder for a request; return what it was made for, which may differ in the ``free`` names.

    Raises ``SweepError`` for a folder that belongs to another request, or can't be written.
    """
    asked, what = folder / REQUEST, WHAT[identity.get("kind", "")]
    try:
        make_folder(folder)
        # Looked at before the request is: whoever shares this folder may write both in between.
        others = any(path.suffix != ".new" for path in folder.iterdir())
        if asked.exists():
            found: dict[str, Any] = json.loads(asked.read_text())
            if found.get("kind") != identity.get("kind"):
                raise SweepError(f"{folder} holds a {WHAT[found.get('kind', '')]}, no {what}: name another folder")
            changed = [name for name in identity if name not in free and found.get(name) != identity[name]]
            if changed:
                raise SweepError(
                    f"{folder} holds a {what} that was asked for with other {', '.join(changed)}: name another "
                    "folder, or remove this one"
                )
            return found
        if others:
            raise SweepError(f"{folder} holds files that are no {what}: name a new folder")
        fresh = _fresh(asked)
        write_file(fresh, json.dumps(identity, indent=1).encode())
        os.replace(fresh, asked)
        sync_folder(folder)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:  # it holds something else
        raise SweepError(f"the checkpoint {folder} can't be used ({error}): name another folder") from error
    return identity


def read_arrays(path: Path) -> Arrays | None:
    """Return the arrays of a file; None where it is not there, or damaged."""
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None  # what zipfile raises for a damaged header depends on the byte


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to a file that is there whole or not at all; durable when it returns. Raises ``SweepError``."""
    fresh = _fresh(path)
    try:
        with open(fresh, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        sync_folder(path.parent)
    except OSError as error:
        raise SweepError(f"the checkpoint {path.parent} can't be written ({error}): make room there") from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _fresh(path: Path) -> Path:
    """Return a name that no other thread or process writes to."""
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
