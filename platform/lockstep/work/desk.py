"""What a piece of work is given beside its request."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Desk(NamedTuple):
    """Where work is done."""

    folder: Path
    """Where files that come of it belong."""
    tell: Callable[[str, float], None]
    """Takes what is being done, and which share of it is done."""
