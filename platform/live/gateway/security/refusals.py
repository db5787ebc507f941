"""Refused logins: counted by who and why, written down once and then in sums, and slowed down.

The first of a kind is written at once. Those that follow within the next seconds are counted, and the count is written
when these are over: ten million guesses are some rows, and not ten million.
"""

from typing import Any, NamedTuple

from lockstep.live.gateway.security.buckets import Buckets, Rate, neighbourhood

RATE = Rate(burst=20, a_second=0.5)
"""Refused logins that one address may have answered."""
WINDOW_SECONDS = 10.0
MOST = 1000
"""Kinds that are counted apart at one time; beyond, addresses are counted together."""
_SHOWN = 200


class Refusal(NamedTuple):
    """What is counted together."""

    code: str
    address: str
    asker: str
    """Name of the token, empty where there was none that is known."""
    what: str
    """Method and path, of the first."""


class Refusals:
    """The refused logins of one gateway. What is to be written comes out of ``due``."""

    def __init__(self) -> None:
        self.total: dict[str, int] = {}
        """By code, since the start."""
        self._buckets = Buckets()
        self._counted: dict[tuple[str, str, str], tuple[float, int]] = {}
        self._due: list[tuple[str, dict[str, Any]]] = []

    def take(self, refusal: Refusal, now: float) -> float:
        """Count one; returns 0, or how many seconds its address is to wait before it is answered again."""
        self.total[refusal.code] = self.total.get(refusal.code, 0) + 1
        place = neighbourhood(refusal.address)
        key = (refusal.code, place, refusal.asker)
        if key not in self._counted and len(self._counted) >= MOST:
            key = (refusal.code, "many", "")
        if key in self._counted:
            since, count = self._counted[key]
            self._counted[key] = (since, count + 1)
        else:
            self._counted[key] = (now, 0)
            self._due.append(("login_refused", {**refusal._asdict(), "what": shown(refusal.what), "count": 1}))
        left = self._buckets.take(place, RATE, now)
        return 0.0 if left.passed else left.wait_s

    def due(self, now: float, *, all_of_it: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """Return what is to be written down by now, each once; ``all_of_it`` where nothing comes after."""
        due, self._due = self._due, []
        for key, (since, count) in tuple(self._counted.items()):
            if now - since < WINDOW_SECONDS and not all_of_it:
                continue
            del self._counted[key]
            if count:
                code, address, asker = key
                told = {"code": code, "address": address, "asker": asker, "count": count, "seconds": round(now - since)}
                due.append(("logins_refused", told))
                if not all_of_it:
                    self._counted[key] = (now, 0)
        return due


def shown(text: str) -> str:
    """Return what somebody sent as it may be written down."""
    return text.encode("unicode_escape").decode()[:_SHOWN]
