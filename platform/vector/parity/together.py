"""The lanes of a recorded session run again: each for itself, or record by record where they share an account.

What a lane may send depends on what the others hold where an account with limits is theirs together; then all of them
take each record before any of them takes the next, as in the session.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.strategies.over_ticks.controls import Controls
from lockstep.vector.parity.begin import Begin
from lockstep.vector.parity.replay import Commands, LaneReplay, Records, Written

if TYPE_CHECKING:
    from lockstep.vector.parity.bars import BarLaneReplay

PIECE = 4096


class Replay(Protocol):
    """A lane that is run again."""

    @property
    def terms(self) -> LaneTerms:
        """What runs."""

    def until(self, records: int) -> Iterator[Written]:
        """Take the tape up to a number of records, not fewer than before; give what was written on the way."""

    def state(self) -> str:
        """Return the fingerprint of the lane as it stands."""


def replays_of(
    terms: SessionTerms, begin: Begin, tape: Records, commands: Commands, cuts: Sequence[int],
    stalls: Mapping[str, Row],
) -> Sequence[Replay]:  # fmt: skip
    """Return the lanes of a session, each to be taken from cut to cut (numbers of records), one after the other.

    ``terms`` are those at the end, with all lanes that were added on the way.
    ``stalls`` are the journal's rows of strategies that did not come back, by name of lane.
    """
    over_bars = _over_bars(terms, begin, tape, commands, stalls)
    shared = begin.controls()
    contents = {name: row.content() for name, row in stalls.items()}
    over_ticks = [(k, contents.get(lane.name)) for k, lane in enumerate(terms.lanes) if lane.bars is None]
    if len(over_ticks) > 1 and shared.shared:
        lanes = [LaneReplay(terms, k, tape, shared, commands, stall, begin.records) for k, stall in over_ticks]
        _stand(begin, lanes, shared)
        told = _together(lanes, tape, shared, commands, sorted({*cuts, len(tape)}), begin.records)
        return [*told, *over_bars]
    alone = []
    for k, stall in over_ticks:
        controls = begin.controls()
        lane = LaneReplay(terms, k, tape, controls, commands, stall, begin.records)
        _stand(begin, [lane], controls)
        alone.append(lane)
    return [*alone, *over_bars]


def _stand(begin: Begin, lanes: Sequence[LaneReplay], controls: Controls) -> None:
    """Let lanes and their controls stand where the proof begins."""
    if begin.standing is None:
        return
    controls.parameters = begin.standing.parameters
    for content, lane in product(begin.added, lanes):
        lane.hear_addition(content)
    for lane in lanes:
        lane.halted = begin.standing.halted.get(lane.terms.name, "")
        kept = begin.standing.lane(lane.terms.name)
        if kept is not None:
            lane.stand(*kept)
    begin.standing.resume(controls)


def _over_bars(
    terms: SessionTerms, begin: Begin, tape: Records, commands: Commands, stalls: Mapping[str, Row]
) -> "list[BarLaneReplay]":
    if all(lane.bars is None for lane in terms.lanes):
        return []
    from lockstep.vector.parity.bars import bar_replays  # brings kernels that ticks never load

    return bar_replays(terms, begin, tape, commands, stalls)


class Told:
    """What a lane has written between cuts, and how it stood there."""

    def __init__(self, terms: LaneTerms) -> None:
        self.terms = terms
        self.parts: list[tuple[int, list[Written], str]] = []
        self._next = 0

    def until(self, records: int) -> Iterator[Written]:
        """Give what was written up to a cut."""
        while self._next < len(self.parts) and self.parts[self._next][0] <= records:
            yield from self.parts[self._next][1]
            self._next += 1

    def state(self) -> str:
        """Return the fingerprint at the cut that was come to last."""
        return self.parts[self._next - 1][2] if self._next else ""


def _together(
    lanes: Sequence[LaneReplay], tape: Records, controls: Controls, commands: Commands, cuts: Sequence[int],
    start: int,
) -> list[Told]:  # fmt: skip
    """Run lanes record by record, behind the first ``start``."""
    told = [Told(lane.terms) for lane in lanes]
    for cut in cuts:
        written: list[list[Written]] = [[] for _ in lanes]
        for first in range(start, cut, PIECE):
            piece = np.array(tape[first : min(first + PIECE, cut)])
            for k, (what, symbol) in enumerate(zip(piece["input"].tolist(), piece["symbol"].tolist(), strict=True)):
                if what == Input.COMMAND:
                    _obey(lanes, controls, commands[int(piece["id"][k])], first + k, written)
                    continue
                if what == Input.REPORT:
                    number = int(piece["slot"][k])
                    if number >= 0:
                        written[number].extend(lanes[number].take(first + k))
                        written[number].extend(lanes[number].hear(first + k))
                    continue
                for lane, rows in zip(lanes, written, strict=True):
                    if what == Input.TIME or symbol == lane.symbol:
                        rows.extend(lane.take(first + k + 1))
        for lane, rows, part in zip(lanes, written, told, strict=True):
            rows.extend(lane.take(cut))
            part.parts.append((cut, rows, lane.state()))
        start = cut
    return told


def _obey(
    lanes: Sequence[LaneReplay], controls: Controls, command: tuple[str, Any], place: int,
    written: Sequence[list[Written]],
) -> None:  # fmt: skip
    kind, content = command
    for lane, rows in zip(lanes, written, strict=True):
        rows.extend(lane.take(place))
        rows.extend(lane.meet(place))
    for lane in lanes:
        lane.prepare(place, kind, content)
    controls.obey(kind, content)
    for lane, rows in zip(lanes, written, strict=True):
        rows.extend(lane.obey(place, kind, content))
    for lane, rows in zip(lanes, written, strict=True):
        rows.extend(lane.hear_of(place, kind, content))
