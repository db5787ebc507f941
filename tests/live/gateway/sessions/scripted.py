"""Sessions whose processes are scripted, and connections to none."""

import msgspec

from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.session.request import ENDED


class Process:
    """Ends at once as it is told to."""

    def __init__(self, folder, says):
        self.terminated = False
        if says is not None:
            (folder / ENDED).write_bytes(msgspec.json.encode(says))

    def poll(self):
        return 0

    def terminate(self):
        self.terminated = True


def keeper(home, *says, begun=None):
    """A keeper whose processes end one after another, each saying how."""
    left = list(says)

    def begin(folder):
        if begun is not None:
            begun.append(folder.name)
        return Process(folder, left.pop(0))

    return Keeper(home, begun=begin)


async def over(session):
    """Wait until nobody keeps it running any more; return how that ended."""
    await session._kept
    return session.state, session.trouble
