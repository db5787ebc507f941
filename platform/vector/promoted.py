"""A promotion's settings as ``backtest`` takes them, and the backtest that the command line makes of it."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lockstep.analytics.metrics.conventions import Convention
from lockstep.errors import PromotionError, RequestError
from lockstep.strategies.manager import StrategyManager
from lockstep.strategies.parameters import camel_case
from lockstep.strategies.promotion import Promotion
from lockstep.vector.request import BacktestRequest, names_of, parse_request, with_settings
from lockstep.vector.result import Result

SPELLED = {"cash": "initialCapital", "actions": "applyActions"}
"""Settings that a request calls otherwise."""


def settings_of(promotion: Promotion) -> dict[str, Any]:
    """Return keywords for ``backtest``: cash, convention, execution and the order model of the search.

    ``backtest(bars, promotion, **settings_of(promotion))`` repeats the winner's run. Raises ``PromotionError`` where
    the search was given data that the document doesn't hold, ``BacktestError`` for settings that this version refuses.
    """
    if promotion.needs:
        raise PromotionError(
            f"the search was given {', '.join(promotion.needs)}, which a document can't hold: take promotion.settings "
            "and give them again"
        )
    found = dict(promotion.settings)
    if isinstance(found["convention"], dict):
        found["convention"] = Convention(**found["convention"])
    return found | {name: made(found[name]) for name, made in _models().items() if name in found}


def _models() -> dict[str, Any]:
    from lockstep.strategies.over_bars.request_model import BrokerageRequest, ExitsRequest, MarketRequest

    kinds = {"market": MarketRequest, "brokerage": BrokerageRequest, "exits": ExitsRequest}
    return {
        name: lambda values, kind=kind: msgspec.convert(_camel(values), kind).made() for name, kind in kinds.items()
    }


def _camel(values: dict[str, Any]) -> dict[str, Any]:
    return {camel_case(name): value for name, value in values.items()}


class PromotedRequest(BacktestRequest, kw_only=True):
    """A backtest of what was promoted: on the bars and under the settings of the search, unless others are given."""

    promotion: Promotion

    def manager(self) -> StrategyManager:
        """Return the strategy with its parameters. Raises ``PromotionError`` where its code has changed."""
        found = StrategyManager(self.symbols)
        found.register(self.promotion)
        return found

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``backtest``; a convention of the user's own has no name."""
        found, own = super().options(), self.promotion.settings["convention"]
        return found | ({"convention": Convention(**own)} if isinstance(own, dict) else {})

    def notes(self, result: Result) -> dict[str, str]:
        """Return which promotion it was, and how the run's bars lie to those that the choice was made on."""
        data = self.promotion.data
        days = " to ".join(str(np.datetime64(time_ns, "ns"))[:10] for time_ns in data["span"])
        said = f"{self._sample(result)} sample: it was chosen on {', '.join(data['symbols'])}, {days}"
        return {"promotion": self.promotion.hash, "sample": said}

    def _sample(self, result: Result) -> str:
        data, made_from = self.promotion.data, result.provenance
        if made_from.data_hash == data["data_hash"]:
            return "in"
        start, end = data["span"]
        apart = made_from.span[0] >= end or made_from.span[1] <= start
        return "out of" if apart or not set(self.symbols) & set(data["symbols"]) else "partly in"


def request_of_promotion(
    path: str | Path, *, symbols: str | None = None, start: str | None = None, end: str | None = None,
    interval: str | None = None, dataset: str | None = None, setting: list[str] | None = None,
    cash: float | None = None, strategy: str | None = None, param: list[str] | None = None,
) -> PromotedRequest:  # fmt: skip
    """Return the backtest that a document asks for, with what command-line options say instead.

    Raises ``PromotionError`` for a document that can't be used, ``RequestError`` for options that name another strategy
    or other parameters, or can't be read.
    """
    promotion = Promotion.load(path)
    if strategy or param:
        raise RequestError(f"strategy and parameters are those of {path}: leave out --strategy and --param")
    if promotion.needs:
        raise PromotionError(
            f"the search was given {', '.join(promotion.needs)}, which {path} can't hold: run it from Python, "
            "backtest(bars, promotion, ...)"
        )
    data = promotion.data
    first, last = (_moment(time_ns) for time_ns in data["span"]) if start is None and end is None else (start, end)
    document = _settings(promotion) | {
        "symbols": names_of(symbols) if symbols else data["symbols"],
        "startDate": first,
        "endDate": last,
        "interval": interval or data["interval"],
        "dataset": dataset or data["dataset"],
        "adjust": data["adjust"],
        "strategies": [{"name": promotion.strategy_name}],
    }
    asked = parse_request(msgspec.json.encode(with_settings(document, cash, setting or ())))
    return PromotedRequest(
        **{name: getattr(asked, name) for name in asked.__struct_fields__ if name != "mode"}, promotion=promotion
    )


def _settings(promotion: Promotion) -> dict[str, Any]:
    """Return the settings as a request spells them."""
    found = {}
    for name, value in promotion.settings.items():
        if name == "convention" and isinstance(value, dict):
            continue
        if name in ("market", "brokerage", "exits"):
            value = _camel(value)
        found[SPELLED.get(name, camel_case(name))] = value
    return found


def _moment(time_ns: int) -> str:
    return f"{np.datetime64(time_ns, 'ns')}Z"
