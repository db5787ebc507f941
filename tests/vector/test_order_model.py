"""The full order model through ``backtest``: hand numbers, and refusals that leave nothing behind."""

from typing import Any

import numpy as np
import pytest
from tests.vector.market_days import days, market, walk

from lockstep.errors import BacktestError, LockstepError, OrderError, RiskLimitsError
from lockstep.strategies import MeanReversion, Order, bracket
from lockstep.strategies.orders import Cancel, Replace
from lockstep.vector import Brokerage, Exits, Market, OrderList, Orders, Result, Targets, backtest

FALL = [[100.0, 102.0, 99.0, 101.0], [101.0, 103.0, 98.5, 99.0], [99.0, 100.0, 96.0, 97.0], [97.0, 98.0, 93.0, 94.0]]
TARGETS = Targets([0.0, 10.0, np.nan, np.nan], kind="units")


def fills(result: Result) -> list[tuple[Any, ...]]:
    return result.fills.select("row", "quantity", "price", "reason").rows()


def placed(*requests: tuple[Any, Any], **keywords: Any) -> Result:
    return backtest(days(FALL), OrderList(requests), cash=10_000.0, **keywords)


def test_a_bracket_enters_at_its_limit_and_leaves_at_its_stop() -> None:
    orders = bracket(Order(symbol="A", quantity=10, type="limit", limit=100.0), stop=95.0, limit=110.0)
    found = placed(*((0, order) for order in orders))
    assert fills(found) == [(1, 10.0, 100.0, "limit"), (3, -10.0, 95.0, "stop")]
    assert found.orders["status"].to_list() == ["filled", "filled", "canceled"]
    assert found.orders["ended"].to_list()[2] == "by_sibling"
    assert found.equity["equity"].to_list() == [10_000.0, 9_990.0, 9_970.0, 9_950.0]


def test_times_place_requests_at_the_last_close_before_them() -> None:
    market_order = Order(symbol="A", quantity=1)
    for moment in (0, "2024-01-02T00:00:00+00:00", np.datetime64("2024-01-02T12:00")):
        assert fills(placed((moment, market_order))) == [(1, 1.0, 101.0, "next_open")]


def test_cancel_and_replace_name_an_order_by_its_tag() -> None:
    order = Order(symbol="A", quantity=5, type="limit", limit=90.0)
    assert fills(placed((0, order), (1, Cancel("A", order.tag)))) == []
    moved = placed((0, order), (1, Replace(symbol="A", tag=order.tag, limit=98.0)))
    assert fills(moved) == [(2, 5.0, 98.0, "limit")]
    late = placed((0, order), (2, Cancel("A", 10**6)))
    assert late.refusals["refusal"].to_list() == ["unknown_order"]
    assert "may be filled" in late.refusals["why"][0]


def test_a_size_by_risk_loses_its_share_of_equity_at_its_stop() -> None:
    # 1 % of 10,000 at 5 % below 101: 19.8 units; the stop at 95.95 gives up 5.05 a unit.
    risked = Order(symbol="A", quantity=0.01, size="risk", stop_loss=0.05)
    found = placed((0, risked), fractional=True)
    units = 100.0 / 5.05
    entry, stop = (
        (1, pytest.approx(units), 101.0, "next_open"),
        (3, pytest.approx(-units), pytest.approx(95.95), "stop"),
    )
    assert fills(found) == [entry, stop]
    assert found.equity["equity"].to_list()[-1] == pytest.approx(9_900.0)


def test_an_order_trails_by_the_average_true_range() -> None:
    frame = walk(60, 3)
    enter, leave = (
        Order(symbol="A", quantity=5),
        Order(symbol="A", quantity=-5, type="trailing_stop", trail=("atr", 1.0), reduce_only=True),
    )
    found = backtest(frame, OrderList([(30, enter), (31, leave)]))
    assert found.fills["reason"].to_list()[0] == "next_open"
    assert found.fills["reason"].to_list()[1].startswith("trailing_stop")


