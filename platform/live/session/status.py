"""How a session stands, for other processes: plain values that JSON can hold."""

from pathlib import Path
from typing import Any

import msgspec

from lockstep.live.session.core import Core
from lockstep.live.session.latencies import Latencies
from lockstep.live.session.view_types import JournalView, StatusView
from lockstep.live.session.views import view_of
from lockstep.live.storage.journal import Journal


def status_of(core: Core, journal: Journal, folder: Path, latencies: Latencies | None = None) -> StatusView:
    """Return how a session stands, with how far its journal is durable."""
    return StatusView(
        folder=str(folder), session=view_of(core, latencies),
        journal=JournalView(given=journal.given, durable=journal.durable, failure=str(journal.failure or "")),
    )  # fmt: skip


def status_in(told: dict[str, Any]) -> StatusView:
    """Return what a session has told of itself."""
    return msgspec.convert(told, StatusView)
