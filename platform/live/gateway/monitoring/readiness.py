"""Is a gateway ready to trade? Each thing that must hold, and for what does not: the cause and the cure."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.session.stage import COMPILING, stage_of
from lockstep.live.session.view_types import StatusView

NOT_INITIALIZED = "Trading engine not initialized"
NO_DATA = "No market data received"
NO_JOURNAL = "Journal not writable"
STALE_SECONDS = 15.0
"""Without a word of a symbol for so long its market data is not fresh, as feeds have it."""
LEAST_ROOM = 64 << 20
"""Bytes that the disk of the home must have free."""


_KEPT = "wait: what is compiled is kept for later starts"


class Check(NamedTuple):
    """One thing that must hold."""

    name: str
    """home, session, journal or marketData."""
    title: str = ""
    """What is wrong, empty where nothing is; docs/troubleshooting.md has the same words."""
    cause: str = ""
    cure: str = ""
    session: str = ""

    @property
    def passed(self) -> bool:
        """Does it hold?"""
        return not self.title

    def told(self, *, whole: bool) -> dict[str, Any]:
        """Return it for JSON; to strangers without what it names."""
        found = {"name": self.name, "ok": self.passed}
        if not self.passed:
            found |= {"title": self.title, **({"cause": self.cause, "cure": self.cure} if whole else {})}
        return {**found, **({"sessionId": self.session} if whole and self.session else {})}


def checks(home: Path, sessions: Iterable[Watched], statuses: Mapping[str, StatusView]) -> Iterator[Check]:
    """Look at everything that must hold before an order may be sent."""
    yield _home(home)
    wanted = [each for each in sessions if each.state != "ended"]
    if not wanted:
        yield Check("session", NOT_INITIALIZED, "no session runs",
                    "open one by POST /api/sessions, or start `lockstep serve` without --empty")  # fmt: skip
    for session in wanted:
        yield from _session(session, statuses.get(session.id))


def _home(home: Path) -> Check:
    try:
        found = os.statvfs(home)
        free, writable = found.f_bavail * found.f_frsize, os.access(home, os.W_OK | os.X_OK)
    except OSError as error:
        return Check(
            "home", NO_JOURNAL, f"{home}: {error.strerror}", "make the folder, or set LOCKSTEP_HOME to another"
        )
    if not writable:
        return Check("home", NO_JOURNAL, f"{home} can't be written", "give it to the user that runs the gateway")
    if free < LEAST_ROOM:
        return Check("home", NO_JOURNAL, f"the disk of {home} has {free >> 20} MiB left", "make room on it")
    return Check("home")


def _session(session: Watched, status: StatusView | None) -> Iterator[Check]:
    if session.state != "running":
        cure = {
            "starting": _KEPT if session.trouble else "wait: the session takes its tape and journal in",
            "restarting": "wait: it is begun again and comes back where it stood",
            "ending": "wait: it ends",
            "proving": "wait: it has ended, and the batch proves what it did",
        }.get(session.state, f"look into {session.folder}, then open another by POST /api/sessions")
        cause = f"session {session.id} is {session.state}" + (f": {session.trouble}" if session.trouble else "")
        yield Check("session", NOT_INITIALIZED, cause, cure, session.id)
        return
    if status is None and stage_of(session.folder) == COMPILING:
        yield Check("session", NOT_INITIALIZED, f"session {session.id} is compiling kernels", _KEPT, session.id)
        return
    if status is None:
        yield Check("session", NOT_INITIALIZED, f"session {session.id} does not answer",
                    "see `lockstep session FOLDER status` and its log, hosted.log", session.id)  # fmt: skip
        return
    yield Check("session", session=session.id)
    yield _journal(session, status)
    yield _market(session, status)


def _journal(session: Watched, status: StatusView) -> Check:
    if status.journal.failure:
        return Check(
            "journal",
            NO_JOURNAL,
            f"session {session.id}: {status.journal.failure}",
            "make room or repair the disk; the session goes on from its last durable row",
            session.id,
        )
    return Check("journal", session=session.id)


def _market(session: Watched, status: StatusView) -> Check:
    heard = {each.symbol: each.age_seconds for each in status.session.quotes}
    silent = [symbol for symbol in status.session.symbols if heard.get(symbol) is None]
    stale = [symbol for symbol, age in heard.items() if age is not None and age > STALE_SECONDS]
    if not silent and not stale:
        return Check("marketData", session=session.id)
    told = [f"nothing yet of {', '.join(silent)}"] if silent else []
    told += [f"nothing for over {STALE_SECONDS:g} s of {', '.join(stale)}"] if stale else []
    notices = "; ".join(status.session.notices)
    notices = f" ({notices})" if notices else ""
    return Check(
        "marketData", NO_DATA, f"session {session.id} heard {' and '.join(told)}{notices}",
        "see that the feed runs and can be reached (DATA_INGESTION_URL), that it knows these symbols, and that their"
        " market is open", session.id,
    )  # fmt: skip
