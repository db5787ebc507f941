"""What an operator may change while lanes run: limits, the kill switch, trading states, restricted symbols.

A command is checked first (``checked``), written down, and only then obeyed (``obey``): whoever obeys the same commands
at the same places comes to the same.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.additions import lanes_added
from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.hours import trading_hours
from lockstep.errors import CommandError
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import RISK_ACCOUNT, Restriction
from lockstep.kernels.ticks.guards import Guarded, Guards
from lockstep.strategies.lifting import lifted
from lockstep.strategies.over_ticks.by_hand import BY_HAND
from lockstep.strategies.over_ticks.corporate import CORPORATE, KEYS, checked_action, is_split, ratio_of
from lockstep.strategies.over_ticks.renewing import renewed

if TYPE_CHECKING:
    from lockstep.strategies.over_bars.controls import BarControls
    from lockstep.strategies.over_bars.guards import BarGuards

KILL, RELEASE, CANCEL_ALL, FLATTEN = "kill", "release", "cancel_all", "flatten"
ROOM = "disk_room"
"""Given by the session itself, when its disk has too little room and when there is enough again."""
CLOSE = "close"
"""Given by the session itself while it flattens: positions are to be closed now; ``done`` when there are none left."""
BEGIN = "begin_strategy"
"""Given by the session itself: a strategy begins anew now, as none of its orders works any more."""
INTERNAL = (ROOM, CLOSE, BEGIN)
DISABLE, ENABLE = "disable_strategy", "enable_strategy"
"""Of one strategy, on all of its symbols."""
PARAMETERS = "strategy_parameters"
"""A strategy is to begin anew with other parameters."""
ARM, MODE_CHANGE = "arm", "mode_change"
"""Checked by the session (live/session/modes.py), which knows what is real; as what adds a strategy is (adding.py)."""
COMMANDS = ("limit_change", KILL, RELEASE, CANCEL_ALL, FLATTEN, "trading_state", "restriction", DISABLE, ENABLE,
            PARAMETERS, ADD, CORPORATE, *INTERNAL, ARM, MODE_CHANGE, *BY_HAND)  # fmt: skip
"""Kinds of commands, which are kinds of rows of a session's journal."""
CANCELING = (KILL, CANCEL_ALL, FLATTEN)
"""Behind these every open order is asked to be canceled."""
_STATES = {state.name.lower(): state for state in TradingState}
_REASONS = {
    TradingState.ACTIVE: RiskCode.PASSED, TradingState.REDUCING: RiskCode.TRADING_REDUCING,
    TradingState.HALTED: RiskCode.TRADING_HALTED,
}  # fmt: skip
"""Of states that are set by hand."""
_OF_REASON = {int(RiskCode.MAX_DAILY_LOSS): TradingState.REDUCING} | {int(r): s for s, r in _REASONS.items()}
_RESTRICTIONS = {each.name.lower(): each for each in Restriction}
_KEYS = {
    "limit_change": ("limits", "lane"), KILL: ("why", "flatten"), RELEASE: ("why",), CANCEL_ALL: ("why",),
    FLATTEN: ("why",), ROOM: ("enough", "free_bytes"),
    CLOSE: ("done", "lanes"), DISABLE: ("strategy", "why", "flatten"), ENABLE: ("strategy", "why"),
    PARAMETERS: ("strategy", "parameters", "why"), BEGIN: ("lanes",),
    "trading_state": ("state", "why"),
    "restriction": ("symbol", "restriction", "why"), CORPORATE: KEYS,
}  # fmt: skip


