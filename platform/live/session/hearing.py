"""How well a session hears its market: what its source has told last, as lines for people."""

from collections import Counter
from collections.abc import Iterable

from lockstep.data.recordings.recording import Recording
from lockstep.live.sources import news
from lockstep.live.sources.source import News


class Hearing:
    """What is wrong with a source now, and how much was missing or refused since the start."""

    def __init__(self, name: str = "the feed") -> None:
        self._name = name
        self._away: dict[str, tuple[int, str]] = {}
        """Attempts since it could be heard last and why it can't, by source; the name is empty of one alone."""
        self._stale: dict[str, float] = {}
        """Seconds without a word, by symbol."""
        self.halted = ""
        """Why the session itself has halted trading, which counts while trading is halted."""
        self.proof = ""
        """What came of the proof of the latest day, empty before."""
        self.left = ""
        """Positions that a session that has ended left at its venue."""
        self._gaps = 0
        self._refused: Counter[str] = Counter()

    def hear(self, item: News) -> None:
        """Take what has happened to the source."""
        content, source = item.content, str(item.content.get("source", ""))
        match item.kind:
            case news.CONNECTED:
                self._away.pop(source, None)
            case news.DISCONNECTED:
                self._away[source] = self._away.get(source, (0, ""))[0] + 1, str(content["why"])
            case news.ENDED:
                self._away[source] = 0, f"it has ended: {content['why']}"
            case news.STALE:
                self._stale[item.symbol] = float(content["seconds"])
            case news.FRESH:
                self._stale.pop(item.symbol, None)
            case news.GAP:
                self._gaps += 1
            case news.FINDING:
                self._refused[str(content["code"])] += int(content["count"])

    def unheard(self, symbols: Iterable[str]) -> set[str]:
        """Return those of some symbols of which nothing is heard now."""
        return {symbol for symbol in symbols if self._away or symbol in self._stale}

    def lines(self) -> tuple[str, ...]:
        """Return what people should know, nothing where all is well."""
        out = [_away(source or self._name, *away) for source, away in self._away.items()]
        if self._stale:
            out.append(f"nothing is heard of {', '.join(self._stale)}, for {max(self._stale.values()):g} s and more")
        told = [f"{self._gaps:,} gap{'s' * (self._gaps > 1)}"] if self._gaps else []
        if self._refused:
            told.append(f"{self._refused.total():,} messages not taken ({', '.join(self._refused)})")
        out += [self.proof] if self.proof else []
        out += [f"positions are left open at the venue: {self.left}"] if self.left else []
        return (*out, *([f"feed: {', '.join(told)}"] if told else []))


def why_halted(recording: Recording) -> str:
    """Return why a recorded session has halted trading by itself, if nobody has set the state since."""
    halted, changed = (next(recording.latest(kind), None) for kind in ("trading_halted", "trading_state"))
    return "" if halted is None or (changed and changed.seq > halted.seq) else str(halted.content()["why"])


def _away(source: str, attempts: int, why: str) -> str:
    tried = f" ({attempts} times)" if attempts > 1 else ""
    return f"{source} is not heard{tried}: {why}"
