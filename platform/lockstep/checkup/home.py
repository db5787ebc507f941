"""The gateway's home: who may look into it, the tokens, the room on its disk, and sessions that have died."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from lockstep.checkup.finding import Finding, broken, warning, well
from lockstep.errors import LockstepError, TokenError
from lockstep.live.control.address import address_of
from lockstep.live.gateway.security.security import FOLDER
from lockstep.live.gateway.security.tokens import Tokens
from lockstep.live.session.request import ASKED, ENDED
from lockstep.live.session.stage import stage_of

LEAST_BYTES, LITTLE_BYTES = 64 << 20, 1 << 30
SESSIONS, CLOSED = "sessions", "closed"
_SERVED = "the gateway begins it again: see `GET /ready`"
_NOT_SERVED = "`lockstep serve` brings it back where it stood"
_PRIVATE_FILES = ("tokens.json", "webhooks.json", "audit.sqlite")


def look(home: Path, store: Path, *, served: bool) -> Iterator[Finding]:
    """Look at all of it; ``served`` says that a gateway runs here."""
    yield modes(home)
    yield tokens(home)
    for name, path in {"disk of the home": home, "disk of the store": store}.items():
        yield room(name, path)
    yield sessions(home, served=served)


def modes(home: Path) -> Finding:
    """Look whether only its owner may look into what is private."""
    if not home.exists():
        return well("home", f"{home} is made by the first start")
    private = [home / FOLDER, *(home / FOLDER / name for name in _PRIVATE_FILES), *(home / SESSIONS).glob("*/")]
    wrong = [path for path in private if path.exists() and not _private(path)]
    if wrong:
        told = ", ".join(f"{path} ({path.stat().st_mode & 0o777:o})" for path in wrong[:5])
        return broken(
            "home", f"others may look into {told}", "chmod 700 folders and 600 files, and see who has been there"
        )
    if not os.access(home, os.W_OK | os.X_OK):
        return broken("home", f"{home} can't be written", "give it to the user that runs the gateway")
    return well("home", str(home))


def _private(path: Path) -> bool:
    found = path.stat()
    return not found.st_mode & 0o077 and found.st_uid in (os.geteuid(), 0)


def tokens(home: Path) -> Finding:
    """Look at the tokens."""
    try:
        known = Tokens(home / FOLDER)
        every, valid = known.all(), known.valid()
    except TokenError as error:
        return broken("tokens", str(error), "restore the file, or remove it: the next start makes a first token anew")
    if not every:
        return well("tokens", "none yet: the first start makes one and prints it once")
    if not valid:
        return warning("tokens", "none holds any more", "`lockstep token make NAME --scope admin`")
    return well("tokens", f"{len(valid)} hold")


def room(name: str, path: Path) -> Finding:
    """Look how much room a disk has."""
    while not path.exists() and path != path.parent:
        path = path.parent
    free = shutil.disk_usage(path).free
    told = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_BYTES:
        return broken(name, told, "make room: sessions stop trading when their journal can't be written")
    if free < LITTLE_BYTES:
        return warning(name, told, "make room before it runs out")
    return well(name, told)


def sessions(home: Path, *, served: bool) -> Finding:
    """Look for sessions whose process is gone though nobody ended it."""
    folders = sorted(path.parent for path in (home / SESSIONS).glob(f"*/{ASKED}"))
    open_ = [folder for folder in folders if not (folder / CLOSED).exists()]
    running = [folder for folder in open_ if answers(folder)]
    left = [folder for folder in open_ if folder not in running and not stage_of(folder)]
    dead = [folder.name for folder in left if not (folder / ENDED).exists()]
    failed = {folder.name: why for folder in left if (why := failure(folder))}
    if dead:
        cure = _SERVED if served else _NOT_SERVED
        return warning(
            "sessions", f"{', '.join(dead)} died without a word", f"{cure}; hosted.log in the folder says more"
        )
    if failed:
        told = "; ".join(f"{name} has failed: {why}" for name, why in failed.items())
        return warning("sessions", told, "mend what it names, or open another by POST /api/sessions and `takeOver`")
    busy = len(open_) - len(running) - len(left)
    told = f"{len(running)} run, {len(left)} ended in order"
    return well("sessions", told + (f", {busy} begin or are being proven" if busy else ""))


def failure(folder: Path) -> str:
    """Return why a session that has ended has failed, empty where it has not."""
    try:
        told = json.loads((folder / ENDED).read_bytes())
    except (OSError, ValueError):
        return ""
    if told.get("error"):
        return str(told["error"].get("message", ""))
    return "" if told.get("parity", {}).get("equal", True) else "the batch does not come to what it did"


def answers(folder: Path) -> bool:
    """Does a process run the session in a folder?"""
    try:
        with address_of(folder) as address, socket.socket(socket.AF_UNIX) as door:
            door.settimeout(1.0)
            door.connect(address)
            return True
    except (OSError, LockstepError):
        return False
