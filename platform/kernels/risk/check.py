"""The pre-trade check: every order and every replacement passes here before it leaves. Cancels never come here.

Reads records and a proposal, writes nothing, allocates nothing. The first rule that fails gives the answer, in the
order of the groups below; docs/risk.md has each rule's formula.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.conduct import (
    crowded,
    held_back,
    meets_itself,
    misdirected,
    mispriced,
    reduces,
    repeated,
    stopped,
)
from lockstep.kernels.risk.exposure import unit_value
from lockstep.kernels.risk.form import malformed, untradable
from lockstep.kernels.risk.limits import beyond_exposure, beyond_position, reach, too_large
from lockstep.kernels.risk.order import Proposal, Verdict, own_price


@kernel
def check(limits: Any, account: Any, symbol: Any, order: Proposal) -> Verdict:
    """Return whether an order may leave: code ``PASSED``, or the first rule it breaks with three numbers.

    ``limits``, ``account`` and ``symbol`` are single records (RISK_LIMITS, RISK_ACCOUNT, RISK_SYMBOL). An order that
    reduces (see ``reduces``) is not held to what may be exceeded already: states, losses, exposure, age of data.
    """
    verdict = stopped(account, symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = malformed(order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = untradable(limits, symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = repeated(limits, account, symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = misdirected(symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    price = own_price(order.price, order.trigger) if math.isnan(symbol.mark) else symbol.mark
    ahead = reach(symbol, order, unit_value(symbol, price))
    reducing = reduces(symbol, order, ahead)
    verdict = mispriced(limits, symbol, order, reducing)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = meets_itself(limits, symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    verdict = too_large(limits, symbol, order)
    if verdict.code != RiskCode.PASSED or reducing:
        return verdict
    verdict = held_back(limits, account, symbol, order)
    if verdict.code != RiskCode.PASSED:
        return verdict
    if order.replaces == 0.0:
        verdict = crowded(limits, account, symbol)
        if verdict.code != RiskCode.PASSED:
            return verdict
    if ahead.after <= ahead.before:
        return verdict  # nothing is risked that is not at risk already
    verdict = beyond_position(limits, symbol, order, ahead)
    if verdict.code != RiskCode.PASSED:
        return verdict
    return beyond_exposure(limits, account, symbol, order, ahead)
