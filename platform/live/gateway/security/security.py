"""The rules of one gateway and their state: may this be asked, and who asks? The guard has the sockets."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from lockstep.errors import JournalError, TokenError
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.security.addresses import OWN, Addresses, is_loopback, split
from lockstep.live.gateway.security.asked import Asked, asked_of
from lockstep.live.gateway.security.asker import Asker, check_may, including, no_token
from lockstep.live.gateway.security.audit import Audit
from lockstep.live.gateway.security.buckets import Buckets, Left, Rate, neighbourhood
from lockstep.live.gateway.security.holds import End, Holds
from lockstep.live.gateway.security.pages import check_page
from lockstep.live.gateway.security.policy import is_open, least
from lockstep.live.gateway.security.refusals import Refusal, Refusals
from lockstep.live.gateway.security.tokens import Tokens
from lockstep.live.gateway.settings import GatewaySettings

STRANGERS = Rate(burst=200, a_second=20)
"""What an address without a token may ask for where one is needed: the page, and is it alive."""
_LOOK_SECONDS = 1.0
FOLDER = "gateway"
"""In the home: tokens and audit."""


class Security:
    """The security of one gateway. ``now`` gives seconds that never go back."""

    def __init__(self, settings: GatewaySettings, now: Callable[[], float] = time.monotonic) -> None:
        folder = settings.home / FOLDER
        self.addresses, self.tokens, self.audit = Addresses(settings), Tokens(folder), Audit(folder)
        self.refusals, self.holds = Refusals(), Holds()
        self._settings, self._now = settings, now
        self._rate = Rate(settings.rate, settings.rate)
        self._buckets = Buckets()
        self._live = False
        self._paper = settings.auth == "auto" and settings.loopback_only and not settings.hosts
        self._writing: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        """Does a session that this gateway knows trade live, or is about to? Then each asker needs a token."""
        return self._live

    @live.setter
    def live(self, live: bool) -> None:
        self._live = live
        if live:
            self.holds.end_those(lambda asker: not asker.name, "a session trades live: a token is needed")

    def check_address(self, asked: Asked) -> None:
        """Look whom a request believes to ask, and which page sent it; raises ``Problem``."""
        host = asked.header(b"host")
        if asked.twice:
            raise Problem(400, "BAD_REQUEST", f"the header {asked.twice[0].decode()!r} came more than once")
        if not self.addresses.host_known(host, asked.server[0]):
            raise Problem(
                400, "HOST_REFUSED",
                f"the gateway is not known as {host[:100]!r}: ask it as localhost, or put the name into LOCKSTEP_HOSTS",
            )  # fmt: skip
        origin = asked.header(b"origin")
        known = bool(origin) and self.addresses.origin_known(origin, host, asked.server[1])
        check_page(asked, known)

    def page_known(self, scope: Mapping[str, Any]) -> bool:
        """May the page that a connection comes from ask? One without a page may."""
        asked = asked_of(dict(scope))
        origin = asked.header(b"origin")
        return not origin or self.addresses.origin_known(origin, asked.header(b"host"), asked.server[1])

    def who(self, asked: Asked) -> Asker:
        """Return who asks; raises ``Problem`` for a token that does not hold."""
        text = asked.token()
        if text is not None:
            return self._of_token(text, asked.address)
        if self._paper and not self._live and self._from_here(asked):
            return Asker("", including("trade"), asked.address)
        return Asker("", frozenset(), asked.address)

    def admitted(self, scope: Mapping[str, Any], auth: object) -> Asker:
        """Return who connects over Socket.IO: ``auth`` came with the connection, beside the request's own token.

        Raises ``Problem`` where a token is needed and none that holds was given; it has been counted then.
        """
        asked = asked_of(dict(scope))
        text = auth.get("token") if isinstance(auth, Mapping) else None
        try:
            known = scope.get("state", {}).get("asker")  # of the request, whose token goes no further than the guard
            if text is not None:
                asker = self._of_token(str(text), asked.address)
            else:
                asker = known if known and known.name else self.who(asked)
            check_may(asker, "read")
        except Problem as problem:
            self.refused(asked, problem)
            raise
        return asker

    def allowed(self, asked: Asked, asker: Asker) -> None:
        """Let pass what needs no token, or who may at least that: routes ask for more. Raises ``Problem``."""
        if is_open(asked):
            return
        needed = least(asked)
        if not asker.scopes:
            raise no_token(needed, self._why(asked))
        check_may(asker, needed)

    def rate(self, asker: Asker) -> Left:
        """Count a request of who asks."""
        strange = not asker.scopes
        key = asker.key if asker.name else neighbourhood(asker.address)
        return self._buckets.take(key, STRANGERS if strange else self._rate, self._now())

    def check_streams(self, asker: Asker) -> None:
        """Raise ``Problem`` where somebody has too many streams open already."""
        most = self._settings.streams
        if self.holds.held_by(asker.key) >= most:
            raise Problem(429, "TOO_MANY_STREAMS", f"{most} streams are open for this asker: close some")

    def hold(self, asker: Asker, end: End) -> Callable[[], None]:
        """Keep an open stream in sight: ``end`` is called, with a reason, once who opened it may read no longer.

        Returns what is to be called when the stream has ended.
        """
        return self.holds.hold(asker, end)

    def refused(self, asked: Asked, problem: Problem, asker: str = "") -> float:
        """Count a request that was refused; returns 0, or the seconds for which more of them are not answered."""
        what = f"{'WebSocket' if asked.websocket else asked.method} {asked.path}"
        return self.refusals.take(Refusal(problem.code, asked.address, asker, what), self._now())

    def start(self) -> None:
        """Write down what is refused, and end streams of tokens that were revoked, from now on."""
        self._writing = asyncio.get_running_loop().create_task(self._look_for_ever())

    async def stop(self) -> None:
        """Write down what is left."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
            self._writing = None
        await self._write(all_of_it=True)

    def look(self) -> None:
        """End the streams of tokens that hold no longer."""
        try:
            known = {each.hash for each in self.tokens.valid()}
        except TokenError:
            known = set()  # where tokens can't be read there are none
        self.holds.end_those(lambda asker: bool(asker.name) and asker.token not in known, "the token holds no longer")

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()
            with suppress(JournalError):  # a full disk is told by readiness; refusals go on
                await self._write()

    async def _write(self, *, all_of_it: bool = False) -> None:
        due = self.refusals.due(self._now(), all_of_it=all_of_it)
        if due:
            await asyncio.get_running_loop().run_in_executor(None, self.audit.append, due)

    def _of_token(self, text: str, address: str) -> Asker:
        try:
            token = self.tokens.find(text)
        except TokenError as error:
            raise Problem(503, "TOKENS_UNREADABLE", "tokens can't be looked at now: see the gateway's log") from error
        if token is None:
            raise Problem(
                401, "UNAUTHORIZED",
                "this token does not hold: it is unknown, revoked or expired; `lockstep token list` shows which do",
                headers={"WWW-Authenticate": 'Bearer realm="lockstep", error="invalid_token"'},
            )  # fmt: skip
        return Asker(token.name, including(token.scope), address, token.hash)

    def _why(self, asked: Asked) -> str:
        """Return why a token is needed where the user may have thought that none is."""
        if b"token=" in asked.query.lower():
            return "in a header, since addresses are logged, "
        live = self._live and self._paper and self._from_here(asked)
        return "while a session trades live " if live else ""

    def _from_here(self, asked: Asked) -> bool:
        """Does this machine ask, by a name that only this machine has, and for nobody else?"""
        return is_loopback(asked.address) and not asked.forwarded and split(asked.header(b"host"))[0] in OWN
