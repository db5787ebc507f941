"""A promotion's settings as ``backtest`` takes them."""

from typing import Any

from lockstep.analytics.metrics.conventions import Convention
from lockstep.errors import PromotionError
from lockstep.strategies.promotion import Promotion


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
    return known_settings(promotion)


def known_settings(promotion: Promotion) -> dict[str, Any]:
    """Return the settings that the document holds, whatever else the search was given."""
    found = dict(promotion.settings)
    if isinstance(found["convention"], dict):
        found["convention"] = Convention(**found["convention"])
    return found | {name: made(found[name]) for name, made in _models().items() if name in found}


def _models() -> dict[str, Any]:
    from lockstep.vector.request_model import BrokerageRequest, ExitsRequest, MarketRequest

    kinds = {"market": MarketRequest, "brokerage": BrokerageRequest, "exits": ExitsRequest}
    return {name: lambda values, kind=kind: kind(**values).made() for name, kind in kinds.items()}
