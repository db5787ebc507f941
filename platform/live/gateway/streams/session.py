"""What streams take from a session that runs, beside the files in its folder."""

from pathlib import Path
from typing import Any, Protocol

from lockstep.live.control.lines import Request


class Streamed(Protocol):
    """A session as streams see it. It may end and come back, in another process, under the same id."""

    @property
    def id(self) -> str:
        """What clients name it by."""

    @property
    def folder(self) -> Path:
        """Where its ring and its journal are."""

    @property
    def live(self) -> bool:
        """Does it trade real money, or is it to? Then only who has a token may listen."""

    async def ask(self, request: Request) -> dict[str, Any]:
        """Return what it answers; raises ``SessionError`` where it can't be asked."""

    async def status(self) -> Any:
        """Return how it stands, as its control socket tells it; raises as ``ask`` does."""
