"""The full order model against the simple one: where both can say the same, they trade the same."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from tests.kernels.engine_run import run as run_simple
from tests.kernels.orders.orders_run import run as run_full
from tests.kernels.test_engine import runs

from lockstep.kernels.orders.slippage import Slippage


def both(case: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    """Return the outcomes of the simple and the full model."""
    simple = run_simple(**case, **more)
    bars = np.stack([case["open"], case["close"], case["close"], case["close"], case["close"]], axis=2)
    bars[:, :, 1] = np.maximum(case["open"], case["close"])
    bars[:, :, 2] = np.minimum(case["open"], case["close"])
    same = ("cash", "instructions", "present", "kind", "long", "short", "fill_at", "rebalance", "band")
    if "close_at_ns" in more:
        more = {"close_at_ns": more["close_at_ns"] // 10 * 100 + 99}
    full = run_full(
        bars[:, :, :4], **{name: case[name] for name in same}, **more, contracts={"lot": case["lot"]},
        tiers=[(0.0, case["percent"], case["percent"])], per_share=case["per_share"], per_order=case["per_order"],
        slippage_model=Slippage.BPS, slippage=case["slippage"],
    )  # fmt: skip
    return simple, full


def assert_same(simple: Any, full: Any) -> None:
    """Compare fills, trades and values."""
    for name in ("symbol", "row", "reason"):
        assert full.fills[name].tolist() == simple.fills[name].tolist()
    scale = max(1000.0, float(np.abs(simple.equity[~np.isnan(simple.equity)]).max()))
    for name in ("quantity", "price", "fee", "slippage", "realised", "position", "average_cost", "cash"):
        np.testing.assert_allclose(full.fills[name], simple.fills[name], rtol=1e-9, atol=1e-9 * scale, err_msg=name)
    for name in ("equity", "gross", "net"):
        np.testing.assert_allclose(getattr(full, name), getattr(simple, name), rtol=1e-9, atol=1e-9 * scale)
    assert full.trades["exit_row"].tolist() == simple.trades["exit_row"].tolist()
    np.testing.assert_allclose(full.trades["pnl"], simple.trades["pnl"], rtol=1e-9, atol=1e-9 * scale)
    assert full.broker["end"] == simple.account["end"]


@given(runs())
@settings(max_examples=500, deadline=None)
def test_targets_and_amounts_trade_as_in_the_simple_model(case: dict[str, Any]) -> None:
    assert_same(*both(case))


@given(runs())
@settings(max_examples=150, deadline=None)
def test_both_models_close_at_the_end_alike(case: dict[str, Any]) -> None:
    last = 10 * (case["close"].shape[1] - 1) + 9
    assert_same(*both(case, close_at_ns=last))
