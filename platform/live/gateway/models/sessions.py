"""Sessions as they are asked for and told of."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lockstep.live.gateway.jobs.job import Job
from lockstep.live.gateway.models.limits import Limit
from lockstep.live.gateway.models.orders import SYMBOL
from lockstep.live.gateway.models.words import Body, Number, Parameters, Told, iso, registered
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.request import SessionRequest, StrategyRequest
from lockstep.live.session.view_types import StatusView
from lockstep.live.sources.seeds import seed_of

Mode = Literal["paper", "live", "backtest"]
PLAIN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_EXAMPLE: dict[str, Any] = {
    "mode": "paper", "id": "makers", "symbols": ["AAPL", "MSFT"], "source": "synthetic:11", "initialCapital": 50000,
    "prices": {"AAPL": 150.1, "MSFT": 370.0},
    "strategies": [
        {"id": "maker", "name": "simple_market_maker", "allocation": 1.0, "parameters": {"interval_ms": 100}},
        {"name": "manual"},
    ],
}  # fmt: skip


_TOLD: dict[str, Any] = {
    "id": "paper", "state": "running", "trouble": "", "restarts": 0, "mode": "paper", "source": "synthetic",
    "symbols": ["AAPL", "GOOGL", "MSFT"], "strategies": ["manual"], "journal": "full", "feed": "synthetic@0.1x",
    "seed": 7,
}  # fmt: skip
_OF_REQUESTS = (
    "mode", "symbols", "strategies", "initialCapital", "limits", "interval", "startDate", "endDate", "dataset",
)  # fmt: skip
_OF_BACKTESTS = (
    "mode", "id", "symbols", "strategies", "initialCapital", "limits", "settings", "bars", "startDate", "endDate",
    "dataset",
)  # fmt: skip
MANUAL = "manual"
"""Its orders are given by hand."""
DEFAULT_LIMITS = {"maxOrderNotional": 1.0, "maxSymbolExposure": 2.0, "maxGrossExposure": 4.0, "maxDailyLoss": 0.1}
"""Shares of the capital."""
_STATES = {"queued": "starting", "running": "running", "done": "ended", "failed": "failed", "cancelled": "ended"}
"""Of a backtest as a session has them, by those of its job."""


def _no_file(source: str) -> str:
    if source.partition(":")[0] == "table":
        raise ValueError("a table of sources is a file: sessions over HTTP take no files")
    return source


class SessionStrategy(Body):
    """One strategy of a session."""

    name: Annotated[str, Field(max_length=128), AfterValidator(registered)]
    id: str = Field("", max_length=64)
    enabled: bool = Field(True, description="One that is not is left out.")
    allocation: Number | None = Field(None, description="Its share of the capital, spread over its symbols.")
    symbols: list[SYMBOL] = Field(default_factory=list, max_length=1000)
    parameters: Parameters = Field(default_factory=dict)


class SessionBody(Body):
    """A session: on paper, live at a local exchange, or a backtest over stored bars, which is a job."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    mode: Mode = "paper"
    id: str = Field(pattern=PLAIN)
    symbols: list[SYMBOL] = Field(min_length=1, max_length=1000)
    source: Annotated[str, Field(max_length=200), AfterValidator(_no_file)] = "synthetic"
    strategies: list[SessionStrategy] = Field(
        default_factory=lambda: [SessionStrategy.model_validate({"name": "manual"})], min_length=1, max_length=100
    )
    initial_capital: Number = 100_000.0
    limits: dict[str, Limit] | None = Field(
        None, description="On paper, without them: by the capital (docs/gateway.md); {} for none."
    )
    settings: dict[str, Any] = Field(default_factory=dict)
    flatten_on_loss: bool = False
    bars: str | None = Field(None, max_length=16)
    warm: str | None = Field(None, max_length=200)
    position: Literal["keep", "flat", "align"] = "keep"
    prices: dict[str, Number] = Field(default_factory=dict)
    take_over: str | None = Field(None, pattern=PLAIN, description="Id of a session that has ended.")
    venue: str | None = Field(None, max_length=200)
    account: str | None = Field(None, max_length=64)
    certificate: str | None = Field(None, pattern=PLAIN, description="Id of the paper session that allows a live one.")
    arm: bool = False
    start_date: str | None = Field(None, max_length=40, description="Of a backtest.")
    end_date: str | None = Field(None, max_length=40, description="Of a backtest.")
    dataset: str | None = Field(None, max_length=200, description="Of a backtest.")

    def backtest(self) -> dict[str, Any]:
        """Return it as the request of a backtest (docs/execution.md), whose further keys are its settings."""
        given = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        foreign = [name for name in given if name not in _OF_BACKTESTS]
        if foreign:
            raise Problem(422, "BAD_REQUEST", f"a backtest has no {foreign[0]!r}: it takes {', '.join(_OF_BACKTESTS)}")
        given["strategies"] = given.get("strategies") or [each.model_dump(by_alias=True) for each in self.strategies]
        if "bars" in given:
            given["interval"] = given["bars"]
        return {**given.get("settings", {}), **{name: given[name] for name in _OF_REQUESTS if name in given}}

    def _limits(self) -> dict[str, Any]:
        """Return those that were given; a session on paper that names none has some by its capital."""
        if self.limits is not None:
            return dict(self.limits)
        bare = self.mode == "live" or self.take_over is not None
        return {} if bare else {name: share * self.initial_capital for name, share in DEFAULT_LIMITS.items()}

    def _allocations(self, strategies: list[SessionStrategy]) -> dict[str, float]:
        """Return each strategy's cash: its share of the capital, an even one where it names none.

        Orders by hand trade with what the others have together, and have all of it where there are none.
        """
        trading = [each for each in strategies if each.name != MANUAL] or strategies
        shares = {
            _id_of(each): 1 / len(trading) if each.allocation is None and each in trading else each.allocation
            for each in strategies
        }  # fmt: skip
        return {name: share * self.initial_capital for name, share in shares.items() if share is not None}

    def request(self, home: Path, store: Path | None, journal: Literal["full", "normal"]) -> SessionRequest:
        """Return it as a session is asked for, in folders of this machine."""
        named = [each for each in self.strategies if each.enabled]
        if not named:
            raise Problem(422, "BAD_REQUEST", "no strategy is enabled: a session needs one, manual at least")
        for name in ("start_date", "end_date", "dataset"):
            if getattr(self, name) is not None:
                raise Problem(
                    422, "BAD_REQUEST", f"a session has no {to_camel(name)}: backtests have, of the mode backtest"
                )
        return SessionRequest(
            symbols=tuple(self.symbols), source=self.source, id=self.id,
            mode="live" if self.mode == "live" else "paper",
            strategies=tuple(
                StrategyRequest(each.name, _id_of(each), each.parameters, tuple(each.symbols)) for each in named
            ),
            allocations=self._allocations(named),
            settings=self.settings, limits=self._limits(), flatten_on_loss=self.flatten_on_loss, bars=self.bars,
            warm=self.warm, position=self.position, prices=self.prices,
            take_over=_folder(home, self.take_over), store=None if store is None else str(store),
            journal="full" if self.mode == "live" else journal, venue=self.venue, account=self.account,
            certificate=_folder(home, self.certificate), arm=self.arm,
        )  # fmt: skip


