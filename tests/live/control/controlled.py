"""A session as its controls see it, that remembers what it was told."""

from lockstep.errors import CommandError


class Told:
    """Takes ``kill`` and refuses all other commands."""

    def __init__(self):
        self.commands, self.refusals, self.stops, self.awaited = [], [], [], []
        self.durable: str | None = ""
        """What whoever waits for a row is told at once, None for not yet."""
        self.open = None
        self.live = False

    def command(self, kind, content, by):
        if kind != "kill":
            raise CommandError(f"there is no command {kind}")
        self.commands.append((kind, content, by))
        return 7

    def trade(self, kind, content, by):
        raise CommandError(f"nobody can {kind} here")

    def preview(self, content):
        raise CommandError("nothing can be looked at before it is sent")

    def prepare(self, content):
        return content == {"strategy": "known"}

    def order(self, content):
        raise CommandError("there is no order here")

    def refused(self, asked, why, by):
        self.refusals.append((asked, why, by))

    def status(self):
        return {"id": "one", "profit": float("nan")}

    def books(self):
        return {"at": 3, "books": {}}

    def stop(self, by):
        self.stops.append(by)

    def when_durable(self, row, then):
        self.awaited.append((row, then))
        if self.durable is not None:
            then(self.durable)

    def closing(self):
        return self.open

    def leaves(self):
        return self.open
