"""What does one pre-trade check take inside a compiled kernel?

    python -m benchmarks.risk [--orders 1000000] [--repeats 15] [--short]

A loop in compiled code checks a million proposals over 64 symbols against a full set of limits: most pass every rule,
which is the longest way through. The second loop also books each that passed, and ends it again.
"""

import math
from statistics import median
from typing import Any

import numpy as np
from benchmarks.harness import heading, in_fresh_process, options

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.book import accepted, closed, own_best
from lockstep.kernels.risk.check import check
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.commands import new_commands, proposal
from lockstep.kernels.risk.order import OrderClass
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import Rows, new_risk_account, new_risk_symbols

GOAL_NS = 200.0
SYMBOLS = 64
OWN_BID, OWN_ASK = 90.0, 110.0
STEP_NS = 1_000_000
LIMITS = {
    "maxPositionSize": 100_000, "maxOrderSize": 10_000, "maxDailyLoss": 5_000, "maxGrossExposure": 1_000_000,
    "maxSymbolExposure": 50_000, "maxOrderNotional": 40_000, "maxDrawdown": 0.2, "maxConcentration": 0.5,
    "maxLeverage": 4.0, "priceCollar": 0.05, "maxMarkAge": 3600.0, "maxOrderRate": 1000, "maxSessionOrders": 10**9,
    "maxOpenOrders": 500, "maxSymbolOpenOrders": 50, "duplicateWindow": 0.0001,
}  # fmt: skip


@kernel(cache=True)
def check_all(limits: Any, account: Any, symbols: Any, commands: Any) -> int:
    """Check every proposal; return how many passed."""
    count = 0
    for i in range(commands.size):
        verdict = check(limits[0], account[0], symbols[commands[i].symbol], proposal(commands[i]))
        if verdict.code == RiskCode.PASSED:
            count += 1
    return count


@kernel(cache=True)
def check_and_book(limits: Any, account: Any, symbols: Any, commands: Any) -> int:
    """Check every proposal, book those that pass, end them again; return how many passed."""
    count = 0
    for i in range(commands.size):
        symbol, order = symbols[commands[i].symbol], proposal(commands[i])
        if check(limits[0], account[0], symbol, order).code == RiskCode.PASSED:
            accepted(account[0], symbol, order)
            if closed(account[0], symbol, order.quantity, order.price, order.reduce_only):
                own_best(symbol, OWN_BID, OWN_ASK)
            count += 1
    return count


def orders(count: int) -> Rows:
    """Return limit and market orders around marks of 100, nine in ten of them within all limits."""
    chance = np.random.default_rng(7)
    rows = new_commands(count)
    rows["symbol"] = chance.integers(0, SYMBOLS, count)
    rows["quantity"] = chance.integers(1, 100, count) * chance.choice([-1.0, 1.0], count)
    is_limit = chance.random(count) < 0.8
    rows["kind"] = np.where(is_limit, OrderClass.LIMIT, OrderClass.MARKET)
    away = np.rint(chance.uniform(0.0, 900.0, count)) / 100.0 * -np.sign(rows["quantity"])
    # A tenth of the limit orders reach through the market by up to nine, beyond the collar of five.
    away *= np.where(chance.random(count) < 0.1, -1.0, 1.0)
    rows["price"] = np.where(is_limit, np.rint((100.0 + away) * 100.0) / 100.0, math.nan)
    rows["client_id"] = np.arange(count)
    rows["time_ns"] = np.arange(1, count + 1) * STEP_NS
    return rows


def tables() -> tuple[Rows, Rows, Rows]:
    """Return limits, account and symbols, each symbol with a position and something working."""
    account, symbols = new_risk_account(1_000_000.0, session=0), new_risk_symbols(SYMBOLS)
    symbols["mark"], symbols["mark_time_ns"], symbols["tick"], symbols["lot"] = 100.0, 0, 0.01, 1.0
    symbols["position"], symbols["buying"], symbols["selling"] = 10.0, 20.0, 20.0
    symbols["exposure"], symbols["worst_exposure"] = 1_000.0, 3_000.0
    account["gross"], account["gross_worst"] = 1_000.0 * SYMBOLS, 3_000.0 * SYMBOLS
    account["buying_power"] = 1_000_000.0
    symbols["own_bid"], symbols["own_ask"] = OWN_BID, OWN_ASK
    # What the loop books and ends must not be a side's last order, which would clear the side.
    symbols["buy_orders"] = symbols["sell_orders"] = 1
    account["working_orders"] = 2 * SYMBOLS
    return RiskLimits.from_mapping(LIMITS).record(), account, symbols


def measure(count: int, repeats: int) -> dict[str, Any]:
    """Time both loops; the first run of each, which compiles or loads it, is left out."""
    from benchmarks.harness import timed

    commands, result = orders(count), {}
    for loop in (check_all, check_and_book):
        limits, account, symbols = tables()
        # A rate over all repeats would be broken by time that starts again: each gets records of its own.
        passed = loop(limits, account, symbols, commands)
        times = []
        for _ in range(repeats):
            limits, account, symbols = tables()
            times += timed(lambda: loop(limits, account, symbols, commands), 1)  # noqa: B023  # called at once
        result[loop.__name__] = {"times": times, "passed": passed}
    return result


def main() -> None:
    """Measure in a fresh process and print nanoseconds an order."""
    chosen = options(__doc__, repeats=15, orders=1_000_000)
    count, repeats = (200_000, 5) if chosen.short else (chosen.orders, chosen.repeats)
    heading(__doc__)
    values = in_fresh_process("benchmarks.risk:measure", count=count, repeats=repeats).values
    for name, title in (("check_all", "check"), ("check_and_book", "check, book, end")):
        each = [seconds / count * 1e9 for seconds in values[name]["times"]]
        share = values[name]["passed"] / count
        goal = f" (goal: {GOAL_NS:.0f})" if name == "check_all" else ""
        print(f"{title:<18} {median(each):6.1f} ns ({min(each):.1f} .. {max(each):.1f}){goal}; {share:.1%} pass")


if __name__ == "__main__":
    main()
