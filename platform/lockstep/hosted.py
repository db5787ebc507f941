"""One session in a process of its own, without a view: `python -m lockstep.hosted FOLDER` runs what asked.json asks.

It ends by SIGTERM or as its control socket is told, then has the batch prove what was done, and says in ended.json how
it ended. A process that was killed leaves no such file.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lockstep._memory import one_heap
from lockstep.cli_running import run_session
from lockstep.errors import LockstepError
from lockstep.live.session.request import ENDED, read_request
from lockstep.live.session.stage import Stage

if TYPE_CHECKING:
    from lockstep.live.session.core import Core
    from lockstep.live.session.host import Host
    from lockstep.live.session.request import SessionRequest

REFUSED = 2
"""Exit code of a session that can't be run as it is asked for: to start it again would change nothing."""


def main(folder: Path) -> int:
    """Run a session to its end; return the exit code, as `lockstep paper` has it."""
    from lockstep.kernels._jit import when_compiling

    one_heap()
    (folder / ENDED).unlink(missing_ok=True)
    stage = Stage(folder)
    when_compiling(lambda _: stage.compiles())
    try:
        run_session(opened(folder, read_request(folder), lambda _: stage.works()))
        stage.proves()
        told = {"parity": proven(folder)}
    except LockstepError as error:
        _tell(folder, {"error": {"type": type(error).__name__, "message": str(error)}})
        sys.stderr.write(f"error: {error}\n")
        return REFUSED
    finally:
        stage.works()
    _tell(folder, told)
    return 0 if told["parity"]["equal"] else 1


def opened(folder: Path, asked: "SessionRequest", seen: "Callable[[Core], None] | None" = None) -> "Host":
    """Return the host of the session that is asked for; ``seen`` is called whenever it has done something."""
    if asked.mode == "paper":
        from lockstep.opening import open_paper

        return open_paper(folder, asked, seen)
    from lockstep.day_proof import proven as proven_up_to
    from lockstep.opening_live import open_live

    host = open_live(folder, asked, seen)
    host.prove_days(partial(proven_up_to, folder))
    return host


def proven(folder: Path) -> dict[str, Any]:
    """Return what the batch makes of the session's tape."""
    from lockstep.vector.parity.prove import prove

    parity = prove(folder)
    return {**parity._asdict(), "equal": parity.equal, "differences": [one._asdict() for one in parity.differences]}


def _tell(folder: Path, told: dict[str, Any]) -> None:
    (folder / ENDED).write_bytes(msgspec.json.encode(told))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
