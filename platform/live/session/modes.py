"""The mode of a session: arming it, and going on under another one. What is asked is checked and made a command."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.data.recordings.terms import BarTerms, LaneTerms, SessionTerms
from lockstep.errors import CommandError, TransitionError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.live.session.transitions import KEEP, LIVE, PAPER, POSITIONS, Facts, LaneFacts, reasons
from lockstep.strategies.over_ticks.controls import ARM, MODE_CHANGE

if TYPE_CHECKING:
    from lockstep.live.session.core import Core

MODE_COMMANDS = (ARM, MODE_CHANGE)
REFUSED = "mode_refused"
"""Kind of the row that says why a session did not go on under another mode."""
ARMED_SECONDS, MOST_SECONDS = 60, 3600
_KEYS = {ARM: ("seconds", "why"), MODE_CHANGE: ("to", "position", "leave", "why")}
SECOND = 1_000_000_000


class Surroundings(NamedTuple):
    """What the core can't know of itself."""

    venue: str = ""
    connected: bool = False
    reconciled: bool = False
    unknown: tuple[str, ...] = ()
    held: Mapping[str, float] | None = None
    """Units at the venue by symbol, None where nobody knows."""
    certificates: Mapping[str, str] | None = None
    """By lane: why it has no fresh one, empty where it has; None: none at all."""
    stale: tuple[str, ...] = ()
    journal: str = ""


