"""Strategies that are to be added to a session that runs: asked for by name, compiled before anybody waits for them.

Kernels are compiled on a thread of its own while the session goes on: until that is done nothing is added.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from lockstep.data.recordings.files import ADD
from lockstep.errors import CommandError, LockstepError, NotCompiledError, StrategiesFixedError
from lockstep.live.session.adding import Lanes, check_may_join
from lockstep.live.session.core import Core
from lockstep.live.session.warm import warm_up, warm_up_joining

REMEMBERED = 100
"""Of what was compiled."""
KEYS = ("strategy", "id", "symbols", "parameters", "bars", "allocation", "enabled", "why")
Make = Callable[[Mapping[str, Any]], Lanes]
"""Makes the lanes of a strategy that is asked for by ``KEYS``; raises ``LockstepError`` where it can't be."""


class Additions:
    """What is to be added to one session; asked where the session runs."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.make: Make = _none
        """Of whoever opened the session, and knows its source."""
        self._thread: threading.Thread | None = None
        self._done: dict[bytes, str] = {}
        """What was compiled, and why it can't be; empty where it can."""

    def prepare(self, content: Mapping[str, Any]) -> bool:
        """Have what is asked for compiled; return whether that is done. Raises ``CommandError`` where it can't be."""
        lanes = self._lanes(content)
        check_may_join(self._core, lanes)
        key = msgspec.json.encode(lanes)
        if self._done.get(key):
            raise CommandError(self._done.pop(key))
        if key not in self._done and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._compile, args=(key, lanes), name="compiling", daemon=True)
            self._thread.start()
        return self._done.get(key) == ""

    def command(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of the command; raises ``NotCompiledError`` for what was not prepared."""
        if not self.prepare(content):
            raise NotCompiledError(f"{content['strategy']} is being compiled: it is added as soon as that is done")
        lanes = self._lanes(content)
        why = {"why": content["why"]} if content.get("why") else {}
        return {
            "strategy": lanes[0].name.partition(":")[0], "enabled": content.get("enabled", True), **why,
            "lanes": msgspec.to_builtins(lanes),
        }  # fmt: skip

    def _lanes(self, content: Mapping[str, Any]) -> Lanes:
        unknown = [key for key in content if key not in KEYS]
        if unknown:
            raise CommandError(f"{ADD} has no {unknown[0]!r}: it takes {', '.join(KEYS)}")
        if not isinstance(content.get("strategy"), str):
            raise CommandError(f"strategy must be the name of one, found {content.get('strategy')!r}")
        if not isinstance(content.get("enabled", True), bool):
            raise CommandError(f"enabled must be true or false, found {content['enabled']!r}")
        try:
            return self.make(content)
        except CommandError:
            raise
        except LockstepError as error:
            raise CommandError(str(error)) from error

    def _compile(self, key: bytes, lanes: Lanes) -> None:
        why = ""
        try:
            warm_up(replace(self._core.terms, lanes=lanes))
            warm_up_joining()
        except (Exception, SystemExit) as error:  # whatever a user's strategy raises
            why = f"{lanes[0].strategy} can't be added: {type(error).__name__}: {error}"
        self._done[key] = why
        for old in list(self._done)[:-REMEMBERED]:
            del self._done[old]


def _none(_: Mapping[str, Any]) -> Lanes:
    raise StrategiesFixedError("this session was not opened as one that takes further strategies")
