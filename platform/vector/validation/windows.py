"""A validation as pictures take it."""

from typing import Any

from lockstep.analytics.plots.search.windows import Windows
from lockstep.vector.validation.outcome import Choice, WalkForward


def windows(made: WalkForward, path: int, symbol: str | None) -> Windows:
    """See ``WalkForward.windows``; ranges without dates have none, and tests that overlap no equity."""
    import polars as pl

    rows = [row for choice in made.choices_of(symbol) for row in _rows(made, choice)]
    dates = dict.fromkeys(("train_start", "train_end", "test_start", "test_end"), pl.Date)
    scores = {"parameters": pl.String, "train_score": pl.Float64, "test_score": pl.Float64}
    more = {}
    if made.paths and (path in made.known_paths(symbol) or not made.about.get("interrupted")):
        more["equity"] = made.curve(path, symbol).select(pl.col("session").alias("time"), "equity")
    name = made.units[made.unit(symbol)]
    return Windows(
        frame=pl.DataFrame(rows, {"number": pl.Int64, **dates, **scores}),
        metric=made.score,
        title=f"{made.about['strategy_title']}, {name}",
        source=str(made.about["source"]),
        **more,
    )


def _rows(made: WalkForward, choice: Choice) -> list[dict[str, Any]]:
    """Return a row for each range of training and of test; where one side has fewer, its last is repeated."""
    split, chosen = made.splits[choice.split], choice.parameters
    text = None
    if chosen is not None:
        text = ", ".join(f"{name}={chosen[name]}" for name in made.about["space"]["parameters"])
    told = {"parameters": text, "train_score": choice.train[made.score], "test_score": choice.test[made.score]}
    train, test = (pairs or ((None, None),) for pairs in (split.train_dates, split.test_dates))
    rows = []
    for at in range(max(len(train), len(test))):
        trained, tested = train[min(at, len(train) - 1)], test[min(at, len(test) - 1)]
        dates = zip(("train_start", "train_end", "test_start", "test_end"), (*trained, *tested), strict=True)
        rows.append({"number": choice.split + 1, **dict(dates), **told})
    return rows