class Controls:
    """The guards of a session's lanes, and the commands that change them.

    With limits of the account, or one lane, all lanes share an account; without, each has one of its own.
    """

    def __init__(self, lanes: Sequence[LaneTerms], limits: Mapping[str, Any] | None) -> None:
        self.limits = _limits(limits or {})
        self._terms = {lane.name: lane for lane in lanes}
        self.bars = _over_bars([lane for lane in lanes if lane.bars is not None], limits)
        """Of each lane over bars, which always has an account of its own."""
        lanes = [lane for lane in lanes if lane.bars is None]
        self.names = tuple(lane.name for lane in lanes)
        self._instruments = {lane.instrument["symbol"]: lane.traded() for lane in lanes}
        self._limited = limits is not None
        self.shared = self._limited or len(lanes) == 1
        """Do lanes see each other's orders and positions through one account?"""
        self._currency = lanes[0].instrument.get("currency") if lanes else None
        """Of the account; what another lane's is worth in it is not known."""
        self.own = {lane.name: _limits(lane.limits) for lane in lanes if lane.limits is not None}
        guarded = [self._guarded_as(lane) for lane in lanes]
        self.flattening = False
        """Are positions to be closed, once what works has been canceled?"""
        self.disabled: set[str] = set()
        """Lanes whose strategies may order nothing."""
        self.closing: set[str] = set()
        """Of these, lanes whose positions are to be closed."""
        self.parameters: dict[str, dict[str, Any]] = {}
        """Of lanes, where they are not those that they began with."""
        self.changing: dict[str, dict[str, Any]] = {}
        """Those with which lanes begin anew once none of their orders works any more; until then they order nothing."""
        self.guards: dict[str, tuple[Guards, int]] = {}
        """Of each lane, with its number there."""
        if self.shared:
            account = Guards(guarded, None if limits is None else self.limits)
            self.guards = {name: (account, k) for k, name in enumerate(self.names)}
        else:
            for one, name in zip(guarded, self.names, strict=True):
                self.guards[name] = Guards([one], self.own.get(name)), 0
        for lane in lanes:
            self._set_hours(lane)
        if any(lane.held is not None for lane in lanes):
            self._begin_anew({
                lane.name: {"cash": lane.cash, "position": lane.held.position if lane.held else 0,
                            "price": lane.held.price if lane.held else 0.0}
                for lane in lanes
            })  # fmt: skip

    def add(self, lane: LaneTerms) -> None:
        """Take in one more lane, which trades in the account that all share, or in one of its own."""
        self._terms[lane.name] = lane
        if lane.bars is not None:
            self.bars |= _over_bars([lane], self.limits.to_mapping() if self._limited else None)
            return
        one = lane.instrument["symbol"]
        self.names = (*self.names, lane.name)
        self._instruments.setdefault(one, lane.traded())
        if lane.limits is not None:
            self.own[lane.name] = _limits(lane.limits)
        if self._currency is None:
            self._currency = lane.instrument.get("currency")
        if self.shared and self.guards:
            account = self.accounts[0]
            account.add(self._guarded_as(lane))
            self.guards[lane.name] = account, len(account.lanes) - 1
        else:
            limits = self.limits if self._limited else self.own.get(lane.name)
            self.guards[lane.name] = Guards([self._guarded_as(lane)], limits), 0
        self._set_hours(lane)

    def _guarded_as(self, lane: LaneTerms) -> Guarded:
        one, known = lane.traded(), lane.instrument.get("currency") == self._currency
        own = None if lane.limits is None or not self.shared else _limits(lane.limits)
        return Guarded(
            one.symbol, lane.cash, one.tick, one.lot, one.multiplier, own, one.short_available,
            1.0 if known or not self.shared else math.nan,
        )  # fmt: skip

    def _set_hours(self, lane: LaneTerms) -> None:
        guards, k = self.guards[lane.name]
        hours = trading_hours(lane.traded())
        if hours is not None:
            guards.set_hours(k, hours)

    @property
    def accounts(self) -> list[Guards]:
        """Each account once."""
        return list(dict.fromkeys(guards for guards, _ in self.guards.values()))

    def lifted(self) -> AbstractContextManager[None]:
        """Let orders pass that close positions: kill switch, states and losses don't stop these, all else does."""
        accounts = [row for guards in self.accounts for row in (guards.account, guards.own_accounts)]
        limits = [row for guards in self.accounts for row in (guards.limits, guards.own_limits)]
        return lifted(accounts, limits, [guards.rows for guards in self.accounts])

    @property
    def risk_accounts(self) -> npt.NDArray[np.void]:
        """RISK_ACCOUNT[n] of all lanes, over ticks and over bars: a copy."""
        return np.concatenate([np.zeros(0, RISK_ACCOUNT), *(guards.account for guards in self._guarded())])

    @property
    def has_room(self) -> bool:
        """Is there room on the disk for what is decided?"""
        return all(int(guards.account["no_room"][0]) == 0 for guards in self._guarded())

    @property
    def killed(self) -> bool:
        """Is the kill switch on?"""
        return any(int(guards.account["kill_switch"][0]) != 0 for guards in self._guarded())

    @property
    def state(self) -> str:
        """The trading state of the accounts: the strictest, where they differ."""
        return TradingState(
            max((int(guards.account["state"][0]) for guards in self._guarded()), default=0)
        ).name.lower()

    def checked(self, kind: str, content: Mapping[str, Any], now_ns: int = 0) -> dict[str, Any]:
        """Return a command as it is to be written down and obeyed, given at a moment by the session's clock.

        Raises ``CommandError`` for one that is unknown or says something that can't be, ``RiskLimitsError`` for limits
        that are none. A limit_change has the limits to be changed, null for no more limit, and says after which ones
        hold in all.
        """
        if kind not in _KEYS:
            raise CommandError(f"there is no command {kind!r}: known are {', '.join(COMMANDS)}")
        unknown = [key for key in content if key not in _KEYS[kind]]
        if unknown:
            raise CommandError(f"{kind} has no {unknown[0]!r}: it takes {', '.join(_KEYS[kind])}")
        if kind == "limit_change":
            return self._changed(content)
        if kind == CORPORATE and self.bars:
            raise CommandError(
                "the session has strategies over bars, whose prices are adjusted by whoever gives them: no corporate"
                " action takes effect there"
            )
        if kind == CORPORATE:
            return checked_action(content, self._instruments, now_ns)
        if kind == PARAMETERS:
            names = self._lanes_of(content.get("strategy"))
            change = content.get("parameters")
            return {**content, "lanes": {name: renewed(self._terms[name], self.of(name), change) for name in names}}
        if kind in (DISABLE, ENABLE):
            return {**_whether_flattens(content), "lanes": self._lanes_of(content.get("strategy"))}
        _whether_flattens(content)
        plain = [name for name, bars in self.bars.items() if bars.limits is None]
        if plain and kind in ("trading_state", "restriction"):
            raise CommandError(
                f"{plain[0]} trades over bars without limits, where only {KILL} and {RELEASE} hold: start the session"
                " with limits, {} for none yet"
            )
        if kind == "trading_state":
            _known("state", content, _STATES)
        elif kind == "restriction":
            _known("restriction", content, _RESTRICTIONS)
            _known("symbol", content, {symbol: None for each in self._guarded() for symbol in each.names})
        return dict(content)

    def of(self, lane: str) -> dict[str, Any]:
        """Return the parameters of a lane."""
        return self.parameters.get(lane, self._terms[lane].parameters)

    def _lanes_of(self, strategy: Any) -> list[str]:
        """Return the lanes of a strategy, or the one that is named."""
        names = [*self.names, *self.bars]
        found = [name for name in names if strategy in (name, name.partition(":")[0])]
        if not found:
            known = dict.fromkeys(name.partition(":")[0] for name in names)
            raise CommandError(f"strategy must be one of {', '.join(known)}, found {strategy!r}")
        return found

    def _changed(self, content: Mapping[str, Any]) -> dict[str, Any]:
        lane, change = content.get("lane") or "", content.get("limits")
        if not isinstance(change, Mapping) or not change:
            raise CommandError(f'limit_change needs "limits", an object like {{"maxOrderSize": 10}}, found {change!r}')
        own = self.own | {name: bars.limits for name, bars in self.bars.items() if bars.own and bars.limits is not None}
        if lane and lane not in own:
            raise CommandError(
                f"{lane!r} has no limits of its own to change: those that have are {', '.join(own) or 'none'};"
                " leave lane out for the account's"
            )
        if not lane and not self.shared:
            raise CommandError(
                "the session was started without limits of the account, in which its lanes share nothing: start it with"
                " limits, {} for none yet, or name a lane that has its own"
            )
        before = own[lane] if lane else self.limits
        after = _limits({**before.to_mapping(), **change})
        return {"lane": lane, "change": dict(change), "limits": after.to_mapping()}

    def obey(self, kind: str, content: Mapping[str, Any]) -> None:
        """Let a command that was checked hold from here on; orders that work are left to whoever asks."""
        if kind in (CANCEL_ALL, ARM, *BY_HAND):
            return
        if kind == MODE_CHANGE:
            self._begin_anew(content["lanes"])
            return
        if kind == "limit_change":
            self._set(str(content["lane"]), _limits(content["limits"]))
            return
        if kind in (DISABLE, ENABLE):
            self._able(kind, content)
            return
        if kind == ADD:
            self._add(content)
            return
        if kind in (PARAMETERS, BEGIN):
            self._change(kind, content["lanes"])
            return
        if kind == CLOSE and "lanes" in content:
            self.closing -= set(content["lanes"]) if content.get("done") else set()
            return
        if kind == FLATTEN or content.get("flatten"):
            self._flatten(True)
        elif kind == RELEASE or content.get("done"):
            self._flatten(False)
        for account in self.accounts if is_split(kind, content) else ():
            account.split(content["symbol"], ratio_of(content))
        for guards in self._guarded():
            if kind in (KILL, RELEASE):
                guards.account["kill_switch"] = int(kind == KILL)
            elif kind == ROOM:
                guards.account["no_room"] = int(not content["enough"])
            elif kind == "trading_state":
                _set_state(guards, _STATES[content["state"]])
            elif kind == "restriction" and content["symbol"] in guards.names:
                row = guards.names.index(content["symbol"])
                guards.symbols["restriction"][row] = _RESTRICTIONS[content["restriction"]]

    def _add(self, content: Mapping[str, Any]) -> None:
        """Take in the lanes of a strategy that is added, under what holds of their symbols."""
        lanes = lanes_added(content)
        restricted = {
            symbol: int(row["restriction"])
            for guards in self._guarded() for symbol, row in zip(guards.names, guards.symbols, strict=True)
        }  # fmt: skip
        for lane in lanes:
            self.add(lane)
        for guards in self._guarded():
            for symbol, row in zip(guards.names, guards.symbols, strict=True):
                row["restriction"] = restricted.get(symbol, 0)
        if not content["enabled"]:
            self.disabled = self.disabled | {lane.name for lane in lanes}
            self.hold_disabled()

    def _able(self, kind: str, content: Mapping[str, Any]) -> None:
        """Let strategies order nothing, or what they want again."""
        lanes = set(content["lanes"])
        self.disabled = self.disabled | lanes if kind == DISABLE else self.disabled - lanes
        self.closing = self.closing | lanes if content.get("flatten") else self.closing - lanes
        self.hold_disabled()

    def _change(self, kind: str, lanes: Mapping[str, dict[str, Any]]) -> None:
        """Let lanes order nothing until they begin anew, or hold the parameters with which they do."""
        if kind == PARAMETERS:
            self.changing |= lanes
        else:
            self.parameters |= lanes
            self.changing = {name: each for name, each in self.changing.items() if name not in lanes}
        self.hold_disabled()

    def hold_disabled(self) -> None:
        """Have the guards know which strategies may order nothing."""
        held = self.disabled | self.changing.keys()
        for name, (guards, k) in self.guards.items():
            guards.rows["disabled"][k] = int(name in held)
        for name, bars in self.bars.items():
            bars.guards.disabled = name in held

    def _guarded(self) -> "list[Guards | BarGuards]":
        """Return the records of risk of all accounts."""
        return [*self.accounts, *(bars.guards for bars in self.bars.values())]

    def _flatten(self, on: bool) -> None:
        """Strategies send nothing while positions are closed; then the state is again what its reason says."""
        self.flattening = on
        self.closing.clear()
        for bars in self.bars.values():
            bars.guards.closing = on
        for guards in self.accounts:
            reason = int(guards.account["reason"][0])
            guards.account["state"] = TradingState.HALTED if on else _OF_REASON.get(reason, TradingState.HALTED)

    def _begin_anew(self, lanes: Mapping[str, Mapping[str, Any]]) -> None:
        """Let all accounts begin anew with what is real of each lane."""
        for guards in self.accounts:
            names = [name for name in self.names if self.guards[name][0] is guards]
            told = [(lanes[name], guards.lanes[self.guards[name][1]]) for name in names]
            guards.begin_anew(
                [one["cash"] for one, _ in told], [one["position"] * lane.lot_size for one, lane in told],
                [one["price"] for one, _ in told],
            )  # fmt: skip
        for name, bars in self.bars.items():
            if name in lanes:
                bars.guards.begin_anew(lanes[name]["cash"])

    def _set(self, lane: str, limits: RiskLimits) -> None:
        if not lane:
            self.limits = limits
            for each in self.accounts[:1]:
                each.set_limits(limits)
            for bars in self.bars.values():
                if not bars.own:
                    bars.change(limits)
            return
        if lane in self.bars:
            self.bars[lane].change(limits)
            return
        self.own[lane] = limits
        guards, k = self.guards[lane]
        if self.shared:
            guards.set_own_limits(k, limits)
        else:
            guards.set_limits(limits)


