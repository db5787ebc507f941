"""Certificates for strategies over ticks: a paper session that the batch proves, under the very code that is to trade.

Each decision of such a session was made before what follows was known, and equals the batch's: that is what a test for
look-ahead shows of strategies over bars (vector/causality). It is proven anew whenever somebody asks.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lockstep.data.recordings.additions import terms_in
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.strategies.over_ticks.controls import BEGIN
from lockstep.vector.parity.prove import prove

DAY_NS = 86_400_000_000_000
FRESH_DAYS = 30
"""How long ago such a session may have ended."""


def against(
    folder: Path, lanes: Sequence[LaneTerms], identity: Mapping[str, str], now_ns: int
) -> dict[str, str]:  # fmt: skip
    """Return of each lane why the session in a folder is no fresh certificate for it, empty where it is one.

    ``identity`` is that of the code now (``SessionTerms.identity``). Raises ``JournalError`` where there is no session.
    """
    with Recording(folder) as recording:
        terms = terms_in(recording)
        ended = max((row.time_ns for row in recording.rows(kinds=["session_ended"])), default=0)
        changed = {lane for row in recording.rows(kinds=[BEGIN]) for lane in row.content()["lanes"]}
        traded = {row.strategy for row in recording.rows(kinds=["intent"])} - changed
    why = _stale(terms, identity, ended, now_ns)
    if why:
        return dict.fromkeys((lane.name for lane in lanes), f"{folder} {why}")
    differs = {found.lane: found.why for found in prove(folder).differences}
    return {lane.name: _of_lane(lane, terms, traded, differs, folder) for lane in lanes}


def _stale(terms: SessionTerms, identity: Mapping[str, str], ended_ns: int, now_ns: int) -> str:
    if terms.mode != "paper":
        return f"is of mode {terms.mode}: a paper session is asked for"
    if not ended_ns:
        return "has not ended"
    if now_ns - ended_ns > FRESH_DAYS * DAY_NS:
        return f"ended more than {FRESH_DAYS} days ago: trade on paper again"
    changed = [name for name in sorted(set(terms.identity) & set(identity)) if terms.identity[name] != identity[name]]
    return f"was of other code ({', '.join(changed)}): trade on paper under this one" if changed else ""


def _of_lane(
    lane: LaneTerms, terms: SessionTerms, traded: set[str], differs: Mapping[str, str], folder: Path
) -> str:  # fmt: skip
    same = [one for one in terms.lanes if (one.strategy, one.parameters) == (lane.strategy, lane.parameters)]
    if not same:
        return f"{folder} did not run {lane.strategy} with these parameters"
    found = ""
    for one in same:
        if one.name in differs:
            found = f"in {folder} the batch differs from {one.name}: {differs[one.name]}"
        elif one.name not in traded:
            found = f"in {folder} {one.name} has sent no order with these parameters alone: that shows nothing"
        else:
            return ""
    return found
