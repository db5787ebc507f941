"""Who asks, and what they may: scopes of tokens, and the one exception for paper sessions on this machine."""

from typing import Final, Literal, NamedTuple

from lockstep.live.gateway.problems import Problem

Scope = Literal["read", "trade", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "trade", "admin")
"""Each may all that those before it may."""


class Asker(NamedTuple):
    """Who sent a request or opened a stream. One without a name gave no token."""

    name: str
    """Of the token."""
    scopes: frozenset[str]
    address: str
    """Of the connection; what a proxy says of it is not believed."""
    token: str = ""
    """The token's hash."""

    @property
    def key(self) -> str:
        """What limits are counted by: the token, or without one the address."""
        return f"token {self.name}" if self.name else self.address

    def by(self) -> dict[str, str]:
        """Return whom a session is to write down, and that nothing live may be done for one without a token."""
        told = {"asker": self.name or "no token", "address": self.address}
        return told if self.name else {**told, "only": "paper"}


def including(scope: Scope) -> frozenset[str]:
    """Return a scope and those that it includes."""
    return frozenset(SCOPES[: SCOPES.index(scope) + 1])


def check_may(asker: Asker, scope: Scope, *, live: bool = False) -> None:
    """Let pass who may; ``live`` says that it concerns a session which is live, or is to be.

    Raises ``Problem``: 401 where a token is needed and none was given, 403 where the token is for less.
    """
    if asker.name and scope in asker.scopes:
        return
    if asker.name:
        raise Problem(
            403, "FORBIDDEN",
            f"the token {asker.name!r} is for {' and '.join(each for each in SCOPES if each in asker.scopes)}, and this"
            f" needs {scope}: use one that `lockstep token make NAME --scope {scope}` makes", needed=scope,
        )  # fmt: skip
    if live or scope not in asker.scopes:
        raise no_token(scope, "of a live session " if live else "")


def no_token(scope: Scope, what: str = "") -> Problem:
    """Return the problem of who gave no token where one is needed."""
    return Problem(
        401, "UNAUTHORIZED",
        f"a token for {scope} is needed {what}and none was given: send `Authorization: Bearer TOKEN` (Socket.IO:"
        " auth: {token}); `lockstep token make NAME --scope " + scope + "` makes one",
        headers={"WWW-Authenticate": 'Bearer realm="lockstep"'}, needed=scope,
    )  # fmt: skip
