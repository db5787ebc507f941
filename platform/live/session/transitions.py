"""May a session go on under another mode? Facts in, reasons against it out; nothing here knows a socket or a clock."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

BACKTEST, PAPER, LIVE = "backtest", "paper", "live"
KEEP, FLAT, ALIGN = "keep", "flat", "align"
POSITIONS = (KEEP, FLAT, ALIGN)
"""What an operator may say of positions that differ: refuse; begin at the real one, which is none; trade up to it."""
MOVES = {(BACKTEST, PAPER), (PAPER, LIVE), (LIVE, PAPER)}


class LaneFacts(NamedTuple):
    """One lane."""

    name: str
    symbol: str
    believed: float
    """Units that its strategy believes to hold."""
    working: int
    """Orders that are open as far as the strategy knows, on their way or unheard of."""
    halted: str
    """Why it goes on no more, empty while it does."""
    certificate: str
    """Why it has no certificate that is fresh, empty where it has one."""
    ruined: bool = False
    """Is nothing left of its cash, so that its strategy has seen nothing more?"""


class Facts(NamedTuple):
    """A session, and what it would go on beside."""

    mode: str
    to: str
    position: str
    lanes: tuple[LaneFacts, ...]
    held: dict[str, float]
    """Units really held by symbol where it would go on: nothing on paper; nan where nobody knows."""
    killed: bool
    flattening: bool
    """Are positions being closed?"""
    halted: bool
    """May nothing be sent, by hand or because venue and session did not agree?"""
    limited: bool
    """Is any limit of the account set?"""
    armed: bool
    venue: str = ""
    """Its name, empty where none was configured."""
    connected: bool = False
    reconciled: bool = False
    unknown: tuple[str, ...] = ()
    """Orders of which nobody knows what became of them."""
    stale: tuple[str, ...] = ()
    """Symbols without fresh market data."""
    journal: str = ""
    """Why the journal has failed, empty where it has not."""
    leave: bool = False
    """Did the operator say that positions at the venue may be left alone?"""


def reasons(facts: Facts) -> list[str]:
    """Return all that speaks against it, empty where nothing does."""
    if (facts.mode, facts.to) not in MOVES:
        ways = ", ".join(to for mode, to in sorted(MOVES) if mode == facts.mode)
        return [f"no way leads from {facts.mode} to {facts.to}: from here it can be {ways or 'nothing'}"]
    found = [f"the journal has failed ({facts.journal}): nothing more can be written down"] if facts.journal else []
    if facts.flattening:
        found.append("positions are being closed: wait until that is done")
    if facts.to == LIVE:
        found += [*_of_the_venue(facts), *_of_safety(facts)]
    elif facts.mode == LIVE:
        found += [*_of_the_venue(facts), *_of_leaving(facts)]
    ruined = dict.fromkeys(lane.name for lane in facts.lanes if lane.ruined)
    found += [f"{name} has lost all its cash, and has seen nothing since: give it more" for name in ruined]
    return [*found, *_of_positions(facts)]


def _of_the_venue(facts: Facts) -> Iterator[str]:
    if not facts.venue:
        yield "no venue is configured: `lockstep live` starts a session that has one, this one stays on paper"
        return
    if not facts.connected:
        yield f"{facts.venue} is not connected"
    if facts.unknown:
        yield f"of {len(facts.unknown)} orders nobody knows what became of them ({', '.join(facts.unknown[:5])})"
    if not facts.reconciled:
        yield f"orders, positions and fills are not reconciled with {facts.venue}"


def _of_safety(facts: Facts) -> Iterator[str]:
    if not facts.armed:
        yield "it is not armed: arm it first, which holds for a while and for one change of mode"
    if not facts.limited:
        yield "the account has no limits: give --limits FILE, or set some by limit_change"
    if facts.killed:
        yield "the kill switch is on: release it first"
    if facts.halted:
        yield "trading is halted: see why, and set the state to active"
    for symbol in facts.stale:
        yield f"the market data of {symbol} are not fresh"
    for lane in facts.lanes:
        if lane.halted:
            yield f"{lane.name} is halted ({lane.halted})"
        if lane.certificate:
            yield f"{lane.name} has no fresh certificate: {lane.certificate}"
    crowded = [symbol for symbol, count in Counter(lane.symbol for lane in facts.lanes).items() if count > 1]
    for symbol in crowded:
        if facts.held.get(symbol, 0.0) != 0.0:
            yield f"several strategies trade {symbol}, and the account holds {facts.held[symbol]:g}: close it first"


def _of_leaving(facts: Facts) -> Iterator[str]:
    for lane in facts.lanes:
        if lane.working:
            yield f"{lane.working} orders of {lane.name} may still trade: cancel them (kill does) and wait"
        if lane.believed != 0.0 and not facts.leave:
            yield (
                f"{lane.name} holds {lane.believed:g} {lane.symbol} at {facts.venue}, and nobody would look after it:"
                ' close it, or say "leave": true'
            )


def _of_positions(facts: Facts) -> Iterator[str]:
    for lane in facts.lanes:
        held = facts.held.get(lane.symbol, 0.0)
        if held != held:
            yield f"nobody knows what is held of {lane.symbol}"
        elif facts.position == FLAT and held != 0.0:
            yield f"flat begins at none, and the account holds {held:g} {lane.symbol}: close it, or choose align"
        elif facts.position == KEEP and lane.believed != held:
            yield (
                f"{lane.name} believes to hold {lane.believed:g} {lane.symbol}, and {held:g} are held: choose flat (it"
                " goes on from what is held) or align (an order for the difference)"
            )
