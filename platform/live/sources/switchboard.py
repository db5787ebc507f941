"""Which of several sources serves what at the moment, and what is passed on of each. No input or output here."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.sources import news
from lockstep.live.sources.picture import Picture
from lockstep.live.sources.rows import missing, unpacked
from lockstep.live.sources.source import News
from lockstep.live.sources.table import Line
from lockstep.live.sources.translate import Now

Records = npt.NDArray[np.void]
_BOOK, _TRADE = 0, 1
_GROUPS = {"book": _BOOK, "trade": _TRADE}
_GROUP_OF_KIND = np.full(256, _BOOK)
_GROUP_OF_KIND[[int(EventKind.TRADE), int(EventKind.HIDDEN)]] = _TRADE
_CLEAR, _SNAPSHOT, _GAP = int(EventKind.CLEAR), int(EventFlag.SNAPSHOT), int(Input.GAP)


class Patience(NamedTuple):
    """In seconds, see RoutingTable."""

    patience_s: float
    return_s: float


class _Served:
    """One line, and the place in it of the source that serves now."""

    def __init__(self, line: Line, symbol: int) -> None:
        self.line, self.symbol, self.group = line, symbol, _GROUPS[line.group]
        self.at = 0

    @property
    def source(self) -> int:
        return self.line.sources[self.at]


class Switchboard:
    """Passes on what serving sources say; when one is down or stale another stands in, with a picture of its book.

    ``offered`` are the symbols of each source in the order of its numbers, ``symbols`` those of the merged source.
    """

    def __init__(
        self, lines: Sequence[Line], names: Sequence[str], offered: Sequence[Sequence[str]], symbols: Sequence[str],
        patience: Patience, *, start_s: float = 0.0,
    ) -> None:  # fmt: skip
        self._names, self._symbols, self._patience = tuple(names), tuple(symbols), patience
        places = {symbol: number for number, symbol in enumerate(symbols)}
        self._places = [np.array([places.get(symbol, -1) for symbol in have], np.int64) for have in offered]
        self._served = [_Served(line, places[line.symbol]) for line in lines]
        self._active = np.zeros((len(names), len(symbols) + 1, 2), np.bool_)  # the last row is of symbols nobody wants
        self._pictures: dict[tuple[int, int], Picture] = {}
        self._well: dict[tuple[int, int], bool] = {}
        self._since: dict[tuple[int, int], float] = {}
        self._why: dict[tuple[int, int], str] = {}
        for served in self._served:
            self._active[served.source, served.symbol, served.group] = True
            for source in served.line.sources:
                key = source, served.symbol
                self._well[key], self._since[key], self._why[key] = False, start_s, "nothing came yet"
                if len(served.line.sources) > 1:
                    self._pictures.setdefault(key, Picture())
        self._news: list[News] = []

    # --- what sources say ---------------------------------------------------------------------------------------------

    def take(self, source: int, batch: Records, now: Now) -> Records:
        """Return what is passed on of a source's TAPE[n], as TAPE[m] of the merged symbols."""
        records = batch.copy()
        symbols = self._places[source][records["symbol"].astype(np.int64)]
        kinds, gaps = records["kind"], records["input"] == _GAP
        self._look_at(source, records, symbols, gaps, now)
        active = self._active[source]
        wanted = active[symbols, _GROUP_OF_KIND[kinds]] | (gaps & active[symbols].any(axis=1))
        records["symbol"] = symbols.clip(0).astype(np.uint16)
        records["source"] = source
        passed: Records = records[wanted]
        return passed

    def _look_at(
        self, source: int, records: Records, symbols: npt.NDArray[np.int64], gaps: npt.NDArray[np.bool_], now: Now
    ) -> None:
        """Keep pictures of sources that may have to stand in, and note who is well."""
        columns = (records[name].tolist() for name in ("kind", "side", "flags", "tick", "lots"))
        for symbol, gap, kind, side, flags, tick, lots in zip(symbols.tolist(), gaps.tolist(), *columns, strict=True):
            key = source, symbol
            if key not in self._well or gap:
                continue
            lost = kind == _CLEAR and not flags & _SNAPSHOT
            self._turn(key, well=not lost, why="its book is lost", now=now)
            picture = self._pictures.get(key)
            if picture is not None:
                picture.apply(kind, side, tick, lots)

    def told(self, source: int, item: News, now: Now) -> None:
        """Take what has happened to a source, and pass it on."""
        content = {"source": self._names[source], **item.content}
        self._news.append(News(item.kind, content, item.symbol))
        if item.kind == news.DISCONNECTED:
            self._down(source, str(item.content.get("why", "")), now)
        elif item.kind == news.STALE and item.symbol in self._symbols:
            key = source, self._symbols.index(item.symbol)
            if key in self._well:
                self._turn(key, well=False, why="stale", now=now)

    def ended(self, source: int, why: str, now: Now) -> None:
        """Take that a source has no more, or has failed."""
        self._news.append(News(news.ENDED, {"source": self._names[source], "why": why}))
        self._down(source, why, now)

    def _down(self, source: int, why: str, now: Now) -> None:
        for key in self._well:
            if key[0] == source:
                self._turn(key, well=False, why=why, now=now)

    def _turn(self, key: tuple[int, int], *, well: bool, why: str, now: Now) -> None:
        if not well:
            self._why[key] = why
        if self._well[key] != well:
            self._well[key], self._since[key] = well, now.seconds

    # --- as time passes -----------------------------------------------------------------------------------------------

    def look(self, now: Now) -> Records:
        """Switch where it is due; return what whoever listens must hear then, as TAPE[n]."""
        switched, gaps = [np.zeros(0, TAPE)], set[int]()
        for served in self._served:
            rows = self._switched(served, now)
            # One record of what is missing for all that is switched of a symbol.
            records = unpacked(b"".join(rows[served.symbol in gaps :]))
            gaps.update({served.symbol} if rows else ())
            records["source"] = served.source
            switched.append(records)
        return np.concatenate(switched)

    def _switched(self, served: _Served, now: Now) -> list[bytes]:
        place = self._better(served, now)
        if place is None:
            return []
        was, why = served.source, self._why[served.source, served.symbol] if place > served.at else "well again"
        if not self._well[was, served.symbol]:
            why = self._why[was, served.symbol]
        self._active[was, served.symbol, served.group] = False
        served.at = place
        self._active[served.source, served.symbol, served.group] = True
        content = {"type": served.line.group, "was": self._names[was], "serves": self._names[served.source], "why": why}
        self._news.append(News(news.SWITCHED, content, served.line.symbol))
        rows = [missing(served.symbol, -1, now.ns)]
        if served.group == _BOOK:
            rows += self._pictures[served.source, served.symbol].rows(served.symbol, now.ns)
        return rows

    def _better(self, served: _Served, now: Now) -> int | None:
        """Return the place of the source that should serve instead, None where all is as it should be."""
        here = served.source, served.symbol
        down = not self._well[here] and now.seconds - self._since[here] >= self._patience.patience_s
        for place, source in enumerate(served.line.sources):
            key = source, served.symbol
            if place == served.at or not self._well[key]:
                continue
            lasting = now.seconds - self._since[key] >= self._patience.return_s
            if down or (place < served.at and lasting):
                return place
        return None

    def serving(self, symbol: str, group: str) -> str:
        """Return the name of the source that serves a symbol's events of a group now."""
        return next(self._names[s.source] for s in self._served if s.line.symbol == symbol and s.line.group == group)

    def news(self) -> list[News]:
        """Return what has happened, once."""
        told, self._news = self._news, []
        return told
