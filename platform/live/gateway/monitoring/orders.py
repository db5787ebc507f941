"""How long orders take, by the rows of their sessions' journals: from sending to the venue's word, and to a trade."""

import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.core import Metric

from lockstep.data.recordings.journal_rows import Row
from lockstep.kernels.risk.codes import RiskCode
from lockstep.live.gateway.monitoring.exposition import Labels, counter, histogram
from lockstep.live.session.tally import Tally

KINDS = ("intent", "order", "fill", "risk")
"""Rows that are looked at."""
_CODES = {code.value: code.name for code in RiskCode}
WAITING = 20_000
"""Orders that have not traded yet and are remembered, the latest of all sessions."""
LATEST = 1000
"""Measurements of a session that quantiles are of."""


class Took:
    """How long one thing took: all by classes, and the latest as they were."""

    def __init__(self) -> None:
        self.all, self.latest = Tally(), deque[float](maxlen=LATEST)

    def take(self, seconds: float) -> None:
        """Count a measurement."""
        self.all.take(seconds)
        self.latest.append(seconds)

    def quantiles(self) -> dict[str, float | int | None]:
        """Return quantiles of the latest measurements in microseconds, None where there is none; from any thread."""
        found = sorted(self.latest.copy())
        at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        ranked = {name: found[math.ceil(share * len(found)) - 1] * 1e6 if found else None for name, share in at.items()}
        return {"measured": len(found), **ranked}


class Orders:
    """Hears rows in their order, by session. Times are those of the session's clock."""

    def __init__(self) -> None:
        self.acknowledged: defaultdict[Labels, Took] = defaultdict(Took)
        self.filled: defaultdict[Labels, Took] = defaultdict(Took)
        self.refused: Counter[Labels] = Counter()
        """By session and code, as answers have it: RISK_MAX_ORDER_SIZE."""
        self._sent: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def hear(self, session: str, rows: Iterable[Row]) -> None:
        """Take rows in."""
        for row in rows:
            if row.kind in KINDS:
                self._hear(session, row.kind, row.strategy, row.content())

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        yield histogram("order_ack_seconds", "From an order's submission to the venue having it.", ("session",),
                        {labels: took.all for labels, took in self.acknowledged.items()})  # fmt: skip
        yield histogram("order_fill_seconds", "From an order's submission to its first fill.", ("session",),
                        {labels: took.all for labels, took in self.filled.items()})  # fmt: skip
        yield counter("risk_refusals_total", "Orders and replacements that the risk check refused.",
                      ("session", "code"), self.refused)  # fmt: skip

    def latency(self, session: str) -> dict[str, Any]:
        """Return how long the latest orders of a session took to the venue's word, and to their first fill."""
        nothing, of = Took(), {"acknowledged": self.acknowledged, "filled": self.filled}
        return {name: found.get((session,), nothing).quantiles() for name, found in of.items()}

    def _hear(self, session: str, kind: str, lane: str, content: dict[str, Any]) -> None:
        if kind == "risk":
            self.refused[session, _named(content["code"])] += 1
            return
        key = (session, lane, int(content.get("order", 0)))
        if kind == "intent" and content.get("action") == "submit":
            self._remember(key, int(content["sent_ns"]))
        elif kind == "fill" and (sent_ns := self._sent.pop(key, None)) is not None:
            self.filled[session,].take(max(int(content["time_ns"]) - sent_ns, 0) / 1e9)
        elif kind == "order":
            self._sent.pop(key, None)
            if content.get("arrived_ns", 0) > 0:
                self.acknowledged[session,].take(max(content["arrived_ns"] - content["sent_ns"], 0) / 1e9)

    def _remember(self, key: tuple[str, str, int], sent_ns: int) -> None:
        self._sent[key] = sent_ns
        if len(self._sent) > WAITING:
            self._sent.popitem(last=False)


def _named(code: int) -> str:
    """Return a code's name; a number that other code wrote stands for itself."""
    return f"RISK_{_CODES.get(code, code)}"
