"""One corporate action: what it may be, in which order actions of a day apply, and how it travels."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lockstep.data import Action
from lockstep.data.actions import KINDS, check_action, in_order
from lockstep.errors import ActionsError
from lockstep.kernels.actions import ACTION, ActionKind

DAY = date(2020, 8, 31)


@pytest.mark.parametrize(
    "action",
    [
        Action(DAY, "split", 4.0),
        Action(DAY, "split", 0.1),
        Action(DAY, "dividend", 0.82, date(2020, 9, 3)),
        Action(DAY, "dividend", 0.82, DAY),
        Action(DAY, "rename", new_symbol="META"),
        Action(DAY, "delist", 0.0),
        Action(DAY, "delist"),
    ],
)
def test_round_trip(action: Action) -> None:
    assert Action.from_dict(action.to_dict()) == action


def test_only_what_is_known_is_written() -> None:
    """As version 1 wrote its files, so that their checksums stay the same."""
    assert Action(DAY, "split", 4.0).to_dict() == {"ex_date": "2020-08-31", "kind": "split", "value": 4.0}
    assert repr(Action(DAY, "delist")) == "Action(ex_date=datetime.date(2020, 8, 31), kind='delist')"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ((DAY, "merger", 1.0), "kind 'merger' is unknown: expected split, dividend, rename, delist"),
        ((DAY, "split", 0.0), "split on 2020-08-31 has the value 0.0, but it must be above zero"),
        ((DAY, "split", -4.0), "the value -4.0, but it must be above zero"),
        ((DAY, "split", float("inf")), "the value inf"),
        ((DAY, "split", None), "the value None"),
        ((DAY, "dividend", float("nan")), "dividend on 2020-08-31 has the value nan"),
        ((DAY, "dividend", 1.0, date(2020, 8, 30)), "is paid on 2020-08-30, before its ex date"),
        ((DAY, "split", 4.0, DAY), "split on 2020-08-31 has a pay date: only a dividend"),
        ((DAY, "rename"), "has the new symbol None: write the name"),
        ((DAY, "rename", None, None, " META"), "has the new symbol ' META'"),
        ((DAY, "rename", 2.0, None, "META"), "but a rename has none"),
        ((DAY, "split", 2.0, None, "META"), "has the new symbol 'META': only a rename"),
        ((DAY, "delist", -0.01), "a final price must be zero or above"),
        (("2020-08-31", "split", 2.0), "ex_date is '2020-08-31', expected a date"),
        ((datetime(2020, 8, 31, tzinfo=UTC), "split", 2.0), "expected a date such as"),
        ((DAY, "dividend", 2.0, "soon"), "pay_date is 'soon'"),
    ],
)
def test_what_cannot_be_is_refused(fields: tuple[Any, ...], words: str) -> None:
    with pytest.raises(ActionsError, match=words):
        check_action(Action(*fields))


def test_a_days_split_comes_before_its_dividend() -> None:
    late, early = Action(DAY, "dividend", 1.0), Action(date(2020, 8, 3), "delist")
    split = Action(DAY, "split", 4.0)
    assert in_order([late, split, early]) == [early, split, late]


def test_codes_keep_the_order_in_which_kinds_apply() -> None:
    assert [ActionKind[kind.upper()].value for kind in KINDS] == [0, 1, 2, 3]
    assert ACTION.names == ("time_ns", "symbol", "kind", "value")
    assert ACTION.itemsize == 32
