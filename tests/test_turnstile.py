"""Steps are counted, and none is taken behind the last."""

import pytest

from lockstep._turnstile import ShutError, Turnstile


def test_the_last_step_is_taken_whole_and_told_at_its_end():
    turnstile, taken = Turnstile(), []
    turnstile.shut_behind(3)
    with pytest.raises(ShutError):  # noqa: PT012 - which of them raises is the question
        for k in range(5):
            with turnstile:
                taken.append(k)
    assert taken == [0, 1, 2]
    assert turnstile.steps == 3


def test_none_begins_once_it_is_shut():
    turnstile = Turnstile()
    with turnstile:
        pass
    assert turnstile.shut() == 1
    for _ in range(2):
        with pytest.raises(ShutError), turnstile:
            pytest.fail("a step behind the last")


def test_a_step_that_fails_counts_and_its_error_is_told_unless_it_was_the_last():
    turnstile = Turnstile()
    turnstile.shut_behind(2)
    with pytest.raises(KeyError), turnstile:
        raise KeyError
    with pytest.raises(ShutError), turnstile:
        raise KeyError
    assert turnstile.steps == 2
