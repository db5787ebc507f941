"""A session that can't be gone on with, under other code for one, hands what it has over to a new one.

Decisions are not taken over: positions, cash, limits and what operators have set are, as the rows of the old journal
tell them whatever wrote these. The old journal is checked, gets a last row, and is closed for good; the new session
names the old one's last row and hash.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from lockstep.data.recordings.additions import lanes_added
from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.state import State, state_of
from lockstep.data.recordings.terms import HeldTerms, LaneTerms, SessionTerms, TakenOver, terms_of
from lockstep.data.recordings.verify import verify
from lockstep.errors import SessionError
from lockstep.live.storage.storage import Storage
from lockstep.strategies.over_ticks.controls import DISABLE, ENABLE, KILL, RELEASE
from lockstep.strategies.over_ticks.kept_commands import commands_of
from lockstep.strategies.over_ticks.steps import Steps

HANDED_OVER = "handed_over"
"""Kind of a session's last row."""
_ENDED = "session_ended"


class Inheritance(NamedTuple):
    """What a session leaves."""

    of: TakenOver
    cash: dict[str, float]
    """By lane."""
    positions: dict[str, float]
    """Units, by lane."""
    prices: dict[str, float]
    """Of each lane's latest fill."""
    limits: dict[str, Any] | None
    commands: tuple[tuple[str, dict[str, Any]], ...]
    """To be given to whoever takes over, before anything else."""

    def given_to(self, lanes: Sequence[LaneTerms]) -> tuple[LaneTerms, ...]:
        """Return lanes that begin with what those of the same names have left.

        Raises ``SessionError`` where a position would be left without a lane, or is no whole number of lots.
        """
        names = {lane.name for lane in lanes if lane.bars is None}
        lost = [name for name in self.positions if name not in names]
        if lost:
            raise SessionError(
                f"{lost[0]} of session {self.of.session} holds a position: name its strategy and symbol too"
            )
        return tuple(self._begun(lane) for lane in lanes)

    def give(self, command: Callable[[str, dict[str, Any], dict[str, Any]], Any], lanes: Collection[str]) -> None:
        """Let hold in a new session, which has ``lanes``, what operators have set in the old one.

        ``command`` is the host's.
        """
        for kind, content in self.commands:
            if kind != DISABLE or content["strategy"] in lanes:
                command(kind, content, {"session": self.of.session})

    def _begun(self, lane: LaneTerms) -> LaneTerms:
        begun = replace(lane, cash=self.cash.get(lane.name, lane.cash))
        units = self.positions.get(lane.name, 0.0)
        if not units:
            return begun
        lots = Steps(lane.traded().lot).count(units)
        if lots is None:
            raise SessionError(
                f"{lane.name} holds {units:g}, which is no whole number of lots of {lane.traded().lot:g}"
            )
        return replace(begun, held=HeldTerms(lots, self.prices[lane.name]))


def inherited(folder: Path, heir: str) -> Inheritance:
    """Return what the session in a folder leaves to the session ``heir``.

    Raises ``SessionError`` for a journal that is not what was written, one that was handed over to another, and one
    whose orders may still work at a venue.
    """
    with Recording(folder) as recording:
        terms = terms_of(recording.description())
        flaws = verify(recording)
        if flaws:
            raise SessionError(f"{folder} is not what was written ({flaws[0]}): restore it from a backup")
        over = next(recording.latest(HANDED_OVER), None)
        if over is not None and over.content()["to"] != heir:
            raise SessionError(f"session {terms.id} was handed over to {over.content()['to']}")
        last = over.seq - 1 if over is not None else recording.end().seq
        state = state_of(recording, last)
        _check_orders(recording, state, terms)
        prices = {row.strategy: float(row.content()["price"]) for row in recording.rows(1, last, kinds=["fill"])}
        of = TakenOver(terms.id, last, recording.row(last).hash.hex())
        limits, commands = _set(recording, terms, last)
    positions = {strategy: units for (strategy, _), units in state.positions.items()}
    return Inheritance(of, state.cash, positions, prices, limits, commands)


def hand_over(folder: Path, heir: str) -> None:
    """Write the last row of a session, unless it has it: nobody goes on with it any more. It must not run."""
    with Recording(folder) as recording:
        if next(recording.latest(HANDED_OVER), None) is not None:
            return
        time_ns = recording.row(recording.end().seq).time_ns
    storage = Storage(folder)
    try:
        seq = storage.journal.put(HANDED_OVER, {"to": heir}, time_ns=time_ns)
        storage.journal.hand_over()
        storage.journal.wait(seq)
    finally:
        storage.close()


def check_not_handed_over(recording: Recording) -> None:
    """Raise ``SessionError`` for a session that another has taken over."""
    over = next(recording.latest(HANDED_OVER), None)
    if over is not None:
        raise SessionError(f"this session was handed over to {over.content()['to']}: go on with that one")


def _check_orders(recording: Recording, state: State, terms: SessionTerms) -> None:
    connected = next(recording.latest("venue_connected"), None)
    if connected is not None and state.orders:
        names = ", ".join(f"{strategy} {order}" for strategy, _, order in list(state.orders)[:3])
        raise SessionError(
            f"orders of session {terms.id} may still work at the venue ({names}): end it in order with the code that it"
            " was started with, or cancel them there and wait until it knows"
        )


def _set(
    recording: Recording, terms: SessionTerms, last: int
) -> tuple[dict[str, Any] | None, tuple[tuple[str, dict[str, Any]], ...]]:
    """Return the limits that hold, and the commands that bring about what else operators have set."""
    limits, killed, trading = terms.limits, False, "active"
    restrictions: dict[str, dict[str, Any]] = {}
    disabled: dict[str, None] = {}
    for seq, (kind, content) in sorted(commands_of(recording).items()):
        if seq > last:
            continue
        if kind == "limit_change" and not content["lane"]:
            limits = content["limits"]
        elif kind in (KILL, RELEASE):
            killed = kind == KILL
        elif kind == "trading_state":
            ended: dict[str, Any] = next((row.content() for row in recording.rows(seq, last, kinds=[_ENDED])), {})
            trading = ended.get("state", content["state"])
        elif kind == "restriction":
            restrictions[content["symbol"]] = {name: content[name] for name in ("symbol", "restriction")}
        elif kind == DISABLE:
            disabled |= dict.fromkeys(content["lanes"])
        elif kind == ADD and not content["enabled"]:
            disabled |= dict.fromkeys(lane.name for lane in lanes_added(content))
        elif kind == ENABLE:
            disabled = {name: None for name in disabled if name not in content["lanes"]}
    given: list[tuple[str, dict[str, Any]]] = [("restriction", each) for each in restrictions.values()]
    given += [(DISABLE, {"strategy": name, "why": f"it was in session {terms.id}"}) for name in disabled]
    given += [("trading_state", {"state": trading})] if trading != "active" else []
    given += [(KILL, {"why": f"it was on in session {terms.id}"})] if killed else []
    return limits, tuple(given)
