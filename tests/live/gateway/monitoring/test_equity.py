import asyncio
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tests.live.gateway.monitoring.sessions import a_status

from lockstep.live.gateway.monitoring.equity import MOST, Curve, EquityCurves
from lockstep.live.gateway.monitoring.equity_file import FILE, read_points


def worth(equity: float | None) -> Any:
    status = a_status()
    account = replace(status.session.account, equity=equity, day_profit=1.5)
    return replace(status, session=replace(status.session, account=account))


def curves_of(home: Path, *told: Any, every: int = 10) -> EquityCurves:
    """Curves of sessions in folders, that are told so, one look after another."""
    for name in ("a", "b"):
        (home / name).mkdir(exist_ok=True)
    looks, moments = iter(told), count(every, every)

    async def ask() -> Any:
        return next(looks)

    return EquityCurves(ask, lambda name: home / name, lambda: next(moments))


def test_each_session_has_its_curve_and_what_cannot_be_valued_is_left_out(tmp_path: Path) -> None:
    async def looked() -> None:
        curves = curves_of(tmp_path, {"a": worth(100.0), "b": worth(None)}, {"a": worth(101.0), "b": worth(7.0)})
        await curves.once()
        await curves.once()
        assert (await curves.of("a")).points == [(10, 100.0, 1.5), (20, 101.0, 1.5)]
        assert (await curves.of("b")).points == [(30, 7.0, 1.5)]
        assert (await curves.of("never seen")).points == []

    asyncio.run(looked())


def test_a_gateway_that_comes_later_goes_on_with_what_the_one_before_has_seen(tmp_path: Path) -> None:
    async def looked() -> None:
        await curves_of(tmp_path, {"a": worth(100.0)}).once()
        later = curves_of(tmp_path, {"a": worth(90.0)}, every=50)
        assert (await later.of("a")).points == [(10, 100.0, 1.5)], "before it has looked itself"
        await later.once()
        assert (await curves_of(tmp_path).of("a")).points == [(10, 100.0, 1.5), (50, 90.0, 1.5)]

    asyncio.run(looked())


def test_what_is_kept_is_thinned_as_what_is_shown(tmp_path: Path) -> None:
    async def looked() -> None:
        curves = curves_of(tmp_path, *({"a": worth(float(k))} for k in range(MOST + 5)), every=2_000_000_000)
        for _ in range(MOST + 5):
            await curves.once()
        shown = (await curves.of("a")).points
        assert read_points(tmp_path / "a") == shown
        assert len(shown) < MOST
        assert [path.name for path in (tmp_path / "a").iterdir()] == [FILE]

    asyncio.run(looked())


def test_a_disk_that_takes_nothing_costs_no_more_than_the_kept_curve(tmp_path: Path) -> None:
    async def looked() -> None:
        curves = curves_of(tmp_path, {"gone": worth(1.0)})
        await curves.once()
        assert len((await curves.of("gone")).points) == 1

    asyncio.run(looked())


def test_a_curve_that_was_thinned_keeps_its_pace_when_it_is_taken_up_again() -> None:
    minute = 60_000_000_000
    curve = Curve([(k * minute, 1.0, None) for k in range(MOST // 2 + 100)])
    for second in range(2, 7_200, 2):
        curve.take((MOST // 2 + 99) * minute + second * 1_000_000_000, 2.0, None)
    assert len(curve.points) - (MOST // 2 + 100) == 119, "two hours, a point a minute, the last not yet"


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    curve = Curve()
    second = 1_000_000_000
    for k in range(MOST + 1):
        curve.take(2 * k * second, float(k), None)
    assert len(curve.points) == MOST // 2 + 1
    assert curve.points[0][1] == 0.0
    assert curve.points[-1][1] == float(MOST)
    spans = {after[0] - before[0] for before, after in zip(curve.points, curve.points[1:], strict=False)}
    assert spans == {4 * second}


def test_a_thinned_curve_goes_on_with_fewer_points() -> None:
    curve = Curve()
    second = 1_000_000_000
    for k in range(10 * MOST):
        curve.take(2 * k * second, float(k), None)
    assert len(curve.points) <= MOST
    assert curve.points[0][1] == 0.0
    assert curve.points[-1][0] > 2 * 9 * MOST * second
