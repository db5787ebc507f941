"""The kinds of work there are."""

from collections.abc import Callable
from typing import Any

from lockstep.work import backtests, checks, proofs, searches, stores
from lockstep.work.desk import Desk

WORK: dict[str, Callable[[dict[str, Any], Desk], dict[str, Any]]] = {
    "backtest": backtests.run,
    "sweep": searches.sweep,
    "walk_forward": searches.walk_forward,
    "check": checks.check,
    "parity": proofs.parity,
    "catalogue": stores.catalogue,
    "import": stores.import_files,
    "sample": stores.sample,
    "strategies": stores.strategies,
}
