"""The numbering of one topic: what comes next, what is missing, and when to ask for a picture again."""

from enum import Enum

from lockstep.live.sources.messages import Numbered


class Standing(Enum):
    """Where a topic stands."""

    ASKED = 0
    """Subscribed, not answered yet."""
    AWAITED = 1
    """Answered; the picture is still to come."""
    WHOLE = 2
    """Every message goes on with what is known."""
    LOST = 3
    """Nobody knows how things stand: a picture is to be asked for."""
    REFUSED = 4
    """The gateway doesn't tell it."""


class Topic:
    """One topic. ``needs_picture``: a change means nothing to whoever doesn't know what was before."""

    def __init__(self, data_type: str, symbol: str) -> None:
        self.data_type, self.symbol = data_type, symbol
        self.needs_picture = data_type == "book"
        self.standing = Standing.ASKED
        self.last = -1
        """Number of the latest message."""
        self.retry_at = 0.0
        """When to ask again for what is LOST, in seconds."""
        self.asked = 0
        """Number of the latest request for it."""
        self.answer_by = float("inf")
        """When an answer, or the picture, is overdue."""

    @property
    def name(self) -> str:
        """As it is on the wire."""
        return f"{self.data_type}:{self.symbol}"

    def forget(self) -> None:
        """There is no connection any more."""
        self.standing, self.last, self.answer_by = Standing.ASKED, -1, float("inf")

    def ask(self, request: int, answer_by: float) -> None:
        """It is asked for."""
        self.standing, self.asked, self.answer_by = Standing.ASKED, request, answer_by

    def answer(self, seq: int, picture_by: float) -> None:
        """The gateway will tell it, behind number ``seq``."""
        self.last = seq
        self.standing = Standing.AWAITED if self.needs_picture else Standing.WHOLE
        self.answer_by = picture_by if self.needs_picture else float("inf")

    def lose(self, retry_at: float) -> None:
        """Nobody knows any more how things stand."""
        self.standing, self.retry_at, self.answer_by = Standing.LOST, retry_at, float("inf")

    def repeats(self, message: Numbered) -> bool:
        """Return whether this, or something after it, was told before."""
        return message.seq < self.last if message.snapshot else message.seq <= self.last

    def lacks(self, message: Numbered) -> int:
        """Return how many messages are missing before this one. A picture stands for all before it."""
        return 0 if message.snapshot else max(message.seq - self.last - 1 - message.skipped, 0)

    def go_to(self, message: Numbered) -> None:
        """Take a message as the latest."""
        self.last = message.seq
        if message.snapshot and self.standing is Standing.AWAITED:
            self.standing, self.answer_by = Standing.WHOLE, float("inf")
