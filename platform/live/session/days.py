"""The days of a session that runs: when one has ended it is proven meanwhile, and the journal told what came of it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy as np

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.day_ends import DAY_NS, day_ends
from lockstep.live.session.core import Core
from lockstep.live.storage.journal import Journal

DAY_ENDED, PROOF = "day_ended", "proof"
_YEARS_NS = 3650 * DAY_NS
Prover = Callable[[int], Awaitable[Mapping[str, Any]]]
"""Proves all up to a row of the journal: ``equal`` (None where nobody knows), ``why``, and what was compared."""


class Days:
    """Says when a day of any of the session's instruments has ended, and has the session proven up to there."""

    def __init__(self, core: Core, journal: Journal, prove: Prover) -> None:
        self._core, self._journal, self._prove = core, journal, prove
        self._since_ns = 0
        self._ends: deque[int] = deque()
        self._due = 0
        """Row of the day that is to be proven, 0 for none."""
        self._proof: asyncio.Task[Mapping[str, Any]] | None = None
        self._proving = 0

    def go_on(self, recording: Recording) -> None:
        """Go on where a session stood: a proof that did not come to its end is begun again."""
        ended, proof = (next(recording.latest(kind), None) for kind in (DAY_ENDED, PROOF))
        if ended is not None:
            self._since_ns = int(ended.content()["end_ns"])
            self._due = ended.seq if proof is None or proof.content()["row"] < ended.seq else 0
        if proof is not None:
            self._core.hearing.proof = told(proof.content())

    def look(self) -> None:
        """See whether a day has ended, and whether a proof has; to be called often, by the session's loop."""
        if self._core.taken:
            self._end_days(self._core.clock.last_ns)
        if self._proof is not None and self._proof.done():
            proof, self._proof = self._proof, None
            self._tell(proof)
        if self._due and self._proof is None and self._journal.durable >= self._due:
            self._proving, self._due = self._due, 0
            self._proof = asyncio.ensure_future(self._prove(self._proving))

    async def close(self) -> None:
        """Give up what is under way: what proves the whole session proves its days."""
        if self._proof is not None:
            self._proof.cancel()
            await asyncio.wait({self._proof})

    def _end_days(self, now_ns: int) -> None:
        if not self._ends:
            self._ends = self._ends_from(self._since_ns or now_ns)
        end_ns = 0
        while self._ends and self._ends[0] <= now_ns:
            end_ns = self._ends.popleft()
        if end_ns:
            self._core.say_states("day_state")
            self._due = self._journal.put(DAY_ENDED, {"end_ns": end_ns, "records": self._core.taken}, time_ns=now_ns)
            self._journal.hand_over()

    def _ends_from(self, start_ns: int) -> deque[int]:
        lanes = self._core.terms.lanes
        each = [day_ends(lane.traded(), start_ns, start_ns + _YEARS_NS) for lane in lanes if lane.bars is None]
        return deque(np.unique(np.concatenate(each)).tolist() if each else ())

    def _tell(self, proof: "asyncio.Task[Mapping[str, Any]]") -> None:
        error = proof.exception()
        found = proof.result() if error is None else {"equal": None, "why": f"{type(error).__name__}: {error}"}
        content = {"row": self._proving, **found}
        self._core.hearing.proof = told(content)
        self._journal.put(PROOF, content, time_ns=self._core.clock.last_ns)
        self._journal.hand_over()


def told(content: Mapping[str, Any]) -> str:
    """Return what people should know of a proof, as a line."""
    if content["equal"]:
        return f"parity: equal up to row {content['row']}, where the day ended"
    if content["equal"] is None:
        return f"ALERT: the day that ended with row {content['row']} could not be proven: {content['why']}"
    return f"ALERT: parity differs in the day that ended with row {content['row']}: {content['why']}"
