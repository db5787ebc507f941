"""Whether the machine's clock has jumped: what it says is held against one that only counts on."""

MOST_S = 1.0
"""What two looks may differ by: no network time service moves a clock that it follows so far at once."""


class ClockWatch:
    """Looks at two clocks again and again."""

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    def jumped(self, now_ns: int, counted_s: float) -> float:
        """Return by how many seconds the clock has jumped since the last look, 0.0 where it has not."""
        last, self._last = self._last, (now_ns, counted_s)
        if last is None:
            return 0.0
        by = (now_ns - last[0]) / 1e9 - (counted_s - last[1])
        return by if abs(by) > MOST_S else 0.0