def test_exits_come_with_every_position_a_target_opens() -> None:
    found = backtest(days(FALL), TARGETS, cash=10_000.0, exits=Exits(stop_loss=0.02))
    assert fills(found) == [(2, 10.0, 99.0, "next_open"), (2, -10.0, pytest.approx(97.02), "stop")]


@pytest.mark.parametrize(
    ("path", "price"),
    [
        ("pessimistic", 95.0),
        ("optimistic", 105.0),
        ("high_first", 105.0),
        ("low_first", 95.0),
        ("nearest_first", 105.0),
    ],
)
def test_both_levels_in_one_bar(path: Any, price: float) -> None:
    bars = days([[100.0, 100.0, 100.0, 100.0], [100.0, 101.0, 99.5, 100.0], [100.0, 106.0, 94.0, 102.0]])
    exits = Exits(stop_loss=0.05, take_profit=0.05)
    found = backtest(bars, Targets([1.0, np.nan, np.nan], kind="units"), exits=exits, market=Market(path=path))
    assert found.fills["price"].to_list() == [100.0, pytest.approx(price)]


def test_what_the_volume_leaves_is_carried_over_and_explained() -> None:
    found = backtest(days(FALL), Orders([250.0, *[np.nan] * 3]), cash=1e6, market=Market(participation=0.1))
    assert fills(found) == [
        (1, 100.0, 101.0, "next_open"),
        (2, 100.0, 99.0, "carried_over"),
        (3, 50.0, 97.0, "carried_over"),
    ]
    assert "left the rest" in found.explain(0)
    assert "too little volume" in found.explain(1)
    assert len(found.orders) == 1


def test_margin_buys_twice_and_is_liquidated() -> None:
    crash = [[100.0] * 4, [100.0] * 4, [100.0, 100.0, 60.0, 60.0], [60.0] * 4]
    twice = Brokerage(account="margin", leverage=2.0, maintenance=0.5)
    found = backtest(days(crash), Orders([np.inf, *[np.nan] * 3]), cash=10_000.0, brokerage=twice, fractional=True)
    # 200 units; equity 20,000 falls by 200 a point: maintenance, a quarter of the value, is met at 66.67.
    assert fills(found) == [(1, 200.0, 100.0, "next_open"), (2, -200.0, 60.0, "liquidation")]
    assert found.equity["equity"].to_list()[-1] == 2_000.0
    assert "maintenance margin" in found.explain(1)


def test_a_multiplier_and_a_rate_turn_prices_into_money() -> None:
    euros = {"kind": "future", "multiplier": 50.0, "currency": "EUR"}
    bars = market(days(FALL), A=euros)
    terms = Brokerage(account="margin", leverage=10.0, currency="USD")
    found = backtest(bars, Orders([2.0, *[np.nan] * 3]), cash=10_000.0, brokerage=terms, rates={"EUR": 1.1})
    # 2 contracts from 101 to the close of 94: 2 * 50 * 1.1 * -7.
    assert found.equity["equity"].to_list()[-1] == pytest.approx(10_000.0 - 770.0)
    assert found.fills["rate"].to_list() == [1.1]
    assert found.trades["entry_price"].to_list() == [pytest.approx(101.0 * 1.1)]


def test_interest_and_borrow_fees_are_flows() -> None:
    flat = [[100.0] * 4] * 3
    bars = market(days(flat), A={"borrow_rate": 0.365})
    found = backtest(bars, Orders([-10.0, np.nan, np.nan]), cash=10_000.0, brokerage=Brokerage(credit_rate=0.0365))
    # A day of 365: 1,000 short at 0.1 %, then 10,000 of cash less that fee at 0.01 %; a short's proceeds bear nothing.
    first, second = 0.0001 * 9_999.0, 0.0001 * (9_999.0 + 0.0001 * 9_999.0 - 1.0)
    assert found.flows.select("kind", "amount").rows() == [
        ("borrow", pytest.approx(-1.0)), ("interest", pytest.approx(first)),
        ("borrow", pytest.approx(-1.0)), ("interest", pytest.approx(second)),
    ]  # fmt: skip


