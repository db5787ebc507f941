"""Event strategies whose state can be kept: they give it as plain values, and take it back.

An event strategy is an object of any kind, which nobody can look into; one that has both methods below comes back from
a snapshot of its session, one that has not only by being told everything again::

    class Joiner(BaseStrategy):
        def save_state(self):
            return {"quotes": self.quotes, "tag": self.tag}

        def load_state(self, values):  # instead of on_start
            self.quotes, self.tag = values["quotes"], values["tag"]

Plain values are numbers, text, None, lists and dicts of these; a tuple comes back as a list.
"""

from typing import Any, Protocol, runtime_checkable

import msgspec

from lockstep.errors import SnapshotError
from lockstep.strategies.event import BaseStrategy


@runtime_checkable
class Keeping(Protocol):
    """A strategy that gives its state and takes it back."""

    def save_state(self) -> Any:
        """Return all that decides what it does from here on, as plain values."""

    def load_state(self, values: Any) -> None:
        """Stand where ``values`` were given; ``on_start`` is not called then."""


def cannot_keep(kind: type[BaseStrategy]) -> str:
    """Return why a strategy's state can't be kept, empty where it can."""
    lacking = [name for name in ("save_state", "load_state") if not callable(getattr(kind, name, None))]
    return f"{kind.__name__} gives no {' and no '.join(lacking)}" if lacking else ""


def state_of(strategy: BaseStrategy) -> bytes:
    """Return a strategy's state, packed; raises ``SnapshotError`` where it gives none, or what is not plain."""
    if not isinstance(strategy, Keeping):
        raise SnapshotError(cannot_keep(type(strategy)))
    try:
        return msgspec.msgpack.encode(strategy.save_state())
    except Exception as error:  # whatever a user's strategy raises, or gives
        raise SnapshotError(f"{type(strategy).__name__}.save_state: {type(error).__name__}: {error}") from error


def give_state(strategy: BaseStrategy, state: bytes) -> None:
    """Let a strategy that was just made stand where a state was taken; raises ``SnapshotError``."""
    if not isinstance(strategy, Keeping):
        raise SnapshotError(cannot_keep(type(strategy)))
    try:
        strategy.load_state(msgspec.msgpack.decode(state))
    except Exception as error:  # whatever a user's strategy raises
        raise SnapshotError(f"{type(strategy).__name__}.load_state: {type(error).__name__}: {error}") from error
