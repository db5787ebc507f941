"""What goes over a session's socket: one line of JSON asks, one answers. Bytes in, values out, and back.

A line that is no request is refused as a whole: nothing of it is guessed.
"""

from typing import Any, Literal, NamedTuple

import msgspec

from lockstep import errors
from lockstep.errors import CommandError, LockstepError

MOST = 64 * 1024
"""Bytes of a line, its end included."""
SHOWN = 300
"""Characters of a refused line that are written down."""


class Peer(NamedTuple):
    """Who asks, as the operating system says; None where it doesn't."""

    uid: int | None = None
    pid: int | None = None

    def told(self) -> dict[str, int | None]:
        """Return it as rows of the journal have it."""
        return {"uid": self.uid, "pid": self.pid}


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of a session."""

    do: Literal["status", "books", "command", "preview", "order", "prepare", "stop"]
    kind: str = ""
    """Of a command."""
    content: dict[str, Any] = msgspec.field(default_factory=dict)
    """Of a command, as docs/risk.md has it; the order to be previewed, the names of the one that is asked for,
    or the strategy to be prepared."""
    id: int | None = None
    """Comes back with the answer: of many requests on one connection, the answers come in any order."""
    by: dict[str, str] = msgspec.field(default_factory=dict)
    """For whom a process asks, as that process says; rows of the journal have it beside the process itself."""


def read_request(line: bytes) -> Request:
    """Return what a line asks; raises ``CommandError`` for one that is no request."""
    if len(line) > MOST:
        raise CommandError(f"a request has at most {MOST} bytes")
    if not line.endswith(b"\n"):
        raise CommandError("a request is one line of JSON, and this one has no end")
    try:
        request = msgspec.json.decode(line, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"this is no request: {error}") from error
    if (request.do == "command") != bool(request.kind):
        raise CommandError("a command has a kind, and nothing else has one")
    return request


def shown(line: bytes) -> str:
    """Return a line that was refused, as it is written down."""
    return line.decode("ascii", "backslashreplace").strip()[:SHOWN]


def line_of(value: Any) -> bytes:
    """Return a value as a line of JSON; what is not a number is null."""
    return msgspec.json.encode(value) + b"\n"


def told_error(error: Exception) -> dict[str, str]:
    """Return an error as answers tell it: its kind, where that is one of ours, and what it says."""
    kind = type(error).__name__ if isinstance(error, LockstepError) else CommandError.__name__
    return {"type": kind, "message": str(error)}


def request_line(request: Request) -> bytes:
    """Return a request as a line; raises ``CommandError`` for one that a session would not read."""
    line = line_of(request)
    if len(line) > MOST:
        raise CommandError(
            f"what a session is asked has at most {MOST:,} bytes, and this has {len(line):,}: ask for less"
        )
    return line


def read_answer(line: bytes) -> dict[str, Any]:
    """Return what an answer says."""
    return msgspec.json.decode(line, type=dict[str, Any])


def raised(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what came of a request; raises what the session raised."""
    if not answer.pop("ok"):
        error = answer["error"]
        found = getattr(errors, error["type"], CommandError)
        ours = isinstance(found, type) and issubclass(found, LockstepError)
        raise (found if ours else CommandError)(error["message"])
    return answer
