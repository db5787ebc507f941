"""``verify``: run code under futures that never happened and say whether it noticed."""

import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lockstep._version import __version__
from lockstep.data.bars import Bars
from lockstep.errors import VerifyError
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.checks import whole
from lockstep.strategies.over_bars.signals import version_of
from lockstep.vector.causality.blame import finding
from lockstep.vector.causality.certificate import Certificate, Finding, Line, Verdict
from lockstep.vector.causality.cuts import cut_points
from lockstep.vector.causality.freezing import frozen_findings
from lockstep.vector.causality.market import Market, read_market
from lockstep.vector.causality.outputs import Difference, differences
from lockstep.vector.causality.poison import POISONS, poisoned
from lockstep.vector.causality.search import CUT_OFF, Progress, Search
from lockstep.vector.causality.subjects import (
    Failed,
    FunctionSubject,
    StrategySubject,
    Subject,
    subject_of,
    with_columns,
)  # fmt: skip
from lockstep.vector.causality.warm_up import measure_warm_up

CUTS, ROWS = 300, 20_000


def verify(
    subject: Strategy | Callable[..., Any],
    bars: Any,
    *,
    columns: Any = None,
    form: str | None = None,
    cuts: int = CUTS,
    seed: int = 1,
    rows: int = ROWS,
    progress: Progress | None = None,
) -> Certificate:
    """Test a strategy, or a function that computes columns or targets, for look-ahead.

    It is run again with the history cut off, and with all that follows replaced by absurd but valid numbers, at many
    cut points. Nothing that was known before a cut may change.

    Args:
        subject: a strategy; or a function of the history, taken as ``form`` says, that returns an array or series
            (one number for each bar), a frame, ``Targets``, ``Orders``, ``Signals``, columns by name, a strategy
            fitted to the history, or a result.
        bars: ``Bars``, or a frame or dict of columns (see ``Bars.from_frame``).
        columns: what the strategy reads, by name: frames, or functions of the bars, which are run again too; or one
            function that returns all of them.
        form: ``polars``, ``pandas``, ``bars`` or ``arrays``; guessed from the function's first argument.
        cuts: how many cut points.
        seed: of cut points and false futures; the same seed gives the same certificate.
        rows: at most so many of the last rows are used; 0 means all.
        progress: told what is being done and the share of it that is done.

    Raises:
        VerifyError: for code that can't be run on the untouched history or returns nothing that stands beside bars.
        StrategyError: for a strategy that is not sound.
    """
    if not isinstance(bars, Bars):
        bars = Bars.from_frame(bars)
    whole("cuts", cuts, 1), whole("seed", seed, 0), whole("rows", rows, 0)
    market = read_market(bars, rows)
    chosen = _subject(subject, columns, form)
    if isinstance(chosen, StrategySubject):
        market = with_columns(market, chosen.strategy, columns)
    try:
        search = Search(chosen, market, seed)
    except Failed as failure:
        raise VerifyError(f"{chosen.name} can't be tested, it fails on the untouched history: {failure}") from failure
    return _Trial(search, cuts, bars, progress or (lambda what, share: None)).certificate()


def _subject(subject: Any, columns: Any, form: str | None) -> Subject:
    if isinstance(subject, Strategy):
        return subject_of(subject, columns)
    if isinstance(subject, type) or not callable(subject):
        cure = f"make an instance, {subject.__name__}()" if isinstance(subject, type) else "load it by name first"
        raise VerifyError(f"expected a strategy or a function of the bars, found {subject!r}: {cure}")
    if columns is not None:
        raise VerifyError("columns are read by strategies; a function computes its own")
    return FunctionSubject(subject, form)


