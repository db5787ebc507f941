"""A checkpoint's files are on disk when it says so, and their names with them."""

import os
from pathlib import Path

import numpy as np
import pytest

from lockstep.vector.sweep.checkpoint import Checkpoint
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.portion import Found


def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record files that take their place, and what is synced, in their order."""
    told: list[str] = []
    replace, sync = os.replace, os.fsync

    def replaced(source: Path, target: Path) -> None:
        replace(source, target)
        told.append(f"named {Path(target).name}")

    def synced(handle: int) -> None:
        sync(handle)
        told.append(f"synced {Path(os.readlink(f'/proc/self/fd/{handle}')).name}")

    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "fsync", synced)
    return told


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="/proc tells which file a handle is")
def test_a_power_cut_takes_no_portion_that_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = written(monkeypatch)
    kept = Checkpoint(tmp_path / "outer" / "kept", {"portion": 1})
    assert told[:2] == [f"synced {tmp_path.name}", "synced outer"]  # the folders themselves have names
    assert told[2].startswith("synced .request.json.")
    assert told[3:] == ["named request.json", "synced kept"]
    told.clear()
    nothing = np.zeros((1, 64))
    kept.save(Portion(0, 0, 0, 1), Found(np.zeros(1, np.int8), {}, nothing, nothing, {}))
    assert told[0].startswith("synced .0-0-0.npz.")
    assert told[1:] == ["named 0-0-0.npz", "synced kept"]
