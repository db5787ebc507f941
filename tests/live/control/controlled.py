"""A session as its controls see it, that remembers what it was told."""

from lockstep.errors import CommandError


class Told:
    """Takes ``kill`` and refuses all other commands."""

    def __init__(self):
        self.commands, self.refusals, self.stops = [], [], []

    def command(self, kind, content, by):
        if kind != "kill":
            raise CommandError(f"there is no command {kind}")
        self.commands.append((kind, content, by))
        return 7

    def refused(self, asked, why, by):
        self.refusals.append((asked, why, by))

    def status(self):
        return {"id": "one", "profit": float("nan")}

    def stop(self, by):
        self.stops.append(by)
