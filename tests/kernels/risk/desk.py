"""A desk of three symbols at 100, in lots of 1 and ticks of 0.01, for tests that send orders through the check."""

import math
from typing import Any

import numpy as np

from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.commands import ANSWER, Action, new_commands, run_commands
from lockstep.kernels.risk.order import NEVER, OrderClass
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import RISK_LIMITS, Rows, new_risk_account, new_risk_symbols

NAN = math.nan
SECOND = 1_000_000_000


class Desk:
    """Records, and commands carried out on them one at a time. ``limits`` are in the user's own camelCase."""

    def __init__(self, symbols: int = 3, lot: float = 1.0, **limits: Any) -> None:
        self.limits = RiskLimits.from_mapping(limits).record()
        assert self.limits.dtype == RISK_LIMITS
        self.account = new_risk_account(100_000.0, session=0)
        self.symbols = new_risk_symbols(symbols)
        self.symbols["tick"], self.symbols["lot"] = 0.01, lot
        self.next_id = 0
        for s in range(symbols):
            self.do(Action.MARK, symbol=s, price=100.0)

    def do(self, action: Action, **fields: Any) -> Any:
        """Carry out one command; return its answer."""
        commands, answers = new_commands(1), np.zeros(1, ANSWER)
        commands["action"] = action
        for name, value in fields.items():
            commands[name] = value
        run_commands(self.limits, self.account, self.symbols, commands, answers)
        return answers[0]

    def send(self, quantity: float, price: float = NAN, *, action: Action = Action.SUBMIT, **fields: Any) -> Any:
        """Submit an order, limit if it has a price; return the answer."""
        trigger = fields.get("trigger", NAN)
        kind = (OrderClass.MARKET, OrderClass.LIMIT, OrderClass.STOP, OrderClass.STOP_LIMIT)[
            (not math.isnan(price)) + 2 * (not math.isnan(trigger))
        ]
        given = {"kind": kind, "client_id": self.next_id, "time_ns": self.next_id * SECOND} | fields
        self.next_id += 1
        return self.do(action, quantity=quantity, price=price, **given)

    def hold(self, quantity: float, symbol: int = 0) -> None:
        """Give a symbol a position."""
        self.do(Action.POSITION, symbol=symbol, quantity=quantity)


def verdict(answer: Any) -> tuple[RiskCode, float, float, float]:
    """Return (code, limit, current, attempted) of an answer."""
    return RiskCode(answer["code"]), float(answer["limit"]), float(answer["current"]), float(answer["attempted"])


def passes(answer: Any) -> bool:
    """Did an order pass?"""
    return int(answer["code"]) == RiskCode.PASSED


def same_rows(a: Rows, b: Rows) -> None:
    """Assert that two tables are equal, to the last bit of a float of single units and 1e-9 of sums."""
    for name in a.dtype.names or ():
        np.testing.assert_allclose(a[name], b[name], rtol=1e-12, atol=1e-9, equal_nan=True, err_msg=name)


__all__ = ["NAN", "NEVER", "SECOND", "Action", "Desk", "OrderClass", "passes", "same_rows", "verdict"]
