"""The nearest name is offered, and none where nothing is near."""

from lockstep._nearest import did_you_mean


def test_the_nearest_name_is_offered() -> None:
    assert did_you_mean("fats", iter(["slow", "fast"])) == "; did you mean 'fast'?"


def test_nothing_is_offered_where_nothing_is_near() -> None:
    assert did_you_mean("lookback", ["slow", "fast"]) == ""
    assert did_you_mean("fast", []) == ""