def meant(kind: str, content: Mapping[str, Any], lane: str) -> bool:
    """Is a command meant for a lane, where it may be for some alone?"""
    return kind not in (DISABLE, ENABLE, PARAMETERS, BEGIN, CLOSE) or lane in content.get("lanes", (lane,))


def cancels(kind: str, content: Mapping[str, Any], lane: str) -> bool:
    """Is every open order of a lane asked to be canceled behind a command?"""
    return kind in CANCELING or (kind in (DISABLE, PARAMETERS) and meant(kind, content, lane))


def _whether_flattens(content: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(content.get("flatten", False), bool):
        raise CommandError(f"flatten must be true or false, found {content['flatten']!r}")
    return dict(content)


def _over_bars(lanes: Sequence[LaneTerms], limits: Mapping[str, Any] | None) -> "dict[str, BarControls]":
    if not lanes:
        return {}
    from lockstep.strategies.over_bars.controls import bar_controls  # brings kernels that ticks never load

    return bar_controls(lanes, limits)


def _set_state(guards: "Guards | BarGuards", state: TradingState) -> None:
    """As ``set_state`` of the compiled books does."""
    guards.account["state"], guards.account["reason"] = state, _REASONS[state]


def _limits(values: Mapping[str, Any]) -> RiskLimits:
    return RiskLimits.from_mapping(values)


def _known(name: str, content: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if content.get(name) not in known:
        raise CommandError(f"{name} must be one of {', '.join(known)}, found {content.get(name)!r}")
