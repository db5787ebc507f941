"""Taking secrets out of what is logged, measured or written down.

By name (``password``, ``Authorization`` ...), and by look: our tokens, bearers, keys in addresses. What is nested is
looked through. Better a word too many taken out than a secret left.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

GONE = "[redacted]"
_NAMES = re.compile(
    r"authori[sz]ation|cookie|passw|passphrase|secret|credential|private[-_]?key|api[-_]?key|access[-_]?key|signature"
    r"|tokens?$|pwd$|dsn$|(database|redis)[-_]?url",
    re.IGNORECASE,
)
_LOOKS = (
    (re.compile(r"lks_[A-Za-z0-9_-]{8,}"), GONE),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {GONE}"),
    (re.compile(r"(?i)([?&;\s\"'{,](?:access_|id_|refresh_)?(?:token|password|passwd|secret|api_?key|signature)"
                r"[\"']?\s*[=:]\s*[\"']?)[^&;\s\"',}]+"), rf"\1{GONE}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@"), rf"\1{GONE}@"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), GONE),
)  # fmt: skip
_DEEPEST = 8


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of a log entry: a processor of structlog, the last before it is written."""
    for name in tuple(event):
        event[name] = _of_name(name, event[name], 0)
    return event


def redacted(value: Any, depth: int = 0) -> Any:
    """Return a value without secrets; what is no text, number or container of them is told by its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > _DEEPEST:
        return GONE
    if isinstance(value, Mapping):
        return {_of_text(str(name)): _of_name(str(name), each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(each, depth + 1) for each in value]
    if isinstance(value, bytes | bytearray):
        value = bytes(value).decode("utf-8", "backslashreplace")
    return _of_text(value if isinstance(value, str) else str(value))


def _of_name(name: str, value: Any, depth: int) -> Any:
    return GONE if _NAMES.search(name) and value else redacted(value, depth)


def _of_text(text: str) -> str:
    for look, instead in _LOOKS:
        text = look.sub(instead, text)
    return text
