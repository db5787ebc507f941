"""Choosing the one dataset that answers a request, or saying exactly why none does."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from lockstep.data.interval import parse_interval
from lockstep.data.manifest import Manifest, SymbolInfo
from lockstep.data.rules import show_time
from lockstep.data.span import FOREVER, Span, Window, window
from lockstep.errors import AmbiguousDatasetError, DataError, NoDataError, UnknownSymbolError

HOW_TO_IMPORT = "`lockstep data import FILE` adds your own, `lockstep data sample` installs examples"


def choose(
    root: Path,
    manifests: Sequence[Manifest],
    symbols: Sequence[str],
    interval: str | None,
    span: Span,
    name: str | None,
) -> Manifest:
    """Find the dataset with all symbols, the interval (if given) and bars of each symbol within the span.

    Where several do, those that hold the whole span win over those that hold part of it; if there are still
    several, or none, the request is refused with the list of what there is.
    """
    if not manifests:
        raise NoDataError(f"the store {root} is empty: {HOW_TO_IMPORT}")
    manifests = _named(manifests, name)
    _check_known(manifests, symbols)
    together = [m for m in manifests if all(symbol in m.symbols for symbol in symbols)]
    if not together:
        raise AmbiguousDatasetError(f"no dataset holds {', '.join(symbols)} together:\n{_where(manifests, symbols)}")
    fitting = [m for m in together if interval is None or m.interval == parse_interval(interval)]
    if not fitting:
        raise NoDataError(
            f"no {parse_interval(interval or '')} bars of {', '.join(symbols)} are stored:\n"
            f"{_list(together, symbols)}\n{HOW_TO_IMPORT}"
        )
    covering = [m for m in fitting if all(_touches(m.whole(s), span) for s in symbols)]
    if not covering:
        raise NoDataError(_no_data(fitting, symbols, span))
    if len(covering) > 1:
        covering = [m for m in covering if all(_contains(m.whole(s), span) for s in symbols)] or covering
    if len(covering) > 1:
        raise AmbiguousDatasetError(
            f"several datasets hold {', '.join(symbols)} for {span}: name an interval or a"
            f" dataset\n{_list(covering, symbols)}"
        )
    return covering[0]


def choose_dataset(manifests: Sequence[Manifest], symbols: Sequence[str], dataset: str | None) -> str:
    """Find the one dataset that holds all symbols, or say why there is none. Raises DataError."""
    named = [m for m in manifests if dataset in (None, m.dataset)]
    if not named:
        stored = ", ".join(m.dataset for m in manifests) or "none"
        raise DataError(f"unknown dataset {dataset!r}: stored are {stored}" if dataset else "the store is empty")
    known = sorted({symbol for m in named for symbol in m.symbols})
    for symbol in symbols:
        if symbol not in known:
            raise unknown_symbol(symbol, known)
    holding = [m.dataset for m in named if all(symbol in m.symbols for symbol in symbols)]
    if len(holding) != 1:
        where = f"are together in {', '.join(holding)}" if holding else "are in no dataset together"
        raise AmbiguousDatasetError(f"{', '.join(symbols)} {where}: name the dataset, one at a time")
    return holding[0]


def unknown_symbol(symbol: str, known: Sequence[str]) -> UnknownSymbolError:
    """The error for a symbol nobody stored, with the names that look like it."""
    by_upper = {name.upper(): name for name in known}
    close = [by_upper[name] for name in get_close_matches(symbol.upper(), list(by_upper), n=3, cutoff=0.5)]
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    shown = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
    return UnknownSymbolError(f"unknown symbol {symbol!r}.{hint} Stored: {shown}; {HOW_TO_IMPORT}")


def no_data_in(manifest: Manifest, symbol: str, asked: Window) -> NoDataError:
    """The error for a span that lies in a gap of the history."""
    listed = _list([manifest], [symbol])
    start, end = _edge(asked.open_from), _edge(min(asked.open_before, asked.close_until))
    renamed = _renamed([manifest], [symbol])
    zone = "times without a zone are UTC; " if manifest.kind == "ticks" else ""
    return NoDataError(
        f"no {manifest.kind} of {symbol} from {start} to {end}, a gap in\n{listed}\n{renamed}{zone}{HOW_TO_IMPORT}"
    )


def _edge(time_ns: int) -> str:
    return "the edge" if abs(time_ns) == FOREVER else show_time(time_ns)


def _named(manifests: Sequence[Manifest], name: str | None) -> Sequence[Manifest]:
    if name is None:
        return manifests
    chosen = [m for m in manifests if m.dataset == name]
    if not chosen:
        raise DataError(f"unknown dataset {name!r}: stored are {', '.join(m.dataset for m in manifests)}")
    return chosen


def _check_known(manifests: Sequence[Manifest], symbols: Sequence[str]) -> None:
    known = sorted({symbol for m in manifests for symbol in m.symbols})
    for symbol in symbols:
        if symbol not in known:
            raise unknown_symbol(symbol, known)


def _touches(info: SymbolInfo, span: Span) -> bool:
    asked = window(span, info.instrument)
    return any(asked.overlaps(s.first_open_ns, s.last_open_ns, s.first_close_ns) for s in info.segments)


def _contains(info: SymbolInfo, span: Span) -> bool:
    """True when bars are stored from the span's start to its end (open ends count as contained)."""
    asked, (first, last) = window(span, info.instrument), info.span
    starts = span.start is None or first <= asked.open_from
    until = asked.open_before if span.end is None or span.end.day is not None else asked.close_until
    return starts and (span.end is None or last >= until)


def _no_data(manifests: Sequence[Manifest], symbols: Sequence[str], span: Span) -> str:
    missing = [s for s in symbols if not any(_touches(m.whole(s), span) for m in manifests)] or list(symbols)
    listed, renamed = _list(manifests, missing), _renamed(manifests, missing)
    moment = any(bound is not None and bound.day is None for bound in (span.start, span.end))
    zone = "times without a zone are UTC; " if moment else ""
    return f"no {manifests[0].kind} of {', '.join(missing)} for {span}:\n{listed}\n{renamed}{zone}{HOW_TO_IMPORT}"


def _renamed(manifests: Sequence[Manifest], symbols: Sequence[str]) -> str:
    """A line for each symbol that goes on under another name."""
    found = {(name, m.symbols[name].becomes) for m in manifests for name in symbols}
    return "".join(f"{old} became {new}: ask for {new}\n" for old, new in sorted(found, key=str) if new)


def _where(manifests: Sequence[Manifest], symbols: Sequence[str]) -> str:
    return "\n".join(
        f"  {symbol} is in {', '.join(m.dataset for m in manifests if symbol in m.symbols)}" for symbol in symbols
    )


def _list(manifests: Sequence[Manifest], symbols: Sequence[str]) -> str:
    return "\n".join(
        f"  {m.dataset} ({m.interval}{', synthetic' if m.synthetic else ''}): "
        + ", ".join(f"{s} {_reach(m, s)}" for s in symbols)
        for m in manifests
    )


def _reach(manifest: Manifest, symbol: str) -> str:
    """From when to when a symbol is stored: days of bars, moments of ticks."""
    first, last = manifest.whole(symbol).span
    if manifest.kind == "ticks":
        return f"{show_time(first)} to {show_time(last)}"
    return f"{show_day(first)} to {show_day(last - 1)}"


def show_day(time_ns: int) -> str:
    """The UTC date of a moment."""
    return show_time(time_ns)[:10]
