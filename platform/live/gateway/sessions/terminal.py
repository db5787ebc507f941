"""What people read on the terminal of sessions that begin and end, where they would wait without a word."""

from collections.abc import Callable, Sequence

from lockstep.live.gateway.sessions.running import COMPILES, RunningSession


class Terminal:
    """Says how sessions begin and end, by ``say``."""

    def __init__(self) -> None:
        self.say: Callable[[str], None] = lambda _: None
        self._compiling: set[str] = set()

    def hear(self, session: RunningSession) -> None:
        """A session begins or ends, or says what it does."""
        if session.trouble == COMPILES:
            self._compiling.add(session.id)
            self.say(f"Session {session.id}: {COMPILES}")
        elif session.id in self._compiling and session.state == "running":
            self._compiling.remove(session.id)
            self.say(f"Session {session.id} runs")

    def ending(self, sessions: Sequence[RunningSession]) -> None:
        """The gateway ends: it answers what is under way, then has these end."""
        if sessions:
            self.say(
                f"Ending and proving {', '.join(each.id for each in sessions)}."
                " Ctrl-C again leaves at once: what is not proven by then goes on by itself"
            )
        else:
            self.say("Ending. Ctrl-C again leaves at once")

    def ended(self, sessions: Sequence[RunningSession]) -> None:
        """The gateway has waited for these."""
        for each in sessions:
            if each.state == "ended":
                self.say(f"Session {each.id} has ended and is proven")
            elif each.state == "failed":
                self.say(f"Session {each.id} has failed: {each.trouble}")
            else:
                self.say(
                    f"Session {each.id} is {each.state} still, and goes on by itself;"
                    f" `lockstep parity {each.folder}` proves it at any time"
                )
