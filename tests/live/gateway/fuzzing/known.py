"""What requests may name: orders, jobs, sessions that answers have told of, and what the session trades."""

import random
from collections import defaultdict, deque
from typing import Any

from lockstep.live.gateway.sessions.first import NAME, PRICES
from lockstep.strategies.over_ticks.controls import COMMANDS

SYMBOLS = tuple(PRICES)
MAKER = "maker"
_OF_ANSWERS = {
    "orderId": "order_id", "clientOrderId": "client_order_id", "jobId": "job_id", "row": "seq", "next": "cursor",
}  # fmt: skip
"""Names of answers, and the parameter that each may be given for."""
_LISTS = {"jobs": "job_id", "webhooks": "webhook_id", "sessions": "session_id"}
_ALIASES = {"sessionId": "session_id", "strategyId": "strategy_id", "lane": "strategy_id", "row": "seq"}
_MOST = 40


class Known:
    """Values of parameters by name, the latest ones of each."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._of: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_MOST))
        self._of |= {
            "symbol": deque((*SYMBOLS, "ELSE")),
            "strategy_id": deque(("manual", MAKER, f"{MAKER}:AAPL", "manual:AAPL")),
            "status": deque(("open", "closed", "FILLED", "canceled", "NEW")),
            "kind": deque((*COMMANDS, "fill", "order")), "state": deque(("done", "failed", "queued")),
            "since": deque(("2026-01-01T00:00:00Z",)),
        }  # fmt: skip

    def hear(self, answer: Any) -> None:
        """Take what an answer names."""
        if not isinstance(answer, dict):
            return
        for key, value in answer.items():
            if key in _OF_ANSWERS and value is not None:
                self._of[_OF_ANSWERS[key]].append(value)
            elif key in ("orders", "rows"):
                for each in value[:3] if isinstance(value, list) else ():
                    self.hear(each)
            elif key in _LISTS:
                self._of[_LISTS[key]].extend(each["id"] for each in value[-3:] if "id" in each)
        if "target" in answer and "id" in answer:
            self._of["webhook_id"].append(answer["id"])

    def one(self, parameter: str, *, ending: bool = False) -> Any:
        """Return a value for a parameter, None where nothing is known; ``ending`` leaves out the session that runs."""
        name = _ALIASES.get(parameter, parameter)
        if name != "session_id":
            of = tuple(self._of[name])
            return self._chance.choice(of if self._chance.random() < 0.5 else of[-4:]) if of else None
        others = [each for each in self._of[name] if each != NAME]
        if ending or (others and self._chance.random() < 0.1):
            return self._chance.choice(others) if others else None
        return NAME
