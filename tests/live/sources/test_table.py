"""Routing tables: what they say, and what can't be."""

import pytest
from tests.live.sources.scripted import A, B, C, Scripted

from lockstep.data.instrument import Instrument
from lockstep.errors import SessionError
from lockstep.live.sources.table import lines_of, read_table

ONE, TWO, LIVE = Scripted("one", [A, B]), Scripted("two", [B, A, C]), Scripted("live", [A, B])
SOURCES = {"one": ONE, "two": TWO}


def lines(values, sources=None):
    return [(line.symbol, line.group, line.sources) for line in lines_of(read_table(values), sources or SOURCES)]


def test_a_table_in_a_file(tmp_path):
    path = tmp_path / "routing.toml"
    path.write_text(
        "patience_s = 2\n"
        '[[route]]\nsymbols = ["A"]\ntypes = ["trade"]\nsources = ["two"]\n'
        '[[route]]\nsymbols = ["A", "B"]\nsources = ["one", "two"]\n'
        '[[route]]\nsources = ["two"]\n'
    )
    table = read_table(path)
    assert (table.patience_s, table.return_s) == (2.0, 30.0)
    found = [(line.symbol, line.group, line.sources) for line in lines_of(table, SOURCES)]
    assert found == [
        ("A", "book", (0, 1)), ("A", "trade", (1,)), ("B", "book", (0, 1)), ("B", "trade", (0, 1)),
        ("C", "book", (1,)), ("C", "trade", (1,)),
    ]  # fmt: skip


def test_symbols_that_no_route_names_are_left_out():
    assert lines({"route": [{"sources": ["one"], "symbols": ["B"], "types": ["quote"]}]}) == [("B", "book", (0,))]


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({}, "route"),
        ({"route": []}, "route"),
        ({"route": [{"sources": []}]}, "sources"),
        ({"route": [{"sources": ["one"], "types": ["bars"]}]}, "bars"),
        ({"route": [{"sources": ["one"], "symbol": ["A"]}]}, "symbol"),
        ({"route": [{"sources": ["one"]}], "patience_s": -1}, "patience_s"),
        ({"route": [{"sources": "one"}]}, "sources"),
    ],
)
def test_what_is_no_table(values, match):
    with pytest.raises(SessionError, match=match):
        read_table(values)


def test_files_that_can_not_be_read(tmp_path):
    with pytest.raises(SessionError, match="can't be read"):
        read_table(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[[route]\n")
    with pytest.raises(SessionError, match=r"docs/feed\.md"):
        read_table(broken)


@pytest.mark.parametrize(
    ("routes", "match"),
    [
        ([{"sources": ["three"]}], "'three'"),
        ([{"sources": ["one", "one"]}], "each once"),
        ([{"sources": ["one"], "symbols": ["X"]}], r"names \['X'\]"),
        ([{"sources": ["one"]}], "which don't have it"),
        ([{"sources": ["two"], "types": ["quote"]}, {"sources": ["one"], "symbols": ["A"]}], "one or the other"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_their_sources(routes, match):
    with pytest.raises(SessionError, match=match):
        lines({"route": routes})


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (Scripted("other", [A], synthetic=True), "don't stand in for real ones"),
        (Scripted("other", [A], own_clock=True), "clock of their own"),
        (Scripted("other", [A], slots=100), "single orders"),
        (Scripted("other", [Instrument("A", tick=0.05)]), "another instrument"),
    ],
)
def test_sources_that_can_not_stand_in_for_one_another(other, match):
    with pytest.raises(SessionError, match=match):
        lines({"route": [{"sources": ["one", "other"], "symbols": ["A"]}]}, {"one": ONE, "other": other})