class _Trial:
    """One search, and what is said about it."""

    def __init__(self, search: Search, cuts: int, bars: Bars, progress: Progress) -> None:
        self._search, self._bars, self._progress = search, bars, progress
        self._cuts = cut_points(search.market, cuts, search.seed)
        self._notes: list[str] = []

    def certificate(self) -> Certificate:
        """Run everything, cheapest first; code that isn't reproducible is told apart before it is accused."""
        search, market = self._search, self._search.market
        findings: list[Finding] = []
        unstable = search.repeats(market)
        if unstable is None:
            hits = search.hits(self._cuts, self._progress)
            if len(search.failures) == search.runs - 2:
                raise VerifyError(f"{search.subject.name} fails on every other history: {search.failures[0]}")
            unstable = search.repeats(market) or self._unsteady(hits)
            if unstable is None:
                for done, name in enumerate(sorted(hits, key=lambda name: _order(hits[name][0].difference))):
                    self._progress(f"looking for the cause in {name}", done / len(hits))
                    findings.append(finding(search, hits[name]))
        warm_up = None
        if unstable is not None:
            self._notes.append(_unstable(unstable))
        else:
            found, notes = frozen_findings(search, self._cuts)
            findings += found
            self._notes += notes
            if not findings:
                self._alive()
            self._progress("measuring the warm-up", 1.0)
            warm_up = measure_warm_up(search, _declared(search.subject))
        verdict: Verdict = "unstable" if unstable is not None else "leak" if findings else "pass"
        return self._written(verdict, findings, warm_up)

    def _unsteady(self, hits: Mapping[str, Any]) -> Difference | None:
        """Run the first accusation of each output twice: what doesn't repeat is no look-ahead."""
        search = self._search
        for found in hits.values():
            false = search.false(found[0].cut, found[0].poison)
            first = search.run(false)
            if first is not None and (difference := search.repeats(false, first)):
                return difference
        return None

    def _alive(self) -> None:
        search = self._search
        until = search.until(search.market.rows - 1)
        for poison in POISONS:
            other = search.run(poisoned(search.market, -1, poison, search.seed))
            if other is None or differences(search.clean, other, until, poison.reach):
                return
        self._notes.append("its outputs are the same whatever the prices are: it reads none, or keeps old results")

    def _written(self, verdict: Verdict, findings: list[Finding], warm_up: Any) -> Certificate:
        search, bars = self._search, self._bars
        market, subject = search.market, search.subject
        if market.rows < bars.rows:
            self._notes.append(f"only the last {market.rows} of {bars.rows} rows were used (rows=0 takes all)")
        if search.failures:
            first = search.failures[0]
            self._notes.append(f"{len(search.failures)} of {search.runs} runs failed, the first with: {first}")
        strategy = _strategy(subject)
        return Certificate(
            subject=repr(strategy) if strategy else subject.name, verdict=verdict, findings=tuple(findings),
            notes=tuple(self._notes), warm_up=warm_up, parameters=strategy.params._asdict() if strategy else {},
            identity=_identity(subject), dataset=bars.dataset, source=bars.source, interval=bars.interval,
            symbols=bars.symbols, data_hash=bars.data_hash, span_ns=_span(market), rows=market.rows, seed=search.seed,
            cuts=tuple((cut.row, search.until(cut.row), cut.why) for cut in self._cuts),
            poisons=(CUT_OFF, *(poison.name for poison in POISONS)), runs=search.runs, failed=len(search.failures),
            versions=_versions(),
        )  # fmt: skip


def _order(difference: Difference) -> tuple[bool, int]:
    """Columns come before the targets that are made of them."""
    return difference.output == "target", difference.known_at


def _span(market: Market) -> tuple[int, int]:
    return int(market.open_time[market.present].min()), int(market.close_time[-1])


def _unstable(difference: Difference) -> str:
    return (
        f"{difference.output} is not the same each time on the same history ({difference.value:.6g}, then "
        f"{difference.other:.6g}): it draws at random, reads a clock, or remembers earlier calls; "
        "look-ahead can't be told from that"
    )


def _declared(subject: Subject) -> int | None:
    strategy = _strategy(subject)
    return strategy.warm_up(strategy.params) if strategy is not None else None


def _strategy(subject: Subject) -> Strategy | None:
    found: Strategy | None = getattr(subject, "strategy", None)
    return found


def _identity(subject: Subject) -> str:
    """Return the hash of the code: a compiled step with all it calls, and the files of plain functions."""
    digest = hashlib.sha256()
    if isinstance(subject, StrategySubject):
        digest.update((version_of(subject.strategy) or repr(type(subject.strategy))).encode())
    elif (strategy := _strategy(subject)) is not None:
        digest.update(inspect.getsource(type(strategy)).encode())
    for function in subject.functions:
        code = getattr(function, "__code__", None)
        file = Path(code.co_filename) if code is not None else None
        digest.update(f"{getattr(function, '__qualname__', function)}".encode())
        digest.update(file.read_bytes() if file is not None and file.is_file() else code.co_code if code else b"")
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    import numba

    python = ".".join(map(str, sys.version_info[:3]))
    return {"lockstep": __version__, "python": python, "numpy": np.__version__, "numba": numba.__version__,
            "polars": version("polars")}  # fmt: skip


__all__ = ["Certificate", "Finding", "Line", "verify"]
