"""A bar for people, a function for programs, silence for the rest."""

import io

import pytest

from lockstep.vector.sweep.plan import Plan
from lockstep.vector.sweep.progress import COMPILING, LONG, shown

PLAN = Plan(sets=1_200, cells=1_000, portion=64, memory=0, seconds=10.0 * LONG)


class Terminal(io.StringIO):
    """A stream that says it is looked at."""

    def isatty(self) -> bool:
        return True


def test_a_function_is_told_the_cells() -> None:
    seen: list[int] = []
    with shown(seen.append, PLAN) as report:
        report(300)
        report(700)
    assert seen == [300, 700]


def test_a_bar_shows_share_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with shown(None, PLAN) as report:
        report(500)
    import sys

    assert isinstance(sys.stderr, Terminal)
    text = sys.stderr.getvalue()
    assert "1,200 runs" in text
    assert "50%" in text
    assert "gone, left" in text


def test_time_is_counted_from_the_first_cells_on_and_compiling_before_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from rich.progress import Progress

    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    made: list[Progress] = []
    start = Progress.start

    def started(bar: Progress) -> None:
        made.append(bar)
        start(bar)

    monkeypatch.setattr(Progress, "start", started)
    with shown(True, PLAN) as report:
        (task,) = made[0].tasks
        assert (task.description, task.started, task.elapsed) == (COMPILING, False, None)
        report(100)
        assert (task.description, task.started) == ("1,200 runs", True)
        begun = task.start_time
        report(900)
        assert (task.start_time, task.completed) == (begun, 1_000)
    import sys

    assert isinstance(sys.stderr, Terminal)
    assert COMPILING in sys.stderr.getvalue()


@pytest.mark.parametrize(
    ("asked", "looked_at", "seconds"), [(False, True, 60.0), (None, False, 60.0), (None, True, LONG / 2.0)]
)
def test_otherwise_nothing_is_shown(
    asked: bool | None, looked_at: bool, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal() if looked_at else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with shown(asked, Plan(1, 1_000, 64, 0, seconds)) as report:
        report(1_000)
    assert stream.getvalue() == ""
