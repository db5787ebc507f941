"""docs/exchange.md names every message, fault, event and reason there is."""

import re
from pathlib import Path
from typing import get_args

import pytest

from lockstep.kernels.order_terms import Reason
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.fault_rules import Fault, read_rules
from lockstep.live.exchange.leaving import kind_of
from lockstep.live.exchange.reasons import TEXTS


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "exchange.md").read_text()


def first_cells(text: str, heading: str) -> set[str]:
    """The names in the first column of the table with this heading."""
    rows = text.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


@pytest.mark.parametrize(
    ("heading", "messages"), [("from clients", m.FromClient), ("from the exchange", m.FromExchange)]
)
def test_the_tables_of_messages_are_the_messages(text: str, heading: str, messages: object) -> None:
    assert first_cells(text, heading) == {kind_of(kind) for kind in get_args(messages)}


def test_fields_that_the_tables_name_are_fields(text: str) -> None:
    rows = text.partition("| from clients |")[2].partition("\n\n")[0].splitlines()[2:]
    kinds = {kind_of(kind): kind for kind in get_args(m.FromClient)}
    new = next(row for row in rows if row.startswith("| `new`"))
    assert re.findall(r"`(\w+)`", new.split("|")[2]) == [
        name for name in ("client_id", "symbol", "side", "quantity", *m.New.__struct_fields__[5:]) if name != "seq"
    ]
    assert "account" in kinds["hello"].__struct_fields__


def test_the_tables_of_faults_are_the_faults(text: str) -> None:
    shown = re.findall(r'^\| `\{"do": "(\w+)"', text, re.MULTILINE)
    assert shown == [kind_of(kind) for kind in get_args(Fault)]
    fitting = {
        on: re.findall(r"`(\w+)`", row)
        for on, row in re.findall(r'^\| `\{"on": "(\w+)".*\}` \|.*\| (.*) \|$', text, re.MULTILINE)
    }
    whats = {what: {"do": what, "ms": 1.0} if what in ("delay", "pause", "refuse") else {"do": what} for what in shown}
    for on, faults in fitting.items():
        assert read_rules([{"when": {"on": on}, "what": whats[fault]} for fault in faults])
    assert sorted(fitting) == ["login", "message", "report", "time"]


def test_the_script_that_is_shown_is_one(text: str) -> None:
    script = text.partition("    [\n")[2].partition("\n    ]\n")[0]
    assert len(read_rules(f"[{script}]".encode())) == 3


def test_the_events_and_reasons_are_those_of_the_code(text: str, root: Path) -> None:
    code = "".join(path.read_text() for path in (root / "platform/live/exchange").glob("*.py"))
    events = set(re.findall(r'(?:event=|_write\(peer, |_sever\(peer, )"(\w+)"', code))
    assert first_cells(text, "`event`") == events
    told = set(re.findall(r"`(\w+)`", text))
    assert set(TEXTS) - {reason.name.lower() for reason in Reason} <= told
    assert set(re.findall(r'Bye\(reason="(\w+)"', code)) <= told
