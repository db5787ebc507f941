"""Which symbols have figures of their own: so many, and no more, whatever is traded."""

OTHER = "other"
MOST = 32


class Symbols:
    """Those that are named have figures of their own, or without any the first that are seen; the rest is ``other``."""

    def __init__(self, named: tuple[str, ...] = (), most: int = MOST) -> None:
        self._known, self._most = dict.fromkeys(named), 0 if named else most

    def label(self, symbol: str) -> str:
        """Return what a symbol's figures are labelled by."""
        if symbol in self._known:
            return symbol
        if len(self._known) < self._most:
            self._known[symbol] = None
            return symbol
        return OTHER