class TransitionBody(Body):
    """Another mode for a session (docs/transitions.md)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "paper", "position": "keep"}]})

    to: Literal["paper", "live"]
    position: Literal["keep", "flat", "align"] = "keep"
    leave: bool = False
    why: str = Field("", max_length=200)
    arm: bool = Field(False, description="Arm the session for a minute before, which going live needs.")


class Session(Told):
    """A session as it was asked for, and its state; of one that runs how it stands, besides."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOLD]})

    id: str
    state: str
    trouble: str
    mode: str
    symbols: list[str]
    strategies: list[str]


class Sessions(Told):
    """Sessions of a gateway."""

    sessions: list[Session]


def session_told(session: RunningSession, status: StatusView | None = None) -> dict[str, Any]:
    """Return a session as the border tells of it."""
    asked = session.asked
    found: dict[str, Any] = {
        "id": session.id, "state": session.state, "trouble": session.trouble, "restarts": session.restarts,
        "mode": session.mode, "source": session.source or asked.source, "symbols": asked.symbols,
        "strategies": session.strategies, "journal": asked.journal,
        "feed": asked.source, "seed": seed_of(asked.source),
    }  # fmt: skip
    if status is not None:
        view = status.session
        found |= {
            "tradingState": view.state, "killSwitch": view.killed, "time": iso(view.time_ns), "records": view.taken,
            "notices": view.notices, "account": view.account, "latency": view.latency, "quotes": view.quotes,
            "rows": status.journal,
        }  # fmt: skip
    return found


def backtest_told(job: Job) -> dict[str, Any]:
    """Return a backtest as the border tells of it among sessions."""
    asked = job.request
    return {
        "id": job.id, "name": job.name, "mode": "backtest", "state": _STATES[job.state],
        "trouble": "" if job.error is None else job.error.message, "progress": job.progress,
        "symbols": asked.get("symbols", []),
        "strategies": [each.get("id") or each.get("name") for each in asked.get("strategies", [])],
        "startDate": asked.get("startDate"), "endDate": asked.get("endDate"), "links": job.told()["links"],
    }  # fmt: skip


def _id_of(strategy: SessionStrategy) -> str:
    return strategy.id or strategy.name


def _folder(home: Path, session: str | None) -> str | None:
    return None if session is None else str(home / session)
