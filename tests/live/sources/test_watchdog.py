"""Symbols that were not heard of for too long."""

from lockstep.live.sources.watchdog import Watchdog


def test_a_symbol_is_stale_once_and_fresh_once():
    watchdog = Watchdog(10.0)
    watchdog.watch("A", 0.0)
    watchdog.watch("B", 0.0)
    assert not watchdog.hear("A", 5.0)
    assert watchdog.look(9.9) == []
    assert watchdog.look(10.0) == ["B"]
    assert watchdog.look(11.0) == []
    assert watchdog.look(15.0) == ["A"]
    assert watchdog.stale == {"A", "B"}
    assert watchdog.hear("B", 16.0)
    assert not watchdog.hear("B", 16.0)
    assert watchdog.look(26.0) == ["B"]


def test_nobody_is_expected_without_a_connection_and_who_was_stale_stays_so():
    watchdog = Watchdog(10.0)
    watchdog.watch("A", 0.0)
    watchdog.look(10.0)
    watchdog.rest()
    assert watchdog.look(1000.0) == []
    watchdog.watch("A", 1000.0)
    assert watchdog.look(1010.0) == []  # told before
    assert watchdog.hear("A", 1011.0)
