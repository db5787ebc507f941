"""What monitoring takes from a session, beside the files in its folder."""

from pathlib import Path
from typing import Protocol

from lockstep.live.session.view_types import StatusView


class Watched(Protocol):
    """A session as monitoring sees it. It may end and come back, in another process, under the same id."""

    @property
    def id(self) -> str:
        """What it is named by."""

    @property
    def folder(self) -> Path:
        """Where its ring and its journal are."""

    @property
    def state(self) -> str:
        """starting, running, restarting, ending, proving, ended or failed."""

    @property
    def trouble(self) -> str:
        """Why it does not run, empty while it does."""

    @property
    def restarts(self) -> int:
        """How often its process has died and was begun again."""

    @property
    def mode(self) -> str:
        """Paper or live."""

    @property
    def source(self) -> str:
        """Of which its market is."""

    async def status(self) -> StatusView:
        """Return how it stands now; raises ``LockstepError`` where it can't be asked."""
