"""Faults on their way: a script, and what it has counted. One seed and the same messages give the same faults."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from lockstep.kernels.order_terms import NEVER
from lockstep.live.exchange.fault_rules import ORDER_REPORTS, Delay, Duplicate, Fault, Late, Lose, Refuse, Rule

MS = 1_000_000


class Ruling(NamedTuple):
    """What becomes of a report: when it leaves, and its copies."""

    fault: Delay | Lose | Duplicate | Late
    delay_ns: int = 0


class Faults:
    """A script on its way, begun at ``start_ns``. With no rules nothing goes wrong."""

    def __init__(self, rules: Sequence[Rule] = (), *, seed: int = 0, start_ns: int = 0) -> None:
        self._active = [_Active(rule, f"{seed}:{number}") for number, rule in enumerate(rules)]
        self._refused_until: dict[str, int] = {}
        self._start_ns = start_ns
        timed = [active for active in self._active if active.rule.when.on == "time"]
        self._timed = sorted(timed, key=lambda active: active.rule.when.ms)

    def message(self, account: str, kind: str, time_ns: int) -> list[Fault]:
        """Return what strikes as a message is taken."""
        struck = self._strikes("message", account, kind)
        return [self._noted(active, time_ns) for active in struck]

    def report(self, account: str, kind: str) -> list[Ruling]:
        """Return what becomes of a report that is about to leave."""
        rulings = []
        for active in self._strikes("report", account, kind):
            fault = active.rule.what
            assert isinstance(fault, Delay | Lose | Duplicate | Late)
            rulings.append(Ruling(fault, active.delay_ns()))
        return rulings

    def refused(self, account: str, time_ns: int) -> bool:
        """Return whether a login is refused now."""
        for active in self._strikes("login", account, ""):
            self._noted(active, time_ns)
        return any(time_ns < self._refused_until.get(name, 0) for name in ("", account))

    def due(self, time_ns: int) -> list[tuple[Fault, str]]:
        """Return what strikes by this time, once, with the account that it is about, '' for all."""
        struck = []
        while self._timed and self.next_ns() <= time_ns:
            active = self._timed.pop(0)
            account = active.rule.when.account
            struck.append((self._noted(active, time_ns), account))
        return struck

    def next_ns(self) -> int:
        """When the next timed rule strikes, NEVER if none will."""
        return self._start_ns + round(self._timed[0].rule.when.ms * MS) if self._timed else NEVER

    def _strikes(self, on: str, account: str, kind: str) -> list["_Active"]:
        return [active for active in self._active if active.strikes(on, account, kind)]

    def _noted(self, active: "_Active", time_ns: int) -> Fault:
        fault = active.rule.what
        if isinstance(fault, Refuse):
            name = active.rule.when.account
            until = time_ns + round(fault.ms * MS)
            self._refused_until[name] = max(until, self._refused_until.get(name, 0))
        return fault


class _Active:
    """A rule and how often what it is about has happened."""

    def __init__(self, rule: Rule, seed: str) -> None:
        self.rule = rule
        self._count = 0
        self._chance = random.Random(seed)

    def strikes(self, on: str, account: str, kind: str) -> bool:
        when = self.rule.when
        if when.on != on or when.account not in ("", account):
            return False
        if when.type != kind and (when.type or (on == "report" and kind not in ORDER_REPORTS)):
            return False
        self._count += 1
        turn = self._count - when.nth
        if turn < 0 or (when.times and turn >= when.times):
            return False
        return when.chance == 1.0 or self._chance.random() < when.chance

    def delay_ns(self) -> int:
        what = self.rule.what
        if isinstance(what, Delay):
            return round((what.ms + what.jitter_ms * self._chance.random()) * MS)
        return round(what.ms * MS) if isinstance(what, Duplicate) else 0
