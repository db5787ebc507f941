"""Tokens: made from 256 random bits, shown once, and kept as hashes.

A file that is lost in a backup gives nobody a token. The hash is a plain SHA-256: stretching protects what people
choose, and nobody guesses 256 bits; it would cost each request its latency. All hashes are compared, each in constant
time, so that the time taken tells nothing of them.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lockstep.data.disk import make_folder, replace_file
from lockstep.errors import TokenError
from lockstep.live.gateway.security.asker import Scope

PREFIX = "lks_"
"""Tokens begin so: what searches logs and commits for secrets finds them."""
FILE = "tokens.json"
FIRST = "first"
"""Name of the token that the first start makes."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a token."""

    name: str
    scope: Scope
    hash: str
    """SHA-256 in hexadecimal digits."""
    made: datetime
    expires: datetime | None = None

    def valid(self, now: datetime) -> bool:
        """Does it hold at a time?"""
        return self.expires is None or now < self.expires


class Tokens:
    """The tokens of one home. A change by another process holds at the next look."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / FILE
        self._seen: tuple[int, ...] = ()
        self._tokens: tuple[Token, ...] = ()

    def all(self) -> tuple[Token, ...]:
        """Return all tokens; raises ``TokenError`` where the file can't be read or others may write it."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._seen, self._tokens = (), ()
            return ()
        seen = (found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode, found.st_uid)
        if seen != self._seen:
            self._check_rights(found)
            self._tokens, self._seen = self._read(), seen
        return self._tokens

    def find(self, text: str) -> Token | None:
        """Return the token with this text if it holds; raises as ``all``."""
        hashed, found = hash_of(text), None
        for token in self.all():
            if hmac.compare_digest(hashed, token.hash):
                found = token
        return found if found and found.valid(datetime.now(UTC)) else None

    def valid(self) -> tuple[Token, ...]:
        """Return the tokens that hold; raises as ``all``."""
        now = datetime.now(UTC)
        return tuple(each for each in self.all() if each.valid(now))

    def first(self) -> str | None:
        """Make the first token, for everything, and return its text; None where tokens were made before."""
        with self._changing():
            return None if self._path.exists() else self._made(FIRST, "admin", None)

    def make(self, name: str, scope: Scope, expires: datetime | None = None) -> str:
        """Make a token and return its text, which is kept nowhere."""
        if not _NAME.fullmatch(name):
            raise TokenError(
                f"a token's name is letters, digits, dots, dashes and underlines, at most 64, not {name!r}"
            )
        with self._changing():
            if any(each.name == name for each in self.all()):
                raise TokenError(f"there is a token {name!r}: choose another name, or `lockstep token revoke {name}`")
            return self._made(name, scope, expires)

    def revoke(self, name: str) -> None:
        """Let a token hold no longer; raises ``TokenError`` where there is none of that name."""
        with self._changing():
            rest = tuple(each for each in self.all() if each.name != name)
            if len(rest) == len(self._tokens):
                known = ", ".join(each.name for each in rest) or "none"
                raise TokenError(f"there is no token {name!r}, the tokens are: {known}")
            self._write(rest)

    def _made(self, name: str, scope: Scope, expires: datetime | None) -> str:
        text = PREFIX + secrets.token_urlsafe(32)
        made = datetime.now(UTC).replace(microsecond=0)
        self._write((*self.all(), Token(name, scope, hash_of(text), made, expires)))
        return text

    def _read(self) -> tuple[Token, ...]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[Token, ...])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TokenError(
                f"{self._path} can't be read as tokens ({error}): restore it, or remove it to begin anew"
            ) from error

    def _write(self, tokens: tuple[Token, ...]) -> None:
        replace_file(self._path, msgspec.json.format(msgspec.json.encode(tokens)), mode=0o600)

    def _check_rights(self, found: os.stat_result) -> None:
        if found.st_uid not in (os.geteuid(), 0) or found.st_mode & 0o077:
            raise TokenError(
                f"{self._path} may be read or written by others (mode {found.st_mode & 0o777:o}, owner {found.st_uid}):"
                f" look who did, then `chown` and `chmod 600` it"
            )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep other processes from changing them meanwhile."""
        private_folder(self._folder)
        handle = os.open(self._folder / f"{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may look into; raises ``TokenError`` where others own it or may write it."""
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = os.stat(folder)
    if found.st_uid != os.geteuid():
        raise TokenError(f"{folder} belongs to user {found.st_uid}: set LOCKSTEP_HOME to a folder of your own")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def hash_of(text: str) -> str:
    """Return the hash that is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
