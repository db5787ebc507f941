"""Answers what other processes ask of a session. No socket here: a line and who sent it come in, a line goes out."""

from collections.abc import Mapping
from typing import Any, Protocol

from lockstep.errors import CommandError, LockstepError
from lockstep.live.control.lines import Peer, Request, line_of, read_request, shown


class Controlled(Protocol):
    """A session as its controls see it."""

    def command(self, kind: str, content: Mapping[str, Any] | None, by: Mapping[str, Any] | None) -> int:
        """Let a command hold; return its row of the journal, 0 where it holds without one."""

    def refused(self, asked: str, why: str, by: Mapping[str, Any]) -> None:
        """Write down that something was asked and refused."""

    def status(self) -> dict[str, Any]:
        """Return how the session stands."""

    def stop(self, by: Mapping[str, Any] | None) -> None:
        """Let the session end after the events at hand."""


class Handler:
    """Takes requests of the session's owner, and of nobody else. Each refusal is written down."""

    def __init__(self, session: Controlled, owner: int | None) -> None:
        self._session, self._owner = session, owner

    def answer(self, line: bytes, peer: Peer) -> bytes:
        """Return the answer to a line: ``ok`` and what came of it, or the error."""
        try:
            if peer.uid != self._owner:
                raise CommandError(f"a session obeys the user who runs it, {self._owner}, and not user {peer.uid}")
            return line_of({"ok": True, **self._done(read_request(line), peer)})
        except Exception as error:  # whatever it was, it has not been done
            self._session.refused(shown(line), f"{type(error).__name__}: {error}", peer.told())
            kind = type(error).__name__ if isinstance(error, LockstepError) else "CommandError"
            return line_of({"ok": False, "error": {"type": kind, "message": str(error)}})

    def _done(self, request: Request, peer: Peer) -> dict[str, Any]:
        if request.do == "status":
            return {"status": self._session.status()}
        if request.do == "stop":
            self._session.stop(peer.told())
            return {}
        row = self._session.command(request.kind, request.content, peer.told())
        return {"row": row, "journaled": row > 0}
