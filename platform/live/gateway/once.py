"""What was answered under an Idempotency-Key: the same request is answered so again, and has no second effect.

Answers lie in a SQLite file, durable before they are sent, so that they hold after a crash of the gateway too. Only
what succeeded is kept: what was refused has done nothing, and may be asked again. An answer that can't be kept, by a
full disk, is given all the same: what it tells of has been done.
"""

import asyncio
import hashlib
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from lockstep.errors import GatewayError
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.security.tokens import private_folder

_log = logging.getLogger("lockstep.gateway")
KEPT = 10_000
"""Answers; of more the oldest are forgotten."""
_TABLE = """CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, request TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, body BLOB NOT NULL)"""


class Answer(NamedTuple):
    """What was said."""

    status: int
    headers: dict[str, str]
    body: bytes


class Answers:
    """The answers of one gateway, by who asked and their keys; raises ``GatewayError`` for a file that holds none."""

    def __init__(self, path: Path) -> None:
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=FULL")
            self._file.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise GatewayError(
                f"{path} can't be used ({error}), and has what was answered under each Idempotency-Key: restore it, or"
                " move it away, and what is asked again is done again"
            ) from error
        self._under_way: dict[str, tuple[str, asyncio.Future[None]]] = {}

    async def once(self, asker: str, key: str, request: str, do: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return what was answered to a request under a key, which is done now where it was not before.

        Who asks again while it is being done waits for it. Raises ``Problem`` where the key was another request's.
        """
        name = hashlib.sha256(f"{asker}\n{key}".encode()).hexdigest()
        while (busy := self._under_way.get(name)) is not None:
            _check_same(busy[0], request)
            await asyncio.shield(busy[1])
        known = self._known(name, request)
        if known is not None:
            return known
        done = asyncio.get_running_loop().create_future()
        self._under_way[name] = request, done
        try:
            answer = await do()
            if answer.status < 300:
                await asyncio.to_thread(self._keep, name, request, answer)
            return answer
        finally:
            del self._under_way[name]
            done.set_result(None)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _known(self, name: str, request: str) -> Answer | None:
        row = self._file.execute(
            "SELECT request, status, headers, body FROM answers WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        _check_same(row[0], request)
        return Answer(row[1], msgspec.json.decode(row[2]), row[3])

    def _keep(self, name: str, request: str, answer: Answer) -> None:
        told = (name, request, answer.status, msgspec.json.encode(answer.headers).decode(), answer.body)
        try:
            self._file.execute(
                "INSERT INTO answers (name, request, status, headers, body) VALUES (?, ?, ?, ?, ?)", told
            )
            self._file.execute("DELETE FROM answers WHERE number <= (SELECT max(number) FROM answers) - ?", (KEPT,))
        except sqlite3.Error as error:
            _log.warning("an answer can't be kept under its Idempotency-Key: %s", error)


def _check_same(before: str, request: str) -> None:
    if before != request:
        raise Problem(
            422, "IDEMPOTENCY_KEY_REUSED",
            "the Idempotency-Key was used for another request: a key is for one, with its path, query and body",
        )  # fmt: skip
