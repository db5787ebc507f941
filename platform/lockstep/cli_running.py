"""Running a session from the command line until it is over or somebody interrupts it."""

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockstep.live.session.host import Host


def run_session(host: "Host") -> None:
    """Run until the source ends or the user interrupts: then the events at hand are still taken."""

    async def running() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, host.stop)
        await host.run()

    asyncio.run(running())