def test_dividends_are_paid_and_splits_multiply() -> None:
    from datetime import date

    from lockstep.data import Bars
    from lockstep.data.actions import Action

    rows = [[100.0] * 4, [100.0] * 4, [50.0] * 4, [50.0] * 4]
    actions = {"A": [Action(date(2024, 1, 3), "split", 2.0), Action(date(2024, 1, 4), "dividend", 1.5)]}
    bars = Bars.from_frame(days(rows), actions=actions, adjust="none")
    found = backtest(bars, Orders([10.0, *[np.nan] * 3]), cash=10_000.0, actions=True)
    assert found.equity["equity"].to_list() == [10_000.0, 10_000.0, 10_000.0, 10_030.0]
    assert found.flows.select("kind", "amount").rows() == [("dividend", 30.0)]
    assert found.dataset()["position"].values.tolist() == [[0.0, 10.0, 20.0, 20.0]]


def test_a_saved_result_keeps_the_order_model(tmp_path: Any) -> None:
    bars = days(FALL)
    found = backtest(bars, TARGETS, cash=10_000.0, exits=Exits(stop_loss=0.02), market=Market(latency=1))
    again = Result.load(found.save(tmp_path / "run.npz"))
    assert again.settings.order_model == found.settings.order_model
    assert again.fills.equals(found.fills)
    assert again.orders.equals(found.orders)
    assert again.flows.equals(found.flows)


def test_finer_bars_decide_what_the_coarse_ones_cannot() -> None:
    from lockstep.data import Bars

    flat, first_high = [[100.0] * 4] * 2, [[100.0, 106.0, 100.0, 105.5], [105.5, 105.5, 94.0, 102.0]]
    hours = [row for row in flat for _ in range(2)] + first_high
    times = [f"2024-01-0{i // 2 + 1}T{12 * (i % 2):02d}:00" for i in range(len(hours))]
    columns = dict(zip(("open", "high", "low", "close"), np.array(hours).T, strict=True))
    fine = Bars.from_frame({"time": times, **columns, "volume": np.ones(len(hours))}, interval="12h")
    daily = [*flat, [100.0, 106.0, 94.0, 102.0]]
    days_of = dict(zip(("open", "high", "low", "close"), np.array(daily).T, strict=True))
    coarse = Bars.from_frame(
        {"time": ["2024-01-01", "2024-01-02", "2024-01-03"], **days_of, "volume": np.ones(3)}, interval="1d"
    )
    asked = Targets([1.0, np.nan, np.nan], kind="units")
    exits = Exits(stop_loss=0.05, take_profit=0.05)
    assert backtest(coarse, asked, exits=exits).fills["price"].to_list() == [100.0, 95.0]
    assert backtest(coarse, asked, exits=exits, detail=fine).fills["price"].to_list() == [100.0, 105.0]


