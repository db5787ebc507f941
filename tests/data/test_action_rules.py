"""Actions agree with each other, with the bars and along a chain of names, or none of them is stored."""

from datetime import date
from pathlib import Path

import pytest
from tests.data.helpers import addition, gather, minutes

from lockstep.data import Action, Store
from lockstep.data.action_rules import check_names, merge_actions
from lockstep.errors import ActionsError

DAY = 24 * 60


def jan(day: int) -> date:
    return date(2020, 1, day)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """OLD has bars on 1 and 2 January 2020, NEW on the 3rd and 4th, B on all four; all around the clock."""
    result = Store(tmp_path)
    parts = {
        "OLD": addition("OLD", minutes(2 * DAY)),
        "NEW": addition("NEW", minutes(2 * DAY, start=2 * DAY)),
        "B": addition("B", minutes(4 * DAY)),
    }
    result.append("d", "1m", parts, source="test")
    return result


RENAME = Action(jan(3), "rename", new_symbol="NEW")


def test_stored_actions_are_left_out_and_new_ones_joined_in_order() -> None:
    split, paid = Action(jan(2), "split", 2.0), Action(jan(1), "dividend", 0.5)
    assert merge_actions("A", [split], [split, paid]) == [paid, split]


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([Action(jan(1), "split", 2.0)] * 2, "is given twice: leave one out"),
        ([Action(jan(1), "split", 2.0), Action(jan(1), "split", 3.0)], "contradict each other"),
        ([Action(jan(1), "dividend", 2.0), Action(jan(1), "dividend", 3.0)], "If both were paid, write their sum"),
        ([Action(jan(3), "rename", new_symbol="X"), Action(jan(4), "rename", new_symbol="Y")], "contradict each other"),
        ([Action(jan(3), "rename", new_symbol="X"), Action(jan(4), "delist")], "contradict each other"),
        ([Action(jan(4), "delist", 1.0), Action(jan(4), "delist", 2.0)], "contradict each other"),
        ([Action(jan(4), "delist", 1.0), Action(jan(5), "split", 2.0)], "comes after its end"),
        ([Action(jan(3), "rename", new_symbol="X"), Action(jan(3), "split", 2.0)], "give it to X"),
    ],
)
def test_contradictions_are_refused_whole(store: Store, actions: list[Action], words: str) -> None:
    kept = Action(jan(2), "split", 2.0)
    store.add_actions({"B": [kept]})
    with pytest.raises(ActionsError, match=words):
        store.add_actions({"OLD": [Action(jan(1), "dividend", 1.0)], "B": [kept, *actions]})
    assert store.actions("d", "B") == [kept]
    assert store.actions("d", "OLD") == []


def test_a_contradiction_of_what_is_stored_is_refused_or_replaces(store: Store) -> None:
    store.add_actions({"B": [Action(jan(2), "split", 2.0), Action(jan(3), "dividend", 1.0)]})
    with pytest.raises(ActionsError, match=r"value=2.0\) and .*value=3.0\) contradict .* --replace"):
        store.add_actions({"B": [Action(jan(2), "split", 3.0)]})
    assert len(store.actions("d", "B")) == 2
    assert store.add_actions({"B": [Action(jan(2), "split", 3.0)]}, replace=True).added == {"B": 1}
    assert store.actions("d", "B") == [Action(jan(2), "split", 3.0)]
    store.add_actions({"B": []}, replace=True)
    assert store.actions("d", "B") == []


def test_bars_after_the_last_day_of_trading_are_refused(store: Store) -> None:
    with pytest.raises(ActionsError, match="B was delisted on 2020-01-03, but has bars up to 2020-01-04"):
        store.add_actions({"B": [Action(jan(3), "delist", 1.0)]})
    store.add_actions({"B": [Action(jan(4), "delist", 1.0)]})
    with pytest.raises(ActionsError, match="B was delisted on 2020-01-04, but has bars up to 2020-01-05"):
        store.append("d", "1m", {"B": addition("B", minutes(5, start=4 * DAY))}, source="test")
    assert store.datasets()[0].rows["B"] == 4 * DAY


def test_bars_on_the_wrong_side_of_a_change_of_name_are_refused(store: Store) -> None:
    with pytest.raises(ActionsError, match="OLD became NEW on 2020-01-02, but has bars up to 2020-01-02"):
        store.add_actions({"OLD": [Action(jan(2), "rename", new_symbol="NEW")]})
    with pytest.raises(ActionsError, match="B has bars from 2020-01-01 on, but OLD became B only on 2020-01-03"):
        store.add_actions({"OLD": [Action(jan(3), "rename", new_symbol="B")]})
    store.add_actions({"OLD": [RENAME]})
    with pytest.raises(ActionsError, match="OLD became NEW on 2020-01-03, but has bars up to 2020-01-05"):
        store.append("d", "1m", {"OLD": addition("OLD", minutes(5, start=4 * DAY))}, source="test")
    with pytest.raises(ActionsError, match="lies before 2020-01-03, when OLD became NEW: give it to OLD"):
        store.add_actions({"NEW": [Action(jan(2), "dividend", 1.0)]})


def test_bars_of_the_new_name_may_come_after_the_change_is_known(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("d", "1m", {"OLD": addition("OLD", minutes(DAY))}, source="test")
    store.add_actions({"OLD": [Action(jan(2), "rename", new_symbol="NEW")]})
    with pytest.raises(ActionsError, match="NEW has bars from 2020-01-01 on"):
        store.append("d", "1m", {"NEW": addition("NEW", minutes(DAY, start=DAY - 1))}, source="test")
    store.append("d", "1m", {"NEW": addition("NEW", minutes(DAY, start=DAY))}, source="test")
    assert gather(store.bars("NEW")).close_time_ns.tolist() == minutes(2 * DAY).close_time.tolist()


def test_one_security_has_one_name_before(store: Store) -> None:
    store.append("d", "1m", {"C": addition("C", minutes(5))}, source="test")
    store.add_actions({"OLD": [RENAME]})
    with pytest.raises(ActionsError, match=r"OLD and C both become NEW|C and OLD both become NEW"):
        store.add_actions({"C": [RENAME]})
    assert store.bars("NEW").rows == 4 * DAY


def test_names_never_go_round_in_a_circle(store: Store) -> None:
    """OLD -> NEW -> OLD, and a name that becomes itself."""
    store.add_actions({"OLD": [RENAME]})
    with pytest.raises(ActionsError, match=r"in a circle: NEW -> OLD -> NEW|in a circle: OLD -> NEW -> OLD"):
        store.add_actions({"NEW": [Action(jan(5), "rename", new_symbol="OLD")]})
    with pytest.raises(ActionsError, match="in a circle: B -> B"):
        store.add_actions({"B": [Action(jan(5), "rename", new_symbol="B")]})
    check_names({"A": "B", "B": "C", "C": "D"})
    with pytest.raises(ActionsError, match="circle"):
        check_names({"A": "B", "B": "C", "C": "A"})


def test_a_change_of_name_may_be_corrected(store: Store) -> None:
    store.add_actions({"OLD": [Action(jan(3), "rename", new_symbol="NWE")]})
    store.add_actions({"OLD": [RENAME]}, replace=True)
    assert store.bars("NEW").rows == 4 * DAY
