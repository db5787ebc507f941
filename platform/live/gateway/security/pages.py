"""What a page in a browser may ask, and what it is told when it may not.

A page from elsewhere can make a browser send forms, images and plain texts here without asking anyone. So a request
that a page sent is refused unless the page is known, and a body must be what no form can send.
"""

import re

from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.security.asked import Asked
from lockstep.live.gateway.security.policy import SAFE

_SCRIPT = re.compile(rb"(?:^|&)(?:j|%6a)=", re.IGNORECASE)
"""Engine.IO answers in a script, which any page may run, to who asks so."""


def check_page(asked: Asked, known: bool) -> None:
    """Raise ``Problem`` for a request of a page that may not ask; ``known`` says that its Origin may.

    Programs send no Origin, and pass: they are not somebody else's code in the user's browser.
    """
    origin = asked.header(b"origin")
    if origin and not known:
        raise refused_page(origin)
    site = asked.header(b"sec-fetch-site").lower()
    if site in ("cross-site", "same-site") and not known and not _opened_by_user(asked):
        raise refused_page("elsewhere")
    if asked.socket_io:
        if _SCRIPT.search(asked.query):
            raise Problem(400, "BAD_REQUEST", "answers in scripts (JSONP) are not given: use polling or websocket")
        return
    _check_type(asked)


def refused_page(origin: str) -> Problem:
    """Return what a page is told that may not ask."""
    return Problem(
        403, "ORIGIN_REFUSED",
        f"a page of {origin[:200]} may not ask this gateway: if it is yours, put its address, such as"
        " https://desk.example, into LOCKSTEP_ORIGINS and start the gateway anew",
    )  # fmt: skip


def _opened_by_user(asked: Asked) -> bool:
    """Was a link followed to it? A page that is shown can't be read by the page that had the link."""
    return (
        asked.method == "GET"
        and not asked.websocket
        and asked.header(b"sec-fetch-mode").lower() == "navigate"
        and asked.header(b"sec-fetch-dest").lower() == "document"
    )


def _check_type(asked: Asked) -> None:
    given = asked.header(b"content-type")
    if asked.method in SAFE or not (given or asked.has_body):
        return
    kind = given.partition(";")[0].strip().lower()
    if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise Problem(
            415, "NOT_JSON",
            f"bodies are JSON with `Content-Type: application/json`, not {kind[:100] or 'without a type'!r}",
            headers={"Accept": "application/json"},
        )  # fmt: skip
