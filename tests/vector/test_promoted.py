"""A promotion's settings become the very keywords of a backtest, and the request of the command line."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.strategies.test_promotion import promotion

from lockstep.analytics.metrics.conventions import preset
from lockstep.data import Store
from lockstep.data.sample import install_real
from lockstep.errors import PromotionError, RequestError
from lockstep.strategies import EmaCross, Promotion
from lockstep.vector import Brokerage, Exits, Market, backtest
from lockstep.vector.promoted import request_of_promotion, settings_of
from lockstep.vector.sweep import sweep


@pytest.fixture
def best(tmp_path: Path) -> Promotion:
    store = Store(tmp_path / "store")
    install_real(store)
    bars = store.bars(["IBM"], start="2008-01-01", end="2010-12-31")
    model = {"exits": Exits(stop_loss=0.1, trailing=("percent", 0.2)), "market": Market(spread=("bps", 3.0))}
    terms = {"brokerage": Brokerage(account="margin", leverage=2.0), "limits": {"maxOrderSize": 5000}}
    rules = replace(preset("lockstep"), name="mine", ddof=0)
    found = sweep(
        bars, EmaCross, {"fast": [5, 10], "slow": [20, 50]}, commission=0.001, convention=rules, cash=50_000.0,
        exits=model["exits"], market=model["market"], brokerage=terms["brokerage"], limits=terms["limits"],
    )  # fmt: skip
    return found.best(verify=False)


def test_settings_come_back_as_they_were(best: Promotion) -> None:
    found = settings_of(best)
    assert found["exits"] == Exits(stop_loss=0.1, trailing=("percent", 0.2))
    assert found["market"] == Market(spread=("bps", 3.0))
    assert found["brokerage"] == Brokerage(account="margin", leverage=2.0)
    assert found["limits"] == {"maxOrderSize": 5000}
    assert found["convention"] == replace(preset("lockstep"), name="mine", ddof=0)
    assert (found["cash"], found["commission"]) == (50_000.0, 0.001)


def test_the_request_repeats_the_run_on_the_very_bars(best: Promotion, tmp_path: Path) -> None:
    path, store = best.save(tmp_path / "best.json"), Store(tmp_path / "store")
    asked = request_of_promotion(path)
    result = asked.run(store, lambda share: None)
    assert result.metrics()["sharpe"] == best.metrics["sharpe"]
    assert asked.notes(result) == {"promotion": best.hash, "sample": "in sample: it was chosen on IBM, " + _days(best)}
    direct = backtest(asked.bars(store), best, **settings_of(best))
    assert direct.metrics()["end_value"] == result.metrics()["end_value"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"start": "2011-01-01"}, "out of sample"),
        ({"start": "2009-01-01", "end": "2011-12-31"}, "partly in sample"),
        ({"symbols": "AAPL"}, "out of sample"),
    ],
)
def test_other_bars_are_told_apart(best: Promotion, tmp_path: Path, options: dict[str, str], expected: str) -> None:
    asked = request_of_promotion(
        best.save(tmp_path / "best.json"), symbols=options.get("symbols"), start=options.get("start"),
        end=options.get("end"), cash=1000.0, setting=["commission=0.5", "exits.stopLoss=0.3"],
    )  # fmt: skip
    told = asked.options()
    assert (told["cash"], told["commission"], told["exits"].stop_loss) == (1000.0, 0.5, 0.3)
    assert told["exits"].trailing == ("percent", 0.2)
    result = asked.run(Store(tmp_path / "store"), lambda share: None)
    assert asked.notes(result)["sample"].startswith(expected)


def test_what_the_document_lacks_or_fixes_is_told(tmp_path: Path) -> None:
    path = promotion(needs=("columns",)).save(tmp_path / "needy.json")
    with pytest.raises(PromotionError, match="the search was given columns"):
        request_of_promotion(path)
    with pytest.raises(PromotionError, match="columns, which a document can't hold"):
        settings_of(promotion(needs=("columns",)))
    with pytest.raises(RequestError, match="leave out --strategy and --param"):
        request_of_promotion(promotion().save(tmp_path / "plain.json"), param=["fast=3"])


def _days(best: Promotion) -> str:
    import numpy as np

    return " to ".join(str(np.datetime64(time_ns, "ns"))[:10] for time_ns in best.data["span"])
