"""What the orders of a live session would have found in simulation: sent again over the tape, each when it came in."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import terms_of
from lockstep.data.ticks.execution import Latency
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import ParityError
from lockstep.kernels.book.events import TickBlock
from lockstep.strategies.over_ticks.controls import Controls
from lockstep.strategies.over_ticks.kept_commands import commands_of
from lockstep.strategies.over_ticks.requests import requests_of
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.vector.parity.fills import FillDiff, compare_fills
from lockstep.vector.parity.replay import LaneReplay, Records
from lockstep.vector.ticks.calibration.replay import replayed, scripted


def simulated_fills(folder: Path | str) -> dict[str, FillDiff]:
    """Return, of each lane over ticks, the session's fills beside those of a simulation of the same orders.

    An order comes in when the venue took it, ends when it did, and trades by the lane's own terms: queue, fees, impact.
    Raises ``ParityError`` for a session that has never traded at a venue.
    """
    found = {}
    with Recording(folder) as recording, recording.frozen():
        terms, tape = terms_of(recording.description()), recording.tape
        commands = commands_of(recording)
        if not (tape["input"] == Input.REPORT).any():
            raise ParityError(f"{folder} has no venue's reports: paper sessions are simulations already")
        for number, lane in enumerate(terms.lanes):
            if lane.bars is None:
                replay = LaneReplay(terms, number, tape, Controls(terms.lanes, terms.limits), commands)
                found[lane.name] = _simulated(replay, tape)
    return found


def _simulated(replay: LaneReplay, tape: Records) -> FillDiff:
    for _ in replay.until(len(tape)):
        pass  # how the lane came about is parity's to judge
    instrument, frame = replay.terms.traded(), replay.frame
    if frame is None or not len(scripted(frame.written("orders"))):
        return FillDiff(())
    events = np.array(tape[(tape["input"] == Input.MARKET) & (tape["symbol"] == replay.symbol)])
    columns = {name: np.ascontiguousarray(events[name]) for name in TickBlock._fields if name != "time_ns"}
    block = TickBlock(time_ns=columns["received_ns"], **columns)
    ticks = Ticks.from_blocks(block, instrument, source="tape")
    rules = replace(replay.terms.rules(), latency=Latency())  # orders come in when the venue took them
    fills = replayed(ticks, frame.written("orders"), rules, requests_of(frame.written("intents")))
    maker = RowMaker(instrument)
    return compare_fills(maker.fills(frame.written("fills")), maker.fills(fills))