def test_the_simple_model_never_loads_the_full_one() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom lockstep.vector import backtest\nfrom lockstep.strategies import MeanReversion\n"
        "bars = {'time': [f'2024-01-{d:02d}' for d in range(1, 29)], **{n: [1.0] * 28 for n in "
        "('open', 'high', 'low', 'close', 'volume')}}\nresult = backtest(bars, MeanReversion())\n"
        "result.orders, result.fills, result.metrics()\n"
        "full = ('kernels.orders', 'kernels.risk', 'vector.setup', 'over_bars.order_model')\n"
        "print([m for m in sys.modules if any(name in m for name in full)])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"market": "pessimistic"}, "market must be a Market"),
        ({"exits": 0.05}, "exits must be a Exits"),
        ({"rates": [1]}, "rates must be a mapping"),
        ({"scores": np.zeros((4, 1))}, "go together"),
        ({"market": Market(sequence="score")}, "go together"),
        ({"market": Market(latency=1), "fill": "same_close"}, "next_open"),
        ({"market": Market(slippage=("bps", 1.0)), "slippage_bps": 1.0}, "twice"),
        ({"brokerage": Brokerage(tiers=((0, 0.1, 0.1),)), "commission": 0.1}, "twice"),
        ({"brokerage": Brokerage(currency="EUR")}, "give its rate"),
        ({"funding": {"B": {"time": [], "rate": []}}}, "the bars hold A"),
        ({"actions": 1}, "actions must be True or False"),
        ({"detail": "1m"}, "detail must be Bars"),
        ({"limits": {"maxOrderSizes": 1}}, "maxOrderSize"),
    ],
)
def test_settings_that_can_not_be_run_are_refused(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises((BacktestError, RiskLimitsError), match=words):
        backtest(days(FALL), TARGETS, **keywords)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Market(path="random"),  # type: ignore[arg-type]
        lambda: Market(participation=0.0),
        lambda: Market(spread=("bps",)),  # type: ignore[arg-type]
        lambda: Market(slippage=("magic", 1.0)),
        lambda: Market(impact=("almgren", -1.0)),
        lambda: Market(latency=-1),
        lambda: Market(penetration=float("nan")),
        lambda: Brokerage(account="credit"),  # type: ignore[arg-type]
        lambda: Brokerage(leverage=2.0),
        lambda: Brokerage(account="margin", leverage=0.5),
        lambda: Brokerage(settlement=30),
        lambda: Brokerage(tiers=((5.0, 0.1, 0.1),)),
        lambda: Brokerage(tiers=((0.0, 0.1, 0.1), (0.0, 0.2, 0.2))),
        lambda: Brokerage(minimum=5.0, maximum=1.0),
        lambda: Exits(),
        lambda: Exits(stop_loss=0.0),
        lambda: Exits(trailing=("percent", 1.5)),
    ],
)
def test_terms_that_can_not_be_are_refused(make: Any) -> None:
    with pytest.raises(BacktestError):
        make()


def test_adjusted_prices_are_not_held_to_the_tick() -> None:
    from lockstep.data import Bars

    between = OrderList([(0, Order(symbol="A", quantity=1, type="limit", limit=100.12345))])
    limits = {"maxOrderSize": 10}
    adjusted = Bars.from_frame(days(FALL), adjust="split")
    assert fills(backtest(adjusted, between, limits=limits)) == [(1, 1.0, 100.12345, "limit")]
    traded = Bars.from_frame(days(FALL), adjust="none")
    assert backtest(traded, between, limits=limits).refusals["refusal"].to_list() == ["price_off_tick"]


def test_a_future_needs_a_margin_account() -> None:
    with pytest.raises(BacktestError, match="margin account"):
        backtest(market(days(FALL), A={"kind": "future"}), TARGETS, market=Market())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ((9, Order(symbol="A", quantity=1)), "rows 0 to 3"),
        (("2023-01-01", Order(symbol="A", quantity=1)), "before"),
        ((0, "buy"), "pair"),
        ((0, Order(symbol="B", quantity=1)), "traded are A"),
        (("soon", Order(symbol="A", quantity=1)), "no time"),
    ],
)
def test_requests_that_can_not_be_placed_are_refused(request_: Any, words: str) -> None:
    with pytest.raises((BacktestError, OrderError), match=words):
        placed(request_)


def test_both_models_fill_a_strategy_alike() -> None:
    bars = market(walk(300, 1), walk(300, 2, "B"))
    settings: dict[str, Any] = {"cash": 50_000.0, "commission": 0.001, "per_order": 1.0, "slippage_bps": 3.0}
    simple, full = (backtest(bars, MeanReversion(lookback=9), market=m, **settings) for m in (None, Market()))
    assert len(simple.fills) > 50
    for column in ("row", "symbol", "quantity"):
        assert simple.fills[column].to_list() == full.fills[column].to_list()
    np.testing.assert_allclose(full.fills["price"], simple.fills["price"], rtol=1e-12)
    np.testing.assert_allclose(full.equity["equity"], simple.equity["equity"], rtol=1e-12)


def test_explaining_a_fill_that_is_not_there_says_how_many_there_are() -> None:
    with pytest.raises(LockstepError, match="there are 1 fills"):
        backtest(days(FALL), TARGETS).explain(5)


