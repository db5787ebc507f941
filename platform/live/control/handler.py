"""Answers what other processes ask of a session. No socket here: a line and who sent it come in, a line goes out."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from lockstep.errors import CommandError, JournalError, LockstepError, TokenNeededError
from lockstep.live.control.lines import Peer, Request, line_of, read_answer, read_request, shown, told_error
from lockstep.live.session.view_types import OrderAnswer, OrderView, PreviewView, StatusView
from lockstep.strategies.over_ticks.by_hand import BY_HAND
from lockstep.strategies.over_ticks.controls import ARM, FLATTEN

PAPER = "paper"
"""What ``only`` says in ``by`` of who gave the gateway no token."""
_LOOKS = frozenset({"status", "books", "preview", "order"})
"""What changes nothing: who asks so for what can't be is refused nothing, and leaves no row of the journal."""


class Controlled(Protocol):
    """A session as its controls see it."""

    @property
    def live(self) -> bool:
        """Do its orders leave for a venue?"""

    def command(self, kind: str, content: Mapping[str, Any] | None, by: Mapping[str, Any] | None) -> int:
        """Let a command hold; return its row of the journal, 0 where it holds without one."""

    def trade(self, kind: str, content: Mapping[str, Any], by: Mapping[str, Any] | None) -> OrderAnswer:
        """Let a command about an order hold; return what became of it, which is durable with its ``last_row``."""

    def preview(self, content: Mapping[str, Any]) -> PreviewView:
        """Return what would become of an order, which is not sent."""

    def order(self, content: Mapping[str, Any]) -> OrderView:
        """Return the order that is named by its clientOrderId or orderId."""

    def prepare(self, content: Mapping[str, Any]) -> bool:
        """Have a strategy compiled that is to be added; return whether that is done."""

    def refused(self, asked: str, why: str, by: Mapping[str, Any]) -> None:
        """Write down that something was asked and refused."""

    def status(self) -> StatusView:
        """Return how the session stands."""

    def books(self) -> dict[str, Any]:
        """Return how its books stand."""

    def stop(self, by: Mapping[str, Any] | None) -> None:
        """Let the session end after the events at hand."""

    def when_durable(self, row: int, then: Callable[[str], None]) -> None:
        """Call once a row of the journal is durable, with "", or with why it never will be; at once where known."""

    def closing(self) -> dict[str, Any] | None:
        """Return what is still open where all positions are being closed, else None."""

    def leaves(self) -> dict[str, Any] | None:
        """Return what is open where the session would leave positions at a venue, else None."""


class Answer(NamedTuple):
    """What is to be said to a request."""

    line: bytes
    row: int = 0
    """It may be said once this row of the journal is durable."""


class Handler:
    """Takes requests of the session's owner, and of nobody else. What may not be done is written down."""

    def __init__(self, session: Controlled, owner: int | None) -> None:
        self._session, self._owner = session, owner

    def answer(self, line: bytes, peer: Peer) -> Answer:
        """Return the answer to a line: ``ok`` and what came of it, or the error."""
        number: dict[str, int] = {}
        asked = ""
        by: dict[str, Any] = peer.told()
        try:
            if peer.uid != self._owner:
                raise CommandError(f"a session obeys the user who runs it, {self._owner}, and not user {peer.uid}")
            request = read_request(line)
            number = {} if request.id is None else {"id": request.id}
            by = {**request.by, **by}
            self._check_only(request)
            asked = request.do
            done, row = self._done(request, by)
            return Answer(line_of({"ok": True, **number, **done}), row)
        except Exception as error:  # whatever it was, it has not been done
            if asked not in _LOOKS or not isinstance(error, LockstepError):
                self._session.refused(shown(line), f"{type(error).__name__}: {error}", by)
            return Answer(line_of({"ok": False, **number, "error": told_error(error)}))

    def later(self, answer: Answer, say: Callable[[bytes], None]) -> None:
        """Have an answer said once its row is durable; that the journal has failed, if it never will be."""

        def then(failure: str) -> None:
            if failure:
                number = {name: value for name, value in read_answer(answer.line).items() if name == "id"}
                say(line_of({"ok": False, **number, "error": told_error(JournalError(failure))}))
            else:
                say(answer.line)

        self._session.when_durable(answer.row, then)

    def _check_only(self, request: Request) -> None:
        """Look whether somebody asks who may do nothing live; the session alone knows its mode at this moment."""
        if request.by.get("only") == PAPER and (self._session.live or request.kind == ARM):
            raise TokenNeededError(
                "the session is live, or is to be, and this was asked without a token: give one that"
                " `lockstep token make` makes"
            )

    def _done(self, request: Request, by: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        if request.do == "status":
            return {"status": self._session.status()}, 0
        if request.do == "books":
            return {"books": self._session.books()}, 0
        if request.do == "stop":
            self._session.stop(by)
            return _unless_none(left=self._session.leaves()), 0
        if request.do == "preview":
            return {"preview": self._session.preview(request.content)}, 0
        if request.do == "order":
            return {"order": self._session.order(request.content)}, 0
        if request.do == "prepare":
            return {"ready": self._session.prepare(request.content)}, 0
        if request.kind in BY_HAND:
            answer = self._session.trade(request.kind, request.content, by)
            return {"answer": answer}, answer.last_row
        row = self._session.command(request.kind, request.content, by)
        closes = request.kind == FLATTEN or request.content.get("flatten")
        closing = self._session.closing() if closes else None
        return {"row": row, "journaled": row > 0, **_unless_none(closing=closing)}, row


def _unless_none(**said: Any) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
