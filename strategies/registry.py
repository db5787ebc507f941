"""Which strategies there are, and how to find one by name, title, entry point or file.

Looking a strategy up loads it; listing names does not. So this module imports nothing that compiles.
"""

import difflib
import re
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies.parameters import camel_case, snake_case

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy

GROUP = "lockstep.strategies"
"""Entry points under this name are strategies: ``[project.entry-points."lockstep.strategies"]``."""

SHIPPED: dict[str, str] = {
    "mean_reversion": "MeanReversion",
    "sma_cross": "SmaCross",
    "ema_cross": "EmaCross",
    "rsi": "Rsi",
    "bollinger": "Bollinger",
    "donchian": "Donchian",
    "macd_trend": "MacdTrend",
    "momentum": "Momentum",
    "cross_sectional_momentum": "CrossSectionalMomentum",
    "pairs": "Pairs",
    "buy_and_hold": "BuyAndHold",
}
"""Name of a shipped strategy for bars, which is also its module's -> its class."""

ORDER_KERNELS: dict[str, str] = {
    "avellaneda_stoikov": "AvellanedaStoikov",
    "simple_market_maker": "SimpleMarketMaker",
    "book_imbalance_taker": "BookImbalanceTaker",
    "twap": "Twap",
    "vwap": "Vwap",
    "participation": "Participation",
    "iceberg": "Iceberg",
}
"""The same for ticks: strategies that see the order book."""

BY_HAND: dict[str, str] = {"manual": "Manual"}
"""The one that decides nothing: a session has it for orders that are given by hand. No backtest has any."""

_SHIPPED = {**SHIPPED, **ORDER_KERNELS}

S = TypeVar("S", bound="type[Strategy]")

_registered: dict[str, "type[Strategy]"] = {}


