"""What the store holds and takes in, and which strategies there are."""

import time
from pathlib import Path
from typing import Any

from lockstep.errors import StoreLockedError
from lockstep.work.desk import Desk

AGAIN_SECONDS = 0.2
"""How soon a store that others write is tried again."""


def catalogue(_body: dict[str, Any], _desk: Desk) -> dict[str, Any]:
    """List what is stored."""
    from lockstep.data.store import Store

    store = Store()
    return {"store": str(store.path), "datasets": [one.to_dict() for one in store.datasets()]}


def import_files(body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Import ``files`` of bars, already known to lie where they may be imported from: all of them, or nothing."""
    from lockstep.data.store import Store

    names = ("symbol", "dataset", "interval", "calendar", "time_zone", "time_format", "label", "columns")
    given: dict[str, Any] = {name: body[name] for name in names if body.get(name) is not None}
    files = [Path(each) for each in body["files"]]
    while True:
        try:
            return Store().import_files(files, progress=desk.tell, **given)._asdict()
        except StoreLockedError:  # another job writes, or a command line: nothing was changed
            desk.tell("waiting for the store", 0.0)
            time.sleep(AGAIN_SECONDS)


def sample(_body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Install generated minute bars of 2023 in an empty store."""
    from lockstep.data.sample import SYNTHETIC, install_synthetic
    from lockstep.data.store import Store

    store = Store()
    if store.datasets():
        return {"dataset": None, "rows": {}}
    desk.tell("installing generated bars", 0.0)
    return {"dataset": SYNTHETIC, "rows": install_synthetic(store)}


def strategies(_body: dict[str, Any], _desk: Desk) -> dict[str, Any]:
    """List the registered strategies and their parameters."""
    from lockstep.strategies.registry import listing

    return {"strategies": [entry.to_dict() for entry in listing()]}
