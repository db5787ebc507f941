"""The dashboard: one page and what it is made of, all of it from this package."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header
from starlette.responses import Response

from lockstep.live.gateway.problems import Problem

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent.parent / "static"
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}  # fmt: skip
"""What is given out, and nothing else: licences and lists of hashes lie beside it for whoever reads the package."""
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
"""A browser keeps it and asks each time whether it is still the same: an update is seen at once."""


class Part(NamedTuple):
    """A file of the page."""

    content: bytes
    packed: bytes
    kind: str
    tag: str
    """Of its content; changes with it."""
    caching: str


@cache
def parts() -> dict[str, Part]:
    """Return the files of the page by their paths below /static/; read once."""
    found = sorted(each for each in FOLDER.rglob("*") if each.suffix in TYPES and each.is_file())
    return {each.relative_to(FOLDER).as_posix(): _part(each) for each in found}


def _part(path: Path) -> Part:
    content = path.read_bytes()
    # A library's folder is named by its version: what lies there never changes.
    caching = _FOR_GOOD if path.relative_to(FOLDER).parts[0] == "vendor" else _ASK_AGAIN
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Part(content, gzip.compress(content, mtime=0), TYPES[path.suffix], tag, caching)


IfNoneMatch = Annotated[str, Header()]
AcceptEncoding = Annotated[str, Header()]


@router.api_route("/", methods=["GET", "HEAD"])
async def page(if_none_match: IfNoneMatch = "", accept_encoding: AcceptEncoding = "") -> Response:
    """Return the page; who upgrades to a WebSocket here gets the stream instead."""
    return _answer("index.html", if_none_match, accept_encoding)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def icon(if_none_match: IfNoneMatch = "", accept_encoding: AcceptEncoding = "") -> Response:
    """Return the page's icon."""
    return _answer("icon.svg", if_none_match, accept_encoding)


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def part(path: str, if_none_match: IfNoneMatch = "", accept_encoding: AcceptEncoding = "") -> Response:
    """Return a file of the page."""
    return _answer(PurePosixPath(path).as_posix(), if_none_match, accept_encoding)


def _answer(path: str, known: str, encodings: str) -> Response:
    found = parts().get(path)
    if found is None:
        raise Problem(404, "NOT_FOUND", f"the page has no file {path!r}: it is at /")
    headers = {"ETag": found.tag, "Cache-Control": found.caching, "Vary": "Accept-Encoding"}
    if found.tag in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in encodings:
        return Response(found.packed, media_type=found.kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.kind, headers=headers)
