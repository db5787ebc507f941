"""The terms of an instrument: what they may be, how they are set, and what a store of version 1 knows of them."""

import json
from pathlib import Path

import pytest
from tests.data.helpers import addition, minutes

from lockstep.data import Instrument, Store
from lockstep.data.check import check
from lockstep.data.sample import install_real
from lockstep.data.terms import read_terms
from lockstep.errors import AmbiguousDatasetError, DataError, UnknownSymbolError


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"multiplier": 0.0}, "A: multiplier is 0.0, but must be a finite number above zero"),
        ({"multiplier": -50.0}, "multiplier is -50.0, but must be a finite number above zero"),
        ({"tick": float("inf")}, "tick is inf"),
        ({"lot": -1.0}, "lot is -1.0"),
        ({"lot": True}, "lot is True, expected a number"),
        ({"kind": "bond"}, "A: kind is 'bond', expected equity, future, perpetual, forex, crypto"),
        ({"currency": "usd"}, "currency is 'usd', expected a code in capital letters such as 'USD'"),
        ({"currency": ""}, "currency is ''"),
        ({"initial_margin": 0.0}, "initial_margin is 0.0, but must be a finite number above zero"),
        ({"maintenance_margin": -0.1}, "maintenance_margin is -0.1"),
        ({"initial_margin": 0.1, "maintenance_margin": 0.2}, "liquidated as soon as it is opened"),
        ({"short_available": -1.0}, "short_available is -1.0, but must be a finite number, zero or above"),
        ({"borrow_rate": -0.01}, "borrow_rate is -0.01"),
        ({"borrow_rate": None}, "borrow_rate is None, expected a number"),
    ],
)
def test_impossible_terms_are_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Instrument("A", **fields)  # type: ignore[arg-type]


def test_terms_as_text() -> None:
    given = {"multiplier": "50", "short_available": "none", "currency": "EUR", "borrow_rate": 0.02}
    expected = {"multiplier": 50.0, "short_available": None, "currency": "EUR", "borrow_rate": 0.02}
    assert read_terms("A", given) == expected
    for name, value, words in (
        ("multipler", "1", "A: multipler can't be set: did you mean multiplier?"),
        ("calendar", "XNYS", "it is part of the stored bars; import them as another dataset"),
        ("colour", "red", "expected kind, tick, lot"),
        ("tick", "a cent", "tick is 'a cent', expected a number"),
        ("tick", "none", "tick is 'none', expected a number"),
    ):
        with pytest.raises(DataError, match=words.replace("?", r"\?")):
            read_terms("A", {name: value})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    result = Store(tmp_path)
    result.append("d", "1m", {"A": addition("A", minutes(5)), "B": addition("B", minutes(5))}, source="test")
    return result


def test_terms_are_set_on_a_stored_symbol(store: Store) -> None:
    hash_before = store.bars("A").data_hash
    facts = store.set_instrument("A", multiplier=50, kind="future", initial_margin=0.1, maintenance_margin=0.08)
    assert facts == store.instrument("A") == store.bars("A").instruments[0]
    assert (facts.multiplier, facts.kind, facts.initial_margin) == (50, "future", 0.1)
    assert store.instrument("B") == Instrument("B")
    assert store.datasets()[0].instruments == {"A": facts, "B": Instrument("B")}
    assert store.bars("A").data_hash != hash_before
    assert store.set_instrument("A", initial_margin="none", maintenance_margin="none").initial_margin is None
    # More bars, and the same ones again, keep them.
    store.import_frame({"time": ["2020-01-02 00:00Z", "2020-01-02 00:01Z"], "open": [1.0, 1.0], "high": [1.0, 1.0],
                        "low": [1.0, 1.0], "close": [1.0, 1.0]}, symbol="A", dataset="d")  # fmt: skip
    assert store.instrument("A").multiplier == 50
    assert check(store).faults == ()


def test_what_can_not_be_set_changes_nothing(store: Store) -> None:
    before = (store.path / "d" / "manifest.json").read_bytes()
    with pytest.raises(DataError, match=r"A: multiplier is -1\.0"):
        store.set_instrument("A", tick=0.05, multiplier=-1.0)
    with pytest.raises(DataError, match="time_zone can't be set"):
        store.set_instrument("A", time_zone="UTC")
    with pytest.raises(UnknownSymbolError):
        store.set_instrument("C", tick=0.05)
    store.set_instrument("A", tick=0.01)
    assert (store.path / "d" / "manifest.json").read_bytes() == before
    store.append("e", "1m", {"A": addition("A", minutes(5))}, source="test")
    with pytest.raises(AmbiguousDatasetError, match="name the dataset"):
        store.set_instrument("A", tick=0.05)
    assert store.set_instrument("A", "e", tick=0.05).tick == 0.05
    assert store.instrument("A", "d").tick == 0.01


def test_installing_the_sample_again_keeps_terms(tmp_path: Path) -> None:
    store = Store(tmp_path)
    install_real(store)
    store.set_instrument("AAPL", multiplier=50)
    store.add_actions({"AAPL": []}, replace=True)
    install_real(store)
    assert store.instrument("AAPL").multiplier == 50
    assert store.actions("sample-daily", "AAPL") == []


def test_a_store_of_version_1_opens(store: Store) -> None:
    """What version 1 wrote: no `becomes`, none of the later terms, and any word as a kind."""
    path = store.path / "d" / "manifest.json"
    body = json.loads(path.read_text()) | {"version": 1}
    for name, kind in (("A", "fx"), ("B", "etf")):
        for later in ("initial_margin", "maintenance_margin", "short_available", "borrow_rate"):
            del body["symbols"][name]["instrument"][later]
        body["symbols"][name]["instrument"]["kind"] = kind
    path.write_text(json.dumps(body))
    assert store.instrument("A") == Instrument("A", "forex")
    assert store.instrument("B") == Instrument("B", "equity")
    assert store.bars(["A", "B"]).rows == 5
    store.set_instrument("A", multiplier=1000)
    assert json.loads(path.read_text())["version"] == 2
    assert store.instrument("A") == Instrument("A", "forex", multiplier=1000)
