"""Which symbols were not heard of for too long although the connection lives: a mute feed looks like a quiet one."""


class Watchdog:
    """Symbols, and when each was heard of last, in seconds of a clock that never falls."""

    def __init__(self, stale_s: float) -> None:
        self._stale_s = stale_s
        self._heard: dict[str, float] = {}
        self.stale: set[str] = set()

    def watch(self, symbol: str, now: float) -> None:
        """Expect to hear of a symbol from now on."""
        self._heard[symbol] = now

    def rest(self) -> None:
        """Expect to hear of none: the connection has ended. What is stale stays so until it is heard of."""
        self._heard.clear()

    def hear(self, symbol: str, now: float) -> bool:
        """Take that a symbol was heard of; return whether it was stale."""
        self._heard[symbol] = now
        if symbol not in self.stale:
            return False
        self.stale.discard(symbol)
        return True

    def look(self, now: float) -> list[str]:
        """Return the symbols that have become stale since the last look."""
        found = [
            symbol for symbol, heard in self._heard.items()
            if now - heard >= self._stale_s and symbol not in self.stale
        ]  # fmt: skip
        self.stale.update(found)
        return found
