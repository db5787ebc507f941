"""What peers said once, read back; made by ``python -m benchmarks.peers.record``."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recorded")


def runs(name: str) -> list[dict[str, Any]]:
    """Return {case, inputs, theirs} for each recorded run of a file."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())["runs"]
    return found
