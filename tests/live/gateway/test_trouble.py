"""Trouble is said once, and once that it is over."""

import logging

from lockstep.live.gateway.trouble import Trouble


def test_it_is_said_once_and_once_that_it_is_over(caplog):
    trouble = Trouble(logging.getLogger("lockstep.trouble"), "it is wrong", "it is well")
    with caplog.at_level("INFO", "lockstep.trouble"):
        trouble.goes()
        for _ in range(3):
            trouble.comes("a reason")
        trouble.goes()
        trouble.goes()
        try:
            raise ValueError("odd")
        except ValueError as error:
            trouble.comes(error, trace=True)
    assert [record.getMessage() for record in caplog.records] == [
        "it is wrong: a reason", "it is well (after 3 times)", "it is wrong: odd",
    ]  # fmt: skip
    assert caplog.records[-1].exc_info[0] is ValueError