class Listed(NamedTuple):
    """One line of a list of strategies."""

    name: str
    title: str
    source: str
    """Where it comes from: "shipped", "registered" or the entry point's package."""
    summary: str
    strategy: "type[Strategy]"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, parameters with their bounds."""
        parameters = {
            camel_case(p.name): {
                "type": p.kind.__name__, "default": p.default, "low": p.low, "high": p.high, "doc": p.doc,
            }
            for p in self.strategy.parameters.values()
        }  # fmt: skip
        told = {name: getattr(self, name) for name in ("name", "title", "source", "summary")}
        return {**told, "parameters": parameters}


def register(strategy: S) -> S:
    """Make a strategy class known by its name and title; usable as a decorator.

    Registering a class again under its own name replaces it (a notebook's cell is run more than once). Raises
    ``StrategyError`` for a class that is no strategy, and for the name of a shipped one.
    """
    from lockstep.strategies.base import Strategy

    given: Any = strategy
    if not (isinstance(given, type) and issubclass(given, Strategy)):
        raise StrategyError(f"only a subclass of Strategy can be registered, found {strategy!r}")
    taken = {_key(shipped) for shipped in (*_SHIPPED, *BY_HAND)}
    if _key(strategy.name) in taken and not strategy.__module__.startswith("lockstep.strategies."):
        raise StrategyError(
            f"a strategy named {strategy.name!r} ships with Lockstep: "
            f'give {strategy.__qualname__} another class name or set name = "..." in its body'
        )
    _registered[strategy.name] = strategy
    return strategy


def names() -> tuple[str, ...]:
    """Return the names of all strategies that can be looked up: shipped, installed and registered ones."""
    return tuple(dict.fromkeys((*_SHIPPED, *_entry_points(), *_registered)))


def listing() -> list[Listed]:
    """Return all strategies with their titles and parameters; loads each.

    An installed one that can't be loaded is left out with a warning.
    """
    found = []
    for name in names():
        try:
            strategy = find(name)
        except StrategyError as error:
            warnings.warn(str(error), stacklevel=2)
            continue
        entry = _entry_points().get(name)
        source = "shipped" if name in _SHIPPED else entry.value.partition(":")[0] if entry else "registered"
        summary = (strategy.__doc__ or "").strip().partition("\n")[0].replace("``", "")
        found.append(Listed(strategy.name, strategy.title, source, summary, strategy))
    return found


def find(text: str) -> "type[Strategy]":
    """Return the strategy class that a text names.

    A name (``mean_reversion``), a class name (``MeanReversion``), a display name (``Mean Reversion
    Strategy``), or a file with an optional class (``path/to/file.py:ClassName``). Raises ``StrategyError``
    for anything else.
    """
    from lockstep.strategies.files import is_file, load_file

    if is_file(text):
        return load_file(text)
    wanted = _key(text)
    for name, strategy in _registered.items():
        if wanted in (_key(name), _key(strategy.__name__), _key(strategy.title)):
            return strategy
    for name, class_name in {**_SHIPPED, **BY_HAND}.items():
        if wanted in (_key(name), _key(class_name), _key(_TITLES.get(name, name))):
            return getattr(import_module(f"lockstep.strategies.{name}"), class_name)
    for name in _entry_points():
        if wanted == _key(name):
            return _load_entry_point(name)
    # Titles of installed strategies are known only once they are loaded; one that is broken hides no other.
    for name in _entry_points():
        try:
            strategy = _load_entry_point(name)
        except StrategyError:
            continue
        if wanted in (_key(strategy.name), _key(strategy.title), _key(strategy.__name__)):
            return strategy
    raise StrategyError(_unknown(text))


def create(text: str, parameters: dict[str, Any] | None = None) -> "Strategy":
    """Return an instance of the strategy that ``text`` names.

    Parameter names may be in snake case or, as in requests, in camel case (``entryZScore``). Raises
    ``StrategyError`` for an unknown strategy, ``ParameterError`` for a bad parameter.
    """
    return find(text)(**snake_cased(parameters or {}, text))


def snake_cased(parameters: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return parameters under their names in snake case; refuse one that is given twice."""
    renamed: dict[str, Any] = {}
    for name, value in parameters.items():
        known = snake_case(name)
        if known in renamed:
            raise ParameterError(f"{owner}: parameter {known!r} is given twice, once as {name!r}: leave one out")
        renamed[known] = value
    return renamed


_TITLES = {"bollinger": "Bollinger Bands", "donchian": "Donchian Breakout"}
"""Display names that are not the name in other letters."""


def _key(text: str) -> str:
    """Return what is left of a name when case, spaces and the word strategy at its end do not count."""
    letters = re.sub(r"[^a-z0-9]", "", text.lower())
    return letters.removesuffix("strategy") or letters


def _unknown(text: str) -> str:
    keys = {_key(name): name for name in names()}
    near = difflib.get_close_matches(_key(text), keys, 1, cutoff=0.5)
    hint = f"did you mean {keys[near[0]]!r}? " if near else ""
    return (
        f"there is no strategy {text!r}: {hint}there are {', '.join(keys.values())}, which `lockstep strategies` "
        f"describes; one of your own is given as path/to/file.py:ClassName"
    )


def _entry_points() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in _SHIPPED}


def _load_entry_point(name: str) -> "type[Strategy]":
    from lockstep.strategies.base import Strategy

    point = _entry_points()[name]
    try:
        strategy = point.load()
    except Exception as error:  # whatever an installed package raises while it is imported
        raise StrategyError(
            f"the installed strategy {name!r} ({point.value}) can't be loaded: "
            f"{type(error).__name__}: {error}; repair or uninstall the package that declares it"
        ) from error
    if not (isinstance(strategy, type) and issubclass(strategy, Strategy)):
        raise StrategyError(
            f"the entry point {name!r} ({point.value}) must name a subclass of lockstep.strategies.Strategy, "
            f"found {strategy!r}: repair or uninstall the package that declares it"
        )
    return strategy
