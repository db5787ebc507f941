"""Records of risk that begin anew, where an account goes on under another mode, or with more cash than it had."""

from collections.abc import Sequence

from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.reconcile import rebuild
from lockstep.kernels.risk.tables import Rows, new_risk_account, new_risk_symbols

_BY_OPERATORS = (RiskCode.TRADING_HALTED, RiskCode.TRADING_REDUCING)
STAYS = ("rate", "multiplier", "tick", "lot", "min_quantity", "max_quantity", "min_notional", "max_notional",
         "short_available", "restriction")  # fmt: skip
"""Of a symbol, where its account begins anew."""


def begin_anew(
    account: Rows, symbols: Rows, equity: float, positions: Sequence[float], stays: Sequence[str] = STAYS
) -> None:
    """Let RISK_ACCOUNT[1] and its RISK_SYMBOL[n] begin with signed units of each symbol; no order works.

    What operators have set stays: kill switch, restrictions, and a trading state that no loss has set.
    """
    fresh = new_risk_account(equity)
    for name in ("kill_switch", "no_room", "buying_power", "last_client_id"):
        fresh[name] = account[name]
    if int(account["reason"][0]) in _BY_OPERATORS:
        fresh["state"], fresh["reason"] = account["state"], account["reason"]
    account[:] = fresh
    clean = new_risk_symbols(len(symbols))
    for name in stays:
        clean[name] = symbols[name]
    symbols[:] = clean
    rebuild(account, symbols, positions, ())


def deposit(account: Rows, amount: float) -> None:
    """Add cash to RISK_ACCOUNT[1] that is no profit: what losses count from rises with it."""
    for name in ("equity", "day_start_equity", "day_low_equity", "peak_equity"):
        account[name] += amount
