"""A session as it is asked for: by a command line, or by a file in its folder that another process has written.

Nothing but plain values: whoever asks need not load what runs it.
"""

from pathlib import Path
from typing import Any, Literal

import msgspec

from lockstep.errors import SessionError

ASKED = "asked.json"
"""In a session's folder: what was asked for."""
ENDED = "ended.json"
"""In a session's folder: how its process ended, once it has ended by itself."""


class StrategyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """One strategy of a session."""

    strategy: str
    """A registered name, or path/to/file.py:ClassName."""
    id: str = ""
    """What its lanes are named by; empty: by its class."""
    parameters: dict[str, Any] = {}
    symbols: tuple[str, ...] = ()
    """Empty: all of the session's."""


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """What `lockstep paper` and `lockstep live` take, as plain values."""

    symbols: tuple[str, ...]
    source: str
    strategies: tuple[StrategyRequest, ...]
    mode: Literal["paper", "live"] = "paper"
    id: str = ""
    """Empty: the folder's name."""
    cash: float = 100_000.0
    """Of each lane that ``allocations`` don't name."""
    allocations: dict[str, Any] = {}
    """Cash by strategy, spread over its symbols, or by lane."""
    settings: dict[str, Any] = {}
    limits: dict[str, Any] | None = None
    flatten_on_loss: bool = False
    bars: str | None = None
    snapshots: int = 100_000
    warm: str | None = None
    position: Literal["keep", "flat", "align"] = "keep"
    take_over: str | None = None
    """Folder of the session that this one takes over from."""
    prices: dict[str, float] = {}
    """Where a generated market begins, by symbol."""
    store: str | None = None
    journal: Literal["full", "normal"] = "full"
    """Is a row durable when the disk has it, or when the operating system has it?"""
    venue: str | None = None
    """Of a live session: exchange:HOST:PORT."""
    account: str | None = None
    certificate: str | None = None
    """Folder of the paper session that allows a live one."""
    arm: bool = False


def read_request(folder: Path) -> SessionRequest:
    """Return what is asked for in a folder; raises ``SessionError`` where that is no request."""
    path = folder / ASKED
    try:
        return msgspec.json.decode(path.read_bytes(), type=SessionRequest)
    except OSError as error:
        raise SessionError(f"{path} can't be read ({error.strerror}): it says which session to run") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SessionError(f"{path} asks for no session: {error}") from error
