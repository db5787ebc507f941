"""The clock of a session: every moment it gives is later than the one before, whatever the machine's clock does."""


class SessionClock:
    """Gives each thing that comes in a moment of its own, ns UTC."""

    def __init__(self, last_ns: int = 0) -> None:
        self.last_ns = last_ns
        self.backward = 0
        """How often the machine's clock stood before the latest moment given."""

    def stamp(self, now_ns: int) -> int:
        """Return the moment for what came in when the machine's clock read ``now_ns``."""
        if now_ns <= self.last_ns:
            self.backward += now_ns < self.last_ns
            now_ns = self.last_ns + 1
        self.last_ns = now_ns
        return now_ns
