"""What must hold of any exchange's reports, whatever its rules: ids are unique, and no lot comes or goes unseen."""

from collections import Counter
from collections.abc import Iterable

from lockstep.kernels.matching.codes import ReportKind

Report = tuple[int, ...]
KIND, REASON, INSTRUMENT, OWNER, SIDE, MAKER, ID, OTHER, TICK, LOTS, REMAINING, SEQUENCE, TIME_NS = range(13)
"""Places in a report."""


class Audit:
    """Keeps its own account of every live order from reports alone."""

    def __init__(self) -> None:
        self.left: dict[tuple[int, int], int] = {}
        self.traded: Counter[tuple[int, int]] = Counter()
        self.positions: Counter[tuple[int, int]] = Counter()
        self.kinds: Counter[ReportKind] = Counter()
        self.reasons: Counter[int] = Counter()
        self.sequence = 0

    def take(self, reports: Iterable[Report]) -> None:
        """Check reports in their order."""
        for r in reports:
            self.sequence += 1
            assert r[SEQUENCE] == self.sequence
            kind = ReportKind(r[KIND])
            self.kinds[kind] += 1
            self.reasons[r[REASON]] += 1
            if kind not in (ReportKind.REJECTED, ReportKind.PHASE):
                self._take(kind, r)

    def _take(self, kind: ReportKind, r: Report) -> None:
        key = r[INSTRUMENT], r[ID]
        if kind == ReportKind.ACCEPTED:
            assert key not in self.left, f"id {key} lives already: {r}"
            assert 0 < r[REMAINING] <= r[LOTS]
        else:
            assert key in self.left, f"id {key} does not live: {r}"
            before = self.left[key]
            if kind in (ReportKind.FILL, ReportKind.REDUCED):
                assert before - r[LOTS] == r[REMAINING] >= 0 < r[LOTS], (before, r)
            elif kind in (ReportKind.CANCELED, ReportKind.EXPIRED):
                assert r[LOTS] == before and r[REMAINING] == 0, (before, r)  # noqa: PT018
            elif kind == ReportKind.TRIGGERED:
                assert r[LOTS] == before >= r[REMAINING] > 0, (before, r)
        self.left[key] = r[REMAINING]
        if r[REMAINING] == 0:
            del self.left[key]
        if kind == ReportKind.FILL:
            self.traded[r[INSTRUMENT], r[SIDE]] += r[LOTS]
            self.positions[r[OWNER], r[INSTRUMENT]] += r[LOTS] if r[SIDE] == 0 else -r[LOTS]

    def check_sides(self) -> None:
        """As much was bought as sold."""
        for instrument, side in list(self.traded):
            assert self.traded[instrument, side] == self.traded[instrument, 1 - side]
