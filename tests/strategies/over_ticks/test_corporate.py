"""Corporate actions as commands: what can be, and how it is written down."""

import pytest

from lockstep.data.instrument import Instrument
from lockstep.errors import CommandError
from lockstep.strategies.over_ticks.corporate import checked_action

KNOWN = {"ACME": Instrument.us_equity("ACME")}


@pytest.mark.parametrize(
    ("ratio", "new", "old"), [(2, 2, 1), (0.1, 1, 10), ("3:2", 3, 2), ("6:4", 3, 2), (2.002, 1001, 500), ("1:8", 1, 8)]
)
def test_a_ratio_is_whole_numbers_however_it_is_written(ratio, new, old):
    content = checked_action({"symbol": "ACME", "kind": "split", "ratio": ratio}, KNOWN, 0)
    assert content == {"symbol": "ACME", "kind": "split", "ratio": [new, old], "effective_ns": 0}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"symbol": "NONE", "kind": "split", "ratio": 2}, "symbol must be one of ACME"),
        ({"kind": "merger", "ratio": 2}, "split or dividend"),
        ({"kind": "split"}, "a split has ratio"),
        ({"kind": "split", "ratio": 2, "amount": 1.0}, "no other number"),
        ({"kind": "split", "ratio": "2:0"}, "ratio must be"),
        ({"kind": "split", "ratio": -2}, "ratio must be"),
        ({"kind": "split", "ratio": float("nan")}, "ratio must be"),
        ({"kind": "split", "ratio": 1e-9}, "ratio must be"),
        ({"kind": "dividend", "amount": float("inf")}, "amount must be"),
        ({"kind": "dividend", "amount": 0.1, "effective": "tomorrow"}, "effective must be"),
    ],
)
def test_an_action_that_can_not_be_is_refused_with_what_is_missing(content, says):
    with pytest.raises(CommandError, match=says):
        checked_action({"symbol": "ACME", **content}, KNOWN, 0)