class Modes:
    """The mode, until when it is armed, and who is asked for what the core can't know."""

    def __init__(self, terms: SessionTerms) -> None:
        self.mode = terms.first_mode
        self.armed_until_ns = 0
        """By the session's clock; 0: not armed."""
        self.surroundings: Callable[[], Surroundings] = Surroundings

    @property
    def live(self) -> bool:
        """Do requests leave for a venue?"""
        return self.mode == LIVE

    def checked(self, core: "Core", kind: str, content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        """Return a command as it is to be written down and obeyed.

        Raises ``CommandError`` for one that says something that can't be, ``TransitionError`` with all reasons, which
        are journaled, for a change of mode that must not be.
        """
        unknown = [key for key in content if key not in _KEYS[kind]]
        if unknown:
            raise CommandError(f"{kind} has no {unknown[0]!r}: it takes {', '.join(_KEYS[kind])}")
        return _armed(content, now_ns) if kind == ARM else self._changed(core, content, now_ns)

    def obey(self, kind: str, content: Mapping[str, Any]) -> None:
        """Let a command hold. Arming is used up by one change to live."""
        if kind == ARM:
            self.armed_until_ns = int(content["until_ns"])
            return
        self.mode = str(content["to"])
        if self.mode == LIVE:
            self.armed_until_ns = 0

    def save_state(self) -> Any:
        """Return mode and arming, as plain values."""
        return {"mode": self.mode, "armed_until_ns": self.armed_until_ns}

    def load_state(self, values: Any) -> None:
        """Stand where ``values`` were given."""
        self.mode, self.armed_until_ns = values["mode"], values["armed_until_ns"]

    def _changed(self, core: "Core", content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        to, position = content.get("to"), content.get("position", KEEP)
        if to not in (PAPER, LIVE):
            raise CommandError(f"to must be {PAPER} or {LIVE}, found {to!r}")
        if position not in POSITIONS:
            raise CommandError(f"position must be one of {', '.join(POSITIONS)}, found {position!r}")
        facts = self._facts(core, str(to), str(position), leave=content.get("leave") is True, now_ns=now_ns)
        against = reasons(facts)
        asked = {"from": self.mode, "to": to, "position": position, **{k: content[k] for k in ("why",) if k in content}}
        if against:
            core.journal.put(REFUSED, {**asked, "reasons": against}, time_ns=core.clock.last_ns)
            raise TransitionError(f"{self.mode} to {to} is refused:" + "".join(f"\n- {reason}" for reason in against))
        lanes = {
            terms.name: _real(core, terms.name, facts.held.get(terms.instrument["symbol"], 0.0))
            for terms in core.terms.lanes
        }
        return {**asked, "lanes": lanes}

    def _facts(self, core: "Core", to: str, position: str, *, leave: bool, now_ns: int) -> Facts:
        around, controls = self.surroundings(), core.controls
        known = around.held if to == LIVE else {}
        lanes = [each for terms in core.terms.lanes for each in _lane_facts(core, terms, around.certificates)]
        symbols = [lane.symbol for lane in lanes]
        held = {symbol: float("nan") if known is None else known.get(symbol, 0.0) for symbol in symbols}
        closing = controls.flattening or bool(controls.closing)
        return Facts(
            self.mode, to, position, tuple(lanes), held, killed=controls.killed, flattening=closing,
            halted=controls.state == "halted",
            limited=_limited(controls.limits.to_mapping()), armed=now_ns < self.armed_until_ns, venue=around.venue,
            connected=around.connected, reconciled=around.reconciled, unknown=around.unknown, stale=around.stale,
            journal=around.journal, leave=leave,
        )  # fmt: skip


def still_due(core: "Core", due: Iterable[int], refused: Container[int]) -> list[int]:
    """Return which commands that a crash came before are to hold when a session comes back: all but changes to live.

    What spoke for these was true before the crash. Each is refused once; ``refused`` are rows of those that were.
    """
    kept = []
    for seq in due:
        kind, content = core.commands[seq]
        if kind != MODE_CHANGE or content["to"] != LIVE:
            kept.append(seq)
            continue
        del core.commands[seq]
        if seq not in refused:
            why = "the session was cut off before it held: arm it and ask again"
            asked = {"from": content["from"], "to": LIVE, "position": content["position"], "command": seq}
            core.journal.put(REFUSED, {**asked, "reasons": [why]}, time_ns=core.clock.last_ns)
    return kept


def _armed(content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
    seconds = content.get("seconds", ARMED_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= MOST_SECONDS:
        raise CommandError(f"seconds must lie above 0 and be {MOST_SECONDS} at most, found {seconds!r}")
    until_ns = now_ns + round(seconds * SECOND)
    return {"until_ns": until_ns, **{key: content[key] for key in ("why",) if key in content}}


def _limited(limits: Mapping[str, Any]) -> bool:
    """Return whether any limit is set; what merely says how one is meant, and flags, are none."""
    free = RiskLimits.from_mapping({}).to_mapping()
    return any(value != free.get(name) and not isinstance(value, bool) for name, value in limits.items())


def _lane_facts(core: "Core", terms: LaneTerms, certificates: Mapping[str, str] | None) -> Iterator[LaneFacts]:
    """Give what is known of a lane, over bars of each of its symbols."""
    lane, name = core.lanes.get(terms.name), terms.name
    if terms.bars is not None:
        yield from _over_bars(core, terms, terms.bars)
        return
    believed, working = (0.0, 0) if lane is None else (lane.believed, lane.working)
    none = "" if core.by_hand.has(name) else "none was given, `lockstep live --certificate FOLDER` names one"
    certificate = (certificates or {}).get(name, none)
    yield LaneFacts(name, terms.instrument["symbol"], believed, working, core.halted.get(name, ""), certificate)


def _over_bars(core: "Core", terms: LaneTerms, bars: BarTerms) -> Iterator[LaneFacts]:
    lane, halted = core.bar_lanes.get(terms.name), "strategies over bars trade on paper"
    held = {} if lane is None else lane.positions()
    working = 0 if lane is None else lane.counts["waiting"]
    ruined = lane is not None and lane.ruined
    for one in bars.instruments:
        symbol = one["symbol"]
        yield LaneFacts(terms.name, symbol, held.get(symbol, 0.0), working, halted, "", ruined)


def _real(core: "Core", name: str, held: float) -> dict[str, Any]:
    """Return what is a lane's from here on: its units, at what the market says, out of its cash."""
    terms = next(lane for lane in core.terms.lanes if lane.name == name)
    symbol, lots = terms.instrument["symbol"], round(held / terms.instrument["lot"])
    price = core.lanes[name].middle if lots and name in core.lanes else 0.0
    if price != price:
        raise TransitionError(f"{held:g} {symbol} are held, and no price says what they are worth: wait for quotes")
    cash = terms.cash - held * price * terms.instrument["multiplier"]
    return {"symbol": symbol, "position": lots, "units": held, "cash": cash, "price": price}
