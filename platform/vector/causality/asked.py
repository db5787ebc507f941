"""What the command line asks for: a subject by name, and bars to test it on."""

from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any

from lockstep.data.bars import Bars
from lockstep.data.sample import REAL, install_real
from lockstep.data.store import Store
from lockstep.errors import NoDataError, StrategyError, VerifyError
from lockstep.strategies.base import Strategy
from lockstep.strategies.files import is_file, load_name
from lockstep.strategies.registry import find, snake_cased
from lockstep.vector.backends import smallest_number_of_symbols
from lockstep.vector.causality.market import read_market
from lockstep.vector.request import pairs_of


def subject_named(text: str, param: Sequence[str] = ()) -> Any:
    """Return the strategy, with its parameters, or the function that a text names.

    Raises ``StrategyError`` for what isn't there, ``ParameterError`` for bad parameters, ``VerifyError`` for
    parameters of a function.
    """
    parameters = pairs_of("--param", param)
    found = load_name(text) if is_file(text) else find(text)
    if isinstance(found, type) and issubclass(found, Strategy):
        return found(**snake_cased(parameters, text))
    if parameters:
        raise VerifyError(f"{text} is a function and takes no parameters: wrap it in one that sets them")
    return found


def columns_named(text: str | None) -> Any:
    """Return the function of ``--columns``; raises ``VerifyError`` for anything but a function in a file."""
    if text is None:
        return None
    found = load_name(text) if is_file(text) else None
    if found is None or isinstance(found, type):
        raise VerifyError(f"--columns {text}: expected path/to/file.py:function, a function of the bars")
    return found


def bars_for(
    asked: Any, store: Store, symbols: str | None, dataset: str | None, interval: str | None, start: str | None,
    end: str | None,
) -> Bars:  # fmt: skip
    """Return the bars to test on: the sample's daily ones when nothing is named, whether they are stored or not.

    Of all symbols, a strategy that refuses so many is given the first ones, as many as it takes.
    """
    stored = {found.name: found for found in store.datasets()}
    names = [name.strip() for name in symbols.split(",") if name.strip()] if symbols else []
    if dataset is None and interval is None and set(names) <= set(stored[REAL].symbols if REAL in stored else ()):
        dataset = REAL
    if not names and not stored and dataset in (None, REAL):
        return _fitting(asked, _sample())
    if names:
        return store.bars(names, interval=interval, start=start, end=end, dataset=dataset)
    found = [name for name in stored if dataset in (None, name) and interval in (None, stored[name].interval)]
    if len(found) != 1:
        raise NoDataError(
            f"{len(found)} datasets fit, stored are {', '.join(stored) or 'none'}: name one, or --symbols"
        )
    names = list(stored[found[0]].symbols)
    return _fitting(asked, store.bars(names, start=start, end=end, dataset=found[0]))


def _sample() -> Bars:
    """Return the sample's daily bars, in memory: the user's store is left as it is."""
    with TemporaryDirectory() as folder:
        store = Store(folder)
        symbols = list(install_real(store))
        return read_market(store.bars(symbols, dataset=REAL), 0).as_bars()


def _fitting(asked: Any, bars: Bars) -> Bars:
    if not (isinstance(asked, Strategy) and asked.cross_sectional):
        return bars
    try:
        asked.init(asked.params, len(bars.symbols))
    except StrategyError:
        count = smallest_number_of_symbols(asked)
        return Bars(bars.histories[:count], bars.interval, bars.dataset, bars.source, bars.adjust)
    return bars