def test_a_fill_at_the_open_converts_at_the_rate_known_before() -> None:
    from datetime import datetime

    bars = market(days([[10.0] * 4] * 4), A={"currency": "EUR"})
    rate = {"known_at": [datetime(2023, 1, 1), datetime(2024, 1, 2, 12)], "value": [1.0, 2.0]}  # noqa: DTZ001 - UTC
    everything = OrderList([(0, Order(symbol="A", quantity=np.inf))])
    found = backtest(bars, everything, cash=1_000.0, brokerage=Brokerage(currency="USD"), rates={"EUR": rate})
    assert found.fills.select("quantity", "rate").rows() == [(100.0, 1.0)]
    assert found.equity["equity"].to_list() == [1_000.0, 2_000.0, 2_000.0, 2_000.0]


def test_cash_goes_by_the_scores_of_the_last_close() -> None:
    bars = market(days([[10.0] * 4] * 4), days([[10.0] * 4] * 4, "B"))
    both = OrderList([(0, Order(symbol=symbol, quantity=100)) for symbol in "AB"])
    scores = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    found = backtest(bars, both, cash=1_000.0, market=Market(sequence="score"), scores=scores)
    assert found.fills.select("symbol", "quantity").rows() == [("A", 100.0)]


@pytest.mark.parametrize("days_", [1, 2, 3])
def test_proceeds_settle_after_sessions_not_days(days_: int) -> None:
    weekdays = [0, 1, 2, 5, 6, 7, 8]  # 2024-01-03 is a Wednesday
    bars = days([[100.0] * 4] * 7)
    bars["time"] = [f"2024-01-{3 + day:02d}" for day in weekdays]
    asked = [(0, Order(symbol="A", quantity=100)), (1, Order(symbol="A", quantity=-100))]
    asked += [(row, Order(symbol="A", quantity=1)) for row in range(2, 6)]
    found = backtest(bars, OrderList(asked), cash=10_000.0, brokerage=Brokerage(settlement=days_))
    assert found.fills.filter(found.fills["quantity"] == 1.0)["row"].to_list()[0] == 2 + days_


def test_a_change_under_way_follows_a_split() -> None:
    from datetime import date

    from lockstep.data import Bars
    from lockstep.data.actions import Action

    rows = [[100.0] * 4, [100.0] * 4, [100.0] * 4, [50.0] * 4, [50.0] * 4, [45.0] * 4]
    bars = Bars.from_frame(days(rows), actions={"A": [Action(date(2024, 1, 4), "split", 2.0)]}, adjust="none")
    order = Order(symbol="A", quantity=4, type="limit", limit=80.0)
    asked = OrderList([(0, order), (2, Replace(symbol="A", tag=order.tag, limit=90.0, quantity=6.0))])
    found = backtest(bars, asked, actions=True, market=Market(latency=1))
    assert fills(found) == [(5, 12.0, 45.0, "limit_at_open")]


def test_thousands_of_orders_need_no_more_room_than_they_take() -> None:
    many = [(1, Order(symbol="A", quantity=1, type="limit", limit=1.0 + i * 1e-6)) for i in range(20_000)]
    found = backtest(walk(10), OrderList(many), cash=1e6)
    assert len(found.orders) == 20_000
    assert len(found.fills) == 0


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"rates": {"EUR": {"known_at": ["2023-01-01"], "value": [np.inf]}}}, "finite"),
        ({"funding": {"A": {"time": ["2024-01-02"], "rate": [np.inf]}}, "rates": {"EUR": 1.0}}, "finite"),
        ({"funding": {"A": 3}, "rates": {"EUR": 1.0}}, "frame with 'time' and 'rate'"),
    ],
)
def test_infinite_rates_are_refused(keywords: dict[str, Any], words: str) -> None:
    bars = market(days(FALL), A={"currency": "EUR"})
    with pytest.raises(BacktestError, match=words):
        backtest(bars, TARGETS, brokerage=Brokerage(currency="USD"), **keywords)


def test_exits_of_orders_are_the_orders_own() -> None:
    with pytest.raises(BacktestError, match="give orders their own"):
        placed((0, Order(symbol="A", quantity=1)), exits=Exits(stop_loss=0.05))
