"""Whether the times of a message can be.

Against our clock only ``ts_send`` is held, since an event may be old: the last trade of a quiet symbol, or a history
that a gateway plays. An event lies not after its sending.
"""

from typing import NamedTuple

from lockstep.live.sources.findings import Fault, Refused
from lockstep.live.sources.messages import Numbered

SECOND = 1_000_000_000


class ClockRules(NamedTuple):
    """How far apart clocks may be, in seconds."""

    apart_s: float = 60.0
    """The sender's and ours."""
    ahead_s: float = 1.0
    """An event's and its sending's: the clocks of an exchange and of a gateway."""


def check_times(message: Numbered, now_ns: int, rules: ClockRules) -> None:
    """Raise ``Refused`` for a message received at ``now_ns`` whose times can't be."""
    sent, event = message.ts_send, message.ts_event
    if sent and abs(sent - now_ns) > rules.apart_s * SECOND:
        found = f"it was sent {(sent - now_ns) / SECOND:+.1f} s from when it came: expected at most {rules.apart_s:g} s"
        raise Refused(Fault.FAR_TIME, f"{found}; is one of the clocks wrong?")
    if event > (sent or now_ns) + rules.ahead_s * SECOND:
        raise Refused(Fault.FAR_TIME, f"its event lies {(event - (sent or now_ns)) / SECOND:.1f} s after its sending")
