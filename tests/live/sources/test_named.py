"""Sources by name."""

import asyncio
import math

import pytest
from tests.data.ticks.helpers import Made

from lockstep.data.instrument import Instrument
from lockstep.data.store import Store
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import SessionError
from lockstep.kernels.book.tables import BID
from lockstep.live.sources.named import source_named, speed_of
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.routed import RoutedSource
from lockstep.live.sources.synthetic import Synthetic
from lockstep.live.sources.websocket import WebSocketFeed

FACTS = Instrument("ACME", tick=0.05)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("named") / "store")
    block = next(synthetic_flow(500, "L2", seed=5).blocks())
    store.import_ticks(Made(block, "L2", symbols=("ACME",), instrument=FACTS), "made")
    return store


def test_replays(store):
    source = source_named("replay:made@max", ["ACME"], store)
    assert isinstance(source, Replay)
    assert (source.name, source.instruments) == ("replay:made@max", {"ACME": FACTS})


@pytest.mark.parametrize(
    ("text", "own_clock"), [("synthetic", False), ("synthetic:12@max", True), ("synthetic@5x", False)]
)
def test_generated_markets_of_stored_and_of_new_symbols(text, own_clock, store):
    source = source_named(text, ["ACME", "NEW"], store)
    assert isinstance(source, Synthetic)
    assert source.instruments == {"ACME": FACTS, "NEW": Instrument("NEW")}
    assert source.own_clock == own_clock


def test_a_generated_market_begins_where_it_is_told_never_closes_and_goes_on_with_what_was_traded(store, tmp_path):
    shares = Store(tmp_path / "shares")
    block = next(synthetic_flow(500, "L2", seed=5).blocks())
    shares.import_ticks(Made(block, "L2", symbols=("ACME",), instrument=Instrument.us_equity("ACME")), "made")
    source = source_named("synthetic@max", ["ACME", "NEW"], shares, prices={"ACME": 150.1})
    assert source.instruments == {"ACME": Instrument("ACME"), "NEW": Instrument("NEW")}
    known = {"ACME": FACTS}
    assert source_named("synthetic", ["ACME"], shares, known=known).instruments == known
    assert _best_bid(source) == pytest.approx(15010, abs=20)
    for text, prices, says in (
        ("synthetic", {"ELSE": 1.0}, "the session has ACME"), ("synthetic", {"ACME": 0.5}, "1000 ticks at least"),
        ("synthetic", {"ACME": math.nan}, "1000 ticks"), ("replay:made", {"ACME": 150.0}, "is none: leave them out"),
    ):  # fmt: skip
        with pytest.raises(SessionError, match=says):
            source_named(text, ["ACME"], store, prices=prices)


def _best_bid(source):
    async def first():
        batch = await anext(source.batches())
        return int(batch["tick"][(batch["side"] == BID) & (batch["symbol"] == 0)].max())

    return asyncio.run(first())


@pytest.mark.parametrize(
    ("text", "url", "types"),
    [
        ("feed", "ws://localhost:3001/ws", "book"),
        ("feed:https://feed.example", "wss://feed.example/ws", "book"),
        ("quotes:ws://feed.example:81/a", "ws://feed.example:81/a", "quote"),
    ],
)
def test_feeds(text, url, types, store, monkeypatch):
    monkeypatch.delenv("DATA_INGESTION_URL", raising=False)
    source = source_named(text, ["ACME"], store)
    assert isinstance(source, WebSocketFeed)
    assert source.url == url
    assert f"{types}:ACME" in source.client._topics


def test_a_table_of_feeds(store, tmp_path):
    path = tmp_path / "routing.toml"
    path.write_text(
        '[sources]\nmain = "feed:http://one.example"\nspare = "feed:http://two.example"\nother = "feed"\n'
        '[[route]]\nsources = ["main", "spare"]\n[[route]]\nsymbols = ["ELSE"]\nsources = ["other"]\n'
    )
    source = source_named(f"table:{path}", ["ACME"], store)
    assert isinstance(source, RoutedSource)
    assert source.sources == ("main", "spare")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('[[route]]\nsymbols = ["ELSE"]\nsources = ["other"]\n')
    path.write_text(f'[sources]\nmain = "table:{path}"\n[[route]]\nsources = ["main"]\n')
    with pytest.raises(SessionError, match="no route for any of"):
        source_named(f"table:{elsewhere}", ["ACME"], store)
    with pytest.raises(SessionError, match="no table"):
        source_named(f"table:{path}", ["ACME"], store)


@pytest.mark.parametrize(
    "text", ["", "replay", "replay:", "replay:@10x", "synthetic:x", "table:", "made", "http://host"]
)
def test_what_names_no_source(text, store):
    with pytest.raises(SessionError, match="names no source: write replay:DATASET"):
        source_named(text, ["ACME"], store)


def test_a_feed_of_a_symbol_that_nobody_knows(store):
    with pytest.raises(SessionError, match="not even its tick"):
        source_named("feed", ["NEW"], store)


def test_speeds():
    assert [speed_of(text) for text in ("", "10x", "0.5x", "3", "max")] == [1.0, 10.0, 0.5, 3.0, math.inf]
    for text in ("fast", "0x", "-1x", "nanx"):
        with pytest.raises(SessionError, match="a speed is written as"):
            speed_of(text)
