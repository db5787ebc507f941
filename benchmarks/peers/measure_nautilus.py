"""NautilusTrader's side of the measurements: jobs for its own environment."""

import time
from decimal import Decimal
from typing import Any


def zscore_run(rows: int, repeats: int, zscore: dict[str, float], cash: float) -> dict[str, Any]:
    """Time BacktestEngine.run on bars: one unit long or short by z-score, market orders filled at the close, no fees.

    Making the engine, adding the bars and its statistics are left out: they cost little or can be skipped. Logging
    is off. The z-score is a running sum over a deque in Python, a tenth of what a bar costs.
    """
    from benchmarks.peers.nautilus_strategy import Reversion
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType
    from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
    from nautilus_trader.model.instruments import Equity
    from nautilus_trader.model.objects import Money, Price, Quantity
    from nautilus_trader.persistence.wranglers import BarDataWrangler

    identifier = InstrumentId(Symbol("BENCH"), Venue("SIM"))
    share = Equity(
        instrument_id=identifier, raw_symbol=Symbol("BENCH"), currency=USD, price_precision=2,
        price_increment=Price.from_str("0.01"), lot_size=Quantity.from_int(1), ts_event=0, ts_init=0,
    )  # fmt: skip
    bar_type = BarType.from_str("BENCH.SIM-1-MINUTE-LAST-EXTERNAL")
    data = BarDataWrangler(bar_type, share).process(_frame(rows))
    times, facts = [], {}
    for _ in range(repeats):
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
        engine.add_venue(
            Venue("SIM"), oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=USD,
            starting_balances=[Money(cash, USD)], default_leverage=Decimal(1),
        )  # fmt: skip
        engine.add_instrument(share)
        engine.add_data(data)
        strategy = Reversion(identifier, bar_type, zscore)
        engine.add_strategy(strategy)
        start = time.perf_counter()
        engine.run()
        times.append(time.perf_counter() - start)
        balance = engine.portfolio.account(Venue("SIM")).balance_total(USD).as_double()
        open_pnl = sum(
            p.unrealized_pnl(p.instrument_id and Price(strategy.close, 2)).as_double()
            for p in engine.cache.positions_open()
        )
        facts = {"trades": strategy.entered, "orders": len(engine.cache.orders()), "final": balance + open_pnl}
        engine.dispose()
    import nautilus_trader

    return {"times": times, **facts, "version": nautilus_trader.__version__}


def _frame(rows: int) -> Any:
    import pandas as pd
    from benchmarks.market import FIELDS, MINUTE_NS, bars

    made = bars(rows)
    # Its bars carry the time of their close.
    index = pd.DatetimeIndex((made["open_time"] + MINUTE_NS).view("M8[ns]"), tz="UTC", name="timestamp")
    return pd.DataFrame({field: made[field] for field in FIELDS}, index)
