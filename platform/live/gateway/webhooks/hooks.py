"""The webhooks of a home: where alerts are sent, of which events, and the secrets that sign them."""

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from lockstep.data.disk import replace_file
from lockstep.errors import WebhookError
from lockstep.live.gateway.monitoring.alerts import Event
from lockstep.live.gateway.security.tokens import private_folder
from lockstep.live.gateway.webhooks.address import parsed, target_of

FILE = "webhooks.json"
MOST = 20


class Webhook(msgspec.Struct, frozen=True, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """One of them."""

    id: str
    url: str
    secret: str
    events: tuple[Event, ...] = ()
    """Empty: all."""
    description: str = ""
    created_ns: int

    def wants(self, event: str) -> bool:
        """Is an event one that it is told of?"""
        return not self.events or event in self.events


class Webhooks:
    """Kept in a file that nobody but its owner reads: who signs needs the secrets themselves."""

    def __init__(self, folder: Path, allowed: Sequence[str] = ()) -> None:
        self._path, self._allowed = folder / FILE, tuple(allowed)
        self._hooks: dict[str, Webhook] | None = None

    def all(self) -> tuple[Webhook, ...]:
        """Return all, the oldest first; raises ``WebhookError`` where the file can't be read."""
        return tuple(self._known().values())

    def get(self, id_: str) -> Webhook | None:
        """Return one, None where there is none of this id."""
        return self._known().get(id_)

    def add(self, url: str, *, secret: str = "", events: Sequence[Event] = (), description: str = "") -> Webhook:
        """Make one, with a secret where none is given; raises ``WebhookError`` where alerts may not be sent there."""
        target_of(url, self._allowed)
        if len(self._known()) >= MOST:
            raise WebhookError(f"there are {MOST} webhooks: remove one first")
        made = Webhook(
            id=f"webhook-{secrets.token_hex(6)}", url=url, secret=secret or f"lks_{secrets.token_urlsafe(32)}",
            events=tuple(dict.fromkeys(events)), description=description, created_ns=time.time_ns(),
        )  # fmt: skip
        self._keep({**self._known(), made.id: made})
        return made

    def remove(self, id_: str) -> Webhook | None:
        """Remove one; return it, None where there is none of this id."""
        rest = dict(self._known())
        gone = rest.pop(id_, None)
        if gone is not None:
            self._keep(rest)
        return gone

    def _known(self) -> dict[str, Webhook]:
        if self._hooks is None:
            self._hooks = {each.id: each for each in self._read()}
        return self._hooks

    def _read(self) -> tuple[Webhook, ...]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[Webhook, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WebhookError(
                f"{self._path} can't be read ({error}): restore it, or remove it to begin anew"
            ) from error

    def _keep(self, hooks: dict[str, Webhook]) -> None:
        private_folder(self._path.parent)
        replace_file(self._path, msgspec.json.format(msgspec.json.encode(tuple(hooks.values()))), mode=0o600)
        self._hooks = hooks


def told(hook: Webhook, **more: Any) -> dict[str, Any]:
    """Return a webhook for JSON: neither its secret nor what of its address may be one."""
    return {
        "id": hook.id, "target": parsed(hook.url).shown, "events": list(hook.events), "description": hook.description,
        "createdNs": hook.created_ns, **more,
    }  # fmt: skip
