"""Requests for jobs, as OpenAPI documents them; the worker reads them word by word and refuses what it doesn't know."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lockstep.live.gateway.models.words import Parameters, plain, registered

Json = dict[str, Any]
_STRATEGY: Json = {
    "id": "mean_reversion_1", "name": "Mean Reversion Strategy", "enabled": True, "allocation": 1.0,
    "symbols": ["AAPL", "GOOGL", "MSFT"], "parameters": {"lookback": 20, "entryZScore": 2.0, "exitZScore": 0.5},
}  # fmt: skip
_BACKTEST: Json = {
    "mode": "backtest", "startDate": "2023-01-01T00:00:00Z", "endDate": "2023-12-31T23:59:59Z",
    "symbols": ["AAPL", "GOOGL", "MSFT"], "initialCapital": 100000, "strategies": [_STRATEGY],
}  # fmt: skip
_SWEEP: Json = {
    "strategy": "mean_reversion", "symbols": ["AAPL"], "grid": {"lookback": [10, 20, 40], "entryZScore": "1:2:0.5"},
    "interval": "1m", "startDate": "2023-01-01", "endDate": "2023-03-31", "by": "sharpe",
}  # fmt: skip
_WALK_FORWARD: Json = {**_SWEEP, "scheme": "rolling", "train": "20", "test": "10"}
Symbols = list[str]


class _Request(BaseModel):
    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=False)

    def body(self) -> Json:
        """Return what was given, and nothing else."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _as_asked(strategies: list[Json]) -> list[Json]:
    """Take strategies by their names alone, and their numbers as numbers or decimal strings."""
    for each in strategies:
        registered(each.get("name"))
    return [_with_numbers(each) for each in strategies]


def _with_numbers(strategy: Json) -> Json:
    parameters = strategy.get("parameters")
    if isinstance(parameters, dict):
        strategy = {**strategy, "parameters": {name: plain(value) for name, value in parameters.items()}}
    return strategy if "allocation" not in strategy else {**strategy, "allocation": plain(strategy["allocation"])}


def _length(value: Any) -> Any:
    """Take a number of bars as a number too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Length = Annotated[str | None, BeforeValidator(_length)]
"""Of a window: bars, or a span of time such as 90d."""


class BacktestBody(_Request):
    """A backtest; further settings are those of `lockstep backtest FILE` (docs/execution.md)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BACKTEST]})

    symbols: Symbols = Field(min_length=1, max_length=10_000)
    strategies: Annotated[list[Json], AfterValidator(_as_asked)] = Field(min_length=1, max_length=1_000)
    mode: str = "backtest"
    start_date: str | None = None
    end_date: str | None = None
    initial_capital: float = 100_000.0
    interval: str | None = Field(None, description="1d where it is not given; finer bars are put together.")
    dataset: str | None = None


class SearchBody(_Request):
    """What a sweep and a walk-forward search."""

    strategy: Annotated[str, AfterValidator(registered)]
    symbols: Symbols = Field(min_length=1, max_length=10_000)
    grid: dict[str, list[Any] | str] = Field(min_length=1, description="Values by parameter, or 5:50:5.")
    parameters: Parameters = Field(default_factory=dict)
    start_date: str | None = None
    end_date: str | None = None
    interval: str | None = None
    dataset: str | None = None
    initial_capital: float | None = None
    settings: Json = Field(default_factory=dict)
    by: str = "sharpe"


class SweepBody(SearchBody):
    """A sweep (docs/sweeps.md)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SWEEP]})

    top: int = Field(10, ge=0, le=10_000)


class WalkForwardBody(SearchBody):
    """A walk-forward (docs/validation.md)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WALK_FORWARD]})

    scheme: str = "rolling"
    train: Length = None
    test: Length = None


class ImportBody(_Request):
    """An import of bars; files are named within the folder that LOCKSTEP_IMPORTS names."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"files": ["AAPL.csv"]}]})

    files: list[str] = Field(min_length=1, max_length=1_000)
    symbol: str | None = None
    dataset: str | None = None
    interval: str | None = None
    calendar: str | None = None
    time_zone: str | None = None
    time_format: str | None = None
    label: str | None = None
    columns: dict[str, str] | None = None
