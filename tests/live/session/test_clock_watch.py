"""A clock that jumps is found, one that is put right little by little is not."""

from lockstep.live.session.clock_watch import ClockWatch

SECOND = 1_000_000_000


def test_jumps_are_told_once_with_their_size() -> None:
    watch = ClockWatch()
    looks = [(0, 0.0), (10, 10.0), (3610, 10.0), (3611, 11.0), (11, 11.0), (12, 12.5)]
    assert [watch.jumped(now * SECOND, counted) for now, counted in looks] == [0.0, 0.0, 3600.0, 0.0, -3600.0, 0.0]


def test_a_machine_that_slept_has_a_clock_that_jumped() -> None:
    watch = ClockWatch()
    watch.jumped(0, 0.0)
    assert watch.jumped(1000 * SECOND, 1.5) == 998.5
