"""A session that runs is proven up to a row by a process of its own, which gives way to everything else."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMAND = "from lockstep.cli import main; main()"
NICEST = 19
_DIFFERS = 1


async def proven(folder: Path, row: int) -> Mapping[str, Any]:
    """Run ``lockstep parity`` up to a row; return what came of it, with ``equal`` None where that is not known."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, "parity", str(folder), "--to", str(row), "--json",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICEST)
        said, error = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode not in (0, _DIFFERS) or not said:
        why = error.decode(errors="replace").strip()[-500:]
        return {"equal": None, "why": why or f"it ended with code {process.returncode}"}
    return _told(json.loads(said))


def _told(parity: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: parity[name] for name in ("equal", "records", "rows", "states")}
    why = "; ".join(
        f"{one['lane']}, cause {one['cause']}: row {one['row']} ({one['kind']}): {one['why']}"
        for one in parity["differences"]
    )
    return {**counts, "why": why}
