"""docs/feed.md says what the code takes: its messages are read, its table is one, its codes are all there are."""

import re
from pathlib import Path

from lockstep.live.sources import news
from lockstep.live.sources.findings import Fault
from lockstep.live.sources.table import read_table
from lockstep.live.sources.wire import from_client, from_gateway

TEXT = (Path(__file__).parents[3] / "docs" / "feed.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_messages_shown_are_messages():
    asked, *said = blocks("json")
    kinds = [type(from_client(line)).__name__ for line in asked.splitlines()]
    kinds += [type(from_gateway(line)).__name__ for block in said for line in block.splitlines()]
    assert kinds == [
        "Subscribe", "Unsubscribe", "Subscribed", "Book", "Book", "Trade", "Quote", "PhaseChange", "Heartbeat",
        "Problem",
    ]  # fmt: skip


def test_the_table_shown_is_one(tmp_path):
    (text,) = blocks("toml")
    (tmp_path / "routing.toml").write_text(text)
    table = read_table(tmp_path / "routing.toml")
    assert [route.sources for route in table.route] == [("tape",), ("main", "spare")]


def test_every_code_and_every_kind_of_news_is_named():
    assert {fault.value for fault in Fault} <= set(re.findall(r"`(\w+)`", TEXT))
    assert {value for name, value in vars(news).items() if name.isupper()} <= set(re.findall(r"`(\w+)`", TEXT))
